"""Another rate while the sound comes: a polyphase filter, piece after piece, a third of a millisecond behind."""

from __future__ import annotations

from math import gcd

import numpy as np

from audio_to_body.skeleton.rates import AUDIO_RATE

ZERO_CROSSINGS = 16  # of the sinc on either side
KAISER_BETA = 8.0  # of its window: what folds back lies 80 dB down
PASSED = 0.94  # of the lower of the two half rates: the filter's edge needs the rest


class LiveRate:
    """Turns sound of one rate into 44.1 kHz; the same samples however it is cut into pieces.

    Parameters
    ----------
    rate : int
        Samples per second that go in.
    channels : int
    """

    def __init__(self, rate: int, channels: int) -> None:
        common = gcd(rate, AUDIO_RATE)
        self._up, self._down = AUDIO_RATE // common, rate // common
        narrow = min(1.0, AUDIO_RATE / rate) * PASSED  # the edge, as a share of the incoming half rate
        self._reach = int(np.ceil(ZERO_CROSSINGS / narrow))
        offsets = np.arange(1 - self._reach, self._reach + 1)
        distances = offsets[None] - np.arange(self._up)[:, None] / self._up
        window = np.i0(KAISER_BETA * np.sqrt(np.maximum(0.0, 1.0 - (distances / self._reach) ** 2))) / np.i0(
            KAISER_BETA
        )
        filters = narrow * np.sinc(narrow * distances) * window
        self._filters = (filters / filters.sum(axis=1, keepdims=True)).astype(np.float32)
        self._kept = np.zeros((channels, self._reach), np.float32)  # the silence before the first sample
        self._first = -self._reach  # number of the first sample kept
        self._given = 0  # samples given so far

    def push(self, piece: np.ndarray) -> np.ndarray:
        """Take sound in, float32 ``[channels, samples]``; gives what is due at 44.1 kHz."""
        self._kept = np.concatenate([self._kept, piece.astype(np.float32, copy=False)], axis=1)
        # sample n lies at n * down / up; it needs `reach` samples behind its place
        known = self._first + self._kept.shape[1] - self._reach
        count = max(0, -(-known * self._up // self._down) - self._given)
        moments = (self._given + np.arange(count, dtype=np.int64)) * self._down
        places, phases = moments // self._up, moments % self._up
        at = places[:, None] - self._first + np.arange(1 - self._reach, self._reach + 1)
        given = np.einsum("cnk,nk->cn", self._kept[:, at], self._filters[phases], dtype=np.float32)
        self._given += count
        past = max(0, self._given * self._down // self._up + 1 - self._reach - self._first)
        self._kept, self._first = self._kept[:, past:], self._first + past
        return given
