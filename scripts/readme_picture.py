"""The README's moving picture: the page plays a real recording.

``python scripts/readme_picture.py bach.mp3 --start 12`` writes ``docs/images/playing.webp``; needs the built page
(``make page``) and Chromium.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from audio_to_body.scripts.browser import browser, driven
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.sound.ffmpeg import ffmpeg_path

SERVE = (sys.executable, "-m", "audio_to_body", "page", "--port", "0", "--no-open")
VIEWPORT = {"width": 940, "height": 620}
RATE = 16  # pictures/s
QUALITY = 74  # of WebP, 0 to 100
LARGEST = 1_000_000  # bytes: a page that opens at once


def photographed(sound: Path, instrument: str, moments: list[float], folder: Path) -> None:
    """Pictures of the page at moments of the sound, numbered, in a folder.

    Raises
    ------
    BadInput
        If the page was not built, there is no browser, or it failed.
    """
    if browser() is None:
        raise BadInput("the picture needs Chromium; install chromium")
    options = {
        "instrument": instrument,
        "file": str(sound.resolve()),
        "viewport": VIEWPORT,
        "scheme": "light",
        "moments": moments,
        "folder": str(folder),
    }
    with subprocess.Popen(SERVE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            address = server.stdout.readline().split(" ")[0]
            if not address:
                raise BadInput(server.stderr.read().strip().removeprefix("error: ") or "the page could not be served")
            done = driven("film", address, **options)
        finally:
            server.terminate()
    if done.returncode:
        raise BadInput(f"the page was not photographed: {done.stderr.strip()[-300:]}")


def main(arguments: list[str]) -> int:
    """Photograph, encode, and refuse a file that is too large for a first screen."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument("sound", type=Path, help="a recording")
    parser.add_argument("--instrument", choices=("violin", "piano"), default="violin", help="(violin)")
    parser.add_argument("--start", type=float, default=12.0, help="s of the recording at which it begins (12)")
    parser.add_argument("--seconds", type=float, default=5.0, help="its length (5)")
    parser.add_argument("--out", type=Path, default=Path("docs/images/playing.webp"), help="(%(default)s)")
    options = parser.parse_args(arguments)
    moments = (options.start + np.arange(round(options.seconds * RATE)) / RATE).tolist()
    aside = options.out.with_name(f"aside-{options.out.name}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            photographed(options.sound, options.instrument, moments, Path(folder))
            command = [ffmpeg_path(), "-v", "error", "-r", str(RATE), "-i", f"{folder}/%05d.png"]
            command += ["-c:v", "libwebp_anim", "-pix_fmt", "yuv420p", "-quality", str(QUALITY)]
            subprocess.run([*command, "-compression_level", "4", "-loop", "0", "-y", str(aside)], check=True)
        if aside.stat().st_size > LARGEST:
            raise BadInput(f"{options.out} was not written: it would be larger than {LARGEST} bytes; make it shorter")
        os.replace(aside, options.out)
    finally:
        aside.unlink(missing_ok=True)
    print(f"{options.out}, {options.out.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
