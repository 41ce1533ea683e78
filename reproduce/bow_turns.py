"""Turns of the bow against the notes: where it goes the other way, and whether a new stroke begins there."""

from __future__ import annotations

import numpy as np

from audio_to_body.models.notes.scores import Agreement
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import VIDEO_FPS

NEAR = 1.5  # frames between a turn and a note's beginning that belong together
KEPT = 1.0  # frames beside a slurred note in which no turn may lie
STANDING = 1e-6  # bow lengths a second
CHORD = 0.05  # s within which beginnings are one


def bow_turns(speed: np.ndarray, slowest: float = 0.0) -> np.ndarray:
    """Frames at which the bow goes the other way than it last went.

    Parameters
    ----------
    speed : np.ndarray [frames]
        Bow lengths a second, its sign being the direction.
    slowest : float
        Up to which the bow counts as standing.
    """
    moving = np.flatnonzero(np.abs(speed) > slowest)
    signs = np.sign(speed[moving])
    return moving[1:][signs[1:] != signs[:-1]]


def strokes_begun(speed: np.ndarray) -> np.ndarray:
    """Frames at which the bow begins to go, after standing or the other way, but for the first.

    Parameters
    ----------
    speed : np.ndarray [frames]
        Bow lengths a second, its sign being the direction; 0 off the string.
    """
    way = np.sign(np.where(np.abs(speed) > STANDING, speed, 0.0))
    return np.flatnonzero((way != 0) & (np.concatenate([[0.0], way[:-1]]) != way))[1:]


def beginnings(written: Notes) -> tuple[np.ndarray, np.ndarray]:
    """Frames (with fractions) at which notes begin, chords being one, and which of them begin a stroke."""
    order = np.argsort(written.onset, kind="stable")
    onset, stroke = written.onset[order], written.stroke[order]
    first = np.concatenate([[True], np.diff(onset) > CHORD])[: len(onset)]
    return onset[first] * VIDEO_FPS, stroke[first]


def turn_agreement(turns: np.ndarray, written: Notes) -> Agreement:
    """How many turns are where a stroke begins; each turn and each stroke in one pair. Nothing turns into the first.

    Parameters
    ----------
    turns : np.ndarray of int [turns]
        Frames.
    written : Notes
        ``stroke`` says which begin one; where nothing is known of slurs, all do.
    """
    frames, stroke = beginnings(written)
    onset = frames[1:][stroke[1:]]
    free, hits = np.ones(len(onset), bool), 0
    for turn in turns:
        near = np.flatnonzero((np.abs(onset - turn) <= NEAR) & free)
        if len(near):
            free[near[np.abs(onset[near] - turn).argmin()]] = False
            hits += 1
    return Agreement(hits, len(turns), len(onset))


def slurs_kept(turns: np.ndarray, written: Notes) -> tuple[int, int]:
    """At how many slurred notes the bow goes on, and how many there are away from strokes that begin."""
    frames, stroke = beginnings(written)
    frames = np.round(frames)
    begins = frames[stroke]
    # a stroke that begins next to a slurred note is not the slur's turn
    slurred = [f for f in frames[~stroke] if np.abs(begins - f).min(initial=99) > 2 * KEPT]
    return sum(bool(np.abs(turns - f).min(initial=99) > KEPT) for f in slurred), len(slurred)
