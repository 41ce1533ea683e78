"""What a net can be trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from audio_to_body.models.settings import Settings

if TYPE_CHECKING:
    from audio_to_body.models.network import Predictor
    from audio_to_body.models.normalisation import Normalisation
    from audio_to_body.preprocessing.pca import Pca


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
    def settings(self) -> Settings: ...  # noqa: D102
    @property
    def layout(self) -> str: ...  # noqa: D102
    @property
    def data(self) -> str: ...  # noqa: D102
    @property
    def frame_size(self) -> tuple[int, int]: ...  # noqa: D102
    @property
    def pca(self) -> Pca: ...  # noqa: D102
    @property
    def feature_scale(self) -> Normalisation: ...  # noqa: D102
    @property
    def target_scale(self) -> Normalisation: ...  # noqa: D102
    @property
    def components_for_90(self) -> int: ...  # noqa: D102
    @property
    def notes(self) -> list[str]: ...  # noqa: D102
    @property
    def front_end(self) -> str: ...  # noqa: D102
    @property
    def target_names(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102
    @property
    def feature_count(self) -> int: ...  # noqa: D102
    @property
    def target_count(self) -> int: ...  # noqa: D102
    @property
    def hours(self) -> float: ...  # noqa: D102

    def segments(self) -> Iterator[Segment]:
        """The training runs."""

    def validation(self) -> ValidationError:
        """What measures the error after every epoch."""

    def errors(self, predictor: Predictor) -> dict[str, float]:
        """Errors of the finished net on every part."""

    def fingerprint(self) -> str:
        """A checksum of everything that training depends on."""
