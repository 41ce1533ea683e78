"""Recitals on a net's clock: what goes in, what should come out, how much each step counts (paper Sec. 3.4, 4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from audio_to_body.models.data_split import Part, runs_of
from audio_to_body.models.normalisation import Normalisation
from audio_to_body.models.settings import Settings
from audio_to_body.models.trainable import Segment
from audio_to_body.preprocessing.pca import Pca
from audio_to_body.preprocessing.recording import alignment
from audio_to_body.skeleton.rates import VIDEO_FPS


@dataclass(frozen=True)
class RecitalSteps:
    """One recital on the network's clock.

    Attributes
    ----------
    name : str
    features : np.ndarray, float32 [steps, features]
        As the front end computed them (not normalised); ``steps = frames * upsample``.
    tail : np.ndarray, float32 [delay, features]
        What the net hears after the last frame's step, so that a delayed net reaches its last frame.
    targets : np.ndarray, float32 [steps, k]
        PCA coefficients, neither delayed nor normalised.
    weights : np.ndarray, float32 [steps]
        1 on kept frames, 0 on dropped ones. A step between a kept and a dropped frame carries the kept frame's
        linear share: as much of its target as was really seen.
    truth : np.ndarray, float32 [frames, points, 2]
        Keypoints in the dataset's reference frame, px; unknown ones filled linearly.
    kept : np.ndarray, bool [frames]
    part : np.ndarray, uint8 [frames]
        :class:`Part` codes.
    detected : np.ndarray, float32 [frames, points, 2], or None
        What the detector gave in every frame, dropped ones included; NaN where it gave nothing. Of test recitals.
    by_training : np.ndarray, float64 [2, 3]
        Takes the recital from the reference frame, in which it is aligned by its own points, to where it lies when
        it is aligned by those of the training recitals.
    clean : np.ndarray, float32 [frames, points, 2], or None
        The movement without the detector's noise, where the dataset knows it (virtual recitals).
    notes : np.ndarray [n, 4], or None
        Onset s, end s, MIDI pitch and velocity of the notes, where the dataset knows them.
    """

    name: str
    features: np.ndarray
    tail: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    truth: np.ndarray
    kept: np.ndarray
    part: np.ndarray
    detected: np.ndarray | None = None
    by_training: np.ndarray = field(default_factory=lambda: alignment.IDENTITY.copy())
    clean: np.ndarray | None = None
    notes: np.ndarray | None = None

    @property
    def frames(self) -> int:
        """Number of video frames."""
        return len(self.truth)

    def runs(self, part: Part) -> list[tuple[int, int]]:
        """Maximal runs of consecutive frames of one part, as (first, end)."""
        return runs_of(self.part == part)


@dataclass(frozen=True)
class NetRecitals:
    """The recitals of a dataset as one net hears and sees them.

    Attributes
    ----------
    settings : Settings
    layout, data : str
        The keypoint layout's name, and what the data is, as tables print it.
    frame_size : (int, int)
        Of the reference frame, px.
    recitals : list of RecitalSteps
    pca : Pca
        The identity basis around the mean frame where ``settings.components`` is None.
    feature_scale, target_scale : Normalisation
        From training steps alone.
    components_for_90 : int
        How many components capture 90 % of the training frames' variance (Sec. 3.4).
    notes : list of str
        What a reader of the results should know, a sentence each.
    front_end : str
        Name of the front end that made the features.
    target_names : tuple of str
        What the net gives, where that is not keypoints.
    unit : str
        Of the errors.
    """

    settings: Settings
    layout: str
    data: str
    frame_size: tuple[int, int]
    recitals: list[RecitalSteps]
    pca: Pca
    feature_scale: Normalisation
    target_scale: Normalisation
    components_for_90: int
    notes: list[str] = field(default_factory=list)
    front_end: str = "mfcc28"
    target_names: tuple[str, ...] = ()  # empty: the targets are keypoints
    unit: str = "px"

    @property
    def feature_count(self) -> int:
        """Columns of the features."""
        return self.recitals[0].features.shape[1]

    @property
    def target_count(self) -> int:
        """Columns of the targets: the kept components."""
        return self.pca.size

    def frames(self, part: Part) -> int:
        """How many kept frames a part has."""
        return sum(int((r.kept & (r.part == part)).sum()) for r in self.recitals)

    @property
    def hours(self) -> float:
        """Hours of training frames."""
        return sum(int((r.part == Part.TRAIN).sum()) for r in self.recitals) / VIDEO_FPS / 3600

    @property
    def output_delay(self) -> int:
        """At which step after its own a frame's keypoints come out of the net."""
        return 0 if self.settings.global_delay else self.settings.delay

    def inputs(self, recital: RecitalSteps) -> np.ndarray:
        """What the net hears of a recital, normalised, float32 ``[steps + output_delay, features]``."""
        heard = np.concatenate([recital.features, recital.tail[: self.output_delay]])
        if self.settings.global_delay and self.settings.delay:
            # Sec. 4 names a "global time delay" without saying what is delayed: here the sound as a whole, against
            # the movement; the beginning hears its first step
            heard = np.concatenate([np.repeat(heard[:1], self.settings.delay, axis=0), heard])[: len(heard)]
        return self.feature_scale.apply(heard)

    def segments(self) -> Iterator[Segment]:
        """The training runs of every recital, each as consecutive steps."""
        factor, delay = self.settings.upsample, self.output_delay
        for recital in self.recitals:
            heard = self.inputs(recital)
            wanted = self.target_scale.apply(recital.targets)
            for first, end in recital.runs(Part.TRAIN):
                low, high = first * factor, end * factor
                pad = np.zeros((delay, wanted.shape[1]), np.float32)
                yield Segment(
                    inputs=heard[low : high + delay],
                    targets=np.concatenate([pad, wanted[low:high]]),
                    weights=np.concatenate([pad[:, 0], recital.weights[low:high]]),
                )

    def to_keypoints(self, outputs: np.ndarray) -> np.ndarray:
        """The net's outputs ``[n, k]`` to keypoints in the reference frame, float32 ``[n, points, 2]`` px."""
        return self.pca.inverse(self.target_scale.undo(outputs))

    def fingerprint(self) -> str:
        """A checksum of everything that training depends on, so that a checkpoint of other data is noticed."""
        digest = hashlib.sha256()
        for array in (self.pca.mean, self.pca.components, self.feature_scale.mean, self.feature_scale.deviation):
            digest.update(np.ascontiguousarray(array).tobytes())
        for recital in self.recitals:
            digest.update(recital.name.encode())
            for array in (recital.part, recital.weights, recital.targets, recital.features):
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()
