"""Which keys a pianist presses, measured against the notes: in time, wrong ones, fingers that were there before."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from audio_to_body.inference.piano.keyboard import ALL_FINGERS, FINGERS, KEY_X
from audio_to_body.models.notes.scores import Agreement, agreement
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import VIDEO_FPS

TOLERANCES = (0.05, 0.1)  # s
READY_FRAMES = 2  # before a stroke in which the fingertip should be over its key: 83 ms
LEAVES_TIME = 6  # frames since the finger's last stroke that leave time to be there
HAND_LEAVES_TIME = 4  # and since the last stroke of another finger of its hand
HALF_KEY = 11.75  # px (mm) from a white key's middle to its edge


@dataclass(frozen=True)
class KeyPresses:
    """How a pianist's presses agree with the notes; adds up over pieces.

    Attributes
    ----------
    close, near, frame : Agreement
        Onsets within 50 ms, 100 ms and one frame of the video.
    ready, leaving_time : int
        Presses whose fingertip was over its key 80 ms before, of those that left time for it.
    seconds : float
    """

    close: Agreement = field(default_factory=Agreement)
    near: Agreement = field(default_factory=Agreement)
    frame: Agreement = field(default_factory=Agreement)
    ready: int = 0
    leaving_time: int = 0
    seconds: float = 0.0

    def __add__(self, other: KeyPresses) -> KeyPresses:
        return KeyPresses(*(getattr(self, name) + getattr(other, name) for name in vars(self)))

    @property
    def wrong_a_minute(self) -> float:
        """Presses that no note within 100 ms explains, a minute."""
        return 60.0 * (self.near.heard - self.near.right) / max(self.seconds, 1e-9)

    @property
    def ready_share(self) -> float:
        """Of the presses that left time."""
        return self.ready / max(1, self.leaving_time)


def pressed_notes(keys: np.ndarray) -> Notes:
    """The keys that go down, as notes.

    Parameters
    ----------
    keys : np.ndarray of int [frames, 10]
        MIDI pitch under each finger, 0 for none: the track ``keys_pressed`` of a motion.
    """
    keys = np.asarray(keys, np.int64)
    down = np.zeros((len(keys) + 2, 128), np.int8)
    down[1 + np.arange(len(keys))[:, None], keys] = 1
    down[:, 0] = 0
    change = np.diff(down, axis=0).T  # key by key, so that beginnings and ends belong together
    pitch, start = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    return Notes(start / VIDEO_FPS, end / VIDEO_FPS, pitch).ordered()


def measured_presses(keys: np.ndarray, written: Notes, hands: np.ndarray | None = None) -> KeyPresses:
    """Measure a motion's presses.

    Parameters
    ----------
    keys : np.ndarray of int [frames, 10]
    written : Notes
        What was played.
    hands : np.ndarray [frames, 12, 2], optional
        The track ``hands_mm``, to tell whether fingers were in time.
    """
    pressed = pressed_notes(keys)
    ready, leaving = (0, 0) if hands is None else _ready(np.asarray(keys, np.int64), np.asarray(hands))
    tolerances = (*TOLERANCES, 1.0 / VIDEO_FPS)
    close, near, frame = (agreement(pressed, written, tolerance) for tolerance in tolerances)
    return KeyPresses(close, near, frame, ready, leaving, len(keys) / VIDEO_FPS)


def _ready(keys: np.ndarray, hands: np.ndarray) -> tuple[int, int]:
    """Presses with a fingertip over the key before, and presses that left time for it."""
    tips = hands.reshape(len(hands), 2, 1 + FINGERS, 2)[:, :, 1:, 0].reshape(len(hands), ALL_FINGERS)
    ready = leaving = 0
    starts = (keys > 0) & (keys != np.concatenate([np.zeros((1, ALL_FINGERS), np.int64), keys[:-1]]))
    last = np.full(ALL_FINGERS, -LEAVES_TIME)
    for frame, finger in zip(*np.nonzero(starts)):
        hand = finger // FINGERS * FINGERS
        others = last[hand : hand + FINGERS]
        others = others[others < frame].max(initial=-LEAVES_TIME)  # fingers of the same chord are no hindrance
        if frame - last[finger] >= LEAVES_TIME and frame - others >= HAND_LEAVES_TIME and frame >= LEAVES_TIME:
            leaving += 1
            before = tips[frame - READY_FRAMES : frame, finger]
            ready += bool((np.abs(before - KEY_X[keys[frame, finger]]) <= HALF_KEY).all())
        last[finger] = frame
    return ready, leaving
