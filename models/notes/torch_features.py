"""The note features of many clips at once, in torch, where a graphics card computes them."""

from __future__ import annotations

import torch
from torch.nn import functional

from audio_to_body.sound.note_bands import DECIMATION, HOP, LOOK_AHEAD, NoteFrontEnd, decimator
from audio_to_body.sound.note_features import BEL_SCALE, FLOOR, FLOOR_BELS, POWER_SCALE, RISE_SCALE

DEEPEST = 1e-10  # power at which kept logarithms end, below the features' floor so that a gain may lift it


def steps_of(samples: int) -> int:
    """Steps whose windows end within a sound at 24 kHz."""
    return max(0, (samples - LOOK_AHEAD) // HOP + 1)


class TorchPowers:
    """Powers of all bands of a batch of clips.

    Parameters
    ----------
    front : NoteFrontEnd
    device : torch.device or str
    """

    def __init__(self, front: NoteFrontEnd, device: torch.device | str) -> None:
        self.front = front
        self.taps = torch.from_numpy(decimator().copy()).to(device)[None, None]
        self.shapes = [torch.from_numpy(kernel.window.shape).to(device) for kernel in front.kernels]
        self.filters = [torch.from_numpy(kernel.filters).to(device) for kernel in front.kernels]

    def __call__(self, sound: torch.Tensor) -> torch.Tensor:
        """Float32 [clips, steps, bands] of sound at 24 kHz, float32 [clips, samples]; silence is before each clip."""
        steps = steps_of(sound.shape[1])
        reach = self.taps.shape[-1] // 2
        slow = functional.conv1d(functional.pad(sound, (reach, reach))[:, None], self.taps, stride=DECIMATION)[:, 0]
        bands = []
        for kernel, shape, filters in zip(self.front.kernels, self.shapes, self.filters):
            window = kernel.window
            source, hop = (sound, HOP) if window.decimation == 1 else (slow, HOP // window.decimation)
            cut = functional.pad(source, (window.samples - window.after, 0)).unfold(1, window.samples, hop)[:, :steps]
            spectrum = torch.fft.rfft(cut * shape)[..., kernel.first : kernel.last]
            bands.append((spectrum.real.square() + spectrum.imag.square()) @ filters)
        return torch.cat(bands, dim=2)


def kept_logarithm(power: torch.Tensor) -> torch.Tensor:
    """Logarithm of powers relative to the level, as a pool of clips keeps it."""
    return torch.log10(power * POWER_SCALE + DEEPEST)


def features_of(kept: torch.Tensor, gain: torch.Tensor | None = None) -> torch.Tensor:
    """Features ``[steps, batch, bands + 1, 2]`` of kept logarithms ``[steps + 1, batch, bands]``.

    Parameters
    ----------
    kept : torch.Tensor
        The first step gives the rises of the second, and is not given itself.
    gain : torch.Tensor, optional
        What every band's power is multiplied by, in bels, broadcast.
    """
    kept = kept.float() if gain is None else kept.float() + gain
    values = (torch.log10(10.0**kept + FLOOR) + FLOOR_BELS) * BEL_SCALE
    rises = torch.relu(values[1:] - values[:-1]) * RISE_SCALE
    return functional.pad(torch.stack([values[1:], rises], dim=-1), (0, 0, 0, 1))
