"""What the nets that hear notes see: spectra at 48 steps/s that look 21 ms past their moment and no further.

Low notes need long windows and high ones short ones, so a spectrum is put together from three skewed windows, three
bands to a semitone, and a fourth, symmetric and short, of semitone bands that show attacks. All of them end within
512 samples (at 24 kHz) after the step's moment; the long ones peak on the moment and look back. Powers are relative
to a level that is followed causally, then logarithmic. Beside every band stands how much it rose since the step
before. The same numbers live as for a whole file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from audio_to_body.sound.level import RunningLevel
from audio_to_body.sound.note_resampling import NOTE_RATE, Resampler
from audio_to_body.sound.spectra import power_spectra

STEP_RATE = 48  # steps/s, two per video frame
HOP = NOTE_RATE // STEP_RATE  # samples from step to step
LOOK_AHEAD = 512  # samples after the moment at which the windows end: 21.3 ms
DECIMATION = 4  # long windows look at the sound at 6 kHz: their bands end at 700 Hz
BANDS_PER_SEMITONE = 3  # a note that is out of tune is still found, and is seen to be
LEVEL_RMS = 0.1  # what the level is brought to
BELIEF_SECONDS = 0.25  # a recording 20 dB softer than usual is heard within 4 dB of its level after 10 s
FLOOR, FLOOR_BELS = 1e-6, 6.0  # power below which nothing is seen, and its negative logarithm
POWER_SCALE, BEL_SCALE = 100.0, 1.0 / 3.0  # x = (log10(100 P + 1e-6) + 6) / 3
RISE_SCALE = 2.5  # rises are small beside values
_DECIMATOR_TAPS = 29  # passes 750 Hz, 80 dB below from 5.2 kHz on, which would fold onto it
_DECIMATOR_REACH = _DECIMATOR_TAPS // 2
_BLOCK_STEPS = 16  # windows transformed at once: their spectra stay in the processor's cache
_A4_MIDI, _A4_HZ = 69, 440.0

assert HOP % DECIMATION == 0


@dataclass(frozen=True)
class Window:
    """One kind of window and the bands that are read from it.

    Attributes
    ----------
    samples : int
        Its length, at the rate it looks at.
    decimation : int
        1 for sound at 24 kHz, 4 for 6 kHz.
    after : int
        Samples of it after the moment.
    bands : (int, int)
        First and last + 1 of the front end's bands that are read from it.
    per_semitone : int
    """

    samples: int
    decimation: int
    after: int
    bands: tuple[int, int]
    per_semitone: int

    @cached_property
    def shape(self) -> np.ndarray:
        """Float32 [samples]: a Hann window that peaks on the moment, divided by its sum."""
        rise = np.arange(self.samples - self.after) / (self.samples - self.after)
        fall = 1.0 - np.arange(self.after) / self.after
        values = np.square(np.sin(0.5 * np.pi * np.concatenate([rise, fall])))
        return (values / values.sum()).astype(np.float32)


@dataclass(frozen=True)
class Kernel:
    """A window's numbers: ``power spectrum[:, first:last] @ filters`` gives its bands."""

    window: Window
    first: int
    last: int
    filters: np.ndarray  # float32 [last - first, bands]


@dataclass(frozen=True)
class NoteFrontEnd:
    """The front end of one instrument.

    Attributes
    ----------
    name : str
        As model cards name it.
    lowest : int
        MIDI number of the lowest semitone band; the first band of the fine ones lies a third of a semitone below.
    semitones : int
    windows : tuple of Window
        Those of the fine bands from low to high, then that of the semitone bands.
    """

    name: str
    lowest: int
    semitones: int
    windows: tuple[Window, ...]

    @property
    def fine(self) -> int:
        """Number of fine bands."""
        return BANDS_PER_SEMITONE * self.semitones

    @property
    def bands(self) -> int:
        """Fine and semitone bands together."""
        return self.fine + self.semitones

    @cached_property
    def kernels(self) -> tuple[Kernel, ...]:
        """The filters of every window."""
        return tuple(_kernel(self, window) for window in self.windows)

    @property
    def longest(self) -> int:
        """Samples at 24 kHz before a step's moment that its windows reach back."""
        reach = max(w.decimation * (w.samples - w.after) for w in self.windows)
        return reach + DECIMATION + _DECIMATOR_REACH

    def fine_band(self, pitch: float) -> int | None:
        """The fine band whose middle is nearest to a pitch (MIDI, with fractions); None where there is none."""
        band = round(BANDS_PER_SEMITONE * (pitch - self.lowest)) + 1
        return band if 0 <= band < self.fine else None

    def semitone_band(self, pitch: float) -> int | None:
        """The semitone band nearest to a pitch, counted behind the fine bands; None where there is none."""
        band = round(pitch - self.lowest)
        return self.fine + band if 0 <= band < self.semitones else None


def _kernel(front: NoteFrontEnd, window: Window) -> Kernel:
    """Triangular filters over powers, as wide as the bands' distance but never narrower than a bin."""
    rate = NOTE_RATE / window.decimation
    bin_hz = rate / window.samples
    numbers = np.arange(*window.bands)
    if window.per_semitone == 1:
        pitch = front.lowest + (numbers - front.fine).astype(np.float64)
    else:
        pitch = front.lowest + (numbers - 1) / window.per_semitone
    middle = _A4_HZ * 2.0 ** ((pitch - _A4_MIDI) / 12.0)
    half = np.maximum(middle * (2.0 ** (1.0 / (12 * window.per_semitone)) - 1.0), bin_hz)
    hz = np.arange(window.samples // 2 + 1) * bin_hz
    filters = np.maximum(0.0, 1.0 - np.abs(hz[:, None] - middle) / half)
    used = np.flatnonzero(filters.any(axis=1))
    first, last = int(used[0]), int(used[-1]) + 1
    return Kernel(window, first, last, filters[first:last].astype(np.float32))


def _skewed(samples: int, bands: tuple[int, int], *, decimation: int = 1) -> Window:
    after = HOP // DECIMATION if decimation > 1 else LOOK_AHEAD  # at 6 kHz the decimator needs 14 samples of the 512
    return Window(samples // decimation, decimation, after, bands, BANDS_PER_SEMITONE)


def _front_end(name: str, lowest: int, semitones: int, windows: tuple[Window, ...], short: int) -> NoteFrontEnd:
    fine = BANDS_PER_SEMITONE * semitones
    attacks = Window(short, 1, short // 2, (fine, fine + semitones), 1)
    return NoteFrontEnd(name, lowest, semitones, (*windows, attacks))


PIANO = _front_end(
    "notes_piano",
    21,  # A0
    104,  # to E9, 10.5 kHz: the fourth harmonic of the highest key
    (
        _skewed(8192, (0, 84), decimation=DECIMATION),  # to C#3
        _skewed(4096, (84, 168), decimation=DECIMATION),  # to F5
        _skewed(2048, (168, 312)),
    ),
    short=1024,
)
VIOLIN = _front_end(
    "notes_violin",
    43,  # an octave below the open G string
    80,
    (
        _skewed(4096, (0, 60), decimation=DECIMATION),  # to D#4
        _skewed(2048, (60, 102), decimation=DECIMATION),  # to F5
        _skewed(1024, (102, 240)),
    ),
    short=1024,
)
FRONT_ENDS = {"piano": PIANO, "violin": VIOLIN}


@lru_cache(maxsize=1)
def decimator() -> np.ndarray:
    """Float32 [29]: the low-pass filter before every fourth sample is taken."""
    places = np.arange(_DECIMATOR_TAPS) - _DECIMATOR_REACH
    taps = np.sinc(places / DECIMATION) * np.kaiser(_DECIMATOR_TAPS, 8.0)
    return (taps / taps.sum()).astype(np.float32)


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
        self._slow = np.zeros((-self._origin - _DECIMATOR_REACH) // DECIMATION, np.float32)
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
        count = max(0, (len(self._sound) - 1 - _DECIMATOR_REACH) // DECIMATION + 1 - known)
        if not count:
            return
        first = known * DECIMATION - _DECIMATOR_REACH
        sound = self._sound[max(0, first) :]
        sound = np.concatenate([np.zeros(max(0, -first), np.float32), sound])
        views = np.lib.stride_tricks.sliding_window_view(sound, _DECIMATOR_TAPS)[::DECIMATION][:count]
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
