"""Damaged openings of a connection to the WebSocket server."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import numpy as np

from audio_to_body.benchmarks.fuzz.attack import mutated
from audio_to_body.inference.live.websocket import WebSocketServer


def handshakes(rng: np.random.Generator) -> Iterator[bytes]:
    """Damaged WebSocket openings, some followed by frames of noise."""
    opening = (
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    while True:
        whole = rng.random() < 0.5
        yield (opening + bytes(rng.bytes(int(rng.integers(0, 2000))))) if whole else mutated(opening, rng)


def connect(server: WebSocketServer) -> Callable[[object], None]:
    """Send bytes to the server; it must go on serving."""

    def target(data: object) -> None:
        assert isinstance(data, bytes)
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock:
            sock.settimeout(0.05)
            try:
                sock.sendall(data)
                sock.recv(1024)
            except OSError:  # it hung up on us: its good right
                pass

    return target
