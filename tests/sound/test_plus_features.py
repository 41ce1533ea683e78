import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.skeleton.rates import AUDIO_RATE, NETWORK_RATE, steps_in
from audio_to_body.sound.features import windows_at
from audio_to_body.sound.plus_features import PLUS_VIOLIN, skewed_window

ROUNDING = 1e-3  # bels; a matrix product of other height sums float32 in another order


def tone(midi: float, seconds: float = 1.0, harmonics: int = 8) -> np.ndarray:
    """A bowed-string-like tone: harmonics falling with their number, RMS about 1."""
    t = np.arange(int(seconds * AUDIO_RATE)) / AUDIO_RATE
    hz = 440 * 2 ** ((midi - 69) / 12)
    sound = sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, harmonics + 1))
    return np.asarray(sound, np.float32)


def phrase(seed: int, seconds: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    notes = [tone(m, 0.2) for m in rng.integers(55, 90, int(seconds / 0.2) + 1)]
    return np.concatenate(notes)[: int(seconds * AUDIO_RATE)] + 0.001 * rng.normal(size=int(seconds * AUDIO_RATE))


def test_shape_names_and_energy():
    sound = phrase(0, 1.3)
    table = PLUS_VIOLIN.features(sound, NETWORK_RATE)
    assert table.shape == (steps_in(len(sound), NETWORK_RATE), PLUS_VIOLIN.count)
    assert table.dtype == np.float32
    middle = slice(round(0.5 * NETWORK_RATE), round(0.6 * NETWORK_RATE))
    level = np.log(np.mean(np.square(sound[int(0.48 * AUDIO_RATE) : int(0.62 * AUDIO_RATE)])))
    assert table[middle, PLUS_VIOLIN.energy].mean() == pytest.approx(level, abs=0.2)


@pytest.mark.parametrize("midi", [57, 62, 69, 76, 88])
def test_a_tone_peaks_in_its_own_semitone(midi):
    table = PLUS_VIOLIN.features(tone(midi, harmonics=1), NETWORK_RATE)
    assert np.argmax(table[60, : PLUS_VIOLIN.semitones]) == midi - PLUS_VIOLIN.lowest


def test_neighbouring_notes_of_the_lowest_octave_are_told_apart():
    for midi in range(55, 66):
        low, high = (PLUS_VIOLIN.features(tone(m), NETWORK_RATE)[60, :60] for m in (midi, midi + 1))
        assert np.abs(low - high).max() > 1.0  # more than 10 dB in some band


def test_spectra_do_not_depend_on_level():
    sound = phrase(3, 1.0)
    loud, soft = PLUS_VIOLIN.features(sound, NETWORK_RATE), PLUS_VIOLIN.features(0.1 * sound, NETWORK_RATE)
    np.testing.assert_allclose(loud[:, : PLUS_VIOLIN.energy], soft[:, : PLUS_VIOLIN.energy], atol=0.05)
    np.testing.assert_allclose(
        loud[5:-5, PLUS_VIOLIN.energy] - soft[5:-5, PLUS_VIOLIN.energy], 2 * np.log(10), atol=1e-2
    )


def test_silence_has_no_shape_and_no_onsets():
    table = PLUS_VIOLIN.features(np.zeros(AUDIO_RATE // 2, np.float32), NETWORK_RATE)
    np.testing.assert_allclose(table[:, : PLUS_VIOLIN.energy], 0.0, atol=1e-5)
    np.testing.assert_allclose(table[:, PLUS_VIOLIN.static_count :], 0.0, atol=1e-5)


def test_nothing_is_seen_beyond_the_look_ahead():
    sound = phrase(5, 1.0)
    cut = sound.copy()
    step = 48
    moment = step * AUDIO_RATE // NETWORK_RATE
    cut[moment + PLUS_VIOLIN.look_ahead + 1 :] = 0.0
    whole, early = PLUS_VIOLIN.features(sound, NETWORK_RATE), PLUS_VIOLIN.features(cut, NETWORK_RATE)
    np.testing.assert_allclose(whole[: step + 1], early[: step + 1], atol=ROUNDING)
    assert np.abs(whole[step + 2 : step + 6] - early[step + 2 : step + 6]).max() > 0.1


def test_onset_strength_rises_at_an_onset():
    sound = np.concatenate([tone(69, 0.5), tone(74, 0.5)])
    onset = PLUS_VIOLIN.features(sound, NETWORK_RATE)[:, -PLUS_VIOLIN.groups :].sum(axis=1)
    assert abs(int(np.argmax(onset[10:-5])) + 10 - 48) <= 2


@settings(max_examples=20, deadline=None)
@given(chunks=st.lists(st.integers(1, 70), min_size=1, max_size=8), seed=st.integers(0, 3))
def test_any_chunking_gives_the_same_numbers(chunks, seed):
    sound = phrase(seed, 1.0).astype(np.float32)
    whole = PLUS_VIOLIN.features(sound, NETWORK_RATE)
    before, first, parts = None, 0, []
    for size in [*chunks, len(whole)]:
        steps = np.arange(first, min(first + size, len(whole)))
        if len(steps) == 0:
            break
        static = PLUS_VIOLIN.static(windows_at(sound, PLUS_VIOLIN.starts(steps, NETWORK_RATE), PLUS_VIOLIN.window))
        parts.append(PLUS_VIOLIN.join(static, before))
        before, first = static[-1], int(steps[-1]) + 1
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=ROUNDING)


def test_skewed_window_peaks_where_its_fall_begins():
    window = skewed_window(4096, 512)
    assert abs(int(np.argmax(window)) - (4096 - 512)) <= 1
    assert window[0] < 1e-5
    assert window[-1] < 1e-5
