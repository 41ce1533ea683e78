"""What the nets that hear notes see: spectra at 48 steps/s that look 21 ms past their moment and no further.

Powers of the bands of :mod:`audio_to_body.sound.note_bands`, relative to a level that is followed causally, then
logarithmic. Beside every band stands how much it rose since the step before. The same numbers live as for a whole
file.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from audio_to_body.sound.level import RunningLevel
from audio_to_body.sound.note_bands import (
    DECIMATION,
    DECIMATOR_REACH,
    DECIMATOR_TAPS,
    HOP,
    LOOK_AHEAD,
    STEP_RATE,
    NoteFrontEnd,
    decimator,
)
from audio_to_body.sound.note_resampling import NOTE_RATE, Resampler
from audio_to_body.sound.spectra import power_spectra

LEVEL_RMS = 0.1  # what the level is brought to
BELIEF_SECONDS = 0.25  # a recording 20 dB softer than usual is heard within 4 dB of its level after 10 s
FLOOR, FLOOR_BELS = 1e-6, 6.0  # power below which nothing is seen, and its negative logarithm
POWER_SCALE, BEL_SCALE = 100.0, 1.0 / 3.0  # x = (log10(100 P + 1e-6) + 6) / 3
RISE_SCALE = 2.5  # rises are small beside values
_BLOCK_STEPS = 16  # windows transformed at once: their spectra stay in the processor's cache


def note_level() -> RunningLevel:
    """The level of a sound at 24 kHz before anything was heard."""
    return RunningLevel(rate=NOTE_RATE, belief_seconds=BELIEF_SECONDS)


def logarithmic(power: np.ndarray) -> np.ndarray:
    """Powers relative to the level, as the net sees them: 0 at the floor, about 2 for a loud pure tone."""
    # log10(100 P + 1e-6) + 6 as one logarithm: in float32 the sum is not everywhere 0 in silence
    return np.log10(power * np.float32(POWER_SCALE / FLOOR) + np.float32(1.0)) * np.float32(BEL_SCALE)


def with_rises(values: np.ndarray, before: np.ndarray | None) -> np.ndarray:
    """Float32 [steps, bands + 1, 2]: values and how much each rose; a last band of zeros stands for "off the edge".

    Parameters
    ----------
    values : np.ndarray, float32 [steps, bands]
    before : np.ndarray [bands], optional
        The step before; without it the first step has no rise.
    """
    steps, bands = values.shape
    result = np.zeros((steps, bands + 1, 2), np.float32)
    result[:, :bands, 0] = values
    if steps:
        if before is not None:
            np.maximum(values[0] - before, 0.0, out=result[0, :bands, 1])
        np.maximum(values[1:] - values[:-1], 0.0, out=result[1:, :bands, 1])
        result[:, :, 1] *= RISE_SCALE
    return result


class NoteFeatures:
    """Sound in pieces of any size, features of the steps whose windows are complete.

    Parameters
    ----------
    front : NoteFrontEnd
    resampled : bool
        Whether the sound comes at 24 kHz already; by default it comes at 44.1 kHz.
    """

    def __init__(self, front: NoteFrontEnd, resampled: bool = False) -> None:
        self.front = front
        self.level = note_level()
        self._resampler = None if resampled else Resampler()
        self._step = 0  # the next step
        # sound at 24 kHz from sample `_origin` on and at 6 kHz from a quarter of that on; before it there is silence
        self._origin = -DECIMATION * (-(-front.longest // DECIMATION))
        self._sound = np.zeros(-self._origin, np.float32)
        self._slow = np.zeros((-self._origin - DECIMATOR_REACH) // DECIMATION, np.float32)
        self.level.needed_from = -self._origin
        self._before: np.ndarray | None = None

    @property
    def step(self) -> int:
        """Number of the next step."""
        return self._step

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Take mono sound in, float32 [samples], full scale 1; give float32 [steps, bands + 1, 2]."""
        if self._resampler is not None:
            samples = self._resampler.push(samples)
        self._sound = np.concatenate([self._sound, samples])
        received = self._origin + len(self._sound)
        count = max(0, (received - LOOK_AHEAD) // HOP + 1 - self._step)
        if not count:
            return with_rises(np.zeros((0, self.front.bands), np.float32), None)
        self._decimate()
        moments = (self._step + np.arange(count)) * HOP - self._origin
        gains = LEVEL_RMS * self.level.gains(np.square(self._sound), moments + LOOK_AHEAD)
        values = logarithmic(self._powers(moments) * np.square(gains)[:, None]).astype(np.float32)
        features = with_rises(values, self._before)
        self._before = values[-1]
        self._step += count
        self._forget()
        return features

    def _decimate(self) -> None:
        """Follow with the sound at 6 kHz."""
        known = len(self._slow)
        taps = decimator()
        count = max(0, (len(self._sound) - 1 - DECIMATOR_REACH) // DECIMATION + 1 - known)
        if not count:
            return
        first = known * DECIMATION - DECIMATOR_REACH
        sound = self._sound[max(0, first) :]
        sound = np.concatenate([np.zeros(max(0, -first), np.float32), sound])
        views = np.lib.stride_tricks.sliding_window_view(sound, DECIMATOR_TAPS)[::DECIMATION][:count]
        self._slow = np.concatenate([self._slow, np.ascontiguousarray(views) @ taps])

    def _powers(self, moments: np.ndarray) -> np.ndarray:
        """Powers of all bands, not relative to any level, float32 [steps, bands]."""
        result = np.empty((len(moments), self.front.bands), np.float32)
        for kernel in self.front.kernels:
            window = kernel.window
            sound = self._sound if window.decimation == 1 else self._slow
            starts = (moments // window.decimation + window.after - window.samples).tolist()
            for i in range(0, len(moments), _BLOCK_STEPS):
                block = starts[i : i + _BLOCK_STEPS]
                cut = np.empty((len(block), window.samples), np.float32)
                for row, start in zip(cut, block):
                    np.multiply(sound[start : start + window.samples], window.shape, out=row)
                power = power_spectra(cut, kernel.first, kernel.last)
                result[i : i + _BLOCK_STEPS, slice(*window.bands)] = power @ kernel.filters
        return result

    def _forget(self) -> None:
        """Drop the sound that no later window reaches."""
        start = self._step * HOP - DECIMATION * (-(-self.front.longest // DECIMATION))
        past = min(max(0, start - self._origin), len(self._sound)) // DECIMATION * DECIMATION
        self._sound, self._slow = self._sound[past:], self._slow[past // DECIMATION :]
        self._origin += past
        self.level.shift(past)

    def state(self) -> dict[str, np.ndarray]:
        """Everything that the steps to come depend on, for :meth:`restore`."""
        kept: dict[str, np.ndarray] = {
            "counts": np.array([self._step, self._origin], np.int64),
            "sound": self._sound.copy(),
            "slow": self._slow.copy(),
            "level": self.level.state(),
        }
        if self._resampler is not None:
            kept["resampler"] = self._resampler.state()
        if self._before is not None:
            kept["before"] = self._before.copy()
        return kept

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on where :meth:`state` was taken.

        Raises
        ------
        ValueError, KeyError
            If it is damaged or another front end's.
        """
        step, origin = (int(value) for value in state["counts"])
        sound, slow = np.array(state["sound"], np.float32), np.array(state["slow"], np.float32)
        level = np.asarray(state["level"], np.float64)
        before = np.array(state["before"], np.float32) if "before" in state else None
        expected = step * HOP - DECIMATION * (-(-self.front.longest // DECIMATION))
        fits = step >= 0 and sound.ndim == slow.ndim == 1 and 0 <= expected - origin < HOP + DECIMATION
        fits = fits and (before is None) == (step == 0) and (before is None or before.shape == (self.front.bands,))
        fits = fits and 0 <= len(sound) // DECIMATION - len(slow) <= LOOK_AHEAD
        if not fits or not (np.isfinite(sound).all() and np.isfinite(slow).all()):
            raise ValueError("its sound for notes is impossible")
        restored = type(self.level).restored(level)
        self.level.energy, self.level.weight = restored.energy, restored.weight
        self.level.needed_from = restored.needed_from
        if self._resampler is not None:
            self._resampler.restore(state["resampler"])
        self._step, self._origin, self._sound, self._slow, self._before = step, origin, sound, slow, before


def note_features(front: NoteFrontEnd, samples: np.ndarray, resampled: bool = False) -> np.ndarray:
    """The features of a whole sound: every step whose moment lies inside it; silence follows.

    Parameters
    ----------
    front : NoteFrontEnd
    samples : np.ndarray, float32 [samples]
        Mono.
    resampled : bool
        Whether at 24 kHz instead of 44.1.

    Returns
    -------
    np.ndarray, float32 [ceil(seconds * 48), bands + 1, 2]
    """
    from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in

    rate = NOTE_RATE if resampled else AUDIO_RATE
    count = steps_in(len(samples), STEP_RATE, rate)
    silence = np.zeros(2 * rate // STEP_RATE + 2 * LOOK_AHEAD, np.float32)
    return NoteFeatures(front, resampled).push(np.concatenate([np.asarray(samples, np.float32), silence]))[:count]
