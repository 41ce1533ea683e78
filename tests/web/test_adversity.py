"""What goes wrong on the page: little memory, old browsers, no WebGL, hidden tabs, lost microphones, odd files."""

from __future__ import annotations

import base64
import wave
from pathlib import Path

import numpy as np
import pytest

from audio_to_body import load, predict
from audio_to_body.inference.live.warm_up import warm_up_sound
from audio_to_body.skeleton.motion import load_motion
from audio_to_body.skeleton.rates import AUDIO_RATE
from tests.web.driving import NEEDS_A_BROWSER, drive

pytestmark = NEEDS_A_BROWSER


def write_silence(path: Path, minutes: int) -> None:
    """Minutes of silence, small on the disk: 8 kHz, a byte a sample."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(b"\x80" * (8000 * 60 * minutes))


def test_an_hour_on_a_small_device_is_refused_before_it_is_read(address, tmp_path):
    write_silence(tmp_path / "hour.wav", 60)
    seen = drive("tooLarge", address, file=str(tmp_path / "hour.wav"), memory=2)
    assert "lasts 60 minutes; this device's memory holds 20" in seen["said"]
    assert "command line" in seen["said"]
    assert seen["read"] == 0
    assert seen["errors"] == []


def test_a_figure_of_200_megabytes_is_refused_at_once(address, tmp_path):
    with (tmp_path / "large.vrm").open("wb") as file:
        file.truncate(200_000_000)
    seen = drive("tooLarge", address, file=str(tmp_path / "large.vrm"), memory=8)
    assert "200 MB; up to 100 MB" in seen["said"]
    assert seen["read"] == 0
    assert seen["seconds"] < 10
    assert seen["errors"] == []


def test_without_webgl_notes_and_files_still_come_out(address, music, tmp_path):
    seen = drive("noWebGL", address, file=str(music), folder=str(tmp_path))
    assert "no WebGL" in seen["said"]
    assert "no WebGL" in seen["video"]
    assert seen["names"] == [f"music.{kind}" for kind in ("npz", "bvh", "glb", "usdz")]
    assert seen["time"].endswith("0:06")
    assert seen["errors"] == []
    motion, own = load_motion(tmp_path / "music.npz"), predict(music, load("violin"))
    assert motion.room is not None
    assert own.room is not None
    np.testing.assert_allclose(motion.room.joints, own.room.joints, atol=1e-3)


def test_a_browser_without_simd_is_told_so(address):
    seen = drive("noSimd", address)
    assert all("no SIMD" in said for said in seen["said"])
    assert seen["errors"] == []


def test_a_tab_that_was_behind_others_shows_what_is_heard_now(address, music):
    seen = drive("background", address, file=str(music))
    assert seen["playing"]
    assert seen["moved"] > 1e-3, "the last picture was another one"
    assert seen["passed"] > 2.5, "the sound went on meanwhile"
    assert seen["now"]
    assert seen["apart"] == 0
    assert seen["errors"] == []


def test_a_microphone_that_ends_is_told_and_may_begin_again(address):
    seen = drive("unplugged", address)
    assert "unplugged" in seen["said"]
    assert not seen["live"]
    assert seen["pressed"] == "false"
    assert seen["errors"] == []


def apart_at(address: str, folder: Path, rate: int) -> np.ndarray:
    """How far the joints of every frame are from where Python has them, of sound of another rate, metres."""
    import soundfile
    from scipy.signal import resample_poly

    path = folder / "music.wav"
    soundfile.write(path, resample_poly(warm_up_sound(6.0), rate, AUDIO_RATE), rate, subtype="FLOAT")
    own = predict(path, load("violin"))
    assert own.room is not None
    seen = drive("golden", address, instrument="violin", file=str(path))
    assert seen["errors"] == []
    rows = np.frombuffer(base64.b64decode(seen["rows"]), np.float32).reshape(len(own), -1)
    return np.linalg.norm(rows[:, -150:].reshape(len(rows), 50, 3) - own.room.joints, axis=-1)


@pytest.mark.parametrize("rate", [48_000, 96_000])
def test_sound_of_another_rate_is_played_as_python_plays_it(address, tmp_path, rate):
    assert apart_at(address, tmp_path, rate).max() < 1e-3


def test_a_telephones_sound_is_played_nearly_as_python_plays_it(address, tmp_path):
    """Above 4 kHz two resamplers leave different rests, and now and then a note is heard otherwise."""
    assert np.median(apart_at(address, tmp_path, 8_000)) < 5e-3
