"""Clips that were drawn, kept as logarithmic spectra, and training sequences that are cut from them again and again.

Sound is drawn far slower than a graphics card learns from it. So every clip is kept, at 40 kB a second, and each time
a sequence is cut from it, it is heard through another microphone: louder or softer, brighter or duller, with hiss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from audio_to_body.models.notes.fresh_sound import Clip
from audio_to_body.models.notes.settings import DELAYS, HALVES, NoteSettings
from audio_to_body.models.notes.targets import CHANNELS, FULL, targets_and_weights
from audio_to_body.models.notes.torch_features import TorchPowers, features_of, kept_logarithm, steps_of

GAIN_BELS = 0.4  # deviation of the gain, 4 dB
EQUALISER_BELS = 0.25  # deviation of each of the equaliser's nodes, 2.5 dB
EQUALISER_NODES = 7  # evenly over the semitones
HISS_SHARE = 0.3  # of the sequences get hiss
HISS_BELS = (-6.0, -3.5)  # its power by band, as kept: between the features' floor and 25 dB above it
UNKNOWN_STEPS = 12  # at a sequence's beginning what is answered does not count: nothing is remembered yet


@dataclass(frozen=True)
class Batch:
    """Training sequences.

    Attributes
    ----------
    features : torch.Tensor, float32 [steps, batch, 2 * columns, 2]
    targets, weights : torch.Tensor, float32 [steps, batch, keys, outputs]
    """

    features: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor


class Pool:
    """Clips of one length on one device.

    Parameters
    ----------
    settings : NoteSettings
    seconds : float
        Length of every clip.
    capacity : int
        Clips that are kept; later ones replace the oldest.
    device : torch.device or str
    """

    def __init__(self, settings: NoteSettings, seconds: float, capacity: int, device: torch.device | str) -> None:
        from audio_to_body.sound.note_resampling import NOTE_RATE

        self.settings, self.device, self.capacity = settings, device, capacity
        self.steps = steps_of(round(seconds * NOTE_RATE))
        self.drawn = 0  # clips so far
        self._powers = TorchPowers(settings.front, device)
        keys, bands = len(settings.keys), settings.front.bands
        self._spectra = torch.zeros((capacity, self.steps, bands), dtype=torch.float16, device=device)
        self._written = torch.zeros((capacity, self.steps, keys, len(CHANNELS)), dtype=torch.uint8, device=device)
        semitones = torch.linspace(0, EQUALISER_NODES - 1, settings.front.semitones)
        nodes = torch.arange(EQUALISER_NODES)
        hats = torch.relu(1.0 - (semitones[:, None] - nodes).abs())  # linear between the nodes
        self._hats = torch.cat([hats.repeat_interleave(3, dim=0), hats]).to(device)  # fine bands, then semitones
        self._longest = max(DELAYS.values())
        if self.steps < HALVES * settings.steps + self._longest + 1:
            raise ValueError(f"clips of {seconds} s are shorter than a training sequence")

    def __len__(self) -> int:
        return min(self.drawn, self.capacity)

    def add(self, clips: list[Clip]) -> None:
        """Keep clips; their spectra are computed here, all at once."""
        sound = torch.from_numpy(np.stack([clip.sound for clip in clips])).to(self.device).float() / 32768.0
        gains = torch.from_numpy(np.stack([clip.gains for clip in clips])).to(self.device)
        kept = kept_logarithm(self._powers(sound) * gains.square()[:, :, None]).half()
        written = torch.from_numpy(np.stack([clip.written for clip in clips])).to(self.device)
        places = (self.drawn + torch.arange(len(clips), device=self.device)) % self.capacity
        self._spectra[places], self._written[places] = kept, written
        self.drawn += len(clips)

    def feature_mean(self, clips: int = 256) -> np.ndarray:
        """Mean value of every feature column over some clips, float32 [columns]."""
        some = self._spectra[: min(len(self), clips)].flatten(0, 1)[::4].float()
        mean = features_of(some[:, None])[..., 0].mean(dim=(0, 1))
        return mean.cpu().numpy()

    def draw(self, batch: int, rng: np.random.Generator, augmented: bool = True) -> Batch:
        """Cut sequences at random places and let each be heard differently."""
        length = HALVES * self.settings.steps
        clips = rng.integers(0, len(self), batch)
        starts = rng.integers(self._longest + 1, self.steps - length + 1, batch)
        clip = torch.from_numpy(clips).to(self.device)
        at = torch.from_numpy(starts).to(self.device)
        step = at + torch.arange(-1, length, device=self.device)[:, None]  # [length + 1, batch]
        kept = self._spectra[clip, step].float()
        if augmented:
            kept = self._heard_differently(kept, rng)
        features = features_of(kept)
        features = features.view(self.settings.steps, HALVES, batch, *features.shape[2:])
        features = features.transpose(1, 2).reshape(self.settings.steps, batch, -1, 2)
        targets, weights = [], []
        for delay, head_weight in zip(DELAYS.values(), (1.0, self.settings.low_weight)):
            shares = self._written[clip, step[1:] - delay].float() / FULL
            target, weight = targets_and_weights(shares, self.settings, torch.stack)
            targets.append(self._by_step(target))
            weights.append(self._by_step(weight) * head_weight)
        weight = torch.cat(weights, dim=-1)
        weight[: UNKNOWN_STEPS // HALVES] = 0.0
        return Batch(features, torch.cat(targets, dim=-1), weight)

    def _by_step(self, values: torch.Tensor) -> torch.Tensor:
        """``[48/s, batch, keys, parts]`` to ``[24/s, batch, keys, 2 * parts]``."""
        _, batch, keys, parts = values.shape
        halves = values.view(self.settings.steps, HALVES, batch, keys, parts)
        return halves.permute(0, 2, 3, 1, 4).reshape(self.settings.steps, batch, keys, HALVES * parts)

    def _heard_differently(self, kept: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        """Another gain, equaliser and hiss for each sequence of ``[steps, batch, bands]``."""
        batch = kept.shape[1]
        gain = rng.standard_normal((batch, 1)) * GAIN_BELS
        nodes = rng.standard_normal((batch, EQUALISER_NODES)) * EQUALISER_BELS + gain
        kept = kept + torch.from_numpy(nodes.astype(np.float32)).to(self.device) @ self._hats.T
        hiss = np.where(rng.random((batch, 1)) < HISS_SHARE, rng.uniform(*HISS_BELS, (batch, 1)), -20.0)
        slope = rng.uniform(-1.0, 1.0, (batch, 1)) * np.linspace(-1.0, 1.0, EQUALISER_NODES)
        floor = torch.from_numpy((hiss + slope).astype(np.float32)).to(self.device) @ self._hats.T
        # the power of noise in a narrow band is distributed exponentially
        noise = torch.empty_like(kept).exponential_() * 10.0**floor
        return torch.log10(10.0**kept + noise)
