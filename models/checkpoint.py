"""What a training run leaves on disk: a checkpoint to go on from, and the trained net. npz and JSON, no pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.models.normalisation import Normalisation
from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.pca import Pca
from audio_to_body.skeleton.files import read_arrays, write_arrays, write_text
from audio_to_body.skeleton.refusal import BadInput

FORMAT_VERSION = 1
CHECKPOINT = "checkpoint.npz"  # after every epoch
NET = "net.npz"  # the net that is kept, when training has ended
RUN = "run.json"  # the same run in words: settings, history, errors


@dataclass
class Progress:
    """Where a training run stands.

    Attributes
    ----------
    epoch : int
        Whole epochs done.
    best_epoch : int
        The epoch of the lowest validation error so far, counted from 1; 0 before the first look.
    best_valid : float
        Its mean error, px.
    seconds : float
        Of training and validating, over all sittings.
    history : list of dict
        ``epoch``, ``update``, ``loss`` (mean weighted error of the epoch so far, in normalised units) and ``valid``
        (px) of every look at the validation error.
    """

    epoch: int = 0
    best_epoch: int = 0
    best_valid: float = float("inf")
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Checkpoint:
    """A training run between two epochs. Random numbers are drawn from (seed, epoch), so the epoch is their state."""

    settings: Settings
    fingerprint: str
    progress: Progress
    blobs: dict[str, np.ndarray]  # parameters, ADAM's moments and iteration
    best: dict[str, np.ndarray]  # the best epoch's parameters


@dataclass(frozen=True)
class TrainedNet:
    """A trained net with everything that turns features into keypoints.

    Attributes
    ----------
    settings : Settings
    layout, data : str
    frame_size : (int, int)
    hours : float
        Of training data.
    pca : Pca
    feature_scale, target_scale : Normalisation
    parameters : dict of str to np.ndarray
    results : dict
        Errors on ``train``, ``valid`` and ``test`` in px, ``best_epoch``, ``epochs``, ``seconds``, ``notes``, ...
    front_end : str
        Name of the front end whose features it takes.
    target_names : tuple of str
        What it gives, where that is not keypoints.
    """

    settings: Settings
    layout: str
    data: str
    frame_size: tuple[int, int]
    hours: float
    pca: Pca
    feature_scale: Normalisation
    target_scale: Normalisation
    parameters: dict[str, np.ndarray]
    results: dict[str, Any] = field(default_factory=dict)
    front_end: str = "mfcc28"
    target_names: tuple[str, ...] = ()

    @property
    def output_delay(self) -> int:
        """At which step after its own a frame's keypoints come out of the net."""
        return 0 if self.settings.global_delay else self.settings.delay


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a run's checkpoint; the one before stays whole until this one is."""
    meta = {
        "version": FORMAT_VERSION,
        "settings": asdict(checkpoint.settings),
        "fingerprint": checkpoint.fingerprint,
        "progress": asdict(checkpoint.progress),
        "random": {"seed": checkpoint.settings.seed, "epoch": checkpoint.progress.epoch},
    }
    arrays = {f"blob:{name}": value for name, value in checkpoint.blobs.items()}
    arrays.update({f"best:{name}": value for name, value in checkpoint.best.items()})
    _write(folder / CHECKPOINT, meta, arrays)


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read a run's checkpoint.

    Raises
    ------
    FileNotFoundError
        If the folder has none.
    BadInput
        If it is damaged or of another version.
    """
    meta, arrays = _read(folder / CHECKPOINT)
    return Checkpoint(
        settings=Settings(**meta["settings"]),
        fingerprint=meta["fingerprint"],
        progress=Progress(**meta["progress"]),
        blobs=_under("blob:", arrays),
        best=_under("best:", arrays),
    )


def save_net(folder: Path, net: TrainedNet, progress: Progress) -> None:
    """Write the trained net, and ``run.json`` for a person to read."""
    meta = {
        "version": FORMAT_VERSION,
        "settings": asdict(net.settings),
        "layout": net.layout,
        "data": net.data,
        "frame_size": list(net.frame_size),
        "hours": net.hours,
        "results": net.results,
        "front_end": net.front_end,
        "target_names": list(net.target_names),
    }
    arrays = {f"blob:{name}": value for name, value in net.parameters.items()}
    arrays.update(
        pca_mean=net.pca.mean,
        pca_components=net.pca.components,
        pca_variance=net.pca.variance,
        feature_mean=net.feature_scale.mean,
        feature_deviation=net.feature_scale.deviation,
        target_mean=net.target_scale.mean,
        target_deviation=net.target_scale.deviation,
    )
    run = {**meta, "history": progress.history}
    write_text(folder / RUN, json.dumps(run, indent=1) + "\n")
    _write(folder / NET, meta, arrays)


def load_history(folder: str | Path) -> list[dict[str, float]]:
    """Epoch, update, loss and validation error of every look of a finished run, as its ``run.json`` tells them.

    Raises
    ------
    BadInput
        If training has not ended there.
    """
    try:
        run = json.loads((Path(folder) / RUN).read_text(encoding="utf-8"))
        return list(run["history"])
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(f"{folder} holds no finished run ({error}); train one there first") from None


def load_net(folder: str | Path) -> TrainedNet:
    """Read a trained net from a run's folder.

    Raises
    ------
    BadInput
        If training has not ended there, or the file is damaged.
    """
    folder = Path(folder)
    try:
        meta, arrays = _read(folder / NET)
    except FileNotFoundError:
        raise BadInput(
            f"{folder} holds no trained net ({NET}); train one there with python -m audio_to_body.models"
        ) from None
    return TrainedNet(
        settings=Settings(**meta["settings"]),
        layout=meta["layout"],
        data=meta["data"],
        frame_size=(meta["frame_size"][0], meta["frame_size"][1]),
        hours=meta["hours"],
        pca=Pca(arrays["pca_mean"], arrays["pca_components"], arrays["pca_variance"]),
        feature_scale=Normalisation(arrays["feature_mean"], arrays["feature_deviation"]),
        target_scale=Normalisation(arrays["target_mean"], arrays["target_deviation"]),
        parameters=_under("blob:", arrays),
        results=meta["results"],
        front_end=meta.get("front_end", "mfcc28"),
        target_names=tuple(meta.get("target_names", ())),
    )


def _write(path: Path, meta: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    write_arrays(path, {**arrays, "meta": np.array(json.dumps(meta))})


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    with read_arrays(path, "a trained net", "delete it and train again") as file:
        arrays = dict(file)
        meta = json.loads(str(arrays.pop("meta")))
    if meta.get("version") != FORMAT_VERSION:
        raise BadInput(f"{path} has format {meta.get('version')}, this version reads {FORMAT_VERSION}; train again")
    return meta, arrays


def _under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name[len(prefix) :]: value for name, value in arrays.items() if name.startswith(prefix)}
