"""Where live frames go: an output from its address."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from audio_to_body.inference.live.output import Output
from audio_to_body.skeleton.refusal import BadInput

LOOPBACK = "127.0.0.1"
VMC_PORT = 39_539  # what VMC receivers listen on by default
WEBSOCKET_PORT = 8_765
ADDRESSES = "vmc://HOST:PORT, osc://HOST:PORT, ws://HOST:PORT or jsonl"


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
