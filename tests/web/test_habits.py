"""What people do to the page: before any music, too early, twice, while something else is going on."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.inference.live.warm_up import warm_up_sound
from tests.inference.conftest import write_wave
from tests.web.driving import NEEDS_A_BROWSER, drive

pytestmark = NEEDS_A_BROWSER


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_who_waits_holds_the_instrument_and_a_hand_turns_about_the_musician(address, instrument):
    props = ["violin", "bow"] if instrument == "violin" else ["key_40", "key_72"]
    seen = drive("waiting", address, instrument=instrument, parts=["leftHand", "rightHand", *props])
    assert not seen["errors"]
    left, right, *held = (np.array(seen["places"][name]) for name in ["leftHand", "rightHand", *props])
    if instrument == "violin":  # bow and violin have their origins at the frog and at the bridge
        assert np.linalg.norm(right - held[1]) < 0.2
        assert np.linalg.norm(left - held[0]) < 0.55  # at the scroll, which is that far from the shoulder
    else:
        assert min(np.linalg.norm(hand - key) for hand in (left, right) for key in held) < 0.45
    before, turned = seen["before"], seen["turned"]
    assert np.linalg.norm(np.subtract(turned["camera"], before["camera"])) > 0.2
    for chest in (before["chest"], turned["chest"]):
        assert max(abs(chest["x"]), abs(chest["y"])) < 0.75, "in the picture"
    assert turned["chest"]["away"] == pytest.approx(before["chest"]["away"], rel=0.2), "round, not along"
    np.testing.assert_allclose(seen["back"]["camera"], before["camera"], atol=1e-6)


def test_of_two_recordings_and_two_instruments_the_later_one_counts(address, music, tmp_path):
    write_wave(tmp_path / "long.wav", np.tile(warm_up_sound(6.0), 6)[None])
    seen = drive("hurry", address, first=str(tmp_path / "long.wav"), second=str(music))
    assert not seen["errors"]
    assert seen["name"] == "music.wav"
    assert seen["instrument"] == seen["wanted"] == "violin"


def test_the_microphone_lets_the_recording_wait(address, tmp_path):
    write_wave(tmp_path / "long.wav", np.tile(warm_up_sound(6.0), 4)[None])
    seen = drive("between", address, instrument="violin", file=str(tmp_path / "long.wav"))
    assert not seen["errors"]
    assert seen["live"] == {"play": True, "take": True, "progress": True}
    assert seen["level"] == -60
    assert "notes heard" in seen["status"] or "microphone is off" in seen["status"]


def test_an_example_that_cannot_be_fetched_is_explained(address):
    assert "cannot be fetched" in drive("noExample", address)["status"]
