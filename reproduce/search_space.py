"""Over what a hyper-parameter search goes: the settings that the paper's rows vary (Sec. 6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from audio_to_body.models.settings import Settings
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from optuna.trial import BaseTrial


@dataclass(frozen=True)
class Dimension:
    """One setting and where it is looked for.

    Attributes
    ----------
    name : str
        A field of :class:`audio_to_body.models.settings.Settings`.
    heading : str
        As the paper calls it.
    suggest : callable
        Draws a value of it from a trial.
    """

    name: str
    heading: str
    suggest: Callable[[BaseTrial], Any]


def _whole(name: str, low: int, high: int) -> Callable[[BaseTrial], Any]:
    return lambda trial: trial.suggest_int(name, low, high, log=True)


def _number(name: str, low: float, high: float, log: bool = False) -> Callable[[BaseTrial], Any]:
    return lambda trial: trial.suggest_float(name, low, high, log=log)


def _one_of(name: str, *values: Any) -> Callable[[BaseTrial], Any]:
    return lambda trial: trial.suggest_categorical(name, values)


UPSAMPLES = (2, 4, 6)

# The paper's rows and Section 4's setting lie inside, but for sequences of 400 and 500 steps, of which one update
# takes as long as seven of the final setting.
SPACE = (
    Dimension("components", "PCA coeff", _whole("components", 3, 30)),
    Dimension("hidden", "Hidden variables", _whole("hidden", 50, 300)),
    Dimension("sequence", "Seq. length", _whole("sequence", 20, 240)),
    Dimension("learning_rate", "Learning rate", _number("learning_rate", 3e-4, 1e-2, log=True)),
    Dimension("delay_ms", "Time delay, ms", _number("delay_ms", 0.0, 100.0)),
    Dimension("dropout", "Dropout", _number("dropout", 0.0, 0.6)),
    Dimension("upsample", "Upsample", _one_of("upsample", *UPSAMPLES)),
    Dimension("loss", "Loss", _one_of("loss", "squared", "huber")),
)


def space_on(rates: Collection[int]) -> tuple[Dimension, ...]:
    """The space for a dataset: it upsamples only to rates that the dataset has features at.

    Raises
    ------
    BadInput
        If it has none of them.
    """
    possible = [factor for factor in UPSAMPLES if factor * VIDEO_FPS in rates]
    if not possible:
        wanted = ", ".join(str(factor * VIDEO_FPS) for factor in UPSAMPLES)
        raise BadInput(
            f"a search needs features at {wanted} steps/s or some of them; the dataset has {sorted(rates)}"
        )
    return tuple(
        replace(dimension, suggest=_one_of("upsample", *possible)) if dimension.name == "upsample" else dimension
        for dimension in SPACE
    )


def suggested(trial: BaseTrial, base: Settings, space: Sequence[Dimension] = SPACE) -> Settings:
    """The settings of a trial: those of ``base`` but for what is searched."""
    return replace(base, **{dimension.name: dimension.suggest(trial) for dimension in space})


def with_parameters(parameters: Mapping[str, Any], base: Settings) -> Settings:
    """The settings of a finished trial's parameters."""
    return replace(base, **{dimension.name: parameters[dimension.name] for dimension in SPACE})


def said(value: Any) -> str:
    """A value as a person writes it."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
