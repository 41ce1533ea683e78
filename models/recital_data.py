"""From a dataset to what a net is trained on: coefficients and features on one clock, weights, split, statistics.

Paper Sec. 3.4 (alignment, PCA, linear upsampling), Sec. 4 (time delay, normalisation), Sec. 6 (validation share).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from audio_to_body.models.data_split import PARTS, Part, divide
from audio_to_body.models.evaluation import Validation, part_errors, predict_recitals
from audio_to_body.models.net_recitals import NetRecitals, RecitalSteps
from audio_to_body.models.normalisation import measure
from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.pca import Pca, fit_pca, upsample
from audio_to_body.preprocessing.recital_file import Reason, Recital
from audio_to_body.preprocessing.recording import alignment
from audio_to_body.preprocessing.recording.cleaning import CleaningSettings
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from audio_to_body.models.checkpoint import TrainedNet
    from audio_to_body.models.network import Predictor

LEAST_CONFIDENCE = CleaningSettings().minimum_confidence  # of a point that was found
FEWEST_FRAMES = 48  # of a recital; shorter ones cannot be divided


@dataclass(frozen=True)
class TrainingData(NetRecitals):
    """A dataset as one net is trained on it: its recitals, and what measures a net on them."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns of the features and of the targets."""
        return self.feature_count, self.target_count

    @property
    def facts(self) -> dict[str, Any]:
        """What a reader of the results should know."""
        return {"hours": self.hours, "components_for_90": self.components_for_90, "notes": self.notes}

    def net(self, parameters: Mapping[str, np.ndarray], results: dict[str, Any]) -> TrainedNet:
        """The trained net of this data's statistics and some parameters."""
        from audio_to_body.models.checkpoint import TrainedNet

        return TrainedNet(
            settings=self.settings,
            layout=self.layout,
            data=self.data,
            frame_size=self.frame_size,
            hours=self.hours,
            pca=self.pca,
            feature_scale=self.feature_scale,
            target_scale=self.target_scale,
            parameters=dict(parameters),
            results=results,
            front_end=self.front_end,
            target_names=self.target_names,
        )

    def validation(self) -> Validation:
        """What measures the error on the validation blocks after every epoch."""
        return Validation(self)

    def errors(self, predictor: Predictor) -> dict[str, float]:
        """Mean error of a net on every part, px."""
        return part_errors(self, predict_recitals(predictor, self))


def prepare(dataset: Dataset, settings: Settings) -> TrainingData:
    """Turn a dataset into training data for one net.

    Parameters
    ----------
    dataset : Dataset
    settings : Settings
        ``components``, ``upsample``, ``frames``, ``training_share``, ``delay_ms`` and ``seed`` matter here.

    Returns
    -------
    TrainingData

    Raises
    ------
    BadInput
        If the dataset lacks features at the net's rate, has none to train or validate on, or holds NaN in its sound.
    """
    notes: list[str] = []
    # most of a file are the features of other nets' rates
    rates = (settings.rate,) if settings.rate in dataset.manifest.rates else None
    recitals = [r for r in dataset.recitals(rates=rates) if _usable(r, notes)]
    if not recitals:
        raise BadInput(
            f"dataset {dataset.folder} has no recital of {FEWEST_FRAMES} frames with kept ones to train on"
        )
    rng = np.random.default_rng([settings.seed, 0x5917])
    parts = divide(recitals, settings, rng, notes)
    aligned = [_fill(r.aligned(), _found(r, settings.frames)) for r in recitals]
    counted = [_counted(r, settings.frames) for r in recitals]
    used = [  # a frame of which nothing was found is no part of the basis
        (part == Part.TRAIN) & learnt & _found(r, settings.frames).any(axis=1)
        for r, part, learnt in zip(recitals, parts, counted)
    ]
    by_training = _training_alignment(dataset, recitals)
    if not sum(int(u.sum()) for u in used):
        raise BadInput(f"dataset {dataset.folder} has no kept frame left for training; use more or longer recitals")
    pca, for_90 = _basis(np.concatenate([a[u] for a, u in zip(aligned, used)]), settings, notes)

    steps = []
    for recital, points, part, learnt in zip(recitals, aligned, parts, counted):
        count = len(recital) * settings.upsample
        features, tail = _features(recital, settings, count, dataset)
        known = _known(recital)
        truth = _fill(recital.aligned(), known[:, None])
        steps.append(
            RecitalSteps(
                name=recital.name,
                features=features,
                tail=tail,
                targets=upsample(pca.transform(points), settings.upsample, count),
                weights=upsample(learnt[:, None].astype(np.float32), settings.upsample, count)[:, 0],
                truth=truth,
                kept=known,
                part=part,
                detected=recital.aligned() if (part == Part.TEST).any() else None,
                by_training=_composed(by_training, alignment.inverse(recital.transform)),
                clean=_clean(recital),
                notes=recital.tracks.get("notes"),
            )
        )
    training = [np.repeat(r.part == Part.TRAIN, settings.upsample) for r in steps]
    data = TrainingData(
        settings=settings,
        layout=dataset.manifest.layout,
        data=dataset.manifest.data,
        frame_size=dataset.manifest.frame_size,
        recitals=steps,
        pca=pca,
        feature_scale=measure(np.concatenate([r.features[t] for r, t in zip(steps, training)])),
        target_scale=measure(
            np.concatenate([r.targets[t] for r, t in zip(steps, training)]),
            np.concatenate([r.weights[t] for r, t in zip(steps, training)]),
        ),
        components_for_90=for_90,
        notes=notes,
    )
    for name, code in PARTS.items():
        if not data.frames(code):
            raise BadInput(f"dataset {dataset.folder} has no kept frame for the part '{name}'; use more recitals")
    return data


def _known(recital: Recital) -> np.ndarray:
    """Frames that are kept and have every point, bool [frames]."""
    return recital.kept & np.isfinite(recital.keypoints).all(axis=(1, 2))


def _found(recital: Recital, frames: str) -> np.ndarray:
    """Points that are used as they were detected, bool [frames, points]; all others are filled linearly over time."""
    seen = np.isfinite(recital.keypoints).all(axis=2)
    if frames == "all":  # "Frames not dropped": as detected; only points that nobody detected are filled
        return seen
    known = _known(recital)[:, None]
    if frames == "interpolated":  # in frames that lack a part, what was found is kept and the part is filled
        return known & seen | _lacking(recital)[:, None] & seen & (recital.confidence >= LEAST_CONFIDENCE)
    return known & seen


def _lacking(recital: Recital) -> np.ndarray:
    """Dropped frames in which something was not found, bool [frames]."""
    return np.isin(recital.reason, (Reason.MISSING_PART, Reason.NO_PERSON))


def _counted(recital: Recital, frames: str) -> np.ndarray:
    """Frames from which the net learns, bool [frames]."""
    if frames == "all":
        return np.ones(len(recital), bool)
    return _known(recital) | _lacking(recital) if frames == "interpolated" else _known(recital)


def _training_alignment(dataset: Dataset, recitals: list[Recital]) -> np.ndarray:
    """Original pixels to the reference frame by the mean of the training recitals' stable points, float64 [2, 3].

    The identity where there are no such points or no training recitals.
    """
    layout = dataset.layout
    own = [alignment.reference_configuration(r.keypoints, _known(r), layout) for r in recitals if r.split != "test"]
    if not own or not dataset.manifest.reference:
        return alignment.IDENTITY.copy()
    return alignment.similarity(np.mean(own, axis=0), np.asarray(dataset.manifest.reference, np.float64))


def _composed(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The affine ``[2, 3]`` that applies ``first`` and then ``second``."""
    return np.column_stack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2] + second[:, 2]])


def _clean(recital: Recital) -> np.ndarray | None:
    """The movement without noise in the reference frame, where it is known for every frame."""
    clean = recital.tracks.get("truth")
    if clean is None or clean.shape != recital.keypoints.shape or not np.isfinite(clean).all():
        return None
    return alignment.apply(recital.transform, clean.astype(np.float32))


def _usable(recital: Recital, notes: list[str]) -> bool:
    if len(recital) < FEWEST_FRAMES:
        notes.append(f"recital {recital.name} was left out: {len(recital)} frames, {FEWEST_FRAMES} are needed")
        return False
    if not _known(recital).any():
        notes.append(f"recital {recital.name} was left out: no frame of it was kept")
        return False
    return True


def _fill(points: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Replace what is not ``found`` or not finite by linear interpolation over time; the ends are held.

    ``found`` is bool [frames, points], or [frames, 1] for all points of a frame.
    """
    flat = points.reshape(len(points), -1).astype(np.float64)
    good = np.isfinite(flat) & np.repeat(np.broadcast_to(found, points.shape[:2]), 2, axis=1)
    time = np.arange(len(flat))
    if good.all():
        return points.astype(np.float32)
    shared = good.any(axis=1)
    if (good == shared[:, None]).all():  # whole frames are missing: one interpolation serves all columns
        known = np.flatnonzero(shared)
        at = np.interp(time, known, np.arange(len(known)))
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, len(known) - 1)
        share = (at - low)[:, None]
        flat = flat[known[low]] * (1 - share) + flat[known[high]] * share
    else:
        for column in range(flat.shape[1]):
            known = np.flatnonzero(good[:, column])
            flat[:, column] = np.interp(time, known, flat[known, column]) if len(known) else 0.0
    return flat.reshape(points.shape).astype(np.float32)


def _features(recital: Recital, settings: Settings, count: int, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Features at the net's rate ``[count, features]`` and the ``delay`` steps after them."""
    table = recital.features.get(settings.rate)
    if table is None and set(recital.features) == {VIDEO_FPS}:
        # the authors' release has features at the video rate alone: upsampled linearly like the coefficients
        video = recital.features[VIDEO_FPS]
        table = upsample(video, settings.upsample, len(video) * settings.upsample)
    if table is None:
        raise BadInput(
            f"dataset {dataset.folder} has features at {sorted(recital.features)} steps/s, this net needs "
            f"{settings.rate}; make the dataset again with that rate"
        )
    if len(table) == 0 or not np.isfinite(table).all():
        raise BadInput(f"recital {recital.name} of {dataset.folder} has empty or non-finite audio features")
    wanted = count + settings.delay
    if len(table) < wanted:  # the last step is held
        table = np.concatenate([table, np.repeat(table[-1:], wanted - len(table), axis=0)])
    table = table.astype(np.float32)
    return table[:count], table[count:wanted]


def _basis(points: np.ndarray, settings: Settings, notes: list[str]) -> tuple[Pca, int]:
    width = points.shape[1] * 2
    if settings.components is None:
        full = fit_pca(points, None)
        return replace(full, components=np.eye(width, dtype=np.float32)), full.count_for()
    kept = min(settings.components, width)
    if kept < settings.components:
        notes.append(f"{settings.components} PCA components were asked for; {width} coordinates have only {width}")
    pca = fit_pca(points, kept)
    return pca, pca.count_for()
