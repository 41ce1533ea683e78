"""How a motion fits a real violin recording whose notes are known: strokes, slurs, stopped pitches, loudness.

Reversals of the bow arm are compared with the notes that begin a stroke (alignment snapped to the sound, slurs from
the score), beside a metronome that knows the recording's mean stroke length, and beside a violinist who is given the
notes. Where a planner tells which string is stopped where, that is compared with the notes; the place of the left
hand alone tells little of a pitch, since strings take turns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audio_to_body.models.musical_measures import SMALLEST_STROKE, attack_f1, correlation, reversals, shoulder_width
from audio_to_body.musician.bowing import bow_motion, plan_strokes
from audio_to_body.musician.violin_ways import OPEN_STRINGS, STRING_LENGTH
from audio_to_body.musician.violinist import draw_violinist
from audio_to_body.preprocessing.published.bach_violin import Recording
from audio_to_body.reproduce.bow_turns import slurs_kept as kept_of
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.rates import VIDEO_FPS

NEAR, NEARER = 3, 1  # frames within which a reversal hits a note
PLAYER_SEED = 1  # of the violinist who is given the notes
BLOCK_SECONDS = 2.0  # over which speed and level are compared
AUDIBLE_DB = -35.0
CHORD = 0.05  # s
SAME_PITCH = 0.5  # semitones


@dataclass(frozen=True)
class Hits:
    """How well moments fall on the music's, within some frames.

    Attributes
    ----------
    f1 : float
        Against the notes that begin a stroke.
    precision, chance : float
        Share of the moments within reach of any note's beginning, and of moments at random.
    """

    f1: float
    precision: float
    chance: float

    @property
    def above_chance(self) -> float:
        """(precision - chance) / (1 - chance)."""
        return (self.precision - self.chance) / (1 - self.chance) if self.chance < 1 else float("nan")


@dataclass(frozen=True)
class RealScore:
    """How a motion fits a real recording.

    Attributes
    ----------
    strokes : int
        Reversals of the bow arm.
    near, nearer : Hits
        Within 3 frames and within 1.
    slurs : float
        Share of the slurred notes at which the bow goes on (no reversal within a frame).
    stopped : float
        Share of the sounding time in which the left hand stops the pitch that is written; NaN where nothing tells.
    loudness : float
        Correlation of the bow's speed with the sound's level in dB, over blocks of two seconds.
    in_silence : float
        Mean speed of the right wrist in inserted silence, as a share of that in the music.
    """

    strokes: int
    near: Hits
    nearer: Hits
    slurs: float
    stopped: float
    loudness: float
    in_silence: float

    def row(self) -> list[object]:
        """For the table."""
        hits = [value for h in (self.near, self.nearer) for value in (h.f1, h.chance, h.above_chance)]
        return [self.strokes, *hits, self.slurs, self.stopped, self.loudness, self.in_silence]


def stroke_path(motion: Motion) -> np.ndarray:
    """Distance of the right wrist from where the bridge is, in shoulder widths, float64 [frames].

    A stroke moves the hand away from the bridge and back; a string crossing turns the bow about the bridge and leaves
    the distance. The bridge lies about half way from the left shoulder to the left wrist.
    """
    points, layout = motion.points.astype(np.float64), motion.skeleton
    bridge = (points[:, layout.index("left_shoulder")] + points[:, layout.index("left_wrist")]) / 2
    apart = np.linalg.norm(points[:, layout.index("right_wrist")] - bridge, axis=-1)
    return apart / shoulder_width(points, layout)


def hits_of(frames: np.ndarray, strokes: np.ndarray, notes: np.ndarray, total: int, reach: int) -> Hits:
    """Compare moments with the music's.

    Parameters
    ----------
    frames : np.ndarray of int
        Moments of a motion.
    strokes, notes : np.ndarray of int
        Frames at which the music begins a stroke, and any note.
    total : int
        Frames of the recording.
    reach : int
        Frames.
    """
    hit = np.zeros(total, bool)
    for note in notes:
        hit[max(note - reach, 0) : note + reach + 1] = True
    precision = float(hit[np.clip(frames, 0, total - 1)].mean()) if len(frames) else 0.0
    return Hits(attack_f1(frames, strokes, reach), precision, float(hit.mean()))


def truth_of(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    """Frames of the notes that begin a stroke, and of all notes."""
    music = recording.music
    first = np.concatenate([[True], np.diff(music.onset) > CHORD])
    frames = np.round(music.onset * VIDEO_FPS).astype(int)
    return frames[first & ~music.slurred], frames[first]


def slurs_kept(turns: np.ndarray, recording: Recording) -> float:
    """Share of the slurred notes at which the bow goes on; NaN where nothing is slurred."""
    kept, slurred = kept_of(turns, recording.music.notes())
    return kept / slurred if slurred else float("nan")


def stopped_pitch(tracks: Mapping[str, np.ndarray]) -> np.ndarray:
    """The pitch that string and finger give in every frame, MIDI with fractions, float64 [frames]."""
    string = np.clip(np.round(tracks["string"]), 0, len(OPEN_STRINGS) - 1).astype(int)
    free = 1.0 - np.minimum(tracks["finger_position"].astype(np.float64) / STRING_LENGTH, 0.99)
    return np.array(OPEN_STRINGS)[string] - 12 * np.log2(free)


def stopped_right(motion: Motion, notes: np.ndarray) -> float:
    """Share of the sounding time with string and finger at a pitch of ``notes`` [n, 4] (onset, end, MIDI, ...)."""
    if "finger_position" not in motion.tracks:
        return float("nan")
    stopped = stopped_pitch(motion.tracks)
    right, sounding = (np.zeros(len(motion), bool) for _ in range(2))
    for onset, end, pitch, _ in notes:
        span = slice(int(np.ceil(onset * VIDEO_FPS)), int(np.ceil(end * VIDEO_FPS)))
        sounding[span] = True
        right[span] |= np.abs(stopped[span] - pitch) < SAME_PITCH
    return float(right[sounding].mean()) if sounding.any() else float("nan")


def loudness_of_speed(speed: np.ndarray, level: np.ndarray) -> float:
    """Correlation of speed and level in dB (both [frames]) over blocks of two seconds that are music."""
    block = round(BLOCK_SECONDS * VIDEO_FPS)
    count = min(len(level), len(speed)) // block
    levels, speeds = (values[: count * block].reshape(count, block).mean(axis=1) for values in (level, speed))
    audible = levels > AUDIBLE_DB
    return correlation(levels[audible], speeds[audible])


def score_real(motion: Motion, recording: Recording, in_silence: float) -> RealScore:
    """Score a net's motion on a recording."""
    strokes, notes = truth_of(recording)
    path = stroke_path(motion)
    turns = reversals(path, SMALLEST_STROKE)
    near, nearer = (hits_of(turns, strokes, notes, len(motion), reach) for reach in (NEAR, NEARER))
    # a planner says how fast its bow moves; of other motions the wrist's distance from the bridge tells
    speed = np.abs(motion.tracks["bow_speed"] if "bow_speed" in motion.tracks else np.gradient(path))
    level = motion.tracks["loudness_db"].astype(np.float64)
    return RealScore(
        len(turns),
        near,
        nearer,
        slurs_kept(turns, recording),
        stopped_right(motion, recording.music.table()),
        loudness_of_speed(speed, level),
        in_silence,
    )


def score_metronome(recording: Recording, frames: int) -> RealScore:
    """Strokes of equal length, as many as the music has, from its first note to its last."""
    strokes, _ = truth_of(recording)
    turns = np.round(np.linspace(strokes[0], strokes[-1], len(strokes))).astype(int)
    return _of_turns(turns, recording, frames, float("nan"))


def score_notes_known(recording: Recording, level: np.ndarray) -> RealScore:
    """A virtual violinist's plan for the written notes: what a player who reads the score would do."""
    strokes = plan_strokes(
        recording.music, draw_violinist(np.random.default_rng(PLAYER_SEED)).bow, np.random.default_rng(PLAYER_SEED)
    )
    speed = np.abs(bow_motion(strokes, np.arange(len(level)) / VIDEO_FPS).speed)
    turns = np.round(strokes.start * VIDEO_FPS).astype(int)
    return _of_turns(turns, recording, len(level), loudness_of_speed(speed, level))


def _of_turns(turns: np.ndarray, recording: Recording, frames: int, loudness: float) -> RealScore:
    strokes, notes = truth_of(recording)
    near, nearer = (hits_of(turns, strokes, notes, frames, reach) for reach in (NEAR, NEARER))
    nothing = float("nan")
    return RealScore(len(turns), near, nearer, slurs_kept(turns, recording), nothing, loudness, nothing)
