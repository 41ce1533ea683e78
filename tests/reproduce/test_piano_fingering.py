import numpy as np
import pytest

from audio_to_body.musician.piano_fingering import TRAITS
from audio_to_body.reproduce import piano_fingering
from audio_to_body.reproduce.piano_fingering import Marks, first_beliefs, folds_of, main
from audio_to_body.reproduce.printed_fingerings import Hand, read_hands
from audio_to_body.skeleton.refusal import BadInput
from tests.scores.made import music_xml, written


def hand(mark, piece="a", pitches=(60, 62, 64, 65, 67)):
    onset = np.arange(len(pitches)) * 0.3
    return Hand(
        piece, False, onset, [np.array([p]) for p in pitches], [np.array([t + 0.3]) for t in onset],
        [np.array([m]) for m in mark],
    )  # fmt: skip


def test_the_gradient_is_the_losss():
    marks = Marks([hand([0, -1, 2, -1, 4]), hand([-1, 3, -1, 0, -1], "b")])
    rng = np.random.default_rng(0)
    worth, lanes, believed = rng.normal(0, 0.3, TRAITS), np.array([True, True]), first_beliefs()
    _, gradient = marks.loss(worth, lanes, believed)
    for trait in np.argsort(-np.abs(gradient - 2 * piano_fingering.penalties() * (worth - believed)))[:5]:
        step = np.zeros(TRAITS)
        step[trait] = 1e-5
        change = marks.loss(worth + step, lanes, believed)[0] - marks.loss(worth - step, lanes, believed)[0]
        assert change / 2e-5 == pytest.approx(gradient[trait], rel=1e-4, abs=1e-4)


def test_pieces_that_are_left_out_teach_nothing():
    both = Marks([hand([0, -1, 2, -1, 4]), hand([4, 3, 2, 1, 0], "b")])
    alone = Marks([hand([0, -1, 2, -1, 4])])
    worth, believed = first_beliefs() + 0.1, first_beliefs()
    of_both = both.loss(worth, np.array([True, False]), believed)
    of_one = alone.loss(worth, np.array([True]), believed)
    assert of_both[0] == pytest.approx(of_one[0])
    np.testing.assert_allclose(of_both[1], of_one[1], atol=1e-9)


def test_marks_teach_what_they_mark():
    odd = [2, 3, 2, 3, 2]  # nobody would, and nobody is believed to
    hands = [hand(odd, f"p{i}") for i in range(30)]
    marks = Marks(hands)
    before = sum(piano_fingering.agreements(h, first_beliefs()) for h in hands)
    worth = piano_fingering.learn(marks, [h.piece for h in hands])
    assert sum(piano_fingering.agreements(h, worth) for h in hands) > before + 30


def test_every_piece_is_left_out_once():
    hands = [hand([0, 1, 2, 3, 4], f"p{i}") for i in range(7)]
    folds = folds_of(hands)
    assert sorted(piece for fold in folds for piece in fold) == sorted(h.piece for h in hands)


def test_scores_with_fingerings_are_read_and_judged(tmp_path, capsys):
    bar = "".join(
        written(p, 2, staff=1, notations=f"<technical><fingering>{f}</fingering></technical>")
        for p, f in ((60, 1), (62, 2), (64, 3), (65, 4))
    )
    (tmp_path / "tune.musicxml").write_bytes(music_xml([bar], "Piano", "<staves>2</staves>"))
    hands = read_hands(tmp_path)
    assert [h.marks for h in hands] == [4]
    assert main([str(tmp_path), "--shipped"]) == 0
    assert "| all marks | 4 |" in capsys.readouterr().out


def test_a_folder_without_fingerings_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no MusicXML with fingerings"):
        read_hands(tmp_path)
