"""Receive a live musician over WebSocket: ``audio-to-body play --live --send ws``, then this."""

from __future__ import annotations

import json

from websockets.sync.client import connect

from audio_to_body.skeleton.refusal import BadInput, run_script


def main(address: str = "ws://127.0.0.1:8765") -> None:
    """Print where the right wrist is."""
    try:
        socket = connect(address)
    except OSError:
        raise BadInput(f"nobody plays at {address}; begin with audio-to-body play --live --send ws") from None
    with socket:
        hello = json.loads(socket.recv())
        wrist = hello["point_names"].index("right_wrist")
        print(f"{hello['instrument']} at {hello['fps']} frames/s, {hello['latency_ms']} ms behind the sound")
        for text in socket:
            frame = json.loads(text)
            x, y = frame["points"][wrist]
            print(f"{frame['time']:8.3f} s  right wrist at {x:6.1f}, {y:6.1f} px")


if __name__ == "__main__":
    run_script(main, __doc__)
