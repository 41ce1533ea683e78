"""Receive a live musician over VMC: ``audio-to-body play --live --send vmc``, then this."""

from __future__ import annotations

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer

from audio_to_body.skeleton.refusal import BadInput, run_script


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
    try:
        server = BlockingOSCUDPServer((host, int(port)), dispatcher)
    except (OSError, ValueError, OverflowError) as error:
        raise BadInput(f"{host}:{port} cannot be listened at ({error}); name another address and port") from None
    server.serve_forever()


if __name__ == "__main__":
    run_script(main, __doc__)
