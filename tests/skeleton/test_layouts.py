import pytest

from audio_to_body.skeleton import layouts


def test_violin_is_openpose_body_then_left_then_right_hand():
    violin = layouts.VIOLIN
    assert violin.size == 50
    assert violin.points[:8] == layouts.BODY_POINTS
    assert (violin.left_hand[0], violin.left_hand[-1]) == (8, 28)
    assert (violin.right_hand[0], violin.right_hand[-1]) == (29, 49)
    assert violin.points[violin.right_hand[8]] == "right_hand_index_4"


def test_authors_piano_lacks_only_the_nose():
    assert set(layouts.PIANO.points) - set(layouts.PIANO49.points) == {"nose"}
    named = {(layouts.PIANO49.points[a], layouts.PIANO49.points[b]) for a, b in layouts.PIANO49.edges}
    full = {(layouts.PIANO.points[a], layouts.PIANO.points[b]) for a, b in layouts.PIANO.edges}
    assert full - named == {("nose", "neck")}


@pytest.mark.parametrize("layout", layouts.LAYOUTS.values(), ids=layouts.LAYOUTS.keys())
def test_layout_is_consistent(layout):
    assert len(set(layout.points)) == layout.size
    parts = [*layout.body, *layout.left_hand, *layout.right_hand]
    assert sorted(parts) == list(range(layout.size))
    assert all(0 <= a < layout.size and 0 <= b < layout.size and a != b for a, b in layout.edges)
    # every part is one tree: one edge fewer than points
    for part in (layout.body, layout.left_hand, layout.right_hand):
        inside = [edge for edge in layout.edges if edge[0] in part and edge[1] in part]
        assert len(inside) == max(len(part) - 1, 0)


def test_unknown_names_are_told():
    with pytest.raises(ValueError, match=r"unknown keypoint layout 'cello'; known: violin"):
        layouts.layout_named("cello")
    with pytest.raises(KeyError, match="no point 'tail'"):
        layouts.VIOLIN.index("tail")
