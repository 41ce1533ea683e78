"""A pianist: notes in as they become known, frames out as they become due, the same for any pieces.

Notes come from a net that listens, from a score or from a MIDI file. They are given to fingers, the net of the hands'
places is told which finger is on which key, and the planner makes hands of both that a pianist could have; arms and
body follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from audio_to_body.inference.model_card import ModelCard
from audio_to_body.inference.piano.fingertips import DIP
from audio_to_body.inference.piano.keyboard import ALL_FINGERS
from audio_to_body.inference.piano.memory import planner_arrays, restore_arrays, restore_planner
from audio_to_body.inference.piano.planner import HandMemory, HandPlanner, HandSettings
from audio_to_body.inference.piano.presses import NEAREST, KeyPlanner, Press
from audio_to_body.inference.piano.touch import FRONT_END, TOUCH_COUNT, Touch
from audio_to_body.inference.planning import FILE, LOW, SETTINGS, USUAL, NoteFrames
from audio_to_body.inference.session import Session
from audio_to_body.musician.hand_model import SEAT, SURFACE, pose, reach_of, viewed_from
from audio_to_body.musician.piano_keys import BLACK_RAISE, KEY_DIP, LOWEST, is_black
from audio_to_body.musician.staging import piano_room, playing_predicted
from audio_to_body.scores.piece import Marks
from audio_to_body.skeleton.layouts import FINGERTIPS, layout_named
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.piano_targets import COORDINATES, DELAY, DELAYS, TARGET_NAMES
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import KEYS

REST_POSE = "rest_pose"  # in a card's extra: the mean of the twelve points, px of the hands12 frame
BREATH_SECONDS = 3.8
ROUNDING_SECONDS = 1 / 96  # a beginning may be told this much after its moment is said to be known
PLANNED, TOUCHED, PLACED = "keys_", "touch_", "hands_"  # of what a saved state tells


@dataclass(frozen=True)
class Clock:
    """How far hands may run behind the sound.

    Attributes
    ----------
    delay : int
        Frames by which hands are shown after their keys are decided: so long before a stroke a hand can set out.
    ahead : int
        Frames by which that decision waits for what follows.
    within : float
        Of a frame: it shows the notes that begin up to this long after its moment.
    calm : float
        By how much more gently hands follow the net: it changes its mind more often where less is known ahead.
    """

    delay: int
    ahead: int
    within: float = NEAREST
    calm: float = 1.0

    @property
    def seconds(self) -> float:
        """How far beyond a frame's moment notes must be known."""
        return (self.delay + self.ahead + self.within) / VIDEO_FPS + ROUNDING_SECONDS

    def calmed(self, settings: HandSettings) -> HandSettings:
        """Settings of hands that run so far behind the sound."""
        return replace(settings, slow=settings.slow / self.calm, fast=settings.fast / self.calm)


CLOCKS = {FILE: Clock(DELAYS[0], 28), USUAL: Clock(DELAYS[1], 0, calm=1.5), LOW: Clock(DELAYS[2], 0, 0.2, calm=1.5)}


def clock_named(latency: str) -> Clock:
    """The clock for files, for live sound, or for live sound with low latency.

    Raises
    ------
    BadInput
        If there is none of that name.
    """
    if latency not in CLOCKS:
        raise BadInput(f"unknown latency '{latency}'; known: {', '.join(CLOCKS)}")
    return CLOCKS[latency]


class PianoPlayer:
    """Plays notes with the hands that a net places.

    Its tracks: ``keys_pressed`` int16 [frames, 10], the MIDI pitch under each finger (left thumb ... little, then
    right), 0 for none; ``hands_mm`` float32 [frames, 12, 2], the measured points in the plane of the keys.

    Parameters
    ----------
    session : Session
        Of a piano+ net.
    latency : str
        ``"file"``, ``"usual"`` or ``"low"``.

    Raises
    ------
    BadInput
        If the net is not one that this player reads, or its settings make no sense.
    """

    def __init__(self, session: Session, latency: str = FILE) -> None:
        check_card(session.card)
        self.session, self.clock = session, clock_named(latency)
        settings = self.clock.calmed(HandSettings.from_dict(session.card.extra.get(SETTINGS, {})))
        rest = np.asarray(session.card.extra[REST_POSE], np.float64)
        self._hands = HandPlanner(settings, float(VIDEO_FPS), rest, self.clock.delay)
        first = DELAYS.index(self.clock.delay) * COORDINATES
        self._columns = slice(first, first + COORDINATES)
        self._camera = viewed_from()
        self._keys = KeyPlanner(self.clock.ahead, self.clock.delay, self.clock.within)
        self._touch, self._memory = Touch.fresh(), HandMemory.fresh()
        self._net = session.initial_state()
        self._presses: list[Press] = []  # by start; the latest of every finger, and what comes

    @property
    def frame(self) -> int:
        """Number of the next frame."""
        return max(0, self._keys.step - self.clock.delay)

    def tell(self, notes: Notes, hand: np.ndarray | None = None, ended: bool = True) -> None:
        """Notes that became known; as :meth:`audio_to_body.inference.piano.presses.KeyPlanner.tell`."""
        self._keys.tell(notes, hand, ended)

    def tell_written(self, notes: Notes, marks: Marks) -> None:
        """Notes of a score, with hands and fingers where they are written."""
        self._keys.tell(notes, marks.hand, finger=marks.finger)

    @property
    def within_seconds(self) -> float:
        """How long after a frame's moment a note may begin that it still shows."""
        return self.clock.within / VIDEO_FPS

    @property
    def ahead_seconds(self) -> float:
        """How far beyond that notes must be known, so that hands are in time."""
        return (self.clock.delay + self.clock.ahead) / VIDEO_FPS

    def tell_levels(self, decibels: np.ndarray) -> None:
        """Levels of the frames that follow: a pianist's hands follow the strokes alone."""

    def tell_end(self, pitch: int, seconds: float) -> None:
        """A note that was told without its end ended."""
        self._keys.tell_end(pitch, seconds)

    def play_until(self, seconds: float) -> NoteFrames:
        """The frames that are due when everything up to a moment is known."""
        frame = int(np.floor((seconds - self.clock.seconds) * VIDEO_FPS + 1e-6))
        return self.play(max(0, frame + self.clock.delay + 1 - self._keys.step))

    def play_to(self, frame: int) -> NoteFrames:
        """All frames before this one; nothing more will be told."""
        return self.play(max(0, frame + self.clock.delay - self._keys.step))

    def play(self, steps: int) -> NoteFrames:
        """Go on by some steps and give the frames that they complete."""
        first_step, first = self._keys.step, self.frame
        told = np.empty((steps, TOUCH_COUNT), np.float32)
        for i in range(steps):
            pressed = self._keys.next()
            self._presses += pressed
            told[i] = self._touch.step(first_step + i, pressed, self._keys.held.values())
        values = np.zeros((0, COORDINATES), np.float32)
        if steps:
            given = self.session.run(told, self._net)
            self._net = given.state
            values = given.values[max(0, self.clock.delay - first_step) :, self._columns]
        self._presses.sort(key=lambda press: press.start)
        hands = self._hands.plan(values, first, self._presses, self._memory)
        self._forget(first + len(values))
        seconds = (first + np.arange(len(values))) / VIDEO_FPS
        reach = reach_of(hands.points, hands.wrist_height, hands.tip_height)
        joints = pose(reach, hands.lean, np.sin(2 * np.pi * seconds / BREATH_SECONDS), hands.weight)
        tracks: dict[str, np.ndarray] = {
            "keys_pressed": hands.pressed.reshape(len(values), ALL_FINGERS).astype(np.int16),
            "hands_mm": hands.points.astype(np.float32),
        }
        kinds = playing_predicted(layout_named("piano"))
        room = piano_room(joints, SEAT, SURFACE, keys_down(joints, hands.pressed), kinds)
        return NoteFrames(first, self._camera.project(joints).astype(np.float32), tracks, room)

    def _forget(self, frame: int) -> None:
        """Drop the strokes that no later frame looks back to."""
        latest: dict[int, int] = {}
        for press in self._presses:
            if press.start <= frame:
                latest[press.finger] = max(latest.get(press.finger, press.start), press.start)
        self._presses = [p for p in self._presses if p.start >= latest.get(p.finger, p.start)]

    def state(self) -> dict[str, np.ndarray]:
        """Everything that the frames to come depend on, for :meth:`restore`."""
        parts = {
            PLANNED: planner_arrays(self._keys, self._presses),
            TOUCHED: vars(self._touch),
            PLACED: vars(self._memory),
        }
        kept = {part + name: value.copy() for part, arrays in parts.items() for name, value in arrays.items()}
        kept |= {f"net_{name}": value.copy() for name, value in self._net.items()}
        return kept | {"clock": np.array([self.clock.delay, self.clock.ahead])}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on where :meth:`state` was taken.

        Raises
        ------
        ValueError, KeyError
            If it is damaged or of another clock.
        """
        if np.asarray(state["clock"]).tolist() != [self.clock.delay, self.clock.ahead]:
            raise ValueError("it is of another latency")
        for name, pattern in self._net.items():
            value = np.array(state[f"net_{name}"], np.float32)
            if value.shape != pattern.shape or not np.isfinite(value).all():
                raise ValueError(f"its {name} is not the net's")
            self._net[name] = value
        self._presses = restore_planner(self._keys, _named(state, PLANNED))
        restore_arrays(self._touch, _named(state, TOUCHED))
        restore_arrays(self._memory, _named(state, PLACED))


def _named(state: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)}


def keys_down(joints: np.ndarray, pressed: np.ndarray) -> np.ndarray:
    """How far each key is down under the fingers that press it, metres ``[frames, 88]``.

    Parameters
    ----------
    joints : np.ndarray [frames, 50, 3]
        About the hips.
    pressed : np.ndarray, int64 [frames, 2, 5]
        MIDI pitch of the key that each finger holds down, 0 for none.
    """
    layout = layout_named("piano")
    tips = [[hand[tip] for tip in FINGERTIPS] for hand in (layout.left_hand, layout.right_hand)]
    surface = SURFACE + np.where(is_black(pressed), BLACK_RAISE, 0.0)
    depth = np.clip(surface - joints[:, tips, 1], DIP, KEY_DIP)
    keys = np.zeros((len(joints), KEYS))
    frame, hand, finger = np.nonzero(pressed)
    keys[frame, pressed[frame, hand, finger] - LOWEST] = depth[frame, hand, finger]
    return keys


def check_card(card: ModelCard) -> None:
    """Refuse a model that is not a piano+ net of this version.

    Raises
    ------
    BadInput
    """
    rest = np.asarray(card.extra.get(REST_POSE, ()), np.float64)
    if tuple(card.target_names) != TARGET_NAMES or rest.size != COORDINATES or not np.isfinite(rest).all():
        raise BadInput("the model's targets are not those of the piano's planner; it is of another version")
    if card.layout != layout_named("piano").name or card.upsample != 1 or card.video_fps != VIDEO_FPS:
        raise BadInput("the piano's planner plays 50 points at the video's rate; the model's card says otherwise")
    if card.features != FRONT_END or card.delay_steps != DELAY:
        raise BadInput("the model is not told of keys as the piano's planner tells them; it is of another version")
