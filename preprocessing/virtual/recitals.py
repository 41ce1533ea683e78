"""Whole virtual recitals and datasets of them: score, performance, musician, camera, detector, sound, features."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from audio_to_body.musician.camera import FRAME_SIZE, draw_camera
from audio_to_body.musician.performance import Performance, draw_habits, joined, perform
from audio_to_body.preprocessing.dataset import (
    Dataset,
    Manifest,
    Recital,
    align_recitals,
    survey,
    write_recital,
)
from audio_to_body.preprocessing.published.bach_violin import Recording, read_recording, recordings
from audio_to_body.preprocessing.recording.cleaning import drop_reasons
from audio_to_body.preprocessing.virtual.detector_faults import FAULT_RATE, detect
from audio_to_body.preprocessing.virtual.human_timing import (
    excerpt,
    timed_music,
)
from audio_to_body.preprocessing.virtual.plans import (
    LEAD_IN,
    LEAD_OUT,
    RATES,
    VERSION,
    WHOLE,
    Division,
    Playing,
    RecitalPlan,
    plan_movements,
    plan_recitals,
)
from audio_to_body.preprocessing.virtual.scores import load_piece, piece_names, split_of
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import VIOLIN
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS, steps_in
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Room
from audio_to_body.skeleton.workers import worker_pool
from audio_to_body.sound.audio import mono, rms_normalise
from audio_to_body.sound.features import audio_features

MOST_SILENT = 30  # corpus entries without notes in one recital before something is wrong
PAUSE = (1.5, 3.0)  # s between two pieces


@dataclass(frozen=True)
class VirtualRecital:
    """A recital with everything that is known of it.

    Attributes
    ----------
    recital : Recital
    sound : np.ndarray, float32 [2, samples]
        RMS normalised.
    joints : np.ndarray, float32 [frames, points, 3]
        True joints, metres: x to the picture's right, y up, z towards the camera, origin where the camera looks.
    instrument : str
    room : Room
        True joints and instrument where they were played.
    """

    recital: Recital
    sound: np.ndarray
    joints: np.ndarray
    instrument: str
    room: Room

    def motion(self) -> Motion:
        """As a perfect detector sees it, and as it was in the room, in metres."""
        points = self.recital.tracks["truth"]
        layout = instrument_named(self.instrument).layout.name
        size = self.recital.frame_size
        return Motion(points, np.ones(points.shape[:2]), float(VIDEO_FPS), layout, size, room=self.room)


@lru_cache(maxsize=1)
def _real_recording(bach: str, movement: str) -> Recording | None:
    return read_recording(bach, movement) if movement in recordings(bach) else None


def _movement(plan: RecitalPlan) -> tuple[Performance, np.ndarray | None]:
    """Music and, where the recording is there, the real sound of a movement's span."""
    real = _real_recording(plan.bach, plan.movement)
    if real is None:
        habits, rng = draw_habits(plan.generator("habits")), plan.generator("programme")
        music = timed_music(plan.bach, plan.movement, habits, rng)
        return excerpt(music, plan.begin, plan.seconds - LEAD_IN - LEAD_OUT).shifted(LEAD_IN), None
    begin = max(float(real.music.onset[0]) - LEAD_IN, 0.0) + plan.begin
    first = int(begin * AUDIO_RATE)
    piece = real.sound[first : first + plan.samples]
    sound = np.pad(piece, (0, plan.samples - len(piece)))
    return excerpt(real.music, begin, plan.seconds), np.stack([sound, sound])


def programme(plan: RecitalPlan) -> Performance:
    """The music of a recital: pieces one after the other, the last one ending in time."""
    if plan.movement:
        return _movement(plan)[0]
    rng = plan.generator("programme")
    habits = draw_habits(plan.generator("habits"))
    names = [name for name in piece_names(plan.instrument) if split_of(name) == plan.split]
    clock, parts = LEAD_IN, []
    limit = plan.seconds - LEAD_OUT
    silent = 0
    while clock < limit - 3.0:
        piece = _draw_piece(names, rng)
        try:
            score = load_piece(piece)
        except BadInput:  # a few entries of the corpus hold no notes
            silent += 1
            if silent > MOST_SILENT:
                raise
            continue
        played = perform(score, habits, rng, plan.instrument).shifted(clock)
        inside = played.onset < limit - 0.4
        played = played.select(inside)
        if len(played) == 0:
            break
        played = replace(played, end=np.minimum(played.end, limit))
        parts.append(played)
        clock = float(played.end.max()) + float(rng.uniform(*PAUSE))
    return joined(parts)


def _draw_piece(names: list[str], rng: np.random.Generator) -> str:
    """A kind of piece first, so that many short tunes do not crowd out the few long works."""
    kinds = sorted({name.split(":", 1)[0] for name in names})
    kind = kinds[int(rng.integers(len(kinds)))]
    own = [name for name in names if name.startswith(kind + ":")]
    return own[int(rng.integers(len(own)))]


def make_recital(plan: RecitalPlan) -> VirtualRecital:
    """Make one recital; the same plan gives the same numbers bit for bit."""
    music, real_sound = _movement(plan) if plan.movement else (programme(plan), None)
    frames = round(plan.seconds * VIDEO_FPS)
    assert steps_in(plan.samples, VIDEO_FPS) == frames
    instrument = instrument_named(plan.instrument)
    layout = instrument.layout
    played: Playing = instrument.part("virtual_musician")(plan, music, np.arange(frames) / VIDEO_FPS, real_sound)
    camera = draw_camera(plan.generator("camera"), played.joints, layout, plan.instrument)
    truth = camera.project(played.joints)
    seen = detect(truth, layout, FRAME_SIZE, plan.generator("detector"), plan.fault_rate)
    sound = rms_normalise(played.sound)
    one_channel = mono(sound)
    recital = Recital(
        name=plan.name,
        keypoints=seen.keypoints,
        confidence=seen.confidence,
        reason=drop_reasons(seen.keypoints, seen.confidence, layout, FRAME_SIZE),
        features={rate: audio_features(one_channel, rate) for rate in plan.rates},
        frame_size=FRAME_SIZE,
        source=_source(plan, real_sound is not None),
        split=plan.split,
        tracks={"truth": truth.astype(np.float32), "fault": seen.fault, "notes": music.table(), **played.tracks},
    )
    return VirtualRecital(recital, sound, camera.seen(played.joints).astype(np.float32), plan.instrument, played.room)


def _source(plan: RecitalPlan, real: bool) -> str:
    source = f"virtual {plan.instrument}, seed {plan.seed}, {plan.split} {plan.number}"
    if plan.movement:
        source += f", timing of {plan.movement} from {plan.begin:.1f} s, {'recorded' if real else 'sampled'} sound"
    return source


def _make_and_write(plan: RecitalPlan, folder: str) -> str:
    write_recital(folder, make_recital(plan).recital)
    return plan.name


def make_virtual_dataset(
    folder: str | os.PathLike[str],
    instrument: str,
    minutes: float,
    seed: int = 0,
    rates: Sequence[int] = RATES,
    fault_rate: float = FAULT_RATE,
    progress: bool = True,
    workers: int | None = None,
    bach: str | os.PathLike[str] | None = None,
    division: Division = WHOLE,
) -> Dataset:
    """Make a dataset of virtual recitals, or finish one that was interrupted.

    Parameters
    ----------
    folder : path
        Where the dataset goes; recitals that are finished there are kept.
    instrument : str
        As in :data:`audio_to_body.skeleton.instruments.INSTRUMENTS`.
    minutes : float
        Of music in all, training and test; of the training alone where ``division`` names the test recitals.
    seed : int
    rates : sequence of int
        Feature rates in steps/s.
    fault_rate : float
        Share of frames at which the detector errs.
    progress : bool
        Whether to show a progress bar.
    workers : int, optional
        Processes; by default one per core, at most one per recital.
    bach : path, optional
        Folder of the Bach Violin Dataset: its human timing and its recordings come first (violin only).
    division : Division
        How the minutes are divided into recitals.

    Returns
    -------
    Dataset
        The same for the same arguments, bit for bit, whatever the number of workers.

    Raises
    ------
    BadInput
        If the arguments cannot be used, or the folder holds another dataset or cannot be written.
    """
    folder = Path(folder)
    plans = plan_recitals(instrument, minutes, seed, rates, fault_rate, division)
    if bach is not None:
        if instrument != VIOLIN.instrument:
            raise BadInput(f"the Bach Violin Dataset times violinists, not the {instrument}; leave it out")
        plans = plan_movements(bach, minutes, plans)
    settings = {
        "version": VERSION,
        "instrument": instrument,
        "minutes": float(minutes),
        "seed": int(seed),
        "rates": [int(r) for r in rates],
        "fault_rate": float(fault_rate),
        "division": asdict(division),
    }
    if bach is not None:
        settings["movements"] = [plan.movement for plan in plans if plan.movement]
    _claim(folder, settings)
    missing = [plan for plan in plans if not (folder / f"{plan.name}.npz").is_file()]
    _run(missing, folder, progress, workers)
    entries, recitals = survey(folder, [plan.name for plan in plans])
    manifest = Manifest(
        instrument=instrument,
        layout=instrument_named(instrument).layout.name,
        data="virtual",
        fps=float(VIDEO_FPS),
        frame_size=FRAME_SIZE,
        rates=[int(r) for r in rates],
        settings=settings,
        recitals=list(entries.values()),
    )
    align_recitals(folder, manifest, recitals)
    return Dataset(folder)


def _claim(folder: Path, settings: dict[str, object]) -> None:
    """Make the folder, and make sure that what lies in it was made with the same settings."""
    import json

    from audio_to_body.preprocessing.dataset import MANIFEST
    from audio_to_body.skeleton.files import write_text

    note = folder / "virtual.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if note.is_file():
            if json.loads(note.read_text()) != settings:
                raise BadInput(f"{folder} holds virtual recitals made with other settings; choose another folder")
        elif (folder / MANIFEST).exists() or any(folder.glob("*.npz")):
            raise BadInput(f"{folder} already holds other data; choose another folder")
        else:
            write_text(note, json.dumps(settings, indent=1) + "\n")
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{folder} cannot be used for a dataset ({error})") from error


def _run(plans: list[RecitalPlan], folder: Path, progress: bool, workers: int | None) -> None:
    from tqdm import tqdm

    count = min(workers or os.cpu_count() or 1, max(len(plans), 1))
    with tqdm(total=len(plans), desc="virtual recitals", unit="recital", disable=not progress or not plans) as bar:
        if count <= 1:
            for plan in plans:
                _make_and_write(plan, str(folder))
                bar.update()
            return
        pool = worker_pool(count, fork=True)
        try:
            for done in as_completed([pool.submit(_make_and_write, plan, str(folder)) for plan in plans]):
                done.result()
                bar.update()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
