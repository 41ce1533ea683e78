"""Trials of a hyper-parameter search: each trained in a process of its own, pruned, and resumed where it stopped.

The study is a journal: a file that many processes append to, on this machine or on a cluster that sees the same
files.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.schedulers import run_tasks
from audio_to_body.reproduce.search_space import space_on, suggested
from audio_to_body.skeleton.folders import own_folder
from audio_to_body.skeleton.progress import progress_bar
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

    from audio_to_body.models.network import Predictor
    from audio_to_body.models.training import Progress

JOURNAL = "journal.log"
RANDOM_TRIALS = 10  # before the sampler goes by what it has seen
# a trial is pruned where its least validation error so far lies above the median of the others' at the same share of
# the updates, once so many have been seen whole and so much of it is done
PRUNE_AFTER_TRIALS, PRUNE_AFTER_PERCENT = 5, 20
TRAINED, PRUNED = "trained to the end", "pruned"
# one look at the validation error moves by as much as trials differ: a trial's error is the mean of its last looks
LAST_PERCENT = 80


@dataclass(frozen=True)
class TrialTask:
    """What another process needs to know of one trial.

    Attributes
    ----------
    folder : str
        Of the search; holds the journal, and a folder for each trial.
    study : str
        Its name in the journal.
    dataset : str
    base : Settings
        What is not searched.
    number : int
        Which trial it is, so that each draws other random numbers.
    interrupted : int, optional
        Number of a trial that an earlier sitting left, to go on with; None draws a new one.
    """

    folder: str
    study: str
    dataset: str
    base: Settings
    number: int
    interrupted: int | None = None


def open_study(folder: Path, name: str, seed: int = 0) -> Study:
    """The study of a journal, made where there is none: TPE, median pruning, least validation error.

    Raises
    ------
    BadInput
        If Optuna is not installed or the file is no journal.
    """
    try:
        import optuna
    except ImportError:
        raise BadInput("a search needs Optuna: pip install optuna==4.5.0") from None
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():  # constant_liar is marked as experimental
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        # a trial that still runs counts as a bad one, so that two side by side are not alike
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=RANDOM_TRIALS, constant_liar=True)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / JOURNAL
    try:
        return optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(path))),
            study_name=name,
            load_if_exists=True,
            direction="minimize",
            sampler=sampler,
            pruner=optuna.pruners.MedianPruner(PRUNE_AFTER_TRIALS, PRUNE_AFTER_PERCENT),
        )
    except (ValueError, KeyError) as error:
        raise BadInput(f"{path} is no journal of a search ({error}); delete it to begin anew") from error


def run_trial(task: TrialTask) -> str:
    """Train one trial and tell the study; called in a process of its own.

    Returns
    -------
    str
        What came of it, in a few words.
    """
    from optuna import TrialPruned
    from optuna.trial import Trial, TrialState

    from audio_to_body.models.recital_data import prepare
    from audio_to_body.models.training import train

    study = open_study(Path(task.folder), task.study, seed=task.number)
    trial = study.ask() if task.interrupted is None else Trial(study, _identity(study, task.interrupted))
    dataset = Dataset(task.dataset)
    settings = suggested(trial, task.base, space_on(dataset.manifest.rates))
    folder = Path(task.folder) / f"trial-{trial.number:04d}"

    def report(epoch: int, net: Predictor, state: Progress) -> None:
        known = study.trials[trial.number].intermediate_values
        for look in state.history:
            percent = _percent(look, settings)
            if percent not in known:
                trial.report(look["valid"], percent)
        if state.history and _percent(state.history[-1], settings) < 100 and trial.should_prune():
            raise TrialPruned

    data = prepare(dataset, settings)
    try:
        outcome = train(settings, data, folder, progress=False, observer=report)
    except TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
        return f"trial {trial.number}: {PRUNED} at {max(study.trials[trial.number].intermediate_values)} %"
    except BadInput as diverged:
        study.tell(trial, state=TrialState.FAIL)
        return f"trial {trial.number}: {diverged}"
    for part in ("train", "test"):
        trial.set_user_attr(part, getattr(outcome, part))
    trial.set_user_attr("seconds", outcome.seconds)
    reached = last_looks(folder, settings)
    study.tell(trial, reached)
    return f"trial {trial.number}: {TRAINED}, valid {reached:.2f} px"


def last_looks(folder: Path, settings: Settings) -> float:
    """Mean validation error of the looks in the last fifth of a training that has ended, px; ``folder`` holds it."""
    from audio_to_body.models.checkpoint import RUN

    history = json.loads((folder / RUN).read_text())["history"]
    late = [look["valid"] for look in history if _percent(look, settings) >= LAST_PERCENT]
    return sum(late) / len(late)


def _percent(look: dict[str, float], settings: Settings) -> int:
    """How much of a training is done at a look at the validation error."""
    if settings.updates:
        return round(100 * look["update"] / settings.updates)
    return round(100 * look["epoch"] / settings.epochs)


def _identity(study: Study, number: int) -> int:
    return study.trials[number]._trial_id


def in_state(study: Study, *states: str) -> list[FrozenTrial]:
    """Trials in states named as Optuna does: ``COMPLETE``, ``PRUNED``, ``FAIL``, ``RUNNING``."""
    return [trial for trial in study.trials if trial.state.name in states]


def run_trials(
    folder: Path,
    name: str,
    dataset: Dataset,
    base: Settings,
    trials: int,
    scheduler: str,
    workers: int | None = None,
) -> Sequence[str]:
    """Run a study until it has so many finished trials, those of earlier sittings included.

    Parameters
    ----------
    folder : path
    name : str
        Of the study.
    dataset : Dataset
    base : Settings
        What is not searched; how long a trial is trained.
    trials : int
    scheduler : str
        As for a table. With several trials side by side the next depends on which has ended first.
    workers : int, optional

    Returns
    -------
    sequence of str
        What failed, a sentence each.

    Raises
    ------
    BadInput
        If the scheduler does not answer, or there is no Optuna.
    """
    with own_folder(folder):
        return _run_trials(folder, name, dataset, base, trials, scheduler, workers)


def _run_trials(
    folder: Path, name: str, dataset: Dataset, base: Settings, trials: int, scheduler: str, workers: int | None
) -> Sequence[str]:
    study = open_study(folder, name)
    left = [trial.number for trial in in_state(study, "RUNNING")]
    done = len(in_state(study, "COMPLETE", "PRUNED", "FAIL"))
    fresh = range(len(study.trials), len(study.trials) + max(0, trials - done - len(left)))
    place, data = str(folder.resolve()), str(dataset.folder.resolve())
    tasks = [TrialTask(place, name, data, base, number, number) for number in left]
    tasks += [TrialTask(place, name, data, base, number) for number in fresh]
    failures = []
    with progress_bar(total=max(trials, done), initial=done, unit="trial", desc="search") as bar:
        if not tasks:
            return []
        for position, answer in run_tasks(scheduler, run_trial, tasks, bar.refresh, workers):
            if isinstance(answer, BaseException):
                failures.append(f"trial {tasks[position].number}: {type(answer).__name__}: {answer}")
            bar.write(failures[-1] if isinstance(answer, BaseException) else answer)
            bar.update()
    return failures
