"""The musician in a room that a browser pretends to see."""

from __future__ import annotations

import numpy as np
import pytest

from tests.web.driving import NEEDS_A_BROWSER, drive

pytestmark = NEEDS_A_BROWSER


def test_the_musician_stands_where_the_floor_was_tapped(address):
    seen = drive("room", address, floor=True)
    assert not seen["inside"], "nobody tapped a place yet"
    assert seen["place"] == pytest.approx([True, 0.0, -1.2, -2.0], abs=1e-3)
    assert "ring lies on the floor" in seen["said"]
    assert seen["outside"]
    assert seen["errors"] == []


def test_where_no_floor_is_found_the_musician_stands_before_who_looks(address):
    seen = drive("room", address, floor=False)
    assert seen["inside"]
    assert seen["errors"] == []


def test_fingers_turn_and_size_the_musician_and_the_room_lends_its_light(address, music):
    seen = drive("handled", address, instrument="violin", file=str(music), floor=True, light=True)
    assert seen["errors"] == []
    turn = seen["facing"]["turn"]
    assert seen["dragged"] == {"turn": pytest.approx(turn + np.pi * 120 / 480, abs=0.1), "scale": 1}
    turn = seen["dragged"]["turn"]
    assert seen["slipped"]["turn"] == turn, "the end of a drag puts nobody elsewhere"
    assert seen["pinched"] == {"turn": pytest.approx(turn, abs=1e-6), "scale": pytest.approx(1.5, rel=1e-6)}
    assert seen["twisted"]["turn"] == pytest.approx(turn - np.pi / 2, abs=1e-6)
    assert seen["lifeSize"] == {"turn": seen["twisted"]["turn"], "scale": 1}
    assert seen["tappedAgain"]["turn"] == pytest.approx(seen["facing"]["turn"], abs=1e-3), "facing who looks again"
    light = seen["light"]
    assert light["colour"] == pytest.approx([1.0, 0.75, 0.5])
    assert light["intensity"] == pytest.approx(2.0)
    assert light["from"] == pytest.approx([2.4, 3.2, 0.0])
    assert light["own"] == [False, False]
    before, after = seen["sound"]
    assert before["playing"]
    assert after["playing"]
    assert after["at"] > before["at"]
    assert after["row"] != before["row"], "the musician moves"
    assert seen["after"] == {"scale": 1, "turn": 0, "intensity": 2.6, "own": [True, True], "overlay": True}
