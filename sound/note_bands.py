"""Which bands of a sound the nets that hear notes see, and through which windows.

Low notes need long windows and high ones short ones, so a spectrum is put together from three skewed windows, three
bands to a semitone, and a fourth, symmetric and short, of semitone bands that show attacks. All of them end within
512 samples (at 24 kHz) after the step's moment; the long ones peak on the moment and look back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from audio_to_body.sound.note_resampling import NOTE_RATE

STEP_RATE = 48  # steps/s, two per video frame
HOP = NOTE_RATE // STEP_RATE  # samples from step to step
LOOK_AHEAD = 512  # samples after the moment at which the windows end: 21.3 ms
DECIMATION = 4  # long windows look at the sound at 6 kHz: their bands end at 700 Hz
BANDS_PER_SEMITONE = 3  # a note that is out of tune is still found, and is seen to be
DECIMATOR_TAPS = 29  # passes 750 Hz, 80 dB below from 5.2 kHz on, which would fold onto it
DECIMATOR_REACH = DECIMATOR_TAPS // 2
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
        return reach + DECIMATION + DECIMATOR_REACH

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
    places = np.arange(DECIMATOR_TAPS) - DECIMATOR_REACH
    taps = np.sinc(places / DECIMATION) * np.kaiser(DECIMATOR_TAPS, 8.0)
    return (taps / taps.sum()).astype(np.float32)
