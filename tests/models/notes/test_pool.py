from dataclasses import replace

import numpy as np
import pytest
import torch

from audio_to_body.models.notes.fresh_sound import clip_of, drawn_clip
from audio_to_body.models.notes.pool import Pool
from audio_to_body.models.notes.settings import DELAYS, HALVES, SETTINGS
from audio_to_body.models.notes.targets import FULL
from audio_to_body.models.notes.torch_features import TorchPowers, features_of, kept_logarithm, steps_of
from audio_to_body.skeleton.notes import Notes
from audio_to_body.sound.note_features import NoteFeatures, note_level
from audio_to_body.sound.note_resampling import NOTE_RATE

SECONDS = 4.0


def tones(instrument, rng, seconds):
    """Decaying tones with noise, and their notes; stands in for the sampled instruments."""
    time = np.arange(round(seconds * NOTE_RATE)) / NOTE_RATE
    sound = 1e-3 * rng.standard_normal(len(time))
    onsets, pitches = np.sort(rng.uniform(0, seconds - 0.3, 12)), rng.integers(56, 96, 12)
    for onset, pitch in zip(onsets, pitches):
        after = np.maximum(time - onset, 0.0)
        hz = 440.0 * 2.0 ** ((pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * hz * h * after) / h for h in range(1, 6) if hz * h < 11_000)
        sound += 0.1 * tone * np.exp(-4 * after) * (time >= onset)
    return sound.astype(np.float32), Notes(onsets, np.minimum(onsets + 0.4, seconds), pitches)


@pytest.mark.parametrize("instrument", ["piano", "violin"])
def test_torch_sees_what_numpy_hears(instrument):
    settings = SETTINGS[instrument]
    sound, notes = tones(instrument, np.random.default_rng(0), SECONDS)
    clip = clip_of(sound, notes, settings, note_level())
    expected = NoteFeatures(settings.front, resampled=True).push(clip.sound / np.float32(32768))
    power = TorchPowers(settings.front, "cpu")(torch.from_numpy(clip.sound / np.float32(32768))[None])
    kept = kept_logarithm(power * torch.from_numpy(clip.gains).square()[None, :, None])[0]
    seen = features_of(torch.cat([kept[:1], kept])[:, None])[:, 0].numpy()
    assert steps_of(len(sound)) == len(expected) == len(seen)
    # float32 transforms here, float64 there, at the floor of a logarithm
    assert seen == pytest.approx(expected, abs=1e-3)


def small_pool(capacity=4):
    settings = replace(SETTINGS["violin"], steps=24)
    pool = Pool(settings, SECONDS, capacity, "cpu")
    rng = np.random.default_rng(1)
    pool.add([drawn_clip(tones, settings, SECONDS, rng) for _ in range(3)])
    return settings, pool


def test_sequences_bring_every_heads_delay():
    settings, pool = small_pool()
    batch = pool.draw(8, np.random.default_rng(2), augmented=False)
    parts = len(settings.parts)
    answers = batch.targets.numpy().reshape(settings.steps, 8, len(settings.keys), len(DELAYS), HALVES, parts)
    by_step = answers.transpose(0, 4, 1, 2, 3, 5).reshape(HALVES * settings.steps, 8, len(settings.keys), 2, parts)
    normal, low = by_step[..., 0, 0], by_step[..., 1, 0]
    apart = DELAYS["normal"] - DELAYS["low"]
    assert normal[apart:].max() == pytest.approx(low[:-apart].max())
    assert np.array_equal(normal[apart:], low[:-apart])
    # the sequences are cut from what was written, and the sound's rises stand where beginnings are, before the delay
    features = batch.features.numpy().reshape(settings.steps, 8, HALVES, settings.columns, 2)
    rises = features.transpose(0, 2, 1, 3, 4).reshape(HALVES * settings.steps, 8, settings.columns, 2)[..., 1]
    lane, key = np.argwhere(normal.max(axis=0) == 1.0)[0] if (normal == 1.0).any() else (0, 0)
    step = int(normal[:, lane, key].argmax()) - DELAYS["normal"]
    band = settings.front.fine_band(settings.keys[0] + int(key))
    if 2 < step < len(rises) - 2:
        assert rises[step - 1 : step + 3, lane, band].max() > 0.3


def test_what_comes_before_anything_is_remembered_does_not_count():
    _, pool = small_pool()
    weights = pool.draw(2, np.random.default_rng(0)).weights
    assert not weights[:6].any()
    assert weights[6:].max() > 1.0


def test_each_time_it_is_heard_differently_and_the_notes_stay():
    _, pool = small_pool()
    first, second = (pool.draw(4, np.random.default_rng(3)) for _ in range(2))
    plain = pool.draw(4, np.random.default_rng(3), augmented=False)
    assert torch.equal(first.targets, plain.targets)
    assert (first.features - plain.features).abs().max() > 0.05
    # hiss comes from torch's generator: the same gains, other noise
    assert torch.equal(first.targets, second.targets)


def test_the_oldest_clips_make_room():
    settings, pool = small_pool(capacity=4)
    last = drawn_clip(tones, settings, SECONDS, np.random.default_rng(9))
    pool.add([last, last])
    assert len(pool) == 4
    assert pool.drawn == 5
    assert np.array_equal(pool._written[0].numpy(), last.written)
    assert last.written.max() == FULL


def test_clips_shorter_than_a_sequence_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        Pool(SETTINGS["violin"], 2.0, 4, "cpu")


def test_the_level_of_a_clip_may_be_known_already():
    settings = SETTINGS["violin"]
    gains = [drawn_clip(tones, settings, SECONDS, np.random.default_rng(seed)).gains for seed in range(8)]
    spread = [gain[0] / gain[-1] for gain in gains]
    assert max(spread) > 1.5 * min(spread)
    again = drawn_clip(tones, settings, SECONDS, np.random.default_rng(3)).gains
    assert np.array_equal(again, gains[3])
