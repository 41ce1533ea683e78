"""Whole virtual recitals: score, performance, musician, camera, detector, sound, features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from audio_to_body.musician.camera import FRAME_SIZE, draw_camera
from audio_to_body.musician.performance import Performance, draw_habits, joined, perform
from audio_to_body.preprocessing.published.bach_violin import Recording, read_recording, recordings
from audio_to_body.preprocessing.recital_file import Recital
from audio_to_body.preprocessing.recording.cleaning import drop_reasons
from audio_to_body.preprocessing.virtual.detector_faults import detect
from audio_to_body.preprocessing.virtual.human_timing import (
    excerpt,
    timed_music,
)
from audio_to_body.preprocessing.virtual.plans import (
    LEAD_IN,
    LEAD_OUT,
    Playing,
    RecitalPlan,
)
from audio_to_body.preprocessing.virtual.scores import load_piece, piece_names, split_of
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS, steps_in
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Room
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
