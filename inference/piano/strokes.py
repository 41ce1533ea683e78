"""The strokes before and after every frame: until when fingers stay on keys, and how far they have come to the next.

A finger sets out for its key as soon as its own last note allows, and is over it two frames before the stroke where
there is time. A hand is at one place: before a leap it lets go of what it leaves behind, in time to be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audio_to_body.inference.piano.in_time import LEAP_PX_A_FRAME
from audio_to_body.inference.piano.keyboard import ALL_FINGERS, FINGERS, HANDS, KEY_X, SPREAD
from audio_to_body.inference.piano.presses import Press
from audio_to_body.musician.kinematics import smoothstep
from audio_to_body.skeleton.notes import LOUDEST

READY = 2  # frames before the stroke that a finger is over its key: 83 ms
SETS_OUT = 5  # frames before the stroke at which a finger sets out for its key
TOGETHER, TOO_FAR = 60.0, 110.0  # px between the wrists that two keys ask for: a hand takes both, or leaves one first


@dataclass(frozen=True)
class Around:
    """The strokes before and after every frame, of fingers or of hands: arrays ``[frames, fingers or hands]``."""

    frame: np.ndarray  # [frames, 1]
    press: np.ndarray  # [presses + 1, columns]; the last row is no press
    before: np.ndarray  # row of the latest stroke
    after: np.ndarray  # row of the next stroke that is known

    def was(self, column: int) -> np.ndarray:
        """A column of the latest stroke."""
        return self.press[self.before, column]

    def will(self, column: int) -> np.ndarray:
        """A column of the next stroke."""
        return self.press[self.after, column]


START, END, PITCH, LOUD, PLACE = range(5)
NEVER = 1e6


def around(presses: Sequence[Press], owner: Sequence[int], owners: int, frame: np.ndarray, known: int) -> Around:
    """Find the strokes of every owner around frames; ``known`` frames ahead they are known."""
    none = [(-NEVER, -NEVER, 0, 0.0, np.nan)]
    table = np.array([(p.start, p.end, p.pitch, p.velocity / LOUDEST, p.place) for p in presses] + none)
    before = np.full((len(frame), owners), len(presses))
    after = np.full((len(frame), owners), len(presses))
    whose = np.asarray(owner, np.int64)
    for one in range(owners):
        rows = np.flatnonzero(whose == one)
        if not len(rows):
            continue
        at = np.searchsorted(table[rows, START], frame, side="right")
        rows = np.append(rows, len(presses))
        before[:, one] = rows[at - 1]  # -1: none yet
        after[:, one] = rows[at]
    will = table[after, START]
    after = np.where((will > frame[:, None]) & (will <= frame[:, None] + known), after, len(presses))
    return Around(frame[:, None].astype(np.float64), table, before, after)


def arrival(set_out: np.ndarray, start: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Frames at which a way (px) to a key ends: before the stroke where there is time, in a hurry at the stroke."""
    return np.clip(set_out + np.maximum(READY, leap_frames(way)), start - READY, start)


def leap_frames(way: np.ndarray) -> np.ndarray:
    """Frames that a hand needs at least for ways, px, of which its fingers cannot make up a part."""
    return np.where(way >= TOO_FAR, np.ceil(way / LEAP_PX_A_FRAME), 0.0)


def progress(share: np.ndarray, way: np.ndarray) -> np.ndarray:
    """How much of a way is gone after a share of its time: gently, but for leaps, which are more even."""
    gently = smoothstep(share)
    return np.where(way >= TOO_FAR, 0.5 * (gently + np.clip(share, 0.0, 1.0)), gently)


def ways_to_strokes(of_finger: Around) -> tuple[np.ndarray, np.ndarray]:
    """How far hands go from the last key of a finger to the keys that its hand strikes later.

    Returns
    -------
    ways : np.ndarray [frames, hands, fingers, strokes]
        px between the wrists that both keys ask for; 0 where one is not known. Strokes are the next ones of all five
        fingers, then the last ones, where they came later than this finger's.
    starts : np.ndarray [frames, hands, 1, strokes]
        Frames of the strokes.
    """
    was, will = (pitch.astype(np.int64) for pitch in (of_finger.was(PITCH), of_finger.will(PITCH)))
    asked = [np.where(pitch > 0, KEY_X[pitch] - SPREAD, np.nan).reshape(-1, HANDS, FINGERS) for pitch in (was, will)]
    struck = of_finger.was(START).reshape(-1, HANDS, FINGERS)
    later = np.where(struck[..., None, :] > struck[..., :, None], asked[0][..., None, :], np.nan)
    strokes = np.concatenate([np.broadcast_to(asked[1][..., None, :], later.shape), later], axis=3)
    starts = np.concatenate([of_finger.will(START).reshape(-1, HANDS, FINGERS), struck], axis=2)
    return np.nan_to_num(np.abs(asked[0][..., None] - strokes)), starts[:, :, None]


def let_go(of_finger: Around, ways: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Frames at which fingers let go of their last keys, [frames, 10]: in time for a leap of their hand."""
    struck = of_finger.was(START).reshape(-1, HANDS, FINGERS, 1)
    needs = leap_frames(ways)
    # without time to be early, half of it is the note's
    takes = np.minimum(needs + READY, np.maximum((starts - struck) // 2, needs))
    leap = np.where(ways >= TOO_FAR, starts - takes + 1, NEVER).min(axis=3)  # the last frame on the key is its first
    end = np.minimum(of_finger.was(END), leap.reshape(-1, ALL_FINGERS))
    return np.maximum(end, np.minimum(of_finger.was(START) + 1, of_finger.was(END)))


def released(ends: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """Frames at which hands have let go of all that lies far from the next keys of their fingers, [frames, hands]."""
    afar = (ways[..., :FINGERS] >= TOO_FAR).any(axis=3)
    return np.where(afar, ends.reshape(-1, HANDS, FINGERS) - 1, -NEVER).max(axis=2)


def asked_elsewhere(of_finger: Around, ends: np.ndarray, coming: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """How much a finger that has let go is needed with its hand at keys far away, 0 to 1, [frames, 10]."""
    there = coming.reshape(-1, HANDS, 1, FINGERS)
    there = np.concatenate([there, np.ones_like(there)], axis=3)
    elsewhere = (smoothstep((ways - TOGETHER) / (TOO_FAR - TOGETHER)) * there).max(axis=3)
    return np.where(of_finger.frame >= ends, elsewhere.reshape(-1, ALL_FINGERS), 0.0)


def coming_of(of_finger: Around, ends: np.ndarray, known: int, ways: np.ndarray) -> np.ndarray:
    """How far a finger has come to its next key, 0 to 1 ``[frames, 10]``; not before its hand has left keys afar."""
    start = of_finger.will(START)
    afar = np.where(ways[..., :FINGERS] >= TOO_FAR, ends.reshape(-1, HANDS, FINGERS, 1), -NEVER).max(axis=2)
    fresh = ends.reshape(-1, HANDS, FINGERS, 1) > start.reshape(-1, HANDS, 1, FINGERS) - SETS_OUT - READY
    way = np.where(fresh, ways[..., :FINGERS], 0.0).max(axis=2).reshape(-1, ALL_FINGERS)
    early = np.minimum(np.maximum(SETS_OUT, leap_frames(way) + READY), known)
    afar = afar.reshape(-1, ALL_FINGERS)
    set_out = np.maximum(start - early, np.where(ends > afar, ends, afar - 1))
    set_out = np.minimum(set_out, start)
    share = (of_finger.frame - set_out) / np.maximum(arrival(set_out, start, way) - set_out, 0.5)
    return np.where(of_finger.will(PITCH) > 0, progress(share, way), 0.0)
