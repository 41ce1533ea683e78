"""A violinist: notes in as they become known, frames out as they become due, the same for any pieces.

Notes come from a net that listens, from a score or from a MIDI file; the bow's speed follows the sound's level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audio_to_body.inference.planning import FILE, LOW, SETTINGS, USUAL, NoteFrames
from audio_to_body.inference.session import Session
from audio_to_body.inference.violin.bow_settings import BowSettings
from audio_to_body.inference.violin.memory import BowMemory
from audio_to_body.inference.violin.planner import PLAN, ViolinPlanner
from audio_to_body.inference.violin.posing import posed_plan, stage
from audio_to_body.musician.staging import playing_predicted, violin_room
from audio_to_body.musician.violin_ways import distance_from_nut
from audio_to_body.scores.piece import Marks
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput

EVERY = 4  # steps in a frame
RATE = EVERY * VIDEO_FPS  # steps/s


@dataclass(frozen=True)
class Clock:
    """How far the violinist runs behind the notes.

    Attributes
    ----------
    lead : int
        Steps by which the music is known ahead of what is played.
    chord : float
        Seconds within which notes that begin are one chord.
    """

    lead: int
    chord: float

    @property
    def seconds(self) -> float:
        """How far beyond a frame's moment notes must be known."""
        return self.lead / RATE


CLOCKS = {FILE: Clock(4 * RATE, 0.05), USUAL: Clock(24, 0.05), LOW: Clock(4, 0.02)}


class NoteViolinist:
    """Plays notes.

    Its tracks: ``bow_position`` 0 frog to 1 tip; ``bow_speed`` bow lengths/s, positive down-bow; ``bow_lift`` 0 on
    the string to 1 at rest; ``string`` 0 G to 3 E, between two for a double stop; ``finger_position`` metres from
    the nut.

    Parameters
    ----------
    habits : BowSettings
    latency : str
        ``"file"``, ``"usual"`` or ``"low"``.

    Raises
    ------
    BadInput
        If there is no such latency.
    """

    def __init__(self, habits: BowSettings, latency: str = FILE) -> None:
        if latency not in CLOCKS:
            raise BadInput(f"unknown latency '{latency}'; known: {', '.join(CLOCKS)}")
        self.habits, self.clock = habits, CLOCKS[latency]
        self._planner = ViolinPlanner(habits, RATE, self.clock.lead, self.clock.chord)
        self._memory = BowMemory()

    @property
    def frame(self) -> int:
        """Number of the next frame."""
        return -(-self._memory.step // EVERY)

    @property
    def within_seconds(self) -> float:
        """How long after a frame's moment a note may begin that it still shows: a frame shows its own moment."""
        return 0.0

    @property
    def ahead_seconds(self) -> float:
        """How far beyond a frame's moment notes must be known, so that bow and fingers are in time."""
        return self.clock.seconds

    def tell(self, notes: Notes, ended: bool = True) -> None:
        """Notes that became known, with their ends (of a score) or without (of a net that listens)."""
        self._planner.hearing.tell(notes, ended)

    def tell_written(self, notes: Notes, marks: Marks) -> None:
        """Notes of a score or of a plan, with what is told of bow, strings and fingers."""
        self._planner.hearing.tell(notes, marks=marks)

    def tell_end(self, pitch: int, seconds: float) -> None:
        """A note that was told without its end ended."""
        self._planner.hearing.tell_end(pitch, seconds)

    def tell_levels(self, decibels: np.ndarray) -> None:
        """Levels of the frames that follow."""
        self._planner.hearing.tell_levels(decibels)

    def play_until(self, seconds: float) -> NoteFrames:
        """The frames that are due when everything up to a moment is known."""
        return self._play(int(np.floor((seconds - self.clock.seconds) * RATE + 1e-6)) + 1)

    def play_to(self, frame: int) -> NoteFrames:
        """All frames before this one; nothing more will be told."""
        return self._play(frame * EVERY)

    def _play(self, end: int) -> NoteFrames:
        """All steps before ``end``."""
        first = self.frame
        table = self._planner.plan(max(0, end - self._memory.step), self._memory, EVERY)
        player, camera = stage()
        posed = posed_plan(table, (first + np.arange(len(table))) / VIDEO_FPS, self.habits.amplitude)
        room = violin_room(player.body, posed, playing_predicted(layout_named("violin")))
        position, speed, lift, string = table[:, :4].astype(np.float32).T
        tracks = {
            "bow_position": position,
            "bow_speed": speed,
            "bow_lift": lift,
            "string": string,
            "finger_position": distance_from_nut(table[:, PLAN.index("stop")]).astype(np.float32),
        }
        return NoteFrames(first, camera.project(posed.joints).astype(np.float32), tracks, room)

    def state(self) -> dict[str, np.ndarray]:
        """Everything that the frames to come depend on, for :meth:`restore`."""
        memory = {f"memory_{name}": value for name, value in self._memory.arrays().items()}
        return memory | {f"heard_{name}": value for name, value in self._planner.hearing.arrays().items()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on where :meth:`state` was taken.

        Raises
        ------
        ValueError, KeyError
            If it is damaged or of another version.
        """
        parts = {p: {n[len(p) :]: v for n, v in state.items() if n.startswith(p)} for p in ("memory_", "heard_")}
        self._memory = BowMemory.of_arrays(parts["memory_"])
        self._planner.hearing.restore(parts["heard_"])


def violinist_of(session: Session, latency: str = FILE) -> NoteViolinist:
    """The violinist who plays what a net hears.

    Parameters
    ----------
    session : Session
        Of a net that hears a violin's notes; its card may name habits.
    latency : str

    Raises
    ------
    BadInput
        If there is no such latency, or the habits are impossible.
    """
    return NoteViolinist(BowSettings.from_dict(session.card.extra.get(SETTINGS, {})), latency)
