import numpy as np

from preprocessing.note_alignment import align_events, events_of
from preprocessing.plus_features import PLUS_VIOLIN
from skeleton.rates import AUDIO_RATE, NETWORK_RATE


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


def test_notes_of_one_moment_are_one_event():
    events = events_of(np.array([0, 24, 24, 24, 48]), np.array([1.0, 1.3, 1.28, 1.31, 1.6]))
    assert [own.tolist() for own in events.notes] == [[0], [1, 2, 3], [4]]
    np.testing.assert_allclose(events.start, [1.0, 1.28, 1.6])
