"""Receive a live musician over VMC: ``audio-to-body play --live --send vmc``, then this."""

from __future__ import annotations

import sys

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer


def show(address: str, *values: object) -> None:
    """Print the moment, the root and the right hand."""
    if address == "/VMC/Ext/T":
        print(f"{values[0]:8.3f} s", flush=True)
    elif values and values[0] in ("root", "RightHand", "right_wrist"):
        print(f"    {address} {values[0]} {' '.join(f'{value:.3f}' for value in values[1:])}", flush=True)  # type: ignore[str-bytes-safe]


def main(host: str = "127.0.0.1", port: str = "39539") -> None:
    """Listen until Ctrl-C."""
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(show)
    BlockingOSCUDPServer((host, int(port)), dispatcher).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
