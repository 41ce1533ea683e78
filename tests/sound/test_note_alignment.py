import dataclasses

import numpy as np
import pytest

from audio_to_body.sound.note_alignment import align_notes
from tests.sound.heard import RATE, heard, piece, played


def cut(observed, *spans):
    """Stretches of a recording, in seconds, one after the other."""

    def parts(table):
        return np.concatenate([table[int(a * RATE) : int(b * RATE)] for a, b in spans])

    names = ("onset", "sounding", "held", "velocity")
    return dataclasses.replace(observed, **{name: parts(getattr(observed, name)) for name in names})


@pytest.fixture(scope="module")
def recital():
    start, end, pitch = piece(1)
    observed = heard(played(2, start), played(2, end), pitch)
    return observed, start, end, pitch, played(2, start)


def test_a_player_with_a_tempo_of_his_own_is_followed(recital):
    observed, start, end, pitch, truth = recital
    found = align_notes(observed, start, end, pitch)
    assert sorted(found.note.tolist()) == list(range(len(start)))
    error = np.abs(found.onset - truth[found.note])
    assert np.median(error) < 0.01
    assert np.quantile(error, 0.95) < 0.06  # those that the net missed too
    assert np.all(np.diff(found.onset) >= 0)
    over = np.abs(found.end - played(2, end)[found.note])
    assert np.median(over) < 0.05


def test_a_recording_may_begin_and_end_anywhere(recital):
    observed, start, end, pitch, truth = recital
    first, last = 0.3 * truth[-1], 0.7 * truth[-1]
    found = align_notes(cut(observed, (first, last)), start, end, pitch)
    inside = np.flatnonzero((truth > first + 0.1) & (truth < last - 0.1))
    assert len(found.sections) == 1
    assert set(inside) <= set(found.note.tolist())
    assert len(found.note) <= len(inside) + 8
    own = np.isin(found.note, inside)
    assert np.median(np.abs(found.onset - (truth[found.note] - first))[own]) < 0.015


def test_a_repeat_that_the_score_does_not_have_is_played_twice(recital):
    observed, start, end, pitch, truth = recital
    middle = 0.5 * truth[-1]
    found = align_notes(cut(observed, (0, middle), (0, truth[-1] + 1)), start, end, pitch)
    assert len(found.sections) == 2
    times = np.bincount(found.note, minlength=len(start))
    assert np.all(times[truth < middle - 0.2] == 2)
    assert np.all(times[truth > middle + 0.2] == 1)


def test_a_repeat_that_is_left_out_is_not_played(recital):
    observed, start, end, pitch, truth = recital
    spans = (0, 0.3 * truth[-1]), (0.6 * truth[-1], truth[-1] + 1)
    found = align_notes(cut(observed, *spans), start, end, pitch)
    missing = np.setdiff1d(np.arange(len(start)), found.note)
    assert len(found.sections) == 2
    assert truth[missing].min() > spans[0][1] - 0.6
    assert truth[missing].max() < spans[1][0] + 0.6
    left_out = np.flatnonzero((truth > spans[0][1] + 0.3) & (truth < spans[1][0] - 0.3))
    assert set(left_out) <= set(missing.tolist())


def test_silence_before_and_applause_after_are_not_the_piece(recital):
    observed, start, end, pitch, truth = recital
    noise = heard(np.zeros(0), np.zeros(0), np.zeros(0, int), 6.0, seed=5)
    whole = dataclasses.replace(
        observed,
        **{
            name: np.concatenate([getattr(noise, name), getattr(observed, name), getattr(noise, name)])
            for name in ("onset", "sounding", "held", "velocity")
        },
    )
    found = align_notes(whole, start, end, pitch)
    assert len(found.note) == len(start)
    assert np.median(np.abs(found.onset - 6.0 - truth[found.note])) < 0.015


def test_repeated_notes_without_attacks_keep_the_tempo():
    # one pitch under one bow: the sound says nothing of where its notes begin, the written durations do
    pitch = np.array([60, 64, 67, 67, 67, 67, 64, 60])
    written = np.array([0, 1, 2, 3, 4, 6, 7, 8]) * 0.5
    begins = 0.6 + 0.4 * np.array([0, 1, 2, 3, 4, 6, 7, 8])
    ends = np.append(begins[1:], begins[-1] + 0.4)
    struck = np.flatnonzero(np.diff(pitch, prepend=0))  # beginnings that can be heard
    observed = heard(begins[struck], np.append(begins[struck][1:], ends[-1]), pitch[struck], missed=0)
    found = align_notes(observed, written, np.append(written[1:], 4.5), pitch)
    assert np.abs(found.onset - begins)[struck].max() < 0.03
    assert np.abs(found.onset - begins).max() < 0.08


def test_notes_of_a_broken_chord_find_their_own_moments():
    written = np.repeat(np.arange(12) * 0.5, 3)
    pitch = np.tile([48, 55, 64], 12) + np.repeat(np.arange(12) % 5, 3)
    begins = 0.5 + written + np.tile([0.0, 0.03, 0.06], 12)
    observed = heard(begins, begins + 0.4, pitch, missed=0)
    found = align_notes(observed, written, written + 0.4, pitch)
    assert np.abs(found.onset - begins[found.note]).max() < 0.012


def test_more_notes_than_steps_and_keys_that_no_net_knows_do_no_harm():
    observed = heard(np.array([0.2]), np.array([0.5]), np.array([60]), 0.6)
    many = np.arange(200) * 0.01
    found = align_notes(observed, many, many + 0.01, np.full(200, 60))
    assert np.isfinite(found.onset).all()
    beyond = align_notes(observed, many, many + 0.01, np.full(200, 120))
    assert len(beyond.note) <= 200


def test_the_memory_of_a_long_course_is_small():
    import tracemalloc

    start, end, pitch = piece(3, bars=600)  # 20 minutes, 2,400 moments
    observed = heard(start + 0.5, end + 0.5, pitch)
    tracemalloc.start()
    found = align_notes(observed, start, end, pitch)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.median(np.abs(found.onset - 0.5 - start[found.note])) < 0.01
    assert peak < 60e6  # every step's choices would take 70 MB, and a table of evidence four times that
