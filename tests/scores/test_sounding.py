"""The sound of a part: as long as is asked for, every note at its moment, the same whatever is made at once."""

from __future__ import annotations

import shutil
import wave

import numpy as np
import pytest

from audio_to_body.scores import fluidsynth, sounding
from audio_to_body.scores.piece import Marks, Part
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.sound_fonts import general_midi_font

pytestmark = pytest.mark.skipif(general_midi_font() is None, reason="pretty_midi, which brings a font, is absent")


def part_of(rows, **more):
    onset, end, pitch = (np.array(column, float) for column in zip(*rows))
    notes = Notes(onset, end, pitch, np.full(len(rows), 90.0), **more)
    return Part("part", -1, notes, Marks.none(len(rows)))


def sound_of(part, instrument, seconds, folder, module=sounding, seed=0):
    path = folder / "sound.wav"
    count = round(seconds * AUDIO_RATE)
    module.write_sound(part, instrument_named(instrument), count, path, sounding.font_of(None), seed)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, AUDIO_RATE, count)
        return np.frombuffer(file.readframes(count), "<i2").reshape(-1, 2).T / 32767


def level(sound, begin, end):
    return float(np.sqrt(np.mean(sound[:, int(begin * AUDIO_RATE) : int(end * AUDIO_RATE)] ** 2)))


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_notes_sound_when_they_are_played(instrument, tmp_path):
    sound = sound_of(part_of([(1.0, 1.5, 69), (3.0, 3.5, 72)]), instrument, 5.0, tmp_path)
    assert level(sound, 0, 0.99) == 0
    assert level(sound, 1.05, 1.4) > 0.02
    assert level(sound, 2.7, 2.95) < 0.1 * level(sound, 3.05, 3.4)
    assert np.abs(sound).max() < 1


def test_the_pedal_lets_strings_ring(tmp_path):
    rows = [(0.5, 0.8, 60)]
    dry = sound_of(part_of(rows), "piano", 3.0, tmp_path)
    held = sound_of(part_of(rows, sounding_end=np.array([2.5])), "piano", 3.0, tmp_path)
    assert level(held, 1.5, 2.0) > 5 * level(dry, 1.5, 2.0)


def test_blocks_do_not_show(tmp_path, monkeypatch):
    part = part_of([(0.3 * i, 0.3 * i + 0.5, 60 + i % 7) for i in range(12)])
    whole = sound_of(part, "piano", 4.0, tmp_path)
    monkeypatch.setattr(sounding, "BLOCK", 50_000)
    np.testing.assert_allclose(sound_of(part, "piano", 4.0, tmp_path), whole, atol=2 / 32767)


def test_a_seed_gives_the_same_sound(tmp_path):
    part = part_of([(0.1, 0.6, 69)])
    one, same, other = (sound_of(part, "violin", 1.0, tmp_path, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_plucked_notes_die_away(tmp_path):
    rows = [(0.2, 1.8, 69)]
    bow = sound_of(part_of(rows), "violin", 2.0, tmp_path)
    pluck = sound_of(part_of(rows, plucked=np.array([True])), "violin", 2.0, tmp_path)
    assert level(pluck, 1.4, 1.7) / level(pluck, 0.2, 0.5) < 0.5 * level(bow, 1.4, 1.7) / level(bow, 0.2, 0.5)


@pytest.mark.skipif(shutil.which("fluidsynth") is None, reason="FluidSynth is absent")
def test_fluidsynth_plays_the_same_notes(tmp_path):
    sound = sound_of(part_of([(1.0, 1.5, 69), (3.0, 3.5, 72)]), "violin", 5.0, tmp_path, fluidsynth)
    assert level(sound, 0, 0.95) < 1e-3
    assert level(sound, 1.1, 1.4) > 0.02
    assert level(sound, 3.1, 3.4) > 0.02


def test_what_cannot_make_sound_is_refused(tmp_path, monkeypatch):
    with pytest.raises(BadInput, match="there is no sound font"):
        sounding.font_of(tmp_path / "no.sf2")
    (tmp_path / "x.sf2").write_bytes(b"RIFF")
    with pytest.raises(BadInput, match=r"not a sound font|damaged"):
        sounding.write_sound(
            part_of([(0, 1, 69)]), instrument_named("violin"), 9, tmp_path / "s.wav", tmp_path / "x.sf2"
        )
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BadInput, match="FluidSynth is not installed"):
        fluidsynth.write_sound(
            part_of([(0, 1, 69)]), instrument_named("violin"), 9, tmp_path / "s.wav", tmp_path / "x.sf2"
        )
