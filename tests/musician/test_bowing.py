from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.musician.bowing import FROG_LIMIT, TIP_LIMIT, BowHabits, bow_motion, plan_strokes
from audio_to_body.musician.performance import Performance

HABITS = BowHabits(centre=0.5, speed=1.0, reach=0.95)


def line(lengths: list[float], slurred: list[bool], velocity: float = 0.6, gap: float = 0.0) -> Performance:
    """A scale with these note lengths in seconds."""
    count = len(lengths)
    onset = 1.0 + np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    return Performance(
        onset=onset,
        end=onset + np.array(lengths) - gap,
        pitch=60 + np.arange(count) % 12,
        velocity=np.full(count, velocity),
        hand=np.zeros(count, np.int64),
        slurred=np.array(slurred),
        strength=np.where(np.arange(count) % 4 == 0, 1.0, 0.25),
        phrase=np.zeros(count, np.int64),
    )


@settings(max_examples=40, deadline=None)
@given(
    notes=st.lists(st.tuples(st.floats(0.1, 3.0), st.booleans()), min_size=1, max_size=40),
    velocity=st.floats(0.15, 1.0),
)
def test_the_bow_never_leaves_its_length(notes: list[tuple[float, bool]], velocity: float) -> None:
    music = line([n[0] for n in notes], [n[1] for n in notes], velocity)
    strokes = plan_strokes(music, HABITS, np.random.default_rng(0))
    motion = bow_motion(strokes, np.arange(0.0, music.end[-1] + 2.0, 0.005))
    assert motion.position.min() >= FROG_LIMIT - 1e-9
    assert motion.position.max() <= TIP_LIMIT + 1e-9
    assert np.all(np.abs(strokes.finish - strokes.begin) > 0)
    np.testing.assert_array_equal(np.sign(strokes.finish - strokes.begin), strokes.direction)


def test_a_separate_note_turns_the_bow_and_a_slurred_one_does_not() -> None:
    music = line([0.5] * 9, [False, True, True, False, False, False, True, False, False])
    strokes = plan_strokes(music, HABITS, np.random.default_rng(0))
    motion = bow_motion(strokes, np.arange(0.0, 8.0, 0.005))
    starts = [1.0 + 0.5 * i for i in (0, 3, 4, 5, 7, 8)]
    np.testing.assert_allclose(strokes.start, starts)
    for moment in starts[1:]:
        before, after = (motion.speed[round((moment + offset) / 0.005)] for offset in (-0.1, 0.1))
        assert before * after < 0
    for moment in (1.5, 2.0, 4.0):  # inside slurs
        before, after = (motion.speed[round((moment + offset) / 0.005)] for offset in (-0.1, 0.1))
        assert before * after > 0


def test_position_is_the_integral_of_speed_while_it_sounds() -> None:
    music = line([0.4, 0.3, 1.2, 0.2, 0.6], [False] * 5)
    strokes = plan_strokes(music, HABITS, np.random.default_rng(0))
    times = np.arange(1.0, music.end[-1], 0.001)
    motion = bow_motion(strokes, times)
    rebuilt = motion.position[0] + np.concatenate([[0], np.cumsum(motion.speed[:-1] + motion.speed[1:]) * 0.0005])
    np.testing.assert_allclose(rebuilt, motion.position, atol=2e-3)


def test_a_long_note_takes_more_bow_than_a_short_one_and_a_loud_one_more_than_a_soft_one() -> None:
    def lengths(duration: float, velocity: float) -> float:
        music = line([duration] * 12, [False] * 12, velocity)
        strokes = plan_strokes(music, HABITS, np.random.default_rng(0))
        return float(np.abs(strokes.finish - strokes.begin).mean())

    assert lengths(1.5, 0.6) > 1.4 * lengths(0.4, 0.6) > 1.4**2 * lengths(0.12, 0.6)
    assert lengths(0.4, 0.9) > 1.2 * lengths(0.4, 0.4)


def test_after_a_rest_the_strong_beat_comes_down_bow() -> None:
    music = line([0.4] * 24, [False] * 24)
    strokes = plan_strokes(music, HABITS, np.random.default_rng(0))
    down = strokes.direction[music.strength[strokes.first_note] == 1.0] == 1
    assert down.mean() > 0.9  # an even number of strokes to a bar


def test_the_bow_is_lifted_in_a_rest_and_back_when_the_next_note_begins() -> None:
    music = line([0.5] * 2 + [2.5] + [0.5] * 2, [False] * 5)
    music = music.select(np.array([0, 1, 3, 4]))
    strokes = plan_strokes(music, HABITS, np.random.default_rng(0))
    motion = bow_motion(strokes, np.arange(0.0, 6.0, 0.01))
    assert motion.lift[round(3.2 / 0.01)] > 0.9
    assert motion.lift[motion.sounding].max() == 0.0
    assert motion.lift[round(music.onset[2] / 0.01)] == pytest.approx(0.0, abs=0.02)
    assert strokes.retake.tolist() == [True, False, True, False]
    assert not np.isnan(motion.position).any()


def test_no_music_leaves_the_bow_at_rest() -> None:
    music = line([0.5], [False]).select(np.zeros(1, bool))
    motion = bow_motion(plan_strokes(music, HABITS, np.random.default_rng(0)), np.arange(0, 1, 0.1))
    assert not motion.sounding.any()
    assert motion.lift.min() == 1.0
