"""Features that carry pitch and onsets, to align notes by: semitone and attack bands, energy, onset strength.

The paper's 28 features hardly tell one low note from another. Here every step gets a semitone filter bank from one
long window and a coarse one from one short window. Both end at the same sample, half a short window after the step,
so the look-ahead is that of the short window alone. The long window is skewed: it peaks on the step and looks back.

Spectra are relative to the power of their own window, so that level and distance drop out; loudness stands in one
feature of its own. Everything is a function of one window (and, for derivatives, of the step before), so that a live
stream gives the same numbers as a whole file. Needs numpy and OpenCV alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in
from audio_to_body.sound.features import ENERGY_FLOOR, windows_at
from audio_to_body.sound.spectra import power_spectra

A4_MIDI, A4_HZ = 69, 440.0
SHAPE_FLOOR = 1e-5  # -50 dB below the window's own power: what lies deeper in a spectrum is room and noise
SILENCE_POWER = 1e-5  # mean square, -50 dB of sound normalised to 0 dB RMS: below it a window has no shape
_BLOCK_FRAMES = 32  # windows transformed at once: their spectra stay in the processor's cache


@dataclass(frozen=True)
class PlusFrontEnd:
    """The pitch-resolving front end of one instrument.

    Attributes
    ----------
    name : str
        As model cards name it.
    lowest, highest : int
        MIDI numbers of the first and last semitone band.
    long_samples : int
        Window of the semitone bands.
    short_samples : int
        Window of the attack bands and of the energy, centred on the step.
    short_edges : tuple of float
        Hz; edges of the attack bands.
    """

    name: str
    lowest: int
    highest: int
    long_samples: int
    short_samples: int
    short_edges: tuple[float, ...]

    @property
    def semitones(self) -> int:
        """Number of semitone bands."""
        return self.highest - self.lowest + 1

    @property
    def bands(self) -> int:
        """Number of attack bands."""
        return len(self.short_edges) - 1

    @property
    def energy(self) -> int:
        """Which feature is the natural logarithm of the short window's mean square."""
        return self.semitones + self.bands

    @property
    def static_count(self) -> int:
        """Features of one window by itself."""
        return self.energy + 1

    @property
    def groups(self) -> int:
        """Onset strengths: one per octave of the semitone bands, the last octave may be cut."""
        return -(-self.semitones // 12)

    @property
    def count(self) -> int:
        """Features per step."""
        return self.static_count + self.bands + 1 + self.groups

    @property
    def window(self) -> int:
        """Samples that a step looks at."""
        return self.long_samples

    @property
    def look_ahead(self) -> int:
        """Samples after the step's moment that a step looks at."""
        return self.short_samples // 2

    def starts(self, steps: np.ndarray, rate: float) -> np.ndarray:
        """First sample of each step's window; negative before the sound begins."""
        moments = np.floor(np.asarray(steps, dtype=np.float64) * AUDIO_RATE / rate + 0.5).astype(np.int64)
        return moments + self.look_ahead - self.long_samples

    def static(self, windows: np.ndarray) -> np.ndarray:
        """Features of windows by themselves.

        Parameters
        ----------
        windows : np.ndarray, float32 [n, window]

        Returns
        -------
        np.ndarray, float32 [n, static_count]
            Semitone bands (bels relative to the long window's power), attack bands (bels relative to the short
            window's power), natural logarithm of the short window's mean square.
        """
        result = np.empty((len(windows), self.static_count), np.float32)
        skewed, hann, semitones, attacks = _kernels(self)
        for first in range(0, len(windows), _BLOCK_FRAMES):
            block = windows[first : first + _BLOCK_FRAMES]
            short = block[:, self.long_samples - self.short_samples :]
            out = result[first : first + _BLOCK_FRAMES]
            out[:, : self.semitones] = _shape(block * skewed, semitones)
            out[:, self.semitones : self.energy] = _shape(short * hann, attacks)
            out[:, self.energy] = np.log(np.maximum(np.mean(np.square(short), axis=-1), ENERGY_FLOOR))
        return result

    def join(self, static: np.ndarray, before: np.ndarray | None = None) -> np.ndarray:
        """Append derivatives of attack bands and energy (step to step) and onset strengths (mean rise an octave).

        Parameters
        ----------
        static : np.ndarray [n, static_count]
            Of consecutive steps.
        before : np.ndarray [static_count], optional
            The step before the first; without it the first step has no derivative.

        Returns
        -------
        np.ndarray, float32 [n, count]
        """
        if len(static) == 0:
            return np.zeros((0, self.count), np.float32)
        derivative = np.empty_like(static)
        derivative[0] = 0.0 if before is None else static[0] - before
        np.subtract(static[1:], static[:-1], out=derivative[1:])
        edges, widths = _octaves(self.semitones)
        onset = np.add.reduceat(np.maximum(derivative[:, : self.semitones], 0.0), edges, axis=1) / widths
        return np.concatenate([static, derivative[:, self.semitones :], onset], axis=-1, dtype=np.float32)

    def features(self, samples: np.ndarray, rate: float, steps: int | None = None) -> np.ndarray:
        """The features of a whole sound.

        Parameters
        ----------
        samples : np.ndarray, float32 [samples]
            Mono sound at 44.1 kHz, RMS normalised.
        rate : float
            Steps per second.
        steps : int, optional
            How many steps; by default those inside the sound. Beyond its end there is silence.

        Returns
        -------
        np.ndarray, float32 [steps, count]
        """
        count = steps_in(len(samples), rate) if steps is None else steps
        static = np.empty((count, self.static_count), np.float32)
        for first in range(0, count, _BLOCK_FRAMES):
            block = np.arange(first, min(first + _BLOCK_FRAMES, count))
            static[block] = self.static(windows_at(samples, self.starts(block, rate), self.window))
        return self.join(static)


@lru_cache(maxsize=4)
def _octaves(semitones: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each octave of the semitone bands begins, and how many bands it has."""
    edges = np.arange(0, semitones, 12)
    return edges, np.diff(np.append(edges, semitones))


def _edges(lowest: float, highest: float, bands: int) -> tuple[float, ...]:
    return tuple(float(hz) for hz in np.geomspace(lowest, highest, bands + 1))


# G3 to E7 are the violin's notes; bands above hold the harmonics that tell the strings apart
PLUS_VIOLIN = PlusFrontEnd(
    name="plus_violin",
    lowest=55,
    highest=114,
    long_samples=4096,  # 93 ms: bins 10.8 Hz apart, a semitone at G3 is 11.7 Hz
    short_samples=1024,  # 23 ms, look-ahead 11.6 ms
    short_edges=_edges(180.0, 10_000.0, 12),
)


def skewed_window(samples: int, falling: int) -> np.ndarray:
    """Two half Hann windows: a slow rise, and a fall over the last ``falling`` samples; float32 ``[samples]``."""
    rising = samples - falling
    up = 0.5 - 0.5 * np.cos(np.pi * (np.arange(rising) + 0.5) / rising)
    down = 0.5 + 0.5 * np.cos(np.pi * (np.arange(falling) + 0.5) / falling)
    return np.concatenate([up, down]).astype(np.float32)


def _triangles(centres: np.ndarray, below: np.ndarray, above: np.ndarray, fft_samples: int) -> np.ndarray:
    """Triangular filters with peak 1, never steeper than one bin; float32 ``[bins up to the last, bands]``."""
    least = AUDIO_RATE / fft_samples
    bins = np.arange(int(above[-1] / least) + 2)[:, None] * least
    rising = (bins - centres) / np.maximum(centres - below, least)
    falling = (centres - bins) / np.maximum(above - centres, least)
    return np.maximum(0.0, 1.0 + np.minimum(rising, falling)).clip(0.0, 1.0).astype(np.float32)


@lru_cache(maxsize=4)
def _kernels(front: PlusFrontEnd) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Both windows and both filter banks ``[bins, bands]``, scaled for sound of mean square 1."""
    skewed = skewed_window(front.long_samples, front.look_ahead)
    hann = skewed_window(front.short_samples, front.short_samples // 2)
    notes = np.arange(front.lowest - 1, front.highest + 2)
    hertz = A4_HZ * 2.0 ** ((notes - A4_MIDI) / 12)
    semitones = _triangles(hertz[1:-1], hertz[:-2], hertz[2:], front.long_samples)
    edges = np.array(front.short_edges)
    centres = np.sqrt(edges[:-1] * edges[1:])
    lower = np.concatenate([[edges[0] ** 2 / centres[0]], centres[:-1]])
    upper = np.concatenate([centres[1:], [edges[-1] ** 2 / centres[-1]]])
    attacks = _triangles(centres, lower, upper, front.short_samples)
    return (
        skewed,
        hann,
        semitones / _power_scale(skewed),
        attacks / _power_scale(hann),
    )


def _power_scale(window: np.ndarray) -> np.float32:
    """The sum over the bins of a spectrum's power for sound of mean square 1 (Parseval), one-sided."""
    return np.float32(np.sum(np.square(window, dtype=np.float64)) * len(window) / 2)


def _shape(windowed: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """Bands of windows in bels relative to all bands' power together, 0 where there is silence."""
    bands = power_spectra(windowed, 0, len(bank)) @ bank
    whole = bands.sum(axis=-1, keepdims=True)
    floor = SHAPE_FLOOR * whole + SILENCE_POWER * SHAPE_FLOOR
    return np.log10((bands + floor) / (whole + SILENCE_POWER) / SHAPE_FLOOR + 1e-12)
