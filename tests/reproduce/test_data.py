from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.preprocessing.dataset import align_recitals
from audio_to_body.preprocessing.manifest import Manifest, write_manifest
from audio_to_body.preprocessing.recital_file import Recital, write_recital
from audio_to_body.reproduce.data import data_name, described, open_data
from audio_to_body.reproduce.profiles import PROFILES
from audio_to_body.skeleton.refusal import BadInput


def small_dataset(folder, instrument="violin"):
    folder.mkdir(parents=True)
    manifest = Manifest(instrument, instrument, "recitals", 24.0, (0, 0), [24])
    for name, split in (("a", "train"), ("b", "test")):
        reason = np.zeros(48, np.uint8)
        reason[:6] = 2
        recital = Recital(
            name=name,
            keypoints=np.random.default_rng(0).uniform(0, 300, (48, 50, 2)).astype(np.float32),
            confidence=np.ones((48, 50), np.float32),
            reason=reason,
            features={24: np.zeros((48, 28), np.float32)},
            frame_size=(640, 480),
            source="x.mp4",
            split=split,
        )
        manifest.recitals.append(write_recital(folder, recital))
    write_manifest(folder, manifest)
    align_recitals(folder, manifest)


def test_a_folder_is_opened_and_described(tmp_path):
    small_dataset(tmp_path / "mine")
    dataset = open_data(str(tmp_path / "mine"), "violin", PROFILES["smoke"])
    text = described(dataset)
    assert text == "own recitals, 1 train recital (0.0 min), 1 test recital (0.0 min), 12.5% of frames dropped"
    # of virtual recitals it says which version made them: a table of older ones is seen to be one
    dataset.manifest = replace(dataset.manifest, data="virtual", settings={"version": 5})
    assert described(dataset).startswith("virtual recitals of version 5, 1 train recital (0.0 min), ")


def test_the_other_instrument_is_refused(tmp_path):
    small_dataset(tmp_path / "mine")
    with pytest.raises(BadInput, match="holds violin recitals; this table is about the piano"):
        open_data(str(tmp_path / "mine"), "piano", PROFILES["smoke"])


def test_what_is_no_data_is_refused(tmp_path, monkeypatch):
    with pytest.raises(BadInput, match="neither 'virtual', 'pianomime', the authors'"):
        open_data(str(tmp_path / "nowhere"), "violin", PROFILES["smoke"])
    with pytest.raises(BadInput, match="goes with make table2"):
        open_data("pianomime", "violin", PROFILES["smoke"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("A2B_SHARED", str(tmp_path))
    with pytest.raises(BadInput, match=r"needs hands\.npz"):
        open_data("pianomime", "piano", PROFILES["smoke"])


@pytest.mark.parametrize(
    ("data", "name"), [("virtual", "virtual"), ("/a/My recitals/", "My-recitals"), ("x/data.zip", "data.zip")]
)
def test_data_has_a_name_for_files(data, name):
    assert data_name(data) == name
