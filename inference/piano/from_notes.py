"""A pianist who plays notes that are known: of a score, a MIDI file, or heard before."""

from __future__ import annotations

import numpy as np

from audio_to_body.inference.piano.player import PianoPlayer
from audio_to_body.inference.planning import FILE
from audio_to_body.inference.prediction import motion_of
from audio_to_body.inference.session import Session
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import VIDEO_FPS


def play_notes(
    notes: Notes, session: Session, seconds: float | None = None, hand: np.ndarray | None = None, latency: str = FILE
) -> Motion:
    """The motion of a pianist who plays notes.

    Parameters
    ----------
    notes : Notes
        Keys are held to their ``end``; what rings on in the pedal is no finger's matter.
    session : Session
        Of a piano+ net.
    seconds : float, optional
        How long the motion is; until a second after the last note by default.
    hand : np.ndarray, int64 [notes], optional
        Where staves or tracks tell the hands: 0 left, 1 right, -1 not told.
    latency : str
        How far the player looks ahead.

    Returns
    -------
    Motion
        With the tracks ``keys_pressed`` and ``hands_mm``.
    """
    if seconds is None:
        seconds = 1.0 + float(notes.end.max(initial=0.0))
    player = PianoPlayer(session, latency)
    player.tell(notes, hand)
    frames = player.play_to(int(np.ceil(seconds * VIDEO_FPS)))
    return motion_of(frames, session.card)
