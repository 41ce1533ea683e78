import numpy as np
import pytest

from preprocessing.published.bach_violin import read_recording, recordings
from preprocessing.sound.note_alignment import onset_strength
from preprocessing.sound.plus_features import PLUS_VIOLIN
from skeleton.rates import NETWORK_RATE
from skeleton.refusal import BadInput


@pytest.fixture(scope="module")
def bach(shared_data):
    folder = shared_data / "bach_violin"
    if not folder.is_dir():
        pytest.skip("the Bach Violin Dataset is absent")
    return folder


def test_snapped_notes_begin_where_the_spectrum_rises(bach):
    found = recordings(bach)
    assert "john-garner_bwv1002_mov8" in found
    recording = read_recording(bach, "john-garner_bwv1002_mov8")
    music = recording.music
    assert len(music) == 714  # as the dataset's note list has it
    assert 0.05 < music.slurred.mean() < 0.2  # 35 slurs in the score
    assert np.all(np.diff(music.onset) >= 0)
    rise = onset_strength(PLUS_VIOLIN.features(recording.sound, NETWORK_RATE))
    steps = np.round(music.onset * NETWORK_RATE).astype(int)
    at_notes = np.max([rise[np.clip(steps + d, 0, len(rise) - 1)] for d in (-1, 0, 1)], axis=0)
    assert at_notes.mean() > 1.5  # deviations above the recording's mean


def test_what_is_not_there_is_refused(bach, tmp_path):
    with pytest.raises(BadInput, match="no movement 'nobody'"):
        read_recording(bach, "nobody")
    with pytest.raises(BadInput, match=r"no info\.csv"):
        recordings(tmp_path)
