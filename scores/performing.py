"""Written music made a performance with a virtual player's habits; what is written is obeyed.

Music that is played already (MIDI) keeps its times; a violinist's bow is planned for both.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from audio_to_body.musician.bowing import draw_bow_habits, plan_strokes
from audio_to_body.musician.performance import Performance, chord_notes, draw_habits, perform
from audio_to_body.musician.score import LEFT, RIGHT, Score
from audio_to_body.scores.measures import MIDDLE
from audio_to_body.scores.music_xml import USUAL_TEMPO
from audio_to_body.scores.piece import LEFT_HAND, LONGEST, NO_BOWING, Part, Piece
from audio_to_body.skeleton.instruments import Instrument
from audio_to_body.skeleton.notes import LOUDEST, SOFTEST
from audio_to_body.skeleton.refusal import BadInput

STACCATO = 0.5  # share of a note's length that sounds under a dot
ABUTS = 1e-3  # quarters between two written notes that leave no rest
ON_STRING = 0.04  # s from one bowed note's end to the next one's beginning where no rest is written
LIFTED = 0.30  # s that the bow needs for two strokes the same way
MOST_LIFTED = 0.5  # share of the first note that it takes at most
MOST_TEMPO = 1000.0  # quarter notes a minute
LEAD_IN = 0.5  # s before the first note of written music


def performed(piece: Piece, part: Part, instrument: Instrument, seed: int = 0, tempo: float | None = None) -> Part:
    """A part as a player plays it.

    Parameters
    ----------
    piece : Piece
        To which the part belongs.
    part : Part
    instrument : Instrument
    seed : int
        Draws the player.
    tempo : float, optional
        Quarter notes a minute at the beginning; what is written, or the player's own choice, when not given.

    Returns
    -------
    Part
        Its notes in the player's time.

    Raises
    ------
    BadInput
        If the tempo makes no sense, or the piece is played already.
    """
    if tempo is not None and piece.as_played:
        raise BadInput(f"{piece.name} is played already, so --tempo has nothing to set; leave it out")
    if tempo is not None and not 0 < tempo <= MOST_TEMPO:
        raise BadInput(f"--tempo is {tempo:g}; it is quarter notes a minute, above 0 and up to {MOST_TEMPO:g}")
    if part.written is None:
        return part
    score, rng = part.written, np.random.default_rng([seed, 0x5C0E])
    habits = draw_habits(rng)
    timed = score
    quarter: float | None = None
    slower = 1.0 if tempo is None else (piece.tempo or USUAL_TEMPO) / tempo
    if float(part.notes.end.max(initial=0.0)) * slower > LONGEST:
        raise BadInput(
            f"--tempo {tempo:g} would make {piece.name} longer than {LONGEST / 3600:.0f} hours; name a faster one"
        )
    if tempo is not None or piece.tempo is not None:
        # the player's clock runs in the seconds of the tempo marks, all of them as much slower as is asked for
        length = part.notes.end - part.notes.onset
        timed, quarter = replace(score, onset=part.notes.onset * slower, duration=length * slower), 1.0
    music = perform(timed, habits, rng, instrument.name, quarter)
    written = part.marks.bowed or not instrument.bowed
    slurred = score.slurred if written else music.slurred
    end = np.where(part.marks.staccato, music.onset + STACCATO * (music.end - music.onset), music.end)
    if instrument.bowed:
        end = _on_the_string(score, music, slurred, part.marks.staccato, end)
    asked = np.where(np.isnan(part.level), 0.0, part.level - MIDDLE)
    velocity = np.clip(LOUDEST * (music.velocity + asked), SOFTEST, LOUDEST)
    notes = replace(
        part.notes,
        onset=music.onset + LEAD_IN,
        end=end + LEAD_IN,
        sounding_end=end + LEAD_IN,
        velocity=velocity,
        stroke=~slurred,
    )
    return replace(part, notes=notes, marks=replace(part.marks, slurred=slurred))


def _on_the_string(
    score: Score, music: Performance, slurred: np.ndarray, staccato: np.ndarray, end: np.ndarray
) -> np.ndarray:
    """Ends of bowed notes: under a slur until the next note, and hardly sooner where no rest is written."""
    moments = np.unique(music.onset)
    at = np.searchsorted(moments, music.onset, side="right")
    following = np.append(moments, np.inf)[at]
    head = np.searchsorted(music.onset, following)  # the next moment's first note
    last = len(score) - 1
    begins = score.onset[np.minimum(head, last)]
    abuts = (head <= last) & (begins - score.onset - score.duration < ABUTS)
    bound = abuts & slurred[np.minimum(head, last)]
    end = np.where(abuts & ~staccato, np.maximum(end, following - ON_STRING), end)
    return np.where(bound, np.maximum(end, following), end)


def bowed(part: Part, seed: int = 0) -> Part:
    """Which way the bow goes at every stroke: as written, else as a player plans it over the whole piece.

    Parameters
    ----------
    part : Part
        In a player's time, and what the instrument can play of it.
    seed : int
        Draws the player.

    Returns
    -------
    Part
        Its strokes begin at ``notes.stroke``, in the direction of ``marks.bow``; where the bow has to be lifted and
        set anew, the note before ends in time.
    """
    if not len(part):
        return part
    notes, marks, rng = part.notes, part.marks, np.random.default_rng([seed, 0xB0])
    strength = np.full(len(part), 0.5) if part.written is None else part.written.strength
    music = Performance(
        onset=notes.onset,
        end=notes.end,
        pitch=notes.pitch,
        velocity=notes.velocity / LOUDEST,
        hand=np.where(marks.hand == LEFT_HAND, LEFT, RIGHT),
        slurred=marks.slurred,
        strength=strength,
        phrase=np.zeros(len(part), np.int64),
    )
    obeyed = marks.bowed or part.written is None
    strokes = plan_strokes(music, draw_bow_habits(rng), rng, marks.bow if obeyed else None)
    begins = np.zeros(len(part), bool)
    begins[strokes.first_note] = True
    chord = chord_notes(music)
    stroke = begins | (chord & begins[strokes.first_note[strokes.of_note]])
    slurred = marks.slurred | ~stroke
    bow = np.where(begins, strokes.direction[strokes.of_note], NO_BOWING)
    end = notes.end.copy()
    same = np.flatnonzero(np.diff(strokes.direction) == 0)  # strokes after which the bow is lifted
    for before, first in zip(strokes.first_note[same], strokes.first_note[same + 1]):
        own = slice(before, first)
        long = notes.onset[first] - notes.onset[before]
        latest = notes.onset[first] - min(LIFTED, MOST_LIFTED * long)
        end[own] = np.maximum(np.minimum(end[own], latest), notes.onset[own] + 0.02)
    sounding = np.where(end < notes.end, end, notes.sounding_end)
    return replace(
        part,
        notes=replace(notes, end=end, sounding_end=np.maximum(sounding, end), stroke=stroke),
        marks=replace(marks, bow=bow, slurred=slurred),
    )
