"""The musician in a room that a browser pretends to see."""

from __future__ import annotations

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
