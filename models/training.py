"""Training one net: epochs over a dataset, validation, checkpoints, which net is kept (paper Sec. 4 and 6)."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audio_to_body.models.checkpoint import (
    CHECKPOINT,
    NET,
    Checkpoint,
    Progress,
    load_checkpoint,
    load_net,
    save_checkpoint,
    save_net,
)
from audio_to_body.models.chunks import FEWEST_UPDATES, Chunks, dropout_mask
from audio_to_body.models.settings import Settings
from audio_to_body.models.trainable import Trainable
from audio_to_body.skeleton.folders import own_folder
from audio_to_body.skeleton.progress import progress_bar
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from audio_to_body.models.network import Predictor, Trainer

# called after every epoch with its number (from 1), the net as it is now, and where training stands
Observer = Callable[[int, "Predictor", Progress], None]
LOOKS = 15  # at the validation error, in a training that is counted in updates: four in its last fifth
FEWEST_LOOKS = 3  # that make a line


@dataclass(frozen=True)
class Outcome:
    """What came of one training run.

    Attributes
    ----------
    folder : str
        Where the net is.
    train, valid, test : float
        Mean error in px of the net that ``settings.choice`` keeps (:mod:`audio_to_body.models.evaluation`).
    best_epoch, epochs : int
        The epoch of the least validation error, and how many were begun.
    seconds : float
        Of training and validating, over all sittings.
    lanes : int
        Lanes of a batch; fewer than ``settings.batch`` where the dataset is small
        (:mod:`audio_to_body.models.chunks`).
    chunks : int
        Into which the training data is cut.
    updates : int
        ADAM's steps in all.
    valid_slope : float
        By which share of itself the validation error changed over the last fifth of the updates, on a line through
        the looks there; NaN where there were fewer than three.
    hours : float
        Of training frames.
    components_for_90 : int
        How many PCA components capture 90 % of the variance.
    notes : list of str
        What a reader of the numbers should know.
    """

    folder: str
    train: float
    valid: float
    test: float
    best_epoch: int
    epochs: int
    seconds: float
    lanes: int
    updates: int
    hours: float
    components_for_90: int
    chunks: int = 0  # runs before 0.4 did not tell this and the next
    valid_slope: float = float("nan")
    notes: list[str] = field(default_factory=list)


def train(
    settings: Settings,
    data: Trainable,
    folder: str | Path,
    *,
    progress: bool = True,
    resume: bool = True,
    observer: Observer | None = None,
) -> Outcome:
    """Train a net, or go on where an interrupted run stopped.

    A run that was stopped at any moment and resumed ends with the same numbers, bit for bit, as one that was not.

    Parameters
    ----------
    settings : Settings
    data : TrainingData, or data with other targets
        Made with the same settings.
    folder : path
        Gets the checkpoint, the trained net and ``run.json``.
    progress : bool
        Whether to show a progress bar.
    resume : bool
        Go on from the folder's checkpoint, or return the outcome of a finished run. False starts anew and overwrites.
    observer : callable, optional
        Called after every epoch.

    Returns
    -------
    Outcome

    Raises
    ------
    BadInput
        If the folder holds a run of other settings or other data, cannot be written, or another run writes into it.
    """
    with own_folder(folder) as own:
        return _trained(settings, data, own, progress, resume, observer)


def _trained(
    settings: Settings, data: Trainable, folder: Path, progress: bool, resume: bool, observer: Observer | None
) -> Outcome:
    if not resume:
        for name in (CHECKPOINT, NET):
            (folder / name).unlink(missing_ok=True)
    found = _found(folder, settings, data)
    if found is not None and (folder / NET).is_file():
        net = load_net(folder)
        if settings.updates is None:
            whole = found.progress.epoch == settings.epochs
        else:
            whole = net.results["updates"] == settings.updates
        if whole and net.settings == settings:
            return Outcome(folder=str(folder), **net.results)
    run = _Run(settings, data, folder, found)
    try:
        run.epochs(progress, observer)
        return run.finish()
    finally:
        run.close()


def _found(folder: Path, settings: Settings, data: Trainable) -> Checkpoint | None:
    """The folder's checkpoint, if there is one and it belongs to this run."""
    try:
        checkpoint = load_checkpoint(folder)
    except FileNotFoundError:
        return None
    # more epochs of the same run are welcome: the learning rate does not depend on their number
    longer: dict[str, Any] = {"epochs": settings.epochs}
    if None not in (settings.updates, checkpoint.settings.updates):
        longer["updates"] = settings.updates
    if replace(checkpoint.settings, **longer) != settings:
        ours, theirs = asdict(settings), asdict(checkpoint.settings)
        other = ", ".join(
            f"{k} {theirs[k]} (now {ours[k]})" for k in ours if ours[k] != theirs[k] and k not in longer
        )
        raise BadInput(
            f"{folder} holds a run of other settings: {other}; choose another folder or start anew (--restart)"
        )
    if checkpoint.fingerprint != data.fingerprint():
        raise BadInput(f"{folder} holds a run on other data; choose another folder or start anew (--restart)")
    if settings.updates is None and checkpoint.progress.epoch > settings.epochs:
        raise BadInput(
            f"{folder} holds a run of {checkpoint.progress.epoch} epochs, more than the {settings.epochs} asked for; "
            "choose another folder or start anew (--restart)"
        )
    return checkpoint


def chunks_of(settings: Settings, data: Trainable) -> Chunks:
    """The chunks that a training learns from; one that is counted in updates keeps its lanes."""
    least = FEWEST_UPDATES if settings.updates is None else 1
    return Chunks(data.segments(), settings.sequence, settings.batch, least)


def epochs_in(settings: Settings, data: Trainable) -> int:
    """How many passes over the data a training begins."""
    return settings.epochs if settings.updates is None else -(-settings.updates // chunks_of(settings, data).updates)


def train_epoch(
    trainer: Trainer,
    chunks: Chunks,
    settings: Settings,
    epoch: int,
    limit: int | None = None,
    after: Callable[[int, float], None] = lambda update, loss: None,
) -> float:
    """One pass over the training data, in an order that follows from the seed and the epoch.

    Parameters
    ----------
    trainer : Trainer
    chunks : Chunks
    settings : Settings
    epoch : int
        From 0.
    limit : int, optional
        Updates after which the pass is broken off.
    after : callable
        Told after each update how many of this epoch are done, and their mean loss.

    Returns
    -------
    float
        Mean loss over weighted steps.
    """
    rng = np.random.default_rng([settings.seed, epoch, 0xE70C])
    size = (settings.sequence, chunks.lanes, settings.hidden)
    trainer.reset_state()
    sums, seen = 0.0, 0.0
    for turn, batch in enumerate(itertools.islice(chunks.epoch(rng), limit)):
        mask = dropout_mask(rng, settings.dropout, size) if settings.dropout > 0 else None
        loss = trainer.step(batch.features, batch.targets, batch.weights, batch.continues, mask)
        sums, seen = sums + loss * batch.seen, seen + batch.seen
        after(turn + 1, sums / max(seen, 1e-12))
    return sums / max(seen, 1e-12)


def slope_at_the_end(history: Sequence[Mapping[str, float]]) -> float:
    """By which share of itself the validation error changed over the last fifth of the updates.

    Parameters
    ----------
    history : sequence of mapping
        With ``update`` and ``valid`` of every look.

    Returns
    -------
    float
        On a least-squares line through the looks of the last fifth; NaN for fewer than three of them.
    """
    looks = [(h["update"], h["valid"]) for h in history if "update" in h]
    end = max((update for update, _ in looks), default=0.0)
    late = np.array([look for look in looks if look[0] >= 0.8 * end])
    if len(late) < FEWEST_LOOKS:
        return float("nan")
    fall, _ = np.polyfit(late[:, 0], late[:, 1], 1)
    return float(fall * 0.2 * end / late[:, 1].mean())


class _Run:
    """A training run in progress."""

    def __init__(self, settings: Settings, data: Trainable, folder: Path, found: Checkpoint | None) -> None:
        from audio_to_body.models.network import Predictor, Shape, Trainer, initial_parameters

        self.settings, self.data, self.folder = settings, data, folder
        self.chunks = chunks_of(settings, data)
        self.updates = settings.updates or settings.epochs * self.chunks.updates
        self.epochs_planned = -(-self.updates // self.chunks.updates)
        self.looks = (
            {round(self.updates * look / LOOKS) for look in range(1, LOOKS + 1)} if settings.updates else set()
        )
        self.validation = data.validation()
        self.fingerprint = data.fingerprint()
        shape = Shape.of(settings, *data.size)
        fresh = initial_parameters(shape, np.random.default_rng([settings.seed, 0x1217]))
        self.trainer: Trainer = Trainer(settings, shape, settings.sequence, self.chunks.lanes, fresh)
        self.predictor: Predictor = Predictor(shape, fresh)
        self.progress = Progress()
        self.best = fresh
        if found is not None:
            if found.progress.epoch * self.chunks.updates > self.updates:
                raise BadInput(
                    f"{folder} holds a run of {found.progress.epoch * self.chunks.updates} updates, more than the "
                    f"{self.updates} asked for; choose another folder or start anew (--restart)"
                )
            self.trainer.restore(found.blobs)
            self.progress, self.best = found.progress, found.best

    def epochs(self, progress: bool, observer: Observer | None) -> None:
        """Train until the last update, with a checkpoint after each whole epoch.

        An epoch that the last update breaks off leaves none, so that a longer run can go on where it began.
        """
        state = self.progress
        total = self.epochs_planned
        with progress_bar(total=total, shown=progress, initial=state.epoch, unit="epoch", desc="training") as bar:
            for epoch in range(state.epoch, total):
                started = time.perf_counter()
                left = self.updates - epoch * self.chunks.updates
                loss = train_epoch(self.trainer, self.chunks, self.settings, epoch, left, self._after)
                if not np.isfinite(loss):
                    raise BadInput(
                        f"training diverged in epoch {epoch + 1} (the loss is {loss}); lower the learning rate "
                        f"({self.settings.learning_rate:g}) and start anew"
                    )
                state.seconds += time.perf_counter() - started
                parameters = self.trainer.parameters()
                if left >= self.chunks.updates:
                    state.epoch = epoch + 1
                    save_checkpoint(self.folder, self._checkpoint(parameters))
                if observer is not None:
                    self.predictor.load(parameters)
                    observer(epoch + 1, self.predictor, state)
                bar.update()
                seen = f"{state.history[-1]['valid']:.3g} {self.data.unit}" if state.history else "not yet seen"
                bar.set_postfix(loss=f"{loss:.3f}", valid=seen, best=state.best_epoch)

    def _after(self, turn: int, loss: float) -> None:
        """Look at the validation error where it is time: at an epoch's end, or at even numbers of updates."""
        state = self.progress
        update = state.epoch * self.chunks.updates + turn
        if update not in self.looks if self.settings.updates else turn < self.chunks.updates:
            return
        parameters = self.trainer.parameters()
        self.predictor.load(parameters)
        valid = self.validation.error(self.predictor)
        epoch = state.epoch + 1
        state.history.append({"epoch": epoch, "update": update, "loss": loss, "valid": valid})
        if valid < state.best_valid:
            state.best_epoch, state.best_valid, self.best = epoch, valid, parameters

    def _checkpoint(self, parameters: dict[str, np.ndarray]) -> Checkpoint:
        blobs = {**parameters, **self.trainer.optimizer_state()}
        return Checkpoint(self.settings, self.fingerprint, self.progress, blobs, self.best)

    def finish(self) -> Outcome:
        """Score the net that is kept on whole recitals and write it."""
        parameters = self.trainer.parameters() if self.settings.choice == "last" else self.best
        self.predictor.load(parameters)
        errors = self.data.errors(self.predictor)
        results: dict[str, Any] = {
            **errors,
            "best_epoch": self.progress.best_epoch,
            "epochs": self.epochs_planned,
            "seconds": self.progress.seconds,
            "lanes": self.chunks.lanes,
            "chunks": self.chunks.count,
            "updates": self.updates,
            "valid_slope": slope_at_the_end(self.progress.history),
            **self.data.facts,
        }
        save_net(self.folder, self.data.net(parameters, results), self.progress)
        return Outcome(folder=str(self.folder), **results)

    def close(self) -> None:
        """Free both nets."""
        self.trainer.close()
        self.predictor.close()
