"""Written music in a player's time; slurs, bowings, dots and tempo are obeyed."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.scores.midi import midi_of
from audio_to_body.scores.music_xml import music_xml_of
from audio_to_body.scores.performing import bowed, performed
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.refusal import BadInput
from tests.scores.made import line, midi, music_xml, track, written

VIOLIN, PIANO = instrument_named("violin"), instrument_named("piano")
DOWN, UP = "<technical><down-bow/></technical>", "<technical><up-bow/></technical>"
START, STOP = '<slur type="start"/>', '<slur type="stop"/>'


def played(measures, instrument=VIOLIN, **how):
    piece = music_xml_of(music_xml(measures), "x.xml")
    part = performed(piece, piece.parts[0], instrument, **how)
    return bowed(part, how.get("seed", 0)) if instrument.bowed else part


def scale(count=4, marks=()):
    return "".join(written(67 + i, notations=dict(marks).get(i, "")) for i in range(count))


def test_a_seed_is_a_player():
    one, same, other = (played([scale(), scale()], seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.notes.onset, same.notes.onset)
    assert not np.allclose(one.notes.onset, other.notes.onset)


@pytest.mark.parametrize("tempo", [60.0, 150.0])
def test_the_tempo_is_the_one_that_is_asked_for(tempo):
    part = played([scale(), scale(), scale(), scale()], PIANO, tempo=tempo)
    pace = np.median(np.diff(part.notes.onset))
    assert pace == pytest.approx(60 / tempo, rel=0.25)  # rubato and a player's own pulse


def test_written_tempo_changes_stay_in_proportion():
    part = played([f'<sound tempo="120"/>{scale()}', f'<sound tempo="60"/>{scale()}'], PIANO)
    pace = np.diff(part.notes.onset)
    assert np.median(pace[4:]) == pytest.approx(2 * np.median(pace[:3]), rel=0.3)


def test_written_slurs_are_the_strokes():
    part = played([scale(4, {0: START, 2: STOP}.items()), scale()])
    assert part.notes.stroke.tolist() == [True, False, False, True, True, True, True, True]
    np.testing.assert_allclose(part.notes.end[:2], part.notes.onset[1:3])  # no gap under a slur


def test_strokes_alternate_where_nobody_wrote_a_bowing():
    part = played([scale(4, {0: START, 1: STOP}.items()), scale(), scale()])
    ways = part.marks.bow[part.notes.stroke]
    assert (ways[1:] == -ways[:-1]).all()


def test_written_bowings_are_obeyed_and_a_lifted_bow_gets_time():
    part = played([scale(4, {0: UP, 2: DOWN, 3: DOWN}.items())])
    assert part.marks.bow.tolist() == [-1, 1, 1, 1] or part.marks.bow.tolist()[0::2] == [-1, 1]
    assert part.marks.bow[3] == 1
    assert part.notes.onset[3] - part.notes.end[2] > 0.1


def test_a_player_slurs_what_nobody_marked():
    quick = [written(67 + i % 5, 1) * 8 for i in range(6)]
    slurred = sum((~played(quick, seed=s).notes.stroke).sum() for s in range(6))
    assert slurred > 0
    marked = [*quick[:-1], written(67, 1, notations=DOWN) + written(69, 1) * 7]
    assert all(played(marked, seed=s).notes.stroke.all() for s in range(6))


def test_dots_are_short():
    dot = "<articulations><staccato/></articulations>"
    part = played([scale(4, {1: dot}.items())], PIANO)
    share = (part.notes.end - part.notes.onset)[:3] / np.diff(part.notes.onset)
    assert share[1] < 0.62
    assert share[0] > 0.62


def test_dynamics_are_heard():
    soft, loud = (
        f"<direction><direction-type><dynamics><{m}/></dynamics></direction-type></direction>" for m in ("pp", "ff")
    )
    velocity = played([soft + scale(), loud + scale()], PIANO).notes.velocity
    assert velocity[4:].min() > velocity[:4].max()


def test_midi_keeps_its_times_and_takes_no_tempo():
    piece = midi_of(midi(track(*line([67, 69, 71]), name="Violin")), "x.mid")
    part = performed(piece, piece.parts[0], VIOLIN)
    np.testing.assert_array_equal(part.notes.onset, piece.parts[0].notes.onset)
    with pytest.raises(BadInput, match="--tempo has nothing to set"):
        performed(piece, piece.parts[0], VIOLIN, tempo=90.0)


@pytest.mark.parametrize("tempo", [0.0, -60.0, float("nan"), 1e9, 1e-6])
def test_a_tempo_that_is_none_is_refused(tempo):
    with pytest.raises(BadInput, match=r"--tempo (is|1e-06)"):
        played([scale()], PIANO, tempo=tempo)
