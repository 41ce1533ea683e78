"""The page as somebody meets it who was given only its address."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from audio_to_body.inference.live.warm_up import warm_up_sound
from audio_to_body.skeleton.rates import AUDIO_RATE
from tests.inference.conftest import write_wave
from tests.web.driving import NEEDS_A_BROWSER, drive

pytestmark = NEEDS_A_BROWSER

A4, SHARE_OF_A_TONE = 440.0, 0.03
SIDEWAYS = {"width": 844, "height": 390}


@pytest.mark.parametrize("viewport", [SIDEWAYS, {"width": 390, "height": 844}, {"width": 1280, "height": 800}])
def test_full_screen_fills_the_screen(address, viewport):
    seen = drive("fullScreen", address, viewport=viewport)
    assert not seen["errors"]
    (picture, *controls), before = seen["full"], seen["before"][0]
    assert picture["height"] > before["height"]
    assert picture["width"] == viewport["width"]
    lowest = max(row["bottom"] for row in controls)
    assert viewport["height"] - 30 < lowest <= viewport["height"]


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_is_told_what_fingers_can_do_and_keeps_its_height_for_the_picture(address, width):
    seen = drive("greeted", address, viewport={"width": width, "height": 800})
    assert not seen["errors"]
    assert "drop" not in seen["said"]
    assert "Choose a recording" in seen["said"]
    assert seen["tops"][0] == pytest.approx(seen["tops"][1], abs=2), "in one row"


def test_a_screen_reader_is_told_of_a_beginning_and_an_end_not_of_every_step(address, music):
    seen = drive("announced", address, file=str(music))
    assert not seen["errors"]
    steps = [(text, busy) for text, busy in seen["said"] if "%" in text]
    assert len(steps) > 1
    assert all(busy for _, busy in steps[1:]), "a region that is busy is not read out"
    text, busy = seen["said"][-1]
    assert "heard" in text
    assert not busy


def test_the_position_is_said_and_moved_with_the_keyboard_alone(address, music):
    seen = drive("keys", address, file=str(music), keys=["ArrowRight", "ArrowLeft", "ArrowUp", "End", " ", " "])
    assert not seen["errors"]
    right, left, up, end, plays, pauses = seen["seen"]
    assert [round(one["at"], 3) for one in (right, left, up)] == [3, 1, 3]
    assert [round(one["shown"], 2) for one in (right, left, up)] == [3, 1, 3]
    assert [one["said"] for one in (right, left)] == ["0:03 of 0:06", "0:01 of 0:06"]
    assert end["at"] == pytest.approx(6.3, abs=0.1)
    assert [one["playing"] for one in (end, plays, pauses)] == [False, True, False]
    assert seen["widths"][0] == seen["widths"][1], "what lies beside the button stays where it is"


@pytest.mark.parametrize("speed", ["0.25", "0.5"])
def test_slower_is_not_lower(address, tmp_path, speed):
    tone = 0.3 * np.sin(2 * np.pi * A4 * np.arange(12 * AUDIO_RATE) / AUDIO_RATE)
    seen = drive("slow", address, file=str(write_wave(tmp_path / "tone.wav", tone[None])), speed=speed)
    assert not seen["errors"]
    assert np.median(seen["pitches"]) == pytest.approx(A4, rel=SHARE_OF_A_TONE)
    assert -0.01 < seen["apart"] < 0.15, "the frames follow what is heard"
    assert seen["paused"]["still"]
    assert seen["paused"]["place"] == pytest.approx(seen["paused"]["media"], abs=0.15)
    assert seen["back"] == pytest.approx(seen["paused"]["place"], abs=1e-6)
    assert seen["looped"]
    assert seen["sought"] == pytest.approx(2, abs=0.2)


def test_music_in_any_channel_is_heard_and_one_note_is_one(address, tmp_path):
    music = write_wave(tmp_path / "music.wav", warm_up_sound(4.0)[None])
    centre, stereo = tmp_path / "centre.flac", tmp_path / "stereo.flac"
    for path, layout in ((centre, "5.1|FC=c0"), (stereo, f"stereo|c0={0.5**0.5}*c0|c1={0.5**0.5}*c0")):
        subprocess.run(["ffmpeg", "-v", "error", "-i", str(music), "-af", f"pan={layout}", str(path)], check=True)
    short = write_wave(tmp_path / "short.wav", warm_up_sound(4.0)[None, : AUDIO_RATE // 5])
    seen = drive("told", address, files=[str(centre), str(stereo), str(short)])
    assert not seen["errors"]
    notes = [said.split(" heard")[0] for said in seen["said"]]
    assert notes[0] == notes[1] != "0 notes"
    assert not any(said.startswith("1 notes") for said in seen["said"])


def test_who_waits_where_nothing_was_heard_yet_says_so(address, tmp_path):
    long = write_wave(tmp_path / "long.wav", np.tile(warm_up_sound(6.0), 6)[None])
    seen = drive("ahead", address, file=str(long))
    assert "moves there once it was heard" in seen["said"][0]
    assert seen["said"][1] == "Listening … 20 %"


@pytest.mark.parametrize("viewport", [SIDEWAYS, {"width": 360, "height": 740}, {"width": 1280, "height": 800}])
def test_what_is_taken_home_is_explained(address, viewport):
    seen = drive("taking", address, viewport=viewport)
    assert not seen["errors"]
    assert set(seen["described"]) == {"video", "glb", "bvh", "usdz", "npz"}
    assert all(len(words) > 20 for words in seen["described"].values())
    assert seen["wide"] <= viewport["width"]
    assert seen["shutOut"] == []


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_of_a_recital_that_was_taken_home_the_musician_alone_plays(address, dist, instrument):
    seen = drive("takenAsFigure", address, avatar=str(dist / "figures" / f"{instrument}.glb"))
    assert not seen["errors"]
    for there in (seen["violin"], seen["piano"]):
        assert there["meshes"] == 0
        assert there["bones"] > 50


def test_the_keyboard_lies_level(address):
    seen = drive("keyboard", address, cameras=["front", "hands"])
    assert not seen["errors"]
    for low, high in seen["ends"]:
        assert low[1] == pytest.approx(high[1], abs=0.005)
        assert max(abs(low[0]), abs(high[0])) < 1.0
