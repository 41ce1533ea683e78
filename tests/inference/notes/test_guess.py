import numpy as np
import pytest

from audio_to_body.inference.notes.guess import Guess, guess_instrument, segments
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.audio import decode_audio, mono

RECORDINGS = {
    "piano_real/chopin_igoshina.ogg": "piano",
    "piano_real/madmom_stereo_sample.flac": "piano",
    "piano_audio/cut_liszt.mp3": "piano",
    "violin_real/Wohlfahrt_Op45-01_org_1.ogg": "violin",
    "violin_real/original_segment_Kayser_Op20-36_performer_2.ogg": "violin",
    "violin_real/original_segment_Paganini_Op01-13_performer_13.ogg": "violin",
    "violin_real/original_segment_Wohlfahrt_Op45-60_performer_1.ogg": "violin",
}


@pytest.mark.parametrize(("name", "instrument"), RECORDINGS.items())
def test_real_recordings_are_guessed_right(shared_data, name, instrument):
    guess = guess_instrument(mono(decode_audio(shared_data / name)))
    assert guess.instrument == instrument
    assert guess.likelier == instrument
    assert sum(guess.probability.values()) == pytest.approx(1.0, abs=1e-3)


def test_of_two_violins_a_violinist_is_the_likelier(shared_data):
    assert guess_instrument(mono(decode_audio(shared_data / "violin_clip/urmp_vln1.mp4"))).likelier == "violin"


def test_silence_noise_and_clicks_are_no_instrument():
    rng = np.random.default_rng(0)
    clicks = np.zeros(8 * AUDIO_RATE)
    for first in range(0, len(clicks) - 5000, AUDIO_RATE // 4):  # as drums: bursts of noise that die away
        clicks[first : first + 5000] = rng.standard_normal(5000) * np.exp(-np.arange(5000) / 800)
    noise = 0.1 * rng.standard_normal(8 * AUDIO_RATE)
    for sound in (np.zeros(3 * AUDIO_RATE), noise, 0.2 * clicks, np.zeros(0), np.zeros(100)):
        guess = guess_instrument(sound.astype(np.float32))
        assert guess.instrument is None
        assert guess.likelier in ("piano", "violin")


def test_of_a_long_sound_some_segments_are_listened_to():
    sound = np.arange(100 * AUDIO_RATE, dtype=np.float32) / (100 * AUDIO_RATE)
    cuts = segments(sound)
    assert [len(cut) for cut in cuts] == [240_000] * 4
    assert [round(float(cut[120_000]), 2) for cut in cuts] == [0.23, 0.41, 0.59, 0.77]  # evenly, ends left out
    assert len(segments(sound[: 12 * AUDIO_RATE])) == 2


def test_the_likelier_instrument_is_told_even_where_none_is_heard():
    assert Guess(None, {"piano": 0.2, "violin": 0.1, "none": 0.7}).likelier == "piano"
