"""What the expressive violin net learns from: varied sound of virtual recitals and real recordings, with targets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from audio_to_body.models.expressive_targets import deviations, violin_targets
from audio_to_body.models.normalisation import Normalisation, measure
from audio_to_body.models.settings import Settings
from audio_to_body.models.trainable import Segment
from audio_to_body.musician.bowing import plan_strokes
from audio_to_body.musician.camera import FRAME_SIZE
from audio_to_body.musician.fingering import stop_violin
from audio_to_body.musician.performance import Performance, chord_notes
from audio_to_body.musician.violinist import draw_violinist
from audio_to_body.preprocessing.pca import Pca
from audio_to_body.preprocessing.published.bach_violin import read_recording
from audio_to_body.preprocessing.virtual.plans import RecitalPlan
from audio_to_body.preprocessing.virtual.recitals import programme
from audio_to_body.preprocessing.virtual.sampled_sound import violin_sound
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.violin_targets import TARGET_NAMES
from audio_to_body.sound.audio import mono, rms_normalise
from audio_to_body.sound.augmentation import articulate, join, vary
from audio_to_body.sound.plus_features import PLUS_VIOLIN

if TYPE_CHECKING:
    from audio_to_body.models.network import Predictor

JOINED_SHARE = 0.6  # of a real recording's strokes that may be joined into slurs, at most
JOINED_NOTES = 4  # at most in one slur that was made so
JOINED_INTERVAL = 7  # semitones at most: farther notes are seldom slurred
JOINED_GAP = 0.05  # s between the notes at most
WARM_UP_SECONDS = 2.0  # at the beginning of a recital that validation does not count


@dataclass(frozen=True)
class TargetSteps:
    """One varied sound on the network's clock.

    Attributes
    ----------
    name : str
    part : str
        ``"train"``, ``"valid"`` or ``"test"``.
    features : np.ndarray, float32 [steps, features]
    targets : np.ndarray, float32 [steps, targets]
    """

    name: str
    part: str
    features: np.ndarray
    targets: np.ndarray


def virtual_steps(plan: RecitalPlan, part: str, rate: float, variation: int) -> TargetSteps:
    """A virtual violin recital; variation 0 is its own sound.

    Parameters
    ----------
    plan : RecitalPlan
    part : str
    rate : float
        Steps per second.
    variation : int
        Which random variation of the sound.
    """
    music = programme(plan)
    player = draw_violinist(plan.generator("musician"))
    strokes = plan_strokes(music, player.bow, plan.generator("bowing"))
    opens = np.zeros(len(music), bool)
    opens[strokes.first_note] = True
    chord = chord_notes(music)
    sound = violin_sound(
        music,
        opens | (chord & opens[strokes.first_note[strokes.of_note]]),
        player.vibrato,
        round(plan.seconds * AUDIO_RATE),
        plan.generator("sound"),
    )
    stops = stop_violin(music.pitch, music.onset, chord)
    heard, stretch = mono(rms_normalise(sound)), 1.0
    if variation:
        rng = plan.generator(f"variation {variation}")
        seams = music.onset[~opens & ~chord]  # notes under a slur
        varied = vary(articulate(heard, strokes.start, seams, rng), rng)
        heard, stretch = varied.sound, varied.stretch
    features = PLUS_VIOLIN.features(heard, rate)
    targets = violin_targets(music, strokes, stops, len(features), rate, stretch)
    return TargetSteps(f"{plan.name}/{variation}", part, features, targets)


def recorded_steps(
    folder: str, name: str, part: str, rate: float, variations: Sequence[int], seed: int
) -> list[TargetSteps]:
    """A real recording in several variations; its bowing is what a violinist would plan for its notes.

    Variation 0 is the recording itself; of the others, every second has strokes joined into slurs.
    """
    recording = read_recording(folder, name)
    stops = stop_violin(recording.music.pitch, recording.music.onset, chord_notes(recording.music))
    made = []
    for variation in variations:
        digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
        rng = np.random.default_rng([seed, digest, variation])
        habits = draw_violinist(rng).bow
        music, heard, stretch = recording.music, recording.sound, 1.0
        if variation % 2:
            music, seams = slurred_at_random(music, rng)
            heard = join(heard, seams, rng)
        strokes = plan_strokes(music, habits, rng)
        if variation:
            varied = vary(heard, rng)
            heard, stretch = varied.sound, varied.stretch
        features = PLUS_VIOLIN.features(heard, rate)
        targets = violin_targets(music, strokes, stops, len(features), rate, stretch)
        made.append(TargetSteps(f"{name}/{variation}", part, features, targets))
    return made


def slurred_at_random(music: Performance, rng: np.random.Generator) -> tuple[Performance, np.ndarray]:
    """Join some strokes of single, near, unbroken notes into slurs.

    Parameters
    ----------
    music : Performance
    rng : np.random.Generator
        Draws how many and which.

    Returns
    -------
    music : Performance
        With more notes slurred.
    moments : np.ndarray [n]
        Seconds at which those notes begin.
    """
    chord = chord_notes(music)
    alone = ~chord & ~np.append(chord[1:], False)
    follows = np.zeros(len(music), bool)
    follows[1:] = alone[1:] & alone[:-1] & (music.onset[1:] - music.end[:-1] <= JOINED_GAP)
    interval = np.abs(np.diff(music.pitch, prepend=music.pitch[:1]))
    able = follows & (interval > 0) & (interval <= JOINED_INTERVAL) & ~music.slurred
    share = float(rng.uniform(0.1, JOINED_SHARE))
    chosen = np.zeros(len(music), bool)
    at = 1
    while at < len(music):
        count = int(rng.integers(1, JOINED_NOTES))
        run = slice(at, at + count)
        if able[run].all() and rng.random() < share:
            chosen[run] = True
            at += count
        at += 1
    return replace(music, slurred=music.slurred | chosen), music.onset[chosen]


@dataclass(frozen=True)
class TargetData:
    """Training data with named targets: what :func:`audio_to_body.models.training.train` needs of any data.

    Attributes
    ----------
    settings : Settings
        ``components`` is None: the net gives the targets themselves.
    recitals : list of TargetSteps
    feature_scale, target_scale : Normalisation
    pca : Pca
        The identity.
    """

    settings: Settings
    recitals: list[TargetSteps]
    feature_scale: Normalisation
    target_scale: Normalisation
    pca: Pca
    data: str = "virtual"
    layout: str = "violin"
    frame_size: tuple[int, int] = FRAME_SIZE
    components_for_90: int = 0
    notes: list[str] = field(default_factory=list)
    front_end: str = PLUS_VIOLIN.name
    target_names: tuple[str, ...] = TARGET_NAMES
    unit: str = ""

    @property
    def feature_count(self) -> int:
        """Columns of the features."""
        return len(self.feature_scale.mean)

    @property
    def target_count(self) -> int:
        """Columns of the targets."""
        return len(self.target_names)

    @property
    def hours(self) -> float:
        """Hours of training sound, variations counted."""
        return sum(len(r.features) for r in self.recitals if r.part == "train") / self.settings.rate / 3600

    def segments(self) -> Iterator[Segment]:
        """The training sounds, targets delayed."""
        delay = self.settings.delay
        for recital in self.recitals:
            if recital.part == "train":
                steps = len(recital.features) - delay
                pad = np.zeros((delay, self.target_count), np.float32)
                yield Segment(
                    inputs=self.feature_scale.apply(recital.features),
                    targets=np.concatenate([pad, self.target_scale.apply(recital.targets[:steps])]),
                    weights=np.concatenate([np.zeros(delay, np.float32), np.ones(steps, np.float32)]),
                )

    def outputs(self, predictor: Predictor, part: str) -> list[tuple[TargetSteps, np.ndarray]]:
        """What a net gives for every sound of a part, in the targets' units, delay undone."""
        from audio_to_body.models.evaluation import run_lanes

        chosen = [r for r in self.recitals if r.part == part]
        lanes = run_lanes(predictor, [self.feature_scale.apply(r.features) for r in chosen])
        return [(r, self.target_scale.undo(lane)[self.settings.delay :]) for r, lane in zip(chosen, lanes)]

    def error(self, predictor: Predictor, part: str = "valid") -> float:
        """Mean squared error over the deviations of the loss."""
        sums, steps = 0.0, 0
        warm = round(WARM_UP_SECONDS * self.settings.rate)
        for recital, given in self.outputs(predictor, part):
            difference = (given - recital.targets[: len(given)])[warm:] / self.target_scale.deviation
            sums += float(np.square(difference, dtype=np.float64).mean(axis=1).sum())
            steps += len(difference)
        return sums / steps if steps else float("nan")

    def validation(self) -> TargetData:
        """Itself: it measures the error on its part ``"valid"``."""
        return self

    def errors(self, predictor: Predictor) -> dict[str, float]:
        """The error on every part."""
        return {part: self.error(predictor, part) for part in ("train", "valid", "test")}

    def fingerprint(self) -> str:
        """A checksum of everything that training depends on."""
        digest = hashlib.sha256()
        for recital in self.recitals:
            digest.update(f"{recital.name}|{recital.part}".encode())
            digest.update(np.ascontiguousarray(recital.features).tobytes())
            digest.update(np.ascontiguousarray(recital.targets).tobytes())
        return digest.hexdigest()


def target_data(settings: Settings, recitals: list[TargetSteps], data: str) -> TargetData:
    """Training data of sounds with targets; statistics from the training part alone."""
    training = [r for r in recitals if r.part == "train"]
    features = measure(np.concatenate([r.features for r in training]))
    mean = np.concatenate([r.targets for r in training]).mean(axis=0, dtype=np.float64)
    count = len(TARGET_NAMES)
    identity = Pca(np.zeros(count, np.float32), np.eye(count, dtype=np.float32), np.ones(count, np.float32))
    return TargetData(
        settings=settings,
        recitals=recitals,
        feature_scale=features,
        target_scale=Normalisation(mean.astype(np.float32), deviations()),
        pca=identity,
        data=data,
    )
