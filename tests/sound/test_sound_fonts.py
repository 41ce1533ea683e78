from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.preprocessing.note_sound.recorded_notes import at_bank_rate
from audio_to_body.preprocessing.note_sound.sample_measures import measured_pitch
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.sound_fonts import read_preset


@pytest.fixture(scope="module")
def font() -> Path:
    spec = importlib.util.find_spec("pretty_midi")
    if spec is None or spec.origin is None:
        pytest.skip("pretty_midi, which brings a sound font, is absent")
    return Path(spec.origin).parent / "TimGM6mb.sf2"


def test_a_grand_has_its_samples_and_they_are_in_tune(font: Path) -> None:
    samples = read_preset(font, 0, 0, 2.0)
    assert len(samples) == 9
    assert max(len(s.wave) / s.rate for s in samples) == pytest.approx(2.0, abs=1e-3)
    middle = [s for s in samples if 62 <= s.pitch <= 90]
    for sample in middle:
        found, clarity = measured_pitch(at_bank_rate(sample.wave, sample.rate), sample.pitch)
        assert found == pytest.approx(sample.pitch, abs=0.12)  # the project's other reader is as near
        assert clarity > 0.3


def test_loops_go_on_and_the_envelope_falls(font: Path) -> None:
    violin, piano = read_preset(font, 0, 40, 3.0)[0], read_preset(font, 0, 0, 3.0)[0]
    held = [float(np.abs(s.wave[-s.rate // 2 :]).max() / np.abs(s.wave).max()) for s in (violin, piano)]
    assert held[0] > 0.5  # a bowed note is held
    assert held[1] < 0.3  # a struck one dies away


def test_what_is_not_there_is_refused(font: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no preset 5:99"):
        read_preset(font, 5, 99, 1.0)
    (tmp_path / "x.sf2").write_bytes(b"RIFF\x04\x00\x00\x00WAVE")
    with pytest.raises(BadInput, match="is not a sound font"):
        read_preset(tmp_path / "x.sf2", 0, 0, 1.0)
