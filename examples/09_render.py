"""A video of the 3-D musician, without a graphics card: ``python examples/09_render.py audio.wav out.mp4``."""

from __future__ import annotations

import sys

from audio_to_body import load, predict
from audio_to_body.avatar.export import render_mp4


def main(sound: str, out: str, size: str = "640x360") -> None:
    """Draw the front view, with the sound (needs ``pip install 'audio-to-body-dynamics[avatar]'``)."""
    width, height = (int(side) for side in size.split("x"))
    render_mp4(predict(sound, load("violin")), out, audio=sound, size=(width, height), view="front")
    print(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
