"""From 44.1 kHz to the 24 kHz at which notes are heard, while the sound is still coming. Needs numpy alone.

24,000 / 44,100 = 80 / 147: every 147 samples become 80, by one matrix that holds a windowed sinc at 80 phases. A
product per block is both the fast way and the causal one: a block needs :data:`REACH` samples beyond its own.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from audio_to_body.skeleton.rates import AUDIO_RATE

NOTE_RATE = 24_000  # samples/s: holds every fundamental of a piano and the harmonics that tell them apart
BLOCK_IN, BLOCK_OUT = 147, 80  # 44,100 / 24,000 in lowest terms
REACH = 48  # samples at 44.1 kHz that the filter looks to either side: 1.1 ms
_CUTOFF = 11_900.0  # Hz, the filter's -6 dB point; 11 kHz passes, what folds back stays above 11 kHz
_KAISER_BETA = 7.0  # 70 dB below beyond 13 kHz
_BLOCKS_AT_ONCE = 512  # bounds the copy that the product needs

assert BLOCK_IN * NOTE_RATE == BLOCK_OUT * AUDIO_RATE


@lru_cache(maxsize=1)
def matrix() -> np.ndarray:
    """Float32 [BLOCK_IN + 2 REACH, BLOCK_OUT]: a block of sound with its surroundings in, resampled samples out."""
    times_out = np.arange(BLOCK_OUT) * (BLOCK_IN / BLOCK_OUT)
    times_in = np.arange(-REACH, BLOCK_IN + REACH)
    apart = times_in[:, None] - times_out[None]
    inside = np.sqrt(np.maximum(1.0 - np.square(apart / REACH), 0.0))
    window = np.where(np.abs(apart) < REACH, np.i0(_KAISER_BETA * inside) / np.i0(_KAISER_BETA), 0.0)
    width = 2.0 * _CUTOFF / AUDIO_RATE
    sinc = width * np.sinc(width * apart) * window
    return (sinc / sinc.sum(axis=0)).astype(np.float32)  # a constant stays what it is


class Resampler:
    """Sound at 44.1 kHz in pieces of any size, the same sound at 24 kHz as it becomes known.

    Sample ``i`` of the output is the sound at ``i / 24000`` s; nothing is delayed, the last :data:`REACH` samples and
    up to a block only wait for what follows them.
    """

    def __init__(self) -> None:
        self._kept = np.zeros(REACH, np.float32)  # silence before the sound

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Take mono sound in, float32 [samples]; give what became known, float32 [samples at 24 kHz]."""
        self._kept = np.concatenate([self._kept, np.asarray(samples, np.float32)])
        blocks = max(0, (len(self._kept) - 2 * REACH) // BLOCK_IN)
        if not blocks:
            return np.zeros(0, np.float32)
        surrounded = np.lib.stride_tricks.sliding_window_view(self._kept, BLOCK_IN + 2 * REACH)[::BLOCK_IN][:blocks]
        phases = matrix()
        # copied, for numpy multiplies rows that overlap without BLAS
        firsts = range(0, blocks, _BLOCKS_AT_ONCE)
        pieces = [np.ascontiguousarray(surrounded[i : i + _BLOCKS_AT_ONCE]) @ phases for i in firsts]
        self._kept = self._kept[blocks * BLOCK_IN :].copy()
        return np.concatenate(pieces).ravel()

    def state(self) -> np.ndarray:
        """What waits for the samples to come, for :meth:`restore`."""
        return self._kept.copy()

    def restore(self, state: np.ndarray) -> None:
        """Go on where :meth:`state` was taken.

        Raises
        ------
        ValueError
            If it is damaged.
        """
        kept = np.array(state, np.float32)
        if kept.ndim != 1 or not REACH <= len(kept) < BLOCK_IN + 2 * REACH or not np.isfinite(kept).all():
            raise ValueError("its resampler's sound is impossible")
        self._kept = kept


def to_note_rate(samples: np.ndarray) -> np.ndarray:
    """A whole mono sound at 44.1 kHz, resampled to 24 kHz; silence is before and behind it.

    Returns
    -------
    np.ndarray, float32 [ceil(samples * 80 / 147)]
    """
    count = -(-len(samples) * BLOCK_OUT // BLOCK_IN)
    silence = np.zeros(BLOCK_IN + REACH, np.float32)
    return Resampler().push(np.concatenate([np.asarray(samples, np.float32), silence]))[:count]
