"""What a net can be trained on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from audio_to_body.models.checkpoint import TrainedNet
    from audio_to_body.models.network import Predictor


@dataclass(frozen=True)
class Segment:
    """Consecutive steps for training: what goes in, what should come out, and how much each step counts."""

    inputs: np.ndarray  # float32 [steps, features], normalised
    targets: np.ndarray  # float32 [steps, k], normalised and delayed
    weights: np.ndarray  # float32 [steps]

    def __len__(self) -> int:
        return len(self.inputs)


class ValidationError(Protocol):
    """Measures a net between two epochs."""

    def error(self, predictor: Predictor) -> float:
        """The error that chooses the best epoch."""


class Trainable(Protocol):
    """What a net can be trained on: :class:`audio_to_body.models.recital_data.TrainingData`, or other targets."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns that go into the net, and that come out."""

    @property
    def unit(self) -> str:
        """Of the errors."""

    @property
    def facts(self) -> dict[str, Any]:
        """What a reader of the results should know, by the names that results have."""

    def net(self, parameters: Mapping[str, np.ndarray], results: dict[str, Any]) -> TrainedNet:
        """The trained net of this data's statistics and some parameters."""

    def segments(self) -> Iterator[Segment]:
        """The training runs."""

    def validation(self) -> ValidationError:
        """What measures the error after every epoch."""

    def errors(self, predictor: Predictor) -> dict[str, float]:
        """Errors of the finished net on every part."""

    def fingerprint(self) -> str:
        """A checksum of everything that training depends on."""
