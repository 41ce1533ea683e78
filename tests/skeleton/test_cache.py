from pathlib import Path

import pytest

from audio_to_body.skeleton.cache import cache_folder


def test_the_variable_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("A2B_CACHE", str(tmp_path))
    assert cache_folder("scores") == tmp_path / "scores"


@pytest.mark.parametrize(
    ("platform", "variable", "inside"),
    [
        ("linux", "XDG_CACHE_HOME", ".cache"),
        ("win32", "LOCALAPPDATA", "AppData/Local"),
        ("darwin", "", "Library/Caches"),
    ],
)
def test_each_system_has_its_own_place(platform, variable, inside, monkeypatch, tmp_path):
    for name in ("A2B_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert cache_folder("meshes") == tmp_path / "home" / inside / "audio-to-body-dynamics" / "meshes"
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "own"))
        assert cache_folder("meshes") == tmp_path / "own" / "audio-to-body-dynamics" / "meshes"
