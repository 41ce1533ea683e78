"""What every output of live frames offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from audio_to_body.inference.live.frame import LiveFrame


class Output(ABC):
    """A receiver or many. Sending never waits for one: who is slow misses frames, who leaves is forgotten.

    Attributes
    ----------
    address : str
        As the person wrote it.
    alive : bool
        False when nothing can ever be received again.
    tell : callable (str) or None
        Told what goes wrong, once each.
    """

    address: str
    alive: bool = True
    tell: Callable[[str], object] | None = None

    @abstractmethod
    def begin(self, hello: dict[str, Any]) -> None:
        """Open; ``hello`` is :func:`audio_to_body.inference.live.frame.greeting`.

        Raises
        ------
        BadInput
            If the address cannot be opened.
        """

    @abstractmethod
    def send(self, frame: LiveFrame) -> None:
        """Send a frame; never blocks, never raises for what a receiver does."""

    @abstractmethod
    def close(self) -> None:
        """Say good-bye and let go."""
