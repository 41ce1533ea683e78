import numpy as np
import pytest

from audio_to_body.musician.performance import Performance
from audio_to_body.preprocessing.published.bach_violin import Recording
from audio_to_body.reproduce.evaluate import table
from audio_to_body.reproduce.violin_scores import (
    hits_of,
    score_metronome,
    score_notes_known,
    score_real,
    slurs_kept,
    stopped_right,
    stroke_path,
    truth_of,
)
from audio_to_body.skeleton.layouts import VIOLIN
from audio_to_body.skeleton.motion import Motion


def recording(onsets, slurred=None):
    count = len(onsets)
    zeros = np.zeros(count)
    music = Performance(
        np.array(onsets, float),
        np.array(onsets, float) + 0.2,
        np.full(count, 69),
        zeros + 0.6,
        np.zeros(count, np.int64),
        np.zeros(count, bool) if slurred is None else np.array(slurred),
        zeros,
        np.zeros(count, np.int64),
    )
    return Recording("made", np.zeros(44_100, np.float32), music)


def motion_with(turns, frames, lag=0):
    """A wrist that goes to and fro, turning at given frames."""
    place = np.interp(np.arange(frames) - lag, [0, *turns, frames], np.arange(len(turns) + 2) % 2)
    points = np.zeros((frames, VIOLIN.size, 2), np.float32)
    points[:, VIOLIN.index("left_shoulder")] = (400, 200)
    points[:, VIOLIN.index("right_shoulder")] = (260, 200)
    points[:, VIOLIN.index("left_wrist")] = (450, 220)
    points[:, VIOLIN.index("right_wrist"), 0] = 250 - 60 * place
    points[:, VIOLIN.index("right_wrist"), 1] = 300
    level = {"loudness_db": np.zeros(frames, np.float32)}
    return Motion(points, np.ones(points.shape[:2], np.float32), 24.0, "violin", (640, 480), level)


def test_hits_by_hand():
    found = hits_of(np.array([10, 20, 33]), np.array([10, 21]), np.array([10, 21, 60]), 100, 1)
    assert found.f1 == pytest.approx(2 * 2 / 5)
    assert found.precision == pytest.approx(2 / 3)
    assert found.chance == pytest.approx(0.09)
    assert found.above_chance == pytest.approx((2 / 3 - 0.09) / 0.91)


def test_slurred_notes_begin_no_stroke():
    strokes, notes = truth_of(recording([1.0, 1.5, 2.0], [False, True, False]))
    assert strokes.tolist() == [24, 48]
    assert notes.tolist() == [24, 36, 48]


def test_a_violinist_who_turns_at_the_notes_scores_full_and_a_late_one_does_not():
    onsets = np.cumsum(np.random.default_rng(0).uniform(0.5, 1.2, 40)) + 1.0
    played = recording(onsets)
    turns = np.round(onsets * 24).astype(int)
    frames = int(turns[-1] + 24)
    good, late = (score_real(motion_with(turns, frames, lag), played, 0.0) for lag in (0, 6))
    assert good.nearer.f1 > 0.95
    assert good.nearer.above_chance > 0.95
    assert late.nearer.f1 < 0.3
    metronome = score_metronome(played, frames)
    assert metronome.strokes == len(onsets)
    assert metronome.nearer.f1 < 0.6


def test_slurs_are_kept_where_the_bow_goes_on():
    played = recording([1.0, 1.5, 2.0, 2.5], [False, True, False, True])
    assert slurs_kept(np.array([24, 48]), played) == 1.0
    assert slurs_kept(np.array([24, 36, 48]), played) == 0.5
    assert slurs_kept(np.array([24, 36, 48, 61]), played) == 0.0
    assert np.isnan(slurs_kept(np.array([24]), recording([1.0, 2.0])))


def test_stopped_pitches_by_hand():
    motion = motion_with([24], 48)
    assert np.isnan(stopped_right(motion, np.zeros((0, 4))))
    frames = np.arange(48)
    whole_tone = 0.325 * (1 - 2 ** (-2 / 12))
    motion.tracks["string"] = np.where(frames < 24, 2.0, 1.6)  # A, then nearly A
    motion.tracks["finger_position"] = np.where(frames < 24, 0.0, whole_tone)
    assert stopped_right(motion, np.array([[0.0, 1.0, 69, 0.5], [1.0, 2.0, 71, 0.5]])) == 1.0
    assert stopped_right(motion, np.array([[0.0, 1.0, 69, 0.5], [1.0, 2.0, 72, 0.5]])) == 0.5
    # a chord: one of its notes is enough
    assert stopped_right(motion, np.array([[0.0, 1.0, 62, 0.5], [0.0, 1.0, 69, 0.5]])) == 1.0


def test_a_violinist_who_knows_the_notes_strokes_with_them():
    onsets = np.cumsum(np.random.default_rng(1).uniform(0.25, 0.34, 30)) + 1.0
    played = recording(onsets, np.arange(30) % 3 == 1)
    frames = int(onsets[-1] * 24) + 48
    known = score_notes_known(played, np.zeros(frames))
    assert known.strokes == 20
    assert known.nearer.f1 == 1.0
    assert known.slurs == 1.0


def test_the_path_is_in_shoulder_widths():
    path = stroke_path(motion_with([24, 48, 72], 96))
    assert 0.2 < np.ptp(path) < 60 / 140


def test_tables_mark_what_is_not_measured():
    assert table(["Net", "x"], [["a", float("nan")], ["b", 0.5]]).splitlines()[2:] == ["| a | – |", "| b | 0.50 |"]
