"""Notes that are known, of a score or a MIDI file, to a musician who plays them: half a minute at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from audio_to_body.inference.frames import Frames, joined
from audio_to_body.inference.front_ends import HEARS_ITSELF
from audio_to_body.inference.note_stream import NotePlayer
from audio_to_body.inference.planning import FILE
from audio_to_body.inference.prediction import motion_of
from audio_to_body.inference.session import HEARS, Session
from audio_to_body.scores.performing import bowed
from audio_to_body.scores.piece import Part
from audio_to_body.scores.tones import loudness
from audio_to_body.skeleton.instruments import Instrument, instrument_named
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.notes import LOUDEST, Notes
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput

BLOCK_SECONDS = 30
SILENT_DB = -80.0
FADES = 6.0  # dB a second that a struck note loses, about
LINGERS = 1.5  # s after the last note


def frames_of(part: Part) -> int:
    """Frames of a part's motion: to a moment after its last note, an even number, so that samples come out whole."""
    seconds = float(part.notes.sounding_end.max(initial=0.0)) + LINGERS
    return 2 * int(np.ceil(seconds * VIDEO_FPS / 2))


def play_part(
    part: Part,
    session: Session,
    progress: Callable[[int, int], object] | None = None,
    levels: np.ndarray | None = None,
) -> Motion:
    """The motion of a musician who plays a part.

    Parameters
    ----------
    part : Part
        What the instrument can play (:mod:`audio_to_body.scores.playable`).
    session : Session
        Of a net whose musician plays notes.
    progress : callable (frames done, frames), optional
    levels : np.ndarray [frames], optional
        dB about the mean of a sound that the part was aligned to.

    Returns
    -------
    Motion
        As many frames as levels, else :func:`frames_of`; ``loudness_db`` is those levels, else the notes' own about
        their mean.

    Raises
    ------
    BadInput
        If the model's musician plays sound, not notes.
    """
    return motion_of(joined(list(played(part, session, levels, progress))), session.card)


def prepared_for(instrument: Instrument, part: Part, seed: int = 0) -> Part:
    """A part with what its player decides before the first note: the bow's ways, or fingers.

    Parameters
    ----------
    instrument : Instrument
    part : Part
        What the instrument can play, in a player's time.
    seed : int
        Draws the bowing where none is written.
    """
    if instrument.bowed:
        return bowed(part, seed)
    if instrument.keyed:
        from audio_to_body.inference.piano.score_fingers import fingered

        return fingered(part)
    return part


def check_plays_notes(session: Session) -> None:
    """Refuse a model whose musician plays sound, not notes.

    Raises
    ------
    BadInput
    """
    card = session.card
    if card.features != HEARS_ITSELF and HEARS not in card.extra:
        raise BadInput(
            f"the {card.family} net of the {card.instrument} plays sound, not notes; leave --faithful and --model out"
        )


def played(
    part: Part,
    session: Session,
    heard: np.ndarray | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Iterator[Frames]:
    """The frames of :func:`play_part`, block after block."""
    check_plays_notes(session)
    instrument = instrument_named(session.card.instrument)
    player: NotePlayer = instrument.part("note_player")(session, FILE)
    total, known = frames_of(part) if heard is None else len(heard), 0
    waiting = np.zeros(0)
    order = np.argsort(part.notes.onset, kind="stable")
    part = part.chosen(order)
    while known < total:
        end = min(known + BLOCK_SECONDS * VIDEO_FPS, total)
        first, last = np.searchsorted(part.notes.onset, [known / VIDEO_FPS, end / VIDEO_FPS])
        if end == total:
            last = len(part)
        player.tell_written(part.notes.chosen(np.arange(first, last)), part.marks.chosen(np.arange(first, last)))
        fades = 0.0 if instrument.bowed else FADES
        levels = levels_of(part.notes, known, end, fades) if heard is None else heard[known:end]
        player.tell_levels(levels)
        waiting = np.concatenate([waiting, levels])
        done = player.play_to(total) if end == total else player.play_until(end / VIDEO_FPS)
        known = end
        if len(done):
            tracks = {**done.tracks, "loudness_db": waiting[: len(done)].astype(np.float32)}
            waiting = waiting[len(done) :]
            yield Frames(done.first, VIDEO_FPS, done.points, tracks, done.room)
        if progress is not None:
            progress(end, total)


def levels_of(notes: Notes, first: int, end: int, fades: float) -> np.ndarray:
    """Levels of some frames in dB about the notes' mean: that of the loudest note which sounds.

    Parameters
    ----------
    notes : Notes
    first, end : int
        Frames.
    fades : float
        dB a second that a note loses.
    """
    levels = np.full(end - first, SILENT_DB)
    if not len(notes):
        return levels
    own = np.array([20 * np.log10(loudness(v)) for v in (notes.velocity / LOUDEST).tolist()])
    own -= own.mean()
    starts = np.floor(notes.onset * VIDEO_FPS).astype(int)
    ends = np.maximum(np.ceil(notes.sounding_end * VIDEO_FPS).astype(int), starts + 1)
    for i in np.flatnonzero((starts < end) & (ends > first)).tolist():
        span = np.arange(max(starts[i], first), min(ends[i], end))
        level = own[i] - fades * np.maximum(span / VIDEO_FPS - notes.onset[i], 0.0)
        levels[span - first] = np.maximum(levels[span - first], level)
    return levels
