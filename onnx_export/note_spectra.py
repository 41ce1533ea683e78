"""Samples to the powers of bands, as nodes of a graph: first half of the front end of the nets that hear notes."""

from __future__ import annotations

import numpy as np

from audio_to_body.onnx_export.nodes import Nodes
from audio_to_body.sound import note_bands as heard
from audio_to_body.sound import note_resampling as resampling
from audio_to_body.sound.note_bands import DECIMATION, NoteFrontEnd
from audio_to_body.sound.note_resampling import BLOCK_IN, BLOCK_OUT, REACH

ALL = 2**31  # the end of whatever is sliced
DECIMATION_BLOCK = 32  # samples at 6 kHz that one product gives


def _block_of(taps: np.ndarray) -> np.ndarray:
    """Float32 [window, block]: a window of sound at 24 kHz to the samples of a block at 6 kHz."""
    matrix = np.zeros((DECIMATION * (DECIMATION_BLOCK - 1) + len(taps), DECIMATION_BLOCK), np.float32)
    for sample in range(DECIMATION_BLOCK):
        matrix[DECIMATION * sample : DECIMATION * sample + len(taps), sample] = taps
    return matrix


class NoteSpectra(Nodes):
    """Nodes and constants, in order; every value's name begins with ``front/``."""

    def __init__(self, front: NoteFrontEnd) -> None:
        super().__init__("front")
        self.front = front
        self.zero, self.one, self.last = self.constant([0]), self.constant([1]), self.constant([-1])
        self.all = self.constant([ALL])

    def windows(self, sound: str, starts: str, samples: int) -> str:
        """Windows of a sound, ``[starts, samples]``."""
        places = self("Add", self("Unsqueeze", starts, self.one), self.constant(np.arange(samples)))
        return self("Gather", sound, places)

    def _count(self, number: str) -> str:
        """``0, 1 .. number - 1``."""
        return self("Range", self.constant(np.int64(0)), self("Squeeze", number), self.constant(np.int64(1)))

    def resampled(self, waiting: str, samples: str) -> str:
        """:class:`audio_to_body.sound.note_resampling.Resampler`."""
        whole = self("Concat", waiting, samples, axis=0)
        free = self("Sub", self("Shape", whole), self.constant([2 * REACH]))
        blocks = self("Max", self("Div", free, self.constant([BLOCK_IN])), self.zero)
        starts = self("Mul", self._count(blocks), self.constant([BLOCK_IN]))
        surrounded = self.windows(whole, starts, BLOCK_IN + 2 * REACH)
        product = self("MatMul", surrounded, self.constant(resampling.matrix()))
        self("Slice", whole, self("Mul", blocks, self.constant([BLOCK_IN])), self.all, to=waiting + "_out")
        return self("Reshape", product, self("Mul", blocks, self.constant([BLOCK_OUT])), allowzero=1)

    def decimated(self, sound: str, slow: str) -> str:
        """The sound at 6 kHz, as far as it is known: in blocks, whose windows are fewer than the samples'."""
        taps = heard.decimator()
        reach = len(taps) // 2
        by, block = self.constant([DECIMATION]), self.constant([DECIMATION_BLOCK])
        reached = self("Sub", self("Shape", sound), self.constant([1 + reach]))
        known = self("Shape", slow)
        count = self("Max", self("Sub", self("Add", self("Div", reached, by), self.one), known), self.zero)
        rounded = self("Add", count, self.constant([DECIMATION_BLOCK - 1]))
        numbers = self("Mul", self._count(self("Div", rounded, block)), block)
        starts = self("Sub", self("Mul", self("Add", numbers, known), by), self.constant([reach]))
        # the last block may ask for sound that is still to come; what it makes of it is cut off
        silence = self.constant(np.zeros(DECIMATION * DECIMATION_BLOCK, np.float32))
        ahead = self("Concat", sound, silence, axis=0)
        windows = self.windows(ahead, starts, DECIMATION * (DECIMATION_BLOCK - 1) + len(taps))
        product = self("MatMul", windows, self.constant(_block_of(taps)))
        fresh = self("Slice", self("Reshape", product, self.last), self.zero, count)
        return self("Concat", slow, fresh, axis=0)

    def _cut(self, window: heard.Window, sound: str, slow: str, moments: str) -> str:
        """The sound in one kind of window, ``[steps, samples, 1]``."""
        places = moments
        if window.decimation > 1:
            places, sound = self("Div", moments, self.constant([window.decimation])), slow
        starts = self("Add", places, self.constant([window.after - window.samples]))
        cut = self("Mul", self.windows(sound, starts, window.samples), self.constant(window.shape))
        return self("Unsqueeze", cut, self.last)

    def bands(self, sound: str, slow: str, moments: str) -> list[str]:
        """Powers of the bands that are read from each kind of window, ``[steps, bands]``.

        Two windows of one length are the real and the imaginary part of one transform: half of the work.
        """
        kernels = self.front.kernels
        cut = [self._cut(kernel.window, sound, slow, moments) for kernel in kernels]
        powers = [""] * len(kernels)
        alone: dict[int, int] = {}  # by length, the window that waits for another one
        for place, kernel in enumerate(kernels):
            samples = kernel.window.samples
            other = alone.pop(samples, None)
            if other is None:
                alone[samples] = place
                continue
            both = self("Concat", cut[other], cut[place], axis=2)
            spectrum = self("DFT", both, self.constant(np.int64(samples)), axis=1)
            powers[other] = self._read(kernels[other], self._part(kernels[other], spectrum, 1.0), 0.25)
            powers[place] = self._read(kernel, self._part(kernel, spectrum, -1.0), 0.25)
        for samples, place in alone.items():
            first, last = self.constant([kernels[place].first]), self.constant([kernels[place].last])
            spectrum = self("DFT", cut[place], self.constant(np.int64(samples)), axis=1, onesided=1)
            powers[place] = self._read(kernels[place], self("Slice", spectrum, first, last, self.one), 1.0)
        return powers

    def _part(self, kernel: heard.Kernel, spectrum: str, sign: float) -> str:
        """Twice the used bins of the real (1) or imaginary (-1) part of what was transformed, but for a factor i.

        A real sound's spectrum is the conjugate of itself backwards, an imaginary one's the negative of that.
        """
        samples, bins = kernel.window.samples, kernel.last - kernel.first
        assert kernel.first > 0, "the constant part of a spectrum has no counterpart"
        forth = self("Slice", spectrum, self.constant([kernel.first]), self.constant([kernel.last]), self.one)
        ends = self.constant([samples - kernel.first]), self.constant([samples - kernel.last])
        back = self("Slice", spectrum, *ends, self.one, self.last)
        conjugate = np.tile(np.array([sign, -sign], np.float32), (bins, 1))
        return self("Add", forth, self("Mul", back, self.constant(conjugate)))

    def _read(self, kernel: heard.Kernel, bins: str, scale: float) -> str:
        power = self("ReduceSumSquare", bins, axes=[2], keepdims=0)
        return self("MatMul", power, self.constant(np.float32(scale) * kernel.filters))
