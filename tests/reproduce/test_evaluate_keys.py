import os
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.inference.planning import FILE, LOW
from audio_to_body.inference.session import load
from audio_to_body.models.key_presses import KeyPresses
from audio_to_body.reproduce.evaluate_keys import pressed, table
from audio_to_body.reproduce.note_recordings import read_notes
from audio_to_body.skeleton.refusal import BadInput


def test_notes_are_read_whatever_parts_them(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("start,pitch\n0.5,60\n\n0.25, 64,80\n")
    notes = read_notes(path)
    assert notes.onset.tolist() == [0.25, 0.5]
    assert notes.pitch.tolist() == [64, 60]
    path.write_text("0.5\t60\t90\n1.5\t62\t90\n")
    assert read_notes(path).pitch.tolist() == [60, 62]


@pytest.mark.parametrize("text", ["", "start,pitch\n", "0.5\n", "1,x\n"])
def test_what_holds_no_notes_is_refused(tmp_path, text):
    path = tmp_path / "notes.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match="holds no notes"):
        read_notes(path)
    with pytest.raises(BadInput, match="cannot be read"):
        read_notes(tmp_path / "missing.csv")


def test_a_real_recording_is_pressed():
    """Chopin op. 10/3: 0.10 within 50 ms and 0.17 within 100 ms before notes were heard."""
    folder = Path(os.environ.get("A2B_SHARED", "../shared")) / "data" / "piano_real"
    if not folder.is_dir():
        pytest.skip(f"the real recordings are not here ({folder})")
    session, notes = load("piano", "cpu"), read_notes(folder / "chopin_igoshina.csv")
    for latency, near in ((FILE, 0.80), (LOW, 0.78)):
        measured, _ = pressed(session, folder / "chopin_igoshina.ogg", notes, latency)
        assert measured.near.written == 164
        assert measured.near.f1 > near  # 0.85 and 0.83
        assert measured.close.f1 > near - 0.15
    assert "| file |" in table([("x", FILE, measured, 0.0)])
    assert np.isfinite(KeyPresses().wrong_a_minute)
