"""The expressive piano net ("piano+"): what it is trained on, and its training.

It is told which finger is on which key (:mod:`audio_to_body.inference.piano.touch`) and gives the twelve measured
points of both hands three times: where they were half a second ago, which it is sure of, a sixth of a second ago, and
where they are now, for low latency. It is trained on human hands with their notes, and hears no sound: notes go
through the planner that will give them to fingers when the net plays, once as they are and then as the shipped net
heard them in their sound, transposed with the hands: on pianos and in rooms of the bank that the note nets learn
from, another one for each rendition. Songs of the test split are never seen in training, and every tenth training
song validates; both are told what was heard on the dataset's piano, which neither net has learnt from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audio_to_body.inference.notes.session import load_notes
from audio_to_body.inference.piano.presses import KeyPlanner
from audio_to_body.inference.piano.touch import FRONT_END, TOUCH_COUNT, Touch
from audio_to_body.models.data_split import Part
from audio_to_body.models.heard_hands import Ears, pianos_told
from audio_to_body.models.net_recitals import RecitalSteps
from audio_to_body.models.normalisation import Normalisation, measure
from audio_to_body.models.recital_data import TrainingData
from audio_to_body.models.settings import Settings
from audio_to_body.musician.human_hands import HandClips, notes_of, read_hands, song_of_clips
from audio_to_body.preprocessing.note_sound.bank import Bank
from audio_to_body.preprocessing.pca import Pca
from audio_to_body.preprocessing.published.hearing import as_heard
from audio_to_body.preprocessing.published.pianomime import (
    DATA,
    FRAME_SIZE,
    at_video_rate,
    jumps,
    split_songs,
    to_pixels,
)
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.piano_targets import COORDINATES, DELAY, DELAYS, TARGET_NAMES
from audio_to_body.skeleton.progress import progress_bar
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from audio_to_body.models.checkpoint import TrainedNet

RENDITIONS = 4  # of every training clip
AHEAD = (0, 28)  # steps that the fingers' planner looks ahead, in turns: live, and in files
HARD_TO_HEAR = 3  # the rendition to whose mishearings those of a poor recording are added
POOR = (0.2, 1.2)  # how poor
PARTS_SEED, SOUND_SEED, RENDITION_SEED = 0, 1, 7  # the same music for every seed of a training
FARTHEST = 5  # semitones of transposition
SEMITONE = 164.5 / 12  # px; an octave of keys measures 164.5 mm
VALIDATION_SHARE = 0.1  # of the training songs
POINT_DEVIATION = 25.0  # px; one scale for every coordinate; beyond it the loss is a distance, below it its square
MEMBERS = ((0, 0.3), (1, 0.4))  # seed and dropout of the nets whose mean is the net: 1 mm nearer than one of them
SETTINGS = Settings(
    instrument="piano",
    hidden=160,
    sequence=72,  # 3 s, state carried on
    batch=64,
    learning_rate=4e-3,
    decay=0.9972,  # to a thirtieth at the end: it wins 2 mm
    delay_ms=1000 * DELAY / VIDEO_FPS,
    components=None,
    upsample=1,  # hands were filmed at 20 frames/s: more steps would carry nothing more
    loss="huber",
    epochs=8,
    choice="last",
)


def touches(notes: Notes, steps: int, ahead: int) -> np.ndarray:
    """What the net is told of notes, float32 ``[steps, features]``."""
    planner, touch = KeyPlanner(ahead), Touch.fresh()
    planner.tell(notes)
    rows = np.empty((steps, TOUCH_COUNT), np.float32)
    for step in range(steps):
        pressed = planner.next()
        rows[step] = touch.step(step, pressed, planner.held.values())
    return rows


def _parts(chosen: dict[int, str], songs: np.ndarray, seed: int) -> dict[int, Part]:
    """The part of every clip: songs stay together."""
    training = sorted({int(songs[clip]) for clip, split in chosen.items() if split == "train"})
    rng = np.random.default_rng([seed, 0xA11])
    held = set(rng.permutation(training)[: max(1, round(VALIDATION_SHARE * len(training)))].tolist())
    return {
        clip: Part.TEST if split == "test" else Part.VALID if int(songs[clip]) in held else Part.TRAIN
        for clip, split in chosen.items()
    }


def _steps(clips: HandClips, clip: int, number: int, part: Part, settings: Settings, ears: Ears) -> RecitalSteps:
    """A clip in one of its renditions; number 0 is the clip as it was played, with all of its notes."""
    place, roll = clips.clip(clip)
    points = to_pixels(at_video_rate(place).reshape(-1, 12, 2))
    frames, kept = len(points), ~jumps(points)
    rows = notes_of(roll)
    rng = np.random.default_rng([clip, number, RENDITION_SEED])
    ahead = AHEAD[(clip + number) % len(AHEAD)]
    if part != Part.TRAIN:  # the best epoch is the one that plays best what was heard, in a file
        notes, ahead = ears.heard(rows, frames, (PARTS_SEED, clip)), AHEAD[-1]
    elif number:
        shift = int(rng.integers(-FARTHEST, FARTHEST + 1)) if number > 1 else 0
        points = points + np.array([shift * SEMITONE, 0.0], np.float32)
        notes = ears.heard_on_many(rows + [0, 0, shift], frames, (SOUND_SEED, clip, number))
        if number == HARD_TO_HEAR:
            notes = as_heard(notes, rng, float(rng.uniform(*POOR)))
    else:
        notes = Notes(*rows.T)
    told = touches(notes, frames + settings.delay, ahead)
    return _recital(f"clip{clip:03d}_{number}", told, points, kept, part)


def _recital(name: str, told: np.ndarray, points: np.ndarray, kept: np.ndarray, part: Part) -> RecitalSteps:
    """What the net is told of a clip, and the hands ``[frames, 12, 2]`` that it should give."""
    frames = len(points)
    later = [points[np.minimum(np.arange(frames) + DELAY - delay, frames - 1)] for delay in DELAYS]
    return RecitalSteps(
        name=name,
        features=told[:frames],
        tail=told[frames:],
        targets=np.concatenate(later, axis=1).reshape(frames, -1),
        weights=kept.astype(np.float32),
        truth=points,
        kept=kept,
        part=np.full(frames, part, np.uint8),
    )


def _recitals(
    clips: HandClips, settings: Settings, renditions: int, hours: float, bank: Bank | None, progress: bool
) -> Iterator[RecitalSteps]:
    songs = song_of_clips(clips)
    parts = _parts(split_songs(clips, songs, hours, PARTS_SEED), songs, PARTS_SEED)
    ears = Ears(load_notes("piano"), bank)
    for clip in progress_bar(sorted(parts), shown=progress, desc="fingers", unit="clip"):
        for number in range(renditions if parts[clip] == Part.TRAIN else 1):
            yield _steps(clips, clip, number, parts[clip], settings, ears)


def prepare_expressive(
    hands: str | Path,
    settings: Settings = SETTINGS,
    renditions: int = RENDITIONS,
    hours: float = np.inf,
    bank: Bank | None = None,
    progress: bool = True,
) -> TrainingData:
    """Human hands and their notes as the expressive net sees them.

    Parameters
    ----------
    hands : path
        The ``hands.npz`` of :mod:`audio_to_body.preprocessing.published.pianomime`, whose split by songs is kept.
    settings : Settings
    renditions : int
        Of every training clip.
    hours : float
        How much of the file to use.
    bank : Bank, optional
        Pianos and rooms on which training notes are heard; None: the dataset's own piano.
    progress : bool

    Returns
    -------
    TrainingData
        Its targets are :data:`audio_to_body.skeleton.piano_targets.TARGET_NAMES`.

    Raises
    ------
    BadInput
        If the file is not of human hands, or too little to train, validate and test on.
    """
    recitals = list(_recitals(read_hands(Path(hands)), settings, renditions, hours, bank, progress))
    training = [r for r in recitals if r.part[0] == Part.TRAIN]
    if not training:
        raise BadInput(f"{hands} has one training song or none; use more hours")
    pose = np.mean(np.concatenate([r.targets[r.kept, :COORDINATES] for r in training]), axis=0)
    data = TrainingData(
        settings=settings,
        layout="hands12",
        data=DATA,
        frame_size=FRAME_SIZE,
        recitals=recitals,
        # no basis: the first targets are the coordinates themselves, the earlier ones are not measured here
        pca=Pca(
            mean=np.zeros(COORDINATES, np.float32),
            components=np.eye(len(TARGET_NAMES), COORDINATES, dtype=np.float32),
            variance=np.ones(COORDINATES, np.float32),
        ),
        feature_scale=measure(np.concatenate([r.features for r in training])),
        target_scale=Normalisation(
            np.tile(pose, len(DELAYS)).astype(np.float32), np.full(len(TARGET_NAMES), POINT_DEVIATION, np.float32)
        ),
        components_for_90=0,
        notes=[f"{renditions} renditions of every training clip, heard on {pianos_told(bank)}"],
        front_end=FRONT_END,
        target_names=TARGET_NAMES,
        unit="mm",
    )
    for part in (Part.VALID, Part.TEST):
        if not data.frames(part):
            raise BadInput(f"{hands} has no clip for the part '{part.name.lower()}'; use more hours")
    return data


def train_expressive(
    hands: str | Path,
    run: Path,
    settings: Settings = SETTINGS,
    renditions: int = RENDITIONS,
    hours: float = np.inf,
    bank: Bank | None = None,
    progress: bool = True,
) -> TrainedNet:
    """Train the expressive piano net, or go on where an interrupted run stopped: the mean of :data:`MEMBERS`.

    Each member trains in a folder of its own in ``run``, which gets the net.
    """
    from audio_to_body.models.checkpoint import Progress, load_net, save_net
    from audio_to_body.models.evaluation import predictor_of
    from audio_to_body.models.side_by_side import mean_net
    from audio_to_body.models.training import train

    data = prepare_expressive(hands, settings, renditions, hours, bank, progress)
    nets, seconds = [], 0.0
    for number, (seed, dropout) in enumerate(MEMBERS):
        own = replace(settings, seed=settings.seed + seed, dropout=dropout)
        seconds += train(own, replace(data, settings=own), run / f"member{number}", progress=progress).seconds
        nets.append(load_net(run / f"member{number}"))
    net = mean_net(nets)
    predictor = predictor_of(net)
    try:
        errors = data.errors(predictor)
    finally:
        predictor.close()
    results = {
        **errors,
        "best_epoch": settings.epochs,
        "epochs": settings.epochs,
        "seconds": seconds,
        "notes": data.notes,
    }
    net = replace(net, results=results)
    save_net(run, net, Progress())
    return net
