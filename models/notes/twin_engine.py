"""The twin as what learns in a sitting: torch, on a graphics card where there is one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from audio_to_body.models.notes.pool import Batch, Pool
from audio_to_body.models.notes.settings import NoteSettings
from audio_to_body.models.notes.twin import Twin, loss


class TwinEngine:
    """ADAM on the twin, gradients clipped by their common norm.

    Parameters
    ----------
    settings : NoteSettings
    parameters : mapping of str to np.ndarray
    pool : Pool
        Says on which device.
    """

    def __init__(self, settings: NoteSettings, parameters: Mapping[str, np.ndarray], pool: Pool) -> None:
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
        self.name = f"torch {torch.__version__} on {pool.device}"
        self.settings = settings
        self.twin = Twin(settings, parameters).to(pool.device)
        self._adam = torch.optim.Adam(self.twin.parameters(), lr=settings.learning_rate)

    def update(self, batch: Batch, rate: float) -> torch.Tensor:
        """Learn from a batch."""
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.zero_grad(set_to_none=True)
        logits, _ = self.twin(batch.features)
        value = loss(logits, batch.targets, batch.weights)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.twin.parameters(), self.settings.clip)
        self._adam.step()
        return value.detach()

    @torch.no_grad()
    def answers(self, features: np.ndarray) -> np.ndarray:
        """Probabilities for a whole sound, with batch norm's running statistics."""
        self.twin.eval()
        logits, _ = self.twin(torch.from_numpy(features).to(self.twin.feature_mean.device)[:, None])
        self.twin.train()
        return torch.sigmoid(logits[:, 0]).cpu().numpy()

    def parameters(self) -> dict[str, np.ndarray]:
        """By Caffe2's names."""
        return self.twin.parameters_by_name()

    def close(self) -> None:
        """Nothing but memory, which goes with the object."""
