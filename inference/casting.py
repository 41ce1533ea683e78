"""Who plays a sound where nobody was named: the instrument that is heard in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from audio_to_body.inference.notes.guess import Guess, guess_instrument
from audio_to_body.inference.session import Session
from audio_to_body.sound.audio import Sound

PLAYERS = {"violin": "violinist", "piano": "pianist"}
NAME_ONE = "--instrument names another"


@dataclass(frozen=True)
class Cast:
    """Who plays.

    Attributes
    ----------
    session : Session
    remark : str
        What a person should know of the choice.
    """

    session: Session
    remark: str


@dataclass
class Casting:
    """Chooses who plays each of several sounds; every musician is opened once, when first chosen.

    Parameters
    ----------
    open_session : callable (instrument) -> Session
    """

    open_session: Callable[[str], Session]
    _sessions: dict[str, Session] = field(default_factory=dict)

    def choose(self, sound: Sound) -> Cast:
        """Listen, and choose.

        Parameters
        ----------
        sound : Sound
            Where neither a solo violin nor a solo piano is heard, the likelier one plays.
        """
        guess = guess_instrument(sound.samples)
        name = guess.likelier
        if name not in self._sessions:
            self._sessions[name] = self.open_session(name)
        return Cast(self._sessions[name], told(guess, silent=not np.any(sound.samples)))


def told(guess: Guess, silent: bool = False) -> str:
    """A guess as a person is told it; of what holds nothing at all, who is seen."""
    name = guess.likelier
    who = PLAYERS[name]
    if silent:
        return f"a {who} is seen, who waits ({NAME_ONE})"
    if guess.instrument is None:
        return f"no solo violin or piano heard; a {who} plays what there is ({NAME_ONE})"
    return f"a {name} is heard, and a {who} plays it ({NAME_ONE})"
