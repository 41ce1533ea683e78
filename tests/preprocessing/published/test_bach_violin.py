import csv
import shutil
import wave

import numpy as np
import pytest

from audio_to_body.preprocessing.published.bach_violin import read_recording, recordings
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import decode_audio
from audio_to_body.sound.note_bands import FRONT_ENDS, STEP_RATE
from audio_to_body.sound.note_features import note_features


@pytest.fixture(scope="module")
def bach(shared_data):
    folder = shared_data / "bach_violin"
    if not folder.is_dir():
        pytest.skip("the Bach Violin Dataset is absent")
    return folder


def test_aligned_notes_begin_where_the_spectrum_rises(bach):
    found = recordings(bach)
    assert "john-garner_bwv1002_mov8" in found
    recording = read_recording(bach, "john-garner_bwv1002_mov8")
    music = recording.music
    assert len(music) == 714  # as the dataset's note list has it
    assert 0.05 < music.slurred.mean() < 0.2  # 35 slurs in the score
    assert np.all(np.diff(music.onset) >= 0)
    rise = note_features(FRONT_ENDS["violin"], recording.sound)[:, :, 1].sum(axis=1)
    rise = (rise - rise.mean()) / rise.std()
    steps = np.round(music.onset * STEP_RATE).astype(int)
    at_notes = np.max([rise[np.clip(steps + d, 0, len(rise) - 1)] for d in (-1, 0, 1)], axis=0)
    assert at_notes.mean() > 1.0  # deviations above the recording's mean


def test_a_movement_is_cut_from_a_recording_of_several(bach, tmp_path):
    name, later = "john-garner_bwv1002_mov6", 7  # s of something else before it
    for kind in ("notes", "alignments", "scores"):
        shutil.copytree(bach / kind, tmp_path / kind)
    with open(bach / "info.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    row = next(row for row in rows if row["filename"] == name)
    row.update(source_filename="whole.wav", start="0:00:08", end="0:01:53")  # 1 s and 1:46 in the file of its own
    with open(tmp_path / "info.csv", "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(row))
        table.writeheader()
        table.writerow(row)
    alone = decode_audio(bach / "audio" / f"{name}.mp3")
    other = 0.3 * np.random.default_rng(0).normal(size=(2, later * AUDIO_RATE))
    both = np.concatenate([other, alone, other], axis=1)
    (tmp_path / "audio").mkdir()
    with wave.open(str(tmp_path / "audio" / "whole.wav"), "wb") as file:
        file.setparams((2, 2, AUDIO_RATE, 0, "NONE", ""))
        file.writeframes((np.clip(both.T, -1, 1) * 32767).astype("<i2").tobytes())
    cut, own = read_recording(tmp_path, name), read_recording(bach, name)
    assert abs(len(cut.sound) - len(own.sound)) < 1.5 * AUDIO_RATE
    assert np.mean(np.abs(cut.music.onset - own.music.onset) < 1.5 / STEP_RATE) > 0.97
    np.testing.assert_array_equal(cut.music.slurred, own.music.slurred)


def test_what_is_not_there_is_refused(bach, tmp_path):
    with pytest.raises(BadInput, match="no movement 'nobody'"):
        read_recording(bach, "nobody")
    with pytest.raises(BadInput, match=r"no info\.csv"):
        recordings(tmp_path)
