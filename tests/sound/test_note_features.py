import numpy as np
import pytest
from hypothesis import given, settings, strategies

from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.note_bands import FRONT_ENDS, STEP_RATE
from audio_to_body.sound.note_features import NoteFeatures, note_features

SECONDS = 2.0


def struck(pitch, at, seconds=SECONDS):
    """A decaying tone with eight harmonics that begins at ``at`` seconds."""
    time = np.arange(round(AUDIO_RATE * seconds)) / AUDIO_RATE - at
    hz = 440.0 * 2.0 ** ((pitch - 69) / 12)
    sound = sum(np.sin(2 * np.pi * hz * h * time) / h for h in range(1, 9) if hz * h < 10_000)
    return (0.1 * sound * np.exp(-3.0 * np.maximum(time, 0.0)) * (time >= 0)).astype(np.float32)


@pytest.mark.parametrize("instrument", ["piano", "violin"])
@pytest.mark.parametrize("pitch", [55, 69, 86])
def test_the_band_of_the_note_is_the_greatest_beside_it(instrument, pitch):
    front = FRONT_ENDS[instrument]
    values = note_features(front, struck(pitch, 0.5))[STEP_RATE, :, 0]
    fine, semitone = front.fine_band(pitch), front.semitone_band(pitch)
    assert values[fine - 6 : fine + 7].argmax() == 6
    if pitch >= 69:  # below, the short window's bins are wider than a semitone
        assert values[semitone - 2 : semitone + 3].argmax() == 2


def test_a_stroke_rises_where_it_begins_and_not_before_the_windows_reach_it():
    front = FRONT_ENDS["piano"]
    rises = note_features(front, struck(69, 1.0))[:, front.semitone_band(69), 1]
    # a window ends 21.3 ms after its moment: step 47 hears 0.5 ms of the note, step 48 half a window
    assert rises[:47].max() == 0.0
    assert rises.argmax() in (47, 48)


def test_silence_is_zero_and_the_last_column_always():
    features = note_features(FRONT_ENDS["violin"], np.zeros(AUDIO_RATE, np.float32))
    assert features.shape == (48, FRONT_ENDS["violin"].bands + 1, 2)
    assert not features.any()
    assert not note_features(FRONT_ENDS["violin"], struck(69, 0.1))[:, -1].any()


def test_low_keys_are_told_apart():
    front = FRONT_ENDS["piano"]
    seen = [note_features(front, struck(pitch, 0.2))[30, :, 0] for pitch in (28, 29)]
    for pitch, values in zip((28, 29), seen):
        harmonics = [front.fine_band(pitch + 12 * np.log2(h)) for h in (4, 5, 6)]
        others = [front.fine_band(57 - pitch + 12 * np.log2(h)) for h in (4, 5, 6)]
        assert values[harmonics].mean() > values[others].mean() + 0.3  # 9 dB


@settings(deadline=None, max_examples=15)
@given(sizes=strategies.lists(strategies.integers(0, 5_000), min_size=1, max_size=30), seed=strategies.integers(0, 9))
def test_pieces_of_any_size_give_the_same_features(sizes, seed):
    rng = np.random.default_rng(seed)
    sound = struck(60, 0.3) + struck(43, 0.9) + (1e-3 * rng.standard_normal(2 * AUDIO_RATE)).astype(np.float32)
    whole = note_features(FRONT_ENDS["piano"], sound)
    stream, pieces, first = NoteFeatures(FRONT_ENDS["piano"]), [], 0
    for size in [*sizes, len(sound)]:
        pieces.append(stream.push(sound[first : first + size]))
        first += size
    streamed = np.concatenate(pieces)
    assert len(whole) - len(streamed) <= 2
    # the resampler's rounding, 1e-7 of full scale, at the floor of the logarithm
    assert streamed == pytest.approx(whole[: len(streamed)], abs=1e-3)


def test_a_loud_recording_looks_like_a_soft_one_once_the_level_is_known():
    front = FRONT_ENDS["piano"]
    sound = np.concatenate([struck(pitch, 0.1, 1.0) for pitch in range(50, 80)])
    loud, soft = (note_features(front, gain * sound)[-48:, :, 0] for gain in (3.0, 0.3))
    # 20 dB apart; of the belief, which is right for neither, less than 3 dB are left after 30 s
    assert np.abs(loud - soft).max() < 0.1
