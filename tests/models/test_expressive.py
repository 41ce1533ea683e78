import pytest
from audio_to_body.models.expressive import HELD_BACK, TIMED_SHARE, UNHEARD, heard_recordings, planned
from audio_to_body.skeleton.refusal import BadInput


def test_without_recordings_all_recitals_are_invented():
    plans = planned(60.0, 0, None, HELD_BACK)
    assert {part for _, part in plans} == {"train", "valid", "test"}
    assert not any(plan.movement for plan, _ in plans)
    assert sum(plan.seconds for plan, _ in plans) == pytest.approx(3600, rel=0.02)


def test_real_timing_takes_its_share_and_leaves_the_held_back_movement_out(shared_data):
    plans = planned(140.0, 0, str(shared_data / "bach_violin"), HELD_BACK)
    timed = [plan for plan, _ in plans if plan.movement]
    assert 0.6 * TIMED_SHARE * 140 * 60 < sum(plan.seconds for plan in timed) < 1.05 * TIMED_SHARE * 140 * 60
    assert not any(plan.movement.endswith("bwv1002_mov8") for plan in timed)
    assert all((part == "test") == (plan.split == "test") for plan, part in plans)
    assert all(part != "valid" for plan, part in plans if plan.movement)


def test_too_few_minutes_are_refused():
    with pytest.raises(BadInput, match="too few; ask for 40 or more"):
        planned(8.0, 0, None, HELD_BACK)


def test_only_wanted_recordings_that_are_not_held_back_are_heard(monkeypatch, shared_data):
    assert heard_recordings(None) == []
    assert heard_recordings(str(shared_data / "bach_violin")) == [
        "john-garner_bwv1002_mov6",
        "john-garner_bwv1002_mov7",
    ]
    there = [HELD_BACK, *UNHEARD, "emil-telmanyi_bwv1001_mov1", "john-garner_bwv1002_mov6"]
    monkeypatch.setattr("audio_to_body.preprocessing.published.bach_violin.recordings", lambda folder: sorted(there))
    assert heard_recordings("anywhere") == ["john-garner_bwv1002_mov6"]
    assert heard_recordings("anywhere", there) == ["emil-telmanyi_bwv1001_mov1", "john-garner_bwv1002_mov6", *UNHEARD]
