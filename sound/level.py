"""RMS normalisation while the sound is still coming.

The paper normalises a recording's RMS to 0 dB (Sec. 3.2), which takes the whole recording. Live, the level is the
mean square of what has been heard, older sound counting less and silence not at all.
"""

from __future__ import annotations

import math

import numpy as np

from audio_to_body.skeleton.rates import AUDIO_RATE

FORGETTING_SECONDS = 30.0  # the weight of a sound falls to 1/e in this time
EXPECTED_RMS = 0.1  # -20 dBFS, a usual recording level: what is believed before anything is heard
BELIEF_SECONDS = 1.0  # of heard sound: what the belief weighs
GATE_RMS = 1e-3  # -60 dBFS: quieter sound is a rest and says nothing about the level


class FixedLevel:
    """The gain of a sound that is known as a whole."""

    needed_from = np.iinfo(np.int64).max  # looks at no samples

    def __init__(self, gain: float) -> None:
        if not (np.isfinite(gain) and gain > 0):
            raise ValueError(f"a gain must be a number above 0, got {gain}")
        self.gain = float(gain)

    def gains(self, power: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """The gain of each step, float32 [steps]."""
        return np.full(len(ends), self.gain, np.float32)

    def shift(self, past: int) -> None:
        """Samples were dropped from the buffer's beginning."""

    def state(self) -> np.ndarray:
        """For :meth:`restored`."""
        return np.array([self.gain])

    @classmethod
    def restored(cls, state: np.ndarray) -> FixedLevel:
        """From :meth:`state`."""
        return cls(float(state[0]))


class RunningLevel:
    """The level of the sound so far; a step's gain knows the sound up to the end of its window and no further.

    The level moves at every step by what came between the ends of two windows, so that it does not depend on how the
    sound was cut into pieces.

    Parameters
    ----------
    rate : int
        Samples per second.
    belief_seconds : float
        How much heard sound the belief in a usual level weighs.
    """

    def __init__(self, rate: int = AUDIO_RATE, belief_seconds: float = BELIEF_SECONDS) -> None:
        self.rate = rate
        self.energy = EXPECTED_RMS**2 * belief_seconds
        self.weight = belief_seconds
        self.needed_from = 0  # place in the buffer up to which the level knows the sound

    def gains(self, power: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """The gain of each step, float32 [steps].

        Parameters
        ----------
        power : np.ndarray [samples]
            Mean square over the channels, of the samples in the buffer.
        ends : np.ndarray of int [steps]
            Where each step's window ends in the buffer, rising.
        """
        gains = np.empty(len(ends), np.float32)
        for i, end in enumerate(ends.tolist()):
            heard = power[self.needed_from : end]
            seconds = len(heard) / self.rate
            mean = float(np.add.reduce(heard, dtype=np.float64)) / len(heard) if seconds else 0.0
            if mean > GATE_RMS**2:
                kept = math.exp(-seconds / FORGETTING_SECONDS)
                self.energy = self.energy * kept + mean * seconds
                self.weight = self.weight * kept + seconds
            self.needed_from = max(end, self.needed_from)
            gains[i] = (self.energy / self.weight) ** -0.5
        return gains

    def shift(self, past: int) -> None:
        """Samples were dropped from the buffer's beginning."""
        self.needed_from -= past

    def state(self) -> np.ndarray:
        """For :meth:`restored`."""
        return np.array([self.energy, self.weight, self.needed_from])

    @classmethod
    def restored(cls, state: np.ndarray) -> RunningLevel:
        """From :meth:`state`."""
        energy, weight, needed_from = (float(value) for value in state)
        if not (np.isfinite(state).all() and energy > 0 and weight > 0 and needed_from >= 0):
            raise ValueError("its level is impossible")
        level = cls()
        level.energy, level.weight, level.needed_from = energy, weight, int(needed_from)
        return level
