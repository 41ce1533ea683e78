"""What the expressive violin net learns: only what the sound tells. Which way the bow goes is left to the planner.

One row per step; names and order are :data:`TARGET_NAMES`. The planner of
:mod:`audio_to_body.inference.violin.bow_planner` reads them.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.musician.bowing import Strokes, bow_motion
from audio_to_body.musician.fingering import Stops
from audio_to_body.musician.performance import Performance
from audio_to_body.skeleton.violin_targets import LOWEST, STRINGS, TARGET_NAMES, column, columns

PULSE = 0.022  # s, standard deviation of the pulse that marks a moment
CHORD = 0.03  # s within which notes belong to one chord
FASTEST = 4.0  # bow lengths/s that a target may reach

# By how much an error of each kind counts: the loss divides by these. Posteriors of rare events would vanish beside
# the others if each were divided by its own deviation, and the many pitches would outweigh everything.
DEVIATION = {"sounding": 0.35, "speed": 0.6, "stroke": 0.12, "note": 0.12, "place": 3.0, "string": 0.5, "pitch": 0.35}


def violin_targets(
    music: Performance, strokes: Strokes, stops: Stops, steps: int, rate: float, stretch: float = 1.0
) -> np.ndarray:
    """Targets of a performance.

    Parameters
    ----------
    music : Performance
    strokes : Strokes
    stops : Stops
    steps : int
    rate : float
        Steps per second.
    stretch : float
        The sound was slowed down by this factor after it was played.

    Returns
    -------
    np.ndarray, float32 [steps, targets]
    """
    times = np.arange(steps) / rate / stretch
    table = np.zeros((steps, len(TARGET_NAMES)), np.float32)
    if len(music) == 0:
        return table
    bow = bow_motion(strokes, times)
    table[:, column("sounding")] = bow.sounding
    table[:, column("speed")] = np.minimum(np.abs(bow.speed), FASTEST) / stretch
    first = np.concatenate([[True], np.diff(music.onset) > CHORD])
    table[:, column("stroke")] = _pulses(strokes.start, times)
    table[:, column("note")] = _pulses(music.onset[first], times)
    order = np.arange(len(music))
    # the highest note of a chord leads: it is the last in the list
    lead = np.append(np.flatnonzero(first)[1:], len(music)) - 1
    at = np.searchsorted(music.onset[first], times, side="right") - 1
    own = lead[np.maximum(at, 0)]
    table[:, column("place")] = stops.place[own]
    table[np.arange(steps), columns("string")[0] + stops.string[own]] = 1.0
    for note in order:
        low, high = np.searchsorted(times, [music.onset[note], music.end[note]])
        if LOWEST <= music.pitch[note] < LOWEST + len(columns("pitch")):
            table[low:high, columns("pitch")[0] + int(music.pitch[note]) - LOWEST] = 1.0
    assert len(columns("string")) == STRINGS
    return table


def deviations() -> np.ndarray:
    """What the loss divides each target's error by, float32 [targets]."""
    return np.array([DEVIATION[name.split("_")[0]] for name in TARGET_NAMES], np.float32)


def _pulses(moments: np.ndarray, times: np.ndarray) -> np.ndarray:
    """A Gaussian of height 1 at every moment; where they overlap, the higher one."""
    pulse = np.zeros(len(times))
    for moment in moments:
        low, high = np.searchsorted(times, [moment - 4 * PULSE, moment + 4 * PULSE])
        pulse[low:high] = np.maximum(pulse[low:high], np.exp(-0.5 * ((times[low:high] - moment) / PULSE) ** 2))
    return pulse
