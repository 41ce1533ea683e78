"""What the expressive piano net ("piano+") is trained on, and how.

It hears semitone bands instead of the paper's 28 features, a third of a second more of what comes, and gives the
twelve measured points of both hands together with how freshly each key will have been struck an eighth of a second
later. The planner of :mod:`audio_to_body.inference.piano.planner` makes playable motion of both. It is trained on
human hands (:mod:`audio_to_body.preprocessing.published.pianomime`), every clip in several renditions
(:mod:`audio_to_body.preprocessing.published.renditions`); songs of the test split are never heard in training, and
every tenth training song chooses the best epoch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.models.data_split import Part
from audio_to_body.models.net_recitals import RecitalSteps
from audio_to_body.models.normalisation import Normalisation, measure
from audio_to_body.models.recital_data import TrainingData
from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.dataset import Dataset, Recital
from audio_to_body.preprocessing.pca import Pca
from audio_to_body.preprocessing.published.renditions import key_activity, rendition
from audio_to_body.skeleton.files import read_arrays, write_arrays
from audio_to_body.skeleton.piano_targets import COORDINATES, KEYS, KEYS_AHEAD, TARGET_NAMES
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.plus_features import PLUS_PIANO

DELAY_MS = 1000 * 8 / VIDEO_FPS  # 8 frames: a pianist's hand sets out for its next place before the sound says so
RENDITIONS = 2  # of every training clip
VALIDATION_SHARE = 0.1  # of the training songs
POINT_DEVIATION = 80.0  # px; one scale for every coordinate, so that the loss is an error in millimetres
KEY_DEVIATION = 0.25  # the keys' share of the loss: they help, the hands count
SETTINGS = Settings(
    instrument="piano",
    hidden=256,
    sequence=72,  # 3 s, state carried on
    batch=100,
    learning_rate=2e-3,
    delay_ms=DELAY_MS,
    dropout=0.3,
    components=None,
    upsample=1,  # hands were filmed at 20 frames/s: more steps would carry nothing more
    epochs=8,
)


def _split(dataset: Dataset, seed: int) -> dict[str, Part]:
    """The part of every recital: songs stay together."""
    songs = sorted({e.name.split("_")[0] for e in dataset.manifest.recitals if e.split == "train"})
    rng = np.random.default_rng([seed, 0xA11])
    held = set(rng.permutation(songs)[: max(1, round(VALIDATION_SHARE * len(songs)))])
    parts = {}
    for entry in dataset.manifest.recitals:
        song = entry.name.split("_")[0]
        parts[entry.name] = Part.TEST if entry.split == "test" else Part.VALID if song in held else Part.TRAIN
    return parts


def _heard(recital: Recital, number: int, delay: int, folder: Path) -> dict[str, np.ndarray]:
    """Features, points and keys of one rendition, made once and kept in a folder."""
    path = folder / f"{recital.name}_{number}.npz"
    if path.is_file():
        with suppress(BadInput), read_arrays(path, "a heard rendition") as file:  # a damaged one is made again
            found = {name: file[name] for name in ("features", "points", "keys")}
            if len(found["features"]) >= len(recital) + delay:
                return found
    played = rendition(recital, number)
    made = {
        "features": PLUS_PIANO.features(played.sound, VIDEO_FPS, len(recital) + delay).astype(np.float16),
        "points": played.points,
        "keys": key_activity(played.notes, len(recital)),
    }
    write_arrays(path, made)
    return made


def _steps(recital: Recital, number: int, part: Part, delay: int, folder: Path) -> RecitalSteps:
    heard = _heard(recital, number, delay, folder)
    frames = len(recital)
    features = heard["features"].astype(np.float32)
    ahead = np.concatenate([heard["keys"][KEYS_AHEAD:], np.zeros((KEYS_AHEAD, KEYS), np.float32)])
    return RecitalSteps(
        name=f"{recital.name}_{number}",
        features=features[:frames],
        tail=features[frames : frames + delay],
        targets=np.concatenate([heard["points"].reshape(frames, -1), ahead], axis=1),
        weights=recital.kept.astype(np.float32),
        truth=heard["points"].astype(np.float32),
        kept=recital.kept,
        part=np.full(frames, part, np.uint8),
    )


def _recitals(
    dataset: Dataset, settings: Settings, renditions: int, folder: Path, progress: bool
) -> Iterator[RecitalSteps]:
    from tqdm import tqdm

    parts = _split(dataset, settings.seed)
    count = sum(renditions if p == Part.TRAIN else 1 for p in parts.values())
    with tqdm(total=count, desc="renditions", unit="clip", disable=not progress) as bar:
        for recital in dataset:
            part = parts[recital.name]
            for number in range(renditions if part == Part.TRAIN else 1):
                yield _steps(recital, number, part, settings.delay, folder)
                bar.update()


def prepare_expressive(
    dataset: Dataset,
    settings: Settings = SETTINGS,
    renditions: int = RENDITIONS,
    folder: Path | None = None,
    progress: bool = True,
) -> TrainingData:
    """Human hands as the expressive net sees them.

    Parameters
    ----------
    dataset : Dataset
        Made by :func:`audio_to_body.preprocessing.published.pianomime.make_pianomime_dataset`.
    settings : Settings
    renditions : int
        Of every training clip.
    folder : Path, optional
        Where renditions are kept; ``<dataset>/renditions`` by default.
    progress : bool

    Returns
    -------
    TrainingData
        Its targets are :data:`audio_to_body.skeleton.piano_targets.TARGET_NAMES`.

    Raises
    ------
    BadInput
        If the dataset is not of human hands, or has nothing to train, validate or test on.
    """
    manifest = dataset.manifest
    if manifest.layout != "hands12" or manifest.data != "pianomime":
        raise BadInput(
            f"{dataset.folder} holds {manifest.data} in layout {manifest.layout}; the expressive piano net is "
            "trained on human hands (python -m audio_to_body.preprocessing.published.pianomime)"
        )
    folder = dataset.folder / "renditions" if folder is None else folder
    folder.mkdir(parents=True, exist_ok=True)
    recitals = list(_recitals(dataset, settings, renditions, folder, progress))
    training = [r for r in recitals if r.part[0] == Part.TRAIN]
    if not training:
        raise BadInput(f"{dataset.folder} has one training song or none; make the dataset with more hours")
    pose = np.mean(np.concatenate([r.targets[r.kept, :COORDINATES] for r in training]), axis=0)
    data = TrainingData(
        settings=settings,
        layout="hands12",
        data=manifest.data,
        frame_size=manifest.frame_size,
        recitals=recitals,
        # no basis: the first targets are the coordinates themselves, the keys do not move a point
        pca=Pca(
            mean=np.zeros(COORDINATES, np.float32),
            components=np.eye(COORDINATES + KEYS, COORDINATES, dtype=np.float32),
            variance=np.ones(COORDINATES, np.float32),
        ),
        feature_scale=measure(np.concatenate([r.features for r in training])),
        target_scale=Normalisation(
            np.concatenate([pose, np.zeros(KEYS)]).astype(np.float32),
            np.repeat(np.array([POINT_DEVIATION, KEY_DEVIATION], np.float32), [COORDINATES, KEYS]),
        ),
        components_for_90=0,
        notes=[f"{renditions} renditions of every training clip"],
        front_end=PLUS_PIANO.name,
        target_names=TARGET_NAMES,
    )
    for part in (Part.VALID, Part.TEST):
        if not data.frames(part):
            raise BadInput(f"{dataset.folder} has no clip for the part '{part.name.lower()}'; use more hours")
    return data


def train_expressive(
    dataset: Dataset, run: Path, settings: Settings = SETTINGS, renditions: int = RENDITIONS, progress: bool = True
) -> Any:
    """Train the expressive piano net, or go on where an interrupted run stopped; returns the outcome."""
    from audio_to_body.models.training import train

    data = prepare_expressive(dataset, settings, renditions, progress=progress)
    return train(settings, data, run, progress=progress)
