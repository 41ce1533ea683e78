"""What a sound really holds: its level, a constant offset, channels that cancel each other, or nothing at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.skeleton.rates import AUDIO_RATE

TARGET_RMS_DB = 0.0  # dB full scale, Sec. 3.2: "RMS normalization to 0 db"
SILENCE_RMS = 1e-5  # -100 dB: below this there is nothing to normalise
GATE_RMS = 1e-3  # -60 dBFS: a sound that is nowhere louder is a room or a cable, not music
GATE_SAMPLES = AUDIO_RATE // 10  # "nowhere": in no tenth of a second
CANCELLING = 0.05  # the channels' mean has less than this share of their power: a correlation below -0.9
OFFSET_SHARE = 1e-4  # -40 dB: a constant that is louder beside the sound would fill its rests
OFFSET_SAMPLES = AUDIO_RATE  # in less than a second, a low note's rest of a period looks like a constant
TOLD_SHARE = 1e-2  # -20 dB: cheap converters shift sound by less, and nobody need know
MOST_CHANNELS = 64  # more are samples that were taken for channels
LOUDEST = 1e9  # times full scale; more would overflow the features
SMALLEST_OFFSET = 1e-4  # of full scale: three steps of 16 bits; less is rounding


def gain_of(mean_square: float, target_db: float = TARGET_RMS_DB) -> float:
    """Factor that brings a mean square to ``target_db`` (dB relative to full scale, an RMS of 1); 1 for silence."""
    rms = mean_square**0.5
    return 1.0 if rms < SILENCE_RMS else float(10 ** (target_db / 20) / rms)


@dataclass(frozen=True)
class Content:
    """What was found in a sound, and so what is to be done with it.

    Attributes
    ----------
    gain : float
        Factor to an RMS of 0 dB; 1 where there is nothing to raise.
    channel : int or None
        The one channel to take where the channels cancel each other; None for their mean.
    offset : float
        The constant to take from what is left, of full scale; 0 for none.
    heard : bool
        Whether anything is louder than the gate.
    """

    gain: float
    channel: int | None = None
    offset: float = 0.0
    heard: bool = True

    @property
    def plain(self) -> bool:
        """Whether the mean of the channels is to be taken as it is."""
        return self.channel is None and self.offset == 0.0 and self.heard

    def remarks(self) -> list[str]:
        """What a person should know of it, one sentence each."""
        said = []
        if not self.heard:
            said.append(
                f"nothing in it is louder than {20 * np.log10(GATE_RMS):.0f} dB of full scale, so nothing is played; "
                "is it the right file, or was the microphone muted?"
            )
        if self.channel is not None:
            side = ("left", "right")[self.channel] if self.channel < 2 else f"{self.channel + 1}."
            said.append(f"its channels cancel each other (one is the other upside down), so only the {side} is heard")
        if (self.offset * self.gain) ** 2 > TOLD_SHARE:
            said.append(f"a constant offset of {self.offset:+.3f} of full scale was taken from it")
        return said


class Levels:
    """Measures a sound block after block.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, channels: int) -> None:
        self.count: float = 0
        self.products = np.zeros((channels, channels))  # sums of products of two channels
        self._sums = np.zeros(channels)
        self._loudest = 0.0  # mean square of the loudest tenth of a second, its own constant aside

    def add(self, block: np.ndarray) -> None:
        """Take in samples ``[channels, samples]``; any number."""
        if not block.shape[1]:
            return
        with np.errstate(over="ignore", invalid="ignore"):  # what is no number is told by `possible`
            self._add(np.ascontiguousarray(block))

    def _add(self, block: np.ndarray) -> None:
        whole = block.shape[1] // GATE_SAMPLES * GATE_SAMPLES
        rest = block.shape[1] - whole
        self.count += block.shape[1]
        for one in range(len(block)):
            self._add_parts(one, block[one, :whole].reshape(-1, GATE_SAMPLES), long_enough=True)
            self._add_parts(one, block[None, one, whole:], long_enough=rest >= GATE_SAMPLES // 2 or not whole)
            for other in range(one + 1, len(block)):
                product = float(np.einsum("i,i->", block[one], block[other], dtype=np.float64))
                self.products[one, other] += product
                self.products[other, one] += product

    def _add_parts(self, channel: int, parts: np.ndarray, long_enough: bool) -> None:
        """Take in stretches ``[parts, samples]`` of a channel; what is too short says nothing of its loudness."""
        if not parts.size:
            return
        squares = np.einsum("ij,ij->i", parts, parts, dtype=np.float64)
        sums = parts.sum(axis=1, dtype=np.float64)
        self.products[channel, channel] += squares.sum()
        self._sums[channel] += sums.sum()
        if long_enough:
            length = parts.shape[1]
            self._loudest = max(self._loudest, float(np.max(squares / length - (sums / length) ** 2)))

    def fade(self, share: float) -> None:
        """Let what was taken in so far weigh ``share`` of what it did."""
        self.count *= share
        self.products *= share
        self._sums *= share
        self._loudest *= share

    @property
    def possible(self) -> bool:
        """Whether every sample so far is a number, and none beyond any sound."""
        return bool((np.diagonal(self.products) <= LOUDEST**2).all())  # also where a sum is no number

    def content(self) -> Content:
        """Judge what was taken in."""
        if not self.count:
            return Content(1.0)
        power = self.products / self.count
        means = self._sums / self.count
        moving = power - np.outer(means, means)  # covariance: the constants aside
        channels = len(moving)
        each = float(np.trace(moving)) / channels
        channel = int(np.diagonal(moving).argmax()) if moving.sum() / channels**2 < CANCELLING * each else None
        offset = float(means.mean()) if channel is None else float(means[channel])
        rest = each if channel is None else float(moving[channel, channel])
        if self.count < OFFSET_SAMPLES or abs(offset) < SMALLEST_OFFSET or offset**2 <= OFFSET_SHARE * rest:
            offset = 0.0
        if self._loudest < GATE_RMS**2:
            return Content(1.0, None, 0.0, heard=False)
        if channel is None and offset == 0.0:
            return Content(gain_of(float(np.trace(power)) / channels))
        return Content(gain_of(rest), channel, offset)


def taken(block: np.ndarray, content: Content) -> np.ndarray:
    """One channel of samples ``[channels, samples]``, as ``content`` says: float32 [samples]."""
    if not content.heard:
        return np.zeros(block.shape[1], np.float32)
    one = mono(block) if content.channel is None else block[content.channel]
    return (one - np.float32(content.offset)).astype(np.float32, copy=False) if content.offset else one


def mono(audio: np.ndarray) -> np.ndarray:
    """Mean of the channels, float32 [samples]; the features are taken from it (the paper does not say how)."""
    if audio.ndim == 2 and len(audio) == 2 and audio.dtype == np.float32:  # numpy's mean of two is eight times slower
        return (audio[0] + audio[1]) * np.float32(0.5)
    return audio if audio.ndim == 1 else audio.mean(axis=0, dtype=np.float32)
