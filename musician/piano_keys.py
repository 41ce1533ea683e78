"""Where the keys of a piano lie and how far they move, metres."""

from __future__ import annotations

import numpy as np

from audio_to_body.skeleton.room import KEYS, LOWEST_KEY

LOWEST = LOWEST_KEY  # MIDI pitch
KEY_HEIGHT = 0.725  # m of the white keys' surface above the floor
KEY_FALL, KEY_RISE = 0.030, 0.085  # s that a key takes down and up
WHITE_KEY = 0.0235  # m, width of a white key (octave 164.5 mm)
BLACK_START = 0.050  # m from the keys' front edge at which black keys begin
BLACK_RAISE = 0.012  # m of black keys above white ones
KEY_DIP = 0.010  # m that a key goes down
_BLACK = (1, 3, 6, 8, 10)  # semitones above C
# in white keys from the middle of C: middles of white keys, gaps for black ones
_MIDDLES = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0])
_LEAN = np.array([0, -0.08, 0, 0.08, 0, 0, -0.12, 0, 0, 0, 0.12, 0])  # of black keys in their groups, in white keys


def key_place(pitch: np.ndarray, leaning: bool = True) -> np.ndarray:
    """Metres of a key's middle along the keyboard, to the high notes' side of the gap between E4 and F4.

    Parameters
    ----------
    pitch : np.ndarray
        MIDI.
    leaning : bool
        Black keys lie a little outside the gaps of their groups, as they are built; else in the middle of the gaps.
    """
    octave, step = np.divmod(np.asarray(pitch), 12)
    step = step.astype(int)
    return (7 * (octave - 5) + _MIDDLES[step] + (_LEAN[step] if leaning else 0.0) - 2.5) * WHITE_KEY


def is_black(pitch: np.ndarray) -> np.ndarray:
    """Whether MIDI pitches are black keys."""
    return np.isin(np.asarray(pitch) % 12, _BLACK)


def pressed_keys(notes: np.ndarray, first: int, frames: int, fps: float) -> np.ndarray:
    """How far each key is down, metres ``[frames, 88]``, from notes that are known.

    Parameters
    ----------
    notes : np.ndarray [n, 4]
        Onset and end in seconds, MIDI pitch, velocity.
    first, frames : int
        Which frames.
    fps : float
        Frames per second.
    """
    times = (first + np.arange(frames)) / fps
    depth = np.zeros((frames, KEYS))
    for onset, end, pitch, _ in notes:
        key = round(float(pitch)) - LOWEST
        if not 0 <= key < KEYS:
            continue
        low, high = np.searchsorted(times, [onset - KEY_FALL, end + KEY_RISE])
        t = times[low:high]
        down = np.clip((t - onset + KEY_FALL) / KEY_FALL, 0, 1) * np.clip(1 - (t - end) / KEY_RISE, 0, 1)
        depth[low:high, key] = np.maximum(depth[low:high, key], KEY_DIP * down)
    return depth
