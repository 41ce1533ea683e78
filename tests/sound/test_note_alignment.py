import numpy as np

from audio_to_body.skeleton.rates import AUDIO_RATE, NETWORK_RATE
from audio_to_body.sound.note_alignment import align_events, events_of
from audio_to_body.sound.plus_features import PLUS_VIOLIN


def bowed(pitches, length=0.22, lead=0.6):
    """Notes one after the other, each with an attack; seconds of their beginnings."""
    rng = np.random.default_rng(1)
    begins = lead + np.cumsum([0.0, *(length + rng.uniform(-0.06, 0.06, len(pitches) - 1))])
    sound = 1e-4 * rng.normal(size=int((begins[-1] + 1.0) * AUDIO_RATE))
    ends = np.append(begins[1:], begins[-1] + 0.5)
    for begin, end, pitch in zip(begins, ends, pitches):
        t = np.arange(int((end - begin) * AUDIO_RATE)) / AUDIO_RATE
        hz = 440 * 2 ** ((pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 9))
        first = int(begin * AUDIO_RATE)
        sound[first : first + len(t)] += tone * np.minimum(1, t / 0.02) * np.minimum(1, (t[-1] - t) / 0.03 + 0.05)
    return sound.astype(np.float32), begins


def test_rough_estimates_are_snapped_to_the_sound():
    rng = np.random.default_rng(3)
    pitches = np.array([int(p) for p in rng.integers(57, 86, 30)])
    pitches[10] = pitches[11]  # a repeated note has only its attack
    sound, begins = bowed(pitches)
    drift = 0.2 * np.sin(np.linspace(0, 3, 30)) + rng.uniform(-0.05, 0.05, 30)
    events = events_of(np.arange(30), begins + drift)
    found = align_events(PLUS_VIOLIN.features(sound, NETWORK_RATE), NETWORK_RATE, events, pitches)
    assert np.all(np.diff(found) > 0)
    error = np.abs(found - begins)
    assert np.median(error) < 0.015
    assert np.mean(error < 0.03) > 0.9
    assert np.abs(drift).mean() > 0.08  # the estimate was far worse


def test_notes_without_attacks_keep_the_tempo():
    # one pitch under one bow: the sound says nothing of where its notes begin, the notated durations do
    pitches = np.array([60, 64, 67, 67, 67, 67, 64, 60])
    written = np.array([0, 24, 48, 72, 96, 144, 168, 192])
    begins = 0.6 + 0.2 * written / 24
    sound = np.zeros(int(4.0 * AUDIO_RATE))
    held = np.flatnonzero(np.diff(pitches, prepend=0))  # beginnings that can be heard
    ends = np.append(begins[held[1:]], begins[-1] + 0.5)
    for begin, end, pitch in zip(begins[held], ends, pitches[held]):
        t = np.arange(int((end - begin) * AUDIO_RATE)) / AUDIO_RATE
        tone = sum(np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * k * t) / k for k in range(1, 9))
        sound[int(begin * AUDIO_RATE) :][: len(t)] += tone * np.minimum(1, t / 0.02)
    features = PLUS_VIOLIN.features(sound.astype(np.float32), NETWORK_RATE)
    rough = begins + np.array([0.1, 0.0, 0.1, -0.1, 0.1, -0.1, 0.1, 0.0])
    found = align_events(features, NETWORK_RATE, events_of(written, rough), pitches)
    assert np.abs(found - begins)[held].max() < 0.03
    assert np.abs(found - begins).max() < 0.06


def test_more_events_than_the_sound_holds_are_still_in_order():
    sound, begins = bowed(np.array([60, 64, 67]))
    events = events_of(np.arange(40), np.linspace(begins[0], begins[-1], 40))
    found = align_events(
        PLUS_VIOLIN.features(sound, NETWORK_RATE)[:80], NETWORK_RATE, events, np.full(40, 60, np.int64)
    )
    assert len(found) == 40
    assert np.isfinite(found).all()
    assert np.all(np.diff(found) > 0)


def test_notes_of_one_moment_are_one_event():
    events = events_of(np.array([0, 24, 24, 24, 48]), np.array([1.0, 1.3, 1.28, 1.31, 1.6]))
    assert [own.tolist() for own in events.notes] == [[0], [1, 2, 3], [4]]
    np.testing.assert_allclose(events.start, [1.0, 1.28, 1.6])
