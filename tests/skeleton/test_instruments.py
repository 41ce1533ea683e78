from __future__ import annotations

from dataclasses import replace

import pytest

from audio_to_body.skeleton.instruments import INSTRUMENTS, instrument_named, register
from audio_to_body.skeleton.layouts import LAYOUTS
from audio_to_body.skeleton.refusal import BadInput

PARTS = ("pieces", "virtual_musician", "posture", "drawing", "player", "views", "furniture", "habits")


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_part_that_a_record_names_is_there(name: str) -> None:
    instrument = instrument_named(name)
    for part in PARTS:
        if getattr(instrument, part):
            assert callable(instrument.part(part)) or "front" in instrument.part(part), part
    assert LAYOUTS[instrument.layout.name] is instrument.layout


def test_an_unknown_instrument_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match="unknown instrument 'kazoo'; known: violin, piano"):
        instrument_named("kazoo")


def test_a_part_that_an_instrument_lacks_is_refused() -> None:
    with pytest.raises(BadInput, match="the violin has no furniture"):
        instrument_named("violin").part("furniture")


def test_what_is_taken_is_not_registered_again() -> None:
    violin = instrument_named("violin")
    viola = replace(violin, name="viola", number=3, layout=replace(violin.layout, name="viola", instrument="viola"))
    for wrong, told in (
        (replace(viola, name="violin"), "'violin' .1. is an instrument already"),
        (replace(viola, number=2), "'piano' .2. is an instrument already"),
        (replace(viola, layout=violin.layout), "the layout 'violin' is the violin's"),
        (replace(viola, layout=replace(viola.layout, name="piano")), "'piano' is a keypoint layout already"),
    ):
        with pytest.raises(ValueError, match=told):
            register(wrong)
    assert list(INSTRUMENTS) == ["violin", "piano"]
