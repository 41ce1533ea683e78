"""A video of the 3-D musician, without a graphics card: ``python examples/09_render.py audio.wav out.mp4``."""

from __future__ import annotations

from audio_to_body import load, predict
from audio_to_body.avatar.export import render_mp4
from audio_to_body.pictures.video_writer import parse_size
from audio_to_body.skeleton.refusal import run_script


def main(sound: str, out: str, size: str = "640x360") -> None:
    """Draw the front view, with the sound (needs ``pip install 'audio-to-body-dynamics[avatar]'``)."""
    width_height = parse_size(size)
    render_mp4(predict(sound, load("violin")), out, audio=sound, size=width_height, view="front")
    print(out)


if __name__ == "__main__":
    run_script(main, __doc__)
