"""Where live frames go: addresses, and what every output offers."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import urlsplit

from audio_to_body.inference.live.frame import LiveFrame
from audio_to_body.skeleton.refusal import BadInput

LOOPBACK = "127.0.0.1"
VMC_PORT = 39_539  # what VMC receivers listen on by default
WEBSOCKET_PORT = 8_765
ADDRESSES = "vmc://HOST:PORT, osc://HOST:PORT, ws://HOST:PORT or jsonl"


class Output(ABC):
    """A receiver or many. Sending never waits for one: who is slow misses frames, who leaves is forgotten.

    Attributes
    ----------
    address : str
        As the person wrote it.
    alive : bool
        False when nothing can ever be received again.
    """

    address: str
    alive: bool = True

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


def parse_output(address: str) -> Output:
    """An output from its address, such as ``vmc://127.0.0.1:39539``.

    Host and port may be left out: loopback, and the protocol's usual port.

    Raises
    ------
    BadInput
        If the address is not understood.
    """
    if address in ("jsonl", "jsonl://", "-"):
        from audio_to_body.inference.live.json_lines import JsonLines

        return JsonLines()
    match = re.fullmatch(r"(vmc|osc|ws)(://.*)?", address)
    if not match:
        raise BadInput(f"output '{address}' is not understood; use {ADDRESSES}")
    kind = match[1]
    try:
        parts = urlsplit(address if match[2] else f"{kind}://")
        host, port = parts.hostname or LOOPBACK, parts.port
        if parts.path not in ("", "/") or parts.query or parts.username:
            raise ValueError("it has more than host and port")
    except ValueError as error:
        raise BadInput(f"output '{address}' is not understood ({error}); use {ADDRESSES}") from None
    if kind == "ws":
        from audio_to_body.inference.live.websocket import WebSocketServer

        return WebSocketServer(host, WEBSOCKET_PORT if port is None else port)
    from audio_to_body.inference.live.osc import OscSender

    return OscSender(host, port or VMC_PORT, vmc=kind == "vmc")
