"""Which part is played by whom."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.scores.choosing import choose
from audio_to_body.scores.midi import midi_of
from audio_to_body.scores.music_xml import music_xml_of
from audio_to_body.scores.piece import LEFT_HAND, RIGHT_HAND
from audio_to_body.skeleton.refusal import BadInput
from tests.scores.made import line, midi, music_xml, note, track, written


def piece(*tracks):
    return midi_of(midi(*tracks), "x.mid")


def quartet():
    names, programs = ("Violin I", "Violin II", "Viola", "Cello"), (40, 40, 41, 42)
    return piece(
        *(track(*line([72 - 7 * i] * 3), name=n, program=p) for i, (n, p) in enumerate(zip(names, programs)))
    )


def test_the_part_that_suits_is_played_and_the_others_are_named():
    choice = choose(quartet(), "violin")
    assert choice.part.name == "Violin I"
    assert "not 'Violin II', 'Viola', 'Cello'" in choice.remarks[0]
    assert choose(quartet()).instrument == "violin"


@pytest.mark.parametrize(
    ("name", "program", "instrument"),
    [
        ("Solo", 40, "violin"),
        ("Geige", None, "violin"),
        ("Klavier", None, "piano"),
        ("", 0, "piano"),
        ("RH", None, "piano"),
    ],
)
def test_names_and_programs_tell_the_instrument(name, program, instrument):
    choice = choose(piece(track(*line([60, 64, 67]), name=name, program=program)))
    assert choice.instrument == instrument
    assert "--instrument chooses" in choice.remarks[0]


def test_a_line_without_a_name_is_a_violins_and_chords_are_a_pianos():
    assert choose(piece(track(*line([62, 69, 76])))).instrument == "violin"
    assert choose(piece(track(*line([40, 42, 44])))).instrument == "piano"
    assert choose(piece(track(*line([62, 69, 76]), *line([72, 74, 76])))).instrument == "piano"


@pytest.mark.parametrize("wanted", ["2", "Violin II", "violin ii", "n II"])
def test_a_part_is_named_or_numbered(wanted):
    choice = choose(quartet(), "violin", (wanted,))
    assert choice.part.name == "Violin II"
    assert choice.remarks == ()


def test_all_parts_are_one():
    choice = choose(quartet(), "piano", ("all",))
    assert len(choice.part) == 12
    assert len(choose(quartet(), "piano", ("1", "4")).part) == 6


@pytest.mark.parametrize("wanted", ["9", "Oboe", "Vio", ""])
def test_a_part_that_there_is_not_is_refused(wanted):
    with pytest.raises(BadInput, match="1 'Violin I', 2 'Violin II'"):
        choose(quartet(), "violin", (wanted,))


def test_drums_are_never_played():
    drummed = piece(track(*line([36, 36], channel=9), name="Kit"), track(*line([60, 62]), name="Piano"))
    assert choose(drummed, "piano").part.name == "Piano"
    with pytest.raises(BadInput, match="is for drums"):
        choose(drummed, "piano", ("Kit",))


@pytest.mark.parametrize(("first", "second"), [("Piano right", "Piano left"), ("Piano", "Piano"), ("", "")])
def test_two_tracks_of_a_keyboard_are_two_hands(first, second):
    choice = choose(
        piece(track(*line([72, 74]), name=first, program=0), track(*line([48, 50]), name=second, program=0))
    )
    low = choice.part.notes.pitch < 60
    assert (choice.part.marks.hand[low] == LEFT_HAND).all()
    assert (choice.part.marks.hand[~low] == RIGHT_HAND).all()


def test_two_pianists_are_not_two_hands():
    both = piece(
        track(*line([72, 74]), name="Piano primo", program=0), track(*line([48]), name="Piano secondo", program=0)
    )
    assert (choose(both).part.marks.hand == -1).all()


def test_written_parts_stay_in_step_when_they_are_one():
    score = music_xml([written(60) + written(64)], name="Piano")
    twice = score.replace(
        b"</part-list>", b"<score-part id='P2'><part-name>Piano</part-name></score-part></part-list>"
    )
    part = score[score.index(b"<part id") : score.index(b"</score-partwise>")].replace(b"'P1'", b"'P2'")
    found = choose(music_xml_of(twice.replace(b"</score-partwise>", part + b"</score-partwise>"), "x.xml")).part
    np.testing.assert_array_equal(found.written.pitch, found.notes.pitch)
    assert found.notes.pitch.tolist() == [60, 60, 64, 64]


def test_overlapping_chords_do_not_make_a_line():
    held = piece(track(*note(62, 0, 8), *line([69, 71, 72, 74])))
    assert choose(held).instrument == "piano"
