"""Training one net: epochs over a dataset, validation, checkpoints, the best epoch's net (paper Sec. 4 and 6)."""

from __future__ import annotations

import time
from collections.abc import Callable
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
from audio_to_body.models.chunks import Chunks, dropout_mask
from audio_to_body.models.settings import Settings
from audio_to_body.models.trainable import Trainable
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from audio_to_body.models.network import Predictor, Trainer

# called after every epoch with its number (from 1), the net as it is now, and where training stands
Observer = Callable[[int, "Predictor", Progress], None]


@dataclass(frozen=True)
class Outcome:
    """What came of one training run.

    Attributes
    ----------
    folder : str
        Where the net is.
    train, valid, test : float
        Mean error in px of the best epoch's net (:mod:`audio_to_body.models.evaluation`).
    best_epoch, epochs : int
    seconds : float
        Of training and validating, over all sittings.
    lanes : int
        Lanes of a batch; fewer than ``settings.batch`` where the dataset is small
        (:mod:`audio_to_body.models.chunks`).
    updates : int
        ADAM's steps in an epoch.
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
        If the folder holds a run of other settings or other data, or cannot be written.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder} cannot be made a run's folder ({error.strerror}); choose another") from None
    if not resume:
        for name in (CHECKPOINT, NET):
            (folder / name).unlink(missing_ok=True)
    found = _found(folder, settings, data)
    if found is not None and found.progress.epoch == settings.epochs and (folder / NET).is_file():
        net = load_net(folder)
        if net.settings == settings:
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
    if replace(checkpoint.settings, epochs=settings.epochs) != settings:
        ours, theirs = asdict(settings), asdict(checkpoint.settings)
        other = ", ".join(f"{k} {theirs[k]} (now {ours[k]})" for k in ours if ours[k] != theirs[k] and k != "epochs")
        raise BadInput(f"{folder} holds a run of other settings: {other}; choose another folder or start anew")
    if checkpoint.fingerprint != data.fingerprint():
        raise BadInput(f"{folder} holds a run on other data; choose another folder or start anew")
    if checkpoint.progress.epoch > settings.epochs:
        raise BadInput(
            f"{folder} holds a run of {checkpoint.progress.epoch} epochs, more than the {settings.epochs} asked for; "
            "choose another folder or start anew"
        )
    return checkpoint


def train_epoch(trainer: Trainer, chunks: Chunks, settings: Settings, epoch: int) -> float:
    """One pass over the training data, in an order that follows from the seed and the epoch.

    Returns
    -------
    float
        Mean loss over weighted steps.
    """
    rng = np.random.default_rng([settings.seed, epoch, 0xE70C])
    size = (settings.sequence, chunks.lanes, settings.hidden)
    trainer.reset_state()
    sums, seen = 0.0, 0.0
    for batch in chunks.epoch(rng):
        mask = dropout_mask(rng, settings.dropout, size) if settings.dropout > 0 else None
        loss = trainer.step(batch.features, batch.targets, batch.weights, batch.continues, mask)
        sums, seen = sums + loss * batch.seen, seen + batch.seen
    return sums / max(seen, 1e-12)


class _Run:
    """A training run in progress."""

    def __init__(self, settings: Settings, data: Trainable, folder: Path, found: Checkpoint | None) -> None:
        from audio_to_body.models.network import Predictor, Shape, Trainer, initial_parameters

        self.settings, self.data, self.folder = settings, data, folder
        self.chunks = Chunks(data.segments(), settings.sequence, settings.batch)
        self.validation = data.validation()
        self.fingerprint = data.fingerprint()
        shape = Shape.of(settings, *data.size)
        fresh = initial_parameters(shape, np.random.default_rng([settings.seed, 0x1217]))
        self.trainer: Trainer = Trainer(settings, shape, settings.sequence, self.chunks.lanes, fresh)
        self.predictor: Predictor = Predictor(shape, fresh)
        self.progress = Progress()
        self.best = fresh
        if found is not None:
            self.trainer.restore(found.blobs)
            self.progress, self.best = found.progress, found.best

    def epochs(self, progress: bool, observer: Observer | None) -> None:
        """Train until the last epoch, with a checkpoint after each."""
        from tqdm import tqdm

        state = self.progress
        total = self.settings.epochs
        with tqdm(total=total, initial=state.epoch, unit="epoch", desc="training", disable=not progress) as bar:
            while state.epoch < total:
                started = time.perf_counter()
                loss = train_epoch(self.trainer, self.chunks, self.settings, state.epoch)
                if not np.isfinite(loss):
                    raise BadInput(
                        f"training diverged in epoch {state.epoch + 1} (the loss is {loss}); lower the learning rate "
                        f"({self.settings.learning_rate:g}) and start anew"
                    )
                parameters = self.trainer.parameters()
                self.predictor.load(parameters)
                valid = self.validation.error(self.predictor)
                state.epoch += 1
                state.history.append({"epoch": state.epoch, "loss": loss, "valid": valid})
                if valid < state.best_valid:
                    state.best_epoch, state.best_valid, self.best = state.epoch, valid, parameters
                state.seconds += time.perf_counter() - started
                save_checkpoint(self.folder, self._checkpoint(parameters))
                if observer is not None:
                    observer(state.epoch, self.predictor, state)
                bar.update()
                bar.set_postfix(loss=f"{loss:.3f}", valid=f"{valid:.3g} {self.data.unit}", best=state.best_epoch)

    def _checkpoint(self, parameters: dict[str, np.ndarray]) -> Checkpoint:
        blobs = {**parameters, **self.trainer.optimizer_state()}
        return Checkpoint(self.settings, self.fingerprint, self.progress, blobs, self.best)

    def finish(self) -> Outcome:
        """Score the best epoch's net on whole recitals and write it."""
        self.predictor.load(self.best)
        errors = self.data.errors(self.predictor)
        results: dict[str, Any] = {
            **errors,
            "best_epoch": self.progress.best_epoch,
            "epochs": self.progress.epoch,
            "seconds": self.progress.seconds,
            "lanes": self.chunks.lanes,
            "updates": self.chunks.updates,
            **self.data.facts,
        }
        save_net(self.folder, self.data.net(self.best, results), self.progress)
        return Outcome(folder=str(self.folder), **results)

    def close(self) -> None:
        """Free both nets."""
        self.trainer.close()
        self.predictor.close()
