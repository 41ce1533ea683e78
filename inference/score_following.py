"""A recording and its score: the sound's moments and loudness, the score's notes.

What the net that hears notes says of the recording is what the score is aligned to
(:mod:`audio_to_body.sound.note_alignment`). The musician then plays the score's notes, none that was misheard and
none missing; how fast and how loud is the recording's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from audio_to_body.inference.front_ends import LEVEL
from audio_to_body.inference.notes.observing import observe
from audio_to_body.inference.score_playing import check_plays_notes, play_part, prepared_for
from audio_to_body.inference.session import Session
from audio_to_body.inference.stream import decibels
from audio_to_body.scores.choosing import choose
from audio_to_body.scores.piece import Part, Piece
from audio_to_body.scores.playable import playable
from audio_to_body.scores.reading import read_piece
from audio_to_body.skeleton.instruments import Instrument, instrument_named
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.notes import LOUDEST, SOFTEST, USUAL_VELOCITY
from audio_to_body.skeleton.rates import VIDEO_FPS, steps_in
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import Sound
from audio_to_body.sound.features import windows_at
from audio_to_body.sound.note_alignment import Played, align_notes
from audio_to_body.sound.score_fit import HEARD_FROM, Fit, check_fit, fit_of

ONE_STROKE = 0.02  # s about their middle within which a bow strikes a chord's notes
SHORTEST = 0.03  # s of a note
GAP = 1e-3  # s between the end of a note and the next of its pitch
_BLOCK_FRAMES = 512


@dataclass(frozen=True)
class Followed:
    """A part in a recording's time.

    Attributes
    ----------
    part : Part
        What the instrument can play of it.
    fit : Fit
    remarks : tuple of str
    """

    part: Part
    fit: Fit
    remarks: tuple[str, ...]


class ScoreInHand:
    """A score that recordings are played from.

    Parameters
    ----------
    path : Path
    parts : tuple of str
        Names or numbers of its parts; the one that suits the instrument when empty.
    seed : int
        Draws the bowing where none is written.

    Raises
    ------
    BadInput
        If the file cannot be read.
    """

    def __init__(self, path: Path, parts: tuple[str, ...] = (), seed: int = 0) -> None:
        self.path, self.parts, self.seed = path, parts, seed
        self.piece: Piece = read_piece(path)

    def play(
        self,
        sound: Sound,
        session: Session,
        progress: Callable[[int, int], object] | None = None,
        remark: Callable[[str], object] = lambda sentence: None,
    ) -> Motion:
        """The motion of the musician who plays a recording of this score.

        Parameters
        ----------
        sound : Sound
        session : Session
            Of a net whose musician plays notes.
        progress : callable (frames done, frames), optional
        remark : callable (sentence), optional
            Is told what a person should know.

        Raises
        ------
        BadInput
            If the recording is not of this score, the score has no such part, or the net's musician plays no notes.
        """
        check_plays_notes(session)
        instrument = session.card.instrument
        choice = choose(self.piece, instrument, self.parts)
        for sentence in (*self.piece.remarks, *choice.remarks):
            remark(sentence)
        followed = follow(choice.part, sound, session, instrument_named(instrument), str(self.path), self.seed)
        for sentence in followed.remarks:
            remark(sentence)
        return play_part(followed.part, session, progress, levels_of_sound(sound))


def follow(part: Part, sound: Sound, session: Session, instrument: Instrument, score: str, seed: int = 0) -> Followed:
    """Bring a part into a recording's time.

    Parameters
    ----------
    part : Part
    sound : Sound
    session : Session
        Its ears listen.
    instrument : Instrument
    score : str
        What messages call the score.
    seed : int
        Draws the bowing where none is written.

    Raises
    ------
    BadInput
        If the recording is not of this score.
    """
    if sound.seconds * VIDEO_FPS < 1.0:
        raise BadInput(f"{sound.name} is shorter than one frame; there is nothing to play")
    observed = observe(session.ears, sound.samples)
    notes = part.notes
    played = align_notes(observed, notes.onset, notes.end, notes.pitch)
    fit = fit_of(observed, played, notes.pitch)
    check_fit(fit, sound.name, score)
    kept = playable(in_time(part, played, sound.seconds, instrument), instrument)
    return Followed(prepared_for(instrument, kept.part, seed), fit, (fit.told(), *kept.remarks(instrument)))


def in_time(part: Part, played: Played, seconds: float, instrument: Instrument) -> Part:
    """A part's notes when and as loud as they are played; those that are left out are not there.

    Parameters
    ----------
    part : Part
    played : Played
    seconds : float
        Of the recording.
    instrument : Instrument
    """
    onset, sure = played.onset.copy(), played.sure >= HEARD_FROM
    if instrument.bowed:
        onset = _one_stroke(onset, played.chord)
    heard = np.clip(played.velocity * LOUDEST, SOFTEST, LOUDEST)
    usual = float(np.median(heard[sure])) if sure.any() else USUAL_VELOCITY
    aligned = part.chosen(played.note)
    end = np.minimum(np.maximum(played.end, onset + SHORTEST), _next_of_pitch(onset, aligned.notes.pitch) - GAP)
    end = np.minimum(np.maximum(end, onset + GAP), seconds)
    rings = aligned.notes.sounding_end - aligned.notes.end  # in the pedal, as long as in the score
    notes = replace(
        aligned.notes,
        onset=np.minimum(onset, end),
        end=end,
        velocity=np.where(sure, heard, usual),
        sounding_end=np.minimum(end + np.maximum(rings, 0.0), max(seconds, float(end.max(initial=0.0)))),
    )
    return replace(aligned, notes=notes).ordered()


def _one_stroke(onset: np.ndarray, chord: np.ndarray) -> np.ndarray:
    """Moments of a bowed chord's notes, near their middle."""
    onset = onset.copy()
    order = np.argsort(chord, kind="stable")
    for own in np.split(order, np.flatnonzero(np.diff(chord[order])) + 1):
        if len(own) > 1:
            middle = float(np.median(onset[own]))
            onset[own] = np.clip(onset[own], middle - ONE_STROKE, middle + ONE_STROKE)
    return onset


def _next_of_pitch(onset: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """When each note's pitch is played again, infinity where it is not."""
    following = np.full(len(onset), np.inf)
    order = np.lexsort((onset, pitch))
    again = np.diff(pitch[order]) == 0
    following[order[:-1][again]] = onset[order[1:]][again]
    return following


def levels_of_sound(sound: Sound) -> np.ndarray:
    """Level of every frame of a sound in dB about its average, float32 [frames]."""
    frames = steps_in(len(sound), VIDEO_FPS)
    levels = np.empty(frames, np.float32)
    for first in range(0, frames, _BLOCK_FRAMES):
        steps = np.arange(first, min(first + _BLOCK_FRAMES, frames))
        starts = LEVEL.starts(steps, VIDEO_FPS)
        low, high = max(int(starts[0]), 0), int(starts[-1]) + LEVEL.window
        samples = np.asarray(sound.samples[low:high]) * np.float32(sound.gain)
        energy = LEVEL.static(windows_at(samples, starts - low, LEVEL.window))
        levels[steps] = decibels(energy[:, LEVEL.energy])
    return levels
