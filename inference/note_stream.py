"""Sound in, notes heard, a musician who plays them: the stream of a net that is told notes.

Three stages as in :class:`audio_to_body.inference.stream.Stream`: :meth:`NoteStream.hear` measures the level and
the spectra, :meth:`NoteStream.think` tells notes from them, :meth:`NoteStream.show` plays the notes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from audio_to_body.inference.frames import Frames
from audio_to_body.inference.notes.card import LOW as LOW_HEAD
from audio_to_body.inference.notes.card import NORMAL
from audio_to_body.inference.notes.listener import Listener
from audio_to_body.inference.notes.picking import HeardNotes
from audio_to_body.inference.planning import LOW, USUAL, NoteFrames
from audio_to_body.inference.session import Session
from audio_to_body.inference.stream import BLOCK_SAMPLES, Heard, Stream, decibels
from audio_to_body.scores.piece import Marks
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import steps_in
from audio_to_body.sound.samples import checked


@dataclass(frozen=True)
class HeardSound(Heard):
    """Consecutive frames' levels, and what the net that hears is told of the sound that came with them.

    Attributes
    ----------
    seen : np.ndarray, float32
        Of :meth:`audio_to_body.inference.notes.listener.Listener.see`.
    frames : int
        How many frames the whole sound has; -1 while it goes on.
    """

    seen: np.ndarray
    frames: int = -1


class NotePlayer(Protocol):
    """Plays notes that become known, the same whatever pieces they come in."""

    @property
    def within_seconds(self) -> float:
        """How long after a frame's moment a note may begin that it still shows."""
        ...

    @property
    def ahead_seconds(self) -> float:
        """How far beyond that notes must be known."""
        ...

    def tell(self, notes: Notes, *, ended: bool) -> None:
        """Notes that became known, with or without their ends."""
        ...

    def tell_written(self, notes: Notes, marks: Marks) -> None:
        """Notes that somebody wrote or played, with what is written of them."""
        ...

    def tell_end(self, pitch: int, seconds: float) -> None:
        """A note that was told without its end ended."""
        ...

    def tell_levels(self, decibels: np.ndarray) -> None:
        """Levels of the frames that follow, about the music's mean."""
        ...

    def play_until(self, seconds: float) -> NoteFrames:
        """The frames that are due when everything up to a moment is known."""
        ...

    def play_to(self, frame: int) -> NoteFrames:
        """All frames before this one; nothing more will be told."""
        ...

    def state(self) -> dict[str, np.ndarray]:
        """Everything that the frames to come depend on."""
        ...

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on where a state was taken; raises ``ValueError`` or ``KeyError`` if it is damaged."""
        ...


class NoteStream(Stream):
    """One sound being heard as notes and played; made by ``Stream(session)`` for the nets that are told notes.

    Parameters
    ----------
    session : Session
    gain : float, optional
        Of the loudness track alone; notes are heard whatever the level.
    latency : str
        ``"usual"``, ``"low"``, or ``"file"`` for sound that need not be shown at once.
    """

    def __init__(self, session: Session, gain: float | None = None, latency: str = USUAL) -> None:
        super().__init__(session, gain, latency)
        self._net = {}  # the player has it
        self._listener = Listener(session.ears, LOW_HEAD if latency == LOW else NORMAL)
        self._player: NotePlayer = instrument_named(session.card.instrument).part("note_player")(session, latency)

    @property
    def window_ms(self) -> float:
        """From a moment of the sound until its notes are known, at most."""
        return 1000.0 * self._listener.latency

    @property
    def hop_ms(self) -> float:
        """How long after a frame's moment a note may begin that it still shows."""
        return 1000.0 * self._player.within_seconds

    @property
    def delay_ms(self) -> float:
        """How long a frame waits for the notes that begin after those, so that hands are in time."""
        return 1000.0 * self._player.ahead_seconds

    def hear(self, samples: np.ndarray) -> Iterator[Heard]:
        """The first stage of :meth:`push`, block after block; one block at least."""
        mono, _ = checked(samples)
        for first in range(0, max(len(mono), 1), BLOCK_SAMPLES):
            part = slice(first, first + BLOCK_SAMPLES)
            sound = mono[part]
            for heard in super().hear(np.asarray(samples)[..., part]):
                yield HeardSound(heard.first, heard.features, self._listener.see(sound))
                sound = sound[:0]

    def hear_end(self) -> Iterator[Heard]:
        """The first stage of :meth:`finish`."""
        frames = steps_in(self._received, self.session.card.video_fps)
        nothing = np.zeros(0, np.float32)
        blocks = list(super().hear_end())
        for heard in blocks[:-1]:
            yield HeardSound(heard.first, heard.features, self._listener.see(nothing))
        yield HeardSound(blocks[-1].first, blocks[-1].features, self._listener.see_end(), frames)

    def think(self, heard: Heard) -> HeardNotes:
        """The second stage: the notes that became known."""
        assert isinstance(heard, HeardSound)
        return self._listener.think(heard.seen) if heard.frames < 0 else self._listener.think_to_end(heard.seen)

    def show(self, heard: Heard, step: Any) -> Frames:
        """The third stage: the frames that can be played with the notes known so far."""
        assert isinstance(heard, HeardSound)
        self._player.tell(step.begun, ended=False)
        for pitch, seconds in zip(step.ended_pitch.tolist(), step.ended_at.tolist()):
            self._player.tell_end(pitch, seconds)
        levels = decibels(heard.features[:, self._front.energy])
        self._player.tell_levels(levels)
        played = self._player.play_until(step.until) if heard.frames < 0 else self._player.play_to(heard.frames)
        self._loudness = np.concatenate([self._loudness, levels])
        loudness, self._loudness = self._loudness[: len(played)], self._loudness[len(played) :]
        tracks = {**played.tracks, "loudness_db": loudness}
        return Frames(played.first, self.session.card.video_fps, played.points, tracks, played.room)

    def state(self) -> dict[str, np.ndarray]:
        """As :meth:`audio_to_body.inference.stream.Stream.state`."""
        kept = {name: value for name, value in super().state().items() if not name.startswith("net_")}
        kept |= {f"ear_{name}": value for name, value in self._listener.state().items()}
        kept |= {f"plan_{name}": value for name, value in self._player.state().items()}
        kept["latency"] = np.array(self.latency)
        return kept

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        super()._restore(state)
        self._listener.restore(_named(state, "ear_"))
        self._player.restore(_named(state, "plan_"))


def _named(state: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)}
