"""A search as a picture: what each trial reached, and which settings mattered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audio_to_body.reproduce.search_space import SPACE
from audio_to_body.reproduce.search_trials import in_state

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from optuna.study import Study

WHOLE, PRUNED, BEST = "#2b6cd9", "#9aa3b2", "#d9542b"
FEWEST_FOR_IMPORTANCE = 4  # trials trained to the end


def importances(study: Study) -> dict[str, float]:
    """Share of the validation error's variance that each setting explains (fANOVA), greatest first; adds up to 1.

    Empty where too few trials were trained to the end, or all of them reached the same.
    """
    whole = in_state(study, "COMPLETE")
    if len(whole) < FEWEST_FOR_IMPORTANCE or np.ptp([trial.value for trial in whole]) == 0:
        return {}
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    return get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))


def _history(axis: Axes, study: Study, caption: float | None) -> None:
    from matplotlib.ticker import MaxNLocator

    whole, pruned = in_state(study, "COMPLETE"), in_state(study, "PRUNED")
    stopped = [(t.number, min(t.intermediate_values.values())) for t in pruned if t.intermediate_values]
    if stopped:
        at, least = zip(*stopped)
        axis.scatter(at, least, marker="x", color=PRUNED, s=22, label="pruned: its least so far")
    if whole:
        numbers, values = zip(*((t.number, t.value) for t in whole))
        axis.scatter(numbers, values, color=WHOLE, s=22, label="trained to the end")
        axis.step(numbers, np.minimum.accumulate(values), where="post", color=BEST, lw=1.5, label="best so far")
        # a trial that diverged must not press the others flat
        seen = [*values, *(value for _, value in stopped), *([] if caption is None else [caption])]
        axis.set_ylim(min(seen) - 0.3, float(np.quantile(seen, 0.9)) + 1.0)
    if caption is not None:
        axis.axhline(caption, color="black", lw=1, ls="--", label="the paper's caption")
    axis.set(xlabel="trial", ylabel="validation error, px")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.legend(frameon=False, fontsize=8)


def _importance(axis: Axes, shares: dict[str, float], trials: int) -> None:
    axis.set_title(f"which settings explain the error ({trials} whole trials)", size=9)
    if not shares:
        axis.text(0.5, 0.5, "too few trials to tell", ha="center", transform=axis.transAxes)
        axis.set_axis_off()
        return
    headings = {dimension.name: dimension.heading for dimension in SPACE}
    names = list(shares)[::-1]
    axis.barh([headings[name] for name in names], [shares[name] for name in names], color=WHOLE)
    axis.set_xlabel("share of the variance (fANOVA)")


def search_picture(study: Study, title: str, caption: float | None = None) -> Figure:
    """History and importances side by side.

    Parameters
    ----------
    study : Study
    title : str
    caption : float, optional
        Validation error of the paper's setting with the same seed, px.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.2), layout="constrained")
    history, importance = figure.subplots(1, 2, width_ratios=(3, 2))
    _history(history, study, caption)
    _importance(importance, importances(study), len(in_state(study, "COMPLETE")))
    for axis in (history, importance):
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, size=10)
    return figure
