"""Sound in pieces of any size, notes as they become known: the same notes as of the whole sound at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from audio_to_body.inference.notes.bow_changes import band_levels
from audio_to_body.inference.notes.card import NORMAL
from audio_to_body.inference.notes.picking import HeardNotes, Picker, notes_of
from audio_to_body.inference.notes.session import NoteSession
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.note_bands import HOP, LOOK_AHEAD, STEP_RATE
from audio_to_body.sound.note_features import NoteFeatures
from audio_to_body.sound.note_resampling import BLOCK_IN, NOTE_RATE, REACH

BLOCK_SAMPLES = 20 * AUDIO_RATE  # samples taken in at once: bounds the memory of hours of sound
BLOCK_SECONDS = 0.1  # of sound, at most, lie between what was received and what the features were made of


class Listener:
    """One sound being listened to; several listeners may share a session.

    Parameters
    ----------
    session : NoteSession
    head : str
        ``"normal"``, or ``"low"``: sooner, and less sure.

    Examples
    --------
    >>> listener = Listener(load_notes("piano"))
    >>> for chunk in chunks:  # any number of samples at 44.1 kHz
    ...     heard = listener.push(chunk)
    ...     for onset, pitch in zip(heard.begun.onset, heard.begun.pitch):
    ...         print(f"{pitch} at {onset:.3f} s, known {listener.seconds - onset:.3f} s later")
    >>> rest = listener.finish()
    """

    def __init__(self, session: NoteSession, head: str = NORMAL) -> None:
        self.session, self.head = session, session.card.head(head)
        card = session.card
        self._features = NoteFeatures(session.front)
        self._halves = np.zeros((0, card.columns, 2), np.float32)  # steps of 48/s that wait for their other half
        self._state = session.initial_state()
        self._picker = Picker.of(card, head)
        self._received = 0

    @property
    def seconds(self) -> float:
        """Sound received so far."""
        return self._received / AUDIO_RATE

    @property
    def latency(self) -> float:
        """Seconds from a note's beginning to the moment it is known, at most; computing not counted.

        The head's delay, what picking waits for, the rest of a step of the net, half a step by which a beginning may
        lie before its step, the windows' look-ahead and the resampler's block.
        """
        steps = self.head.delay + self.head.reach + self.session.card.halves - 1
        return (steps + 0.5) / STEP_RATE + LOOK_AHEAD / NOTE_RATE + (BLOCK_IN + REACH) / AUDIO_RATE

    def push(self, samples: np.ndarray) -> HeardNotes:
        """Take sound in and give what became known.

        Parameters
        ----------
        samples : np.ndarray, float32 [samples]
            Mono, 44.1 kHz, full scale 1; any number, none too.
        """
        blocks = range(0, max(1, len(samples)), BLOCK_SAMPLES)
        return together([self.think(self.see(samples[first : first + BLOCK_SAMPLES])) for first in blocks])

    def see(self, samples: np.ndarray) -> np.ndarray:
        """The first half of :meth:`push`, for who has a thread for each: what the net is told of the sound.

        Returns
        -------
        np.ndarray, float32 [steps of 48/s, columns, 2]
            For :meth:`think`; whole steps of the net, the rest waits.
        """
        self._received += len(samples)
        return self._look(samples)

    def _look(self, samples: np.ndarray) -> np.ndarray:
        halves = np.concatenate([self._halves, self._features.push(samples)])
        whole = len(halves) // self.session.card.halves * self.session.card.halves
        self._halves = halves[whole:]
        return halves[:whole]

    def think(self, seen: np.ndarray) -> HeardNotes:
        """The second half of :meth:`push`: the net, and the notes that it tells."""
        card = self.session.card
        if not len(seen):
            return self._picker.push(np.zeros((0, card.keys, len(card.parts)), np.float32))
        probabilities, self._state = self.session.run(seen, self._state)
        levels = band_levels(seen, self.session.front) if self.head.slur_weights else None
        return self._picker.push(card.answers_of(probabilities, self.head.name), levels)

    def state(self) -> dict[str, np.ndarray]:
        """Everything that the notes to come depend on, for :meth:`restore`."""
        kept = {"received": np.array(self._received), "halves": self._halves.copy()}
        kept |= {f"net_{i}": value.copy() for i, value in enumerate(self._state)}
        kept |= {f"features_{name}": value for name, value in self._features.state().items()}
        return kept | {f"picker_{name}": value for name, value in self._picker.state().items()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on where :meth:`state` was taken, by a listener of the same net and head.

        Raises
        ------
        ValueError, KeyError
            If it is damaged or another net's.
        """
        card = self.session.card
        halves, net = (
            np.array(state["halves"], np.float32),
            tuple(np.array(state[f"net_{i}"], np.float32) for i in range(len(self._state))),
        )
        fits = halves.shape[1:] == (card.columns, 2) and len(halves) < card.halves and int(state["received"]) >= 0
        fits = fits and all(given.shape == own.shape for given, own in zip(net, self._state))
        if not fits or not all(np.isfinite(value).all() for value in (halves, *net)):
            raise ValueError("its ear is another net's")
        self._features.restore(_named(state, "features_"))
        self._picker.restore(_named(state, "picker_"), card.keys)
        self._received, self._halves, self._state = int(state["received"]), halves, (net[0], net[1])
        if abs(self._picker.until - self.seconds) > self.latency + BLOCK_SECONDS:
            raise ValueError("it has heard more, or less, than it received")

    def finish(self) -> HeardNotes:
        """Let silence follow until the last note that was played is known."""
        return self.think_to_end(self.see_end())

    def see_end(self) -> np.ndarray:
        """The first half of :meth:`finish`."""
        silence = round((self.latency + 2 * HOP / NOTE_RATE) * AUDIO_RATE)
        return self._look(np.zeros(silence, np.float32))

    def think_to_end(self, seen: np.ndarray) -> HeardNotes:
        """The second half of :meth:`finish`."""
        seconds = self.seconds
        heard = together([self.think(seen), self._picker.finish()])
        inside = heard.begun.onset < seconds
        ended_at = np.minimum(heard.ended_at, seconds)
        return HeardNotes(heard.begun.chosen(inside), heard.ended_pitch, ended_at, seconds, heard.sounding)


def _named(state: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)}


def together(parts: list[HeardNotes]) -> HeardNotes:
    """What became known in several pieces, one after the other."""
    from audio_to_body.skeleton.notes import joined

    if len(parts) == 1:
        return parts[0]
    return HeardNotes(
        joined([part.begun for part in parts]),
        np.concatenate([part.ended_pitch for part in parts]),
        np.concatenate([part.ended_at for part in parts]),
        parts[-1].until,
        np.concatenate([part.sounding for part in parts]),
    )


def hear(session: NoteSession, samples: np.ndarray, head: str = NORMAL) -> Notes:
    """All notes of a whole sound.

    Parameters
    ----------
    session : NoteSession
    samples : np.ndarray, float32 [samples]
        Mono, 44.1 kHz.
    head : str
    """
    listener = Listener(session, head)
    return notes_of([listener.push(samples), listener.finish()])
