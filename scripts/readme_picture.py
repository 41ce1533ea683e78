"""The README's moving picture: a net that ships plays a real recording; under the musician runs the sound.

``python scripts/readme_picture.py bach.mp3 --start 12`` writes ``docs/images/playing.webp``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from audio_to_body.avatar.render import Renderer, View
from audio_to_body.avatar.retargeting import retarget
from audio_to_body.inference import load, predict
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.sound.audio import decode_sound
from audio_to_body.sound.ffmpeg import ffmpeg_path

SIZE, STRIP = (540, 360), 48  # px: the musician, and the height of the sound under it
VIEWS = {  # near enough that bow, fingers and keys are seen
    "violin": View((-1.0, 1.5, 2.6), (0.03, 1.31, 0.1), 18.5),
    "piano": View((-1.5, 1.75, 1.2), (0.0, 0.95, 0.2), 34.0),
}
GROUND, TO_COME, PLAYED = (44, 45, 50), (112, 113, 120), (236, 170, 92)  # RGB
QUALITY = 62  # of WebP, 0 to 100
LARGEST = 1_000_000  # bytes: a page that opens at once


def outline(samples: np.ndarray, width: int) -> np.ndarray:
    """Loudest sample of each column's sound as a share of the loudest of all, float [width]."""
    peaks = np.array([np.abs(part).max(initial=0.0) for part in np.array_split(samples, width)])
    return peaks / max(float(peaks.max()), 1e-9)


def strip(peaks: np.ndarray, share: float) -> np.ndarray:
    """The sound as a band, what has been played in another colour, uint8 [STRIP, width, 3]."""
    picture = np.full((STRIP, len(peaks), 3), GROUND, np.uint8)
    rows = np.abs(np.arange(STRIP) - STRIP / 2)[:, None]
    sounding = rows <= np.maximum(peaks * (STRIP / 2 - 6), 0.5)
    played = np.arange(len(peaks)) < share * len(peaks)
    picture[sounding & played] = PLAYED
    picture[sounding & ~played] = TO_COME
    return picture


def pictures(sound: Path, instrument: str, start: float, seconds: float) -> Iterator[np.ndarray]:
    """RGB pictures of the excerpt, uint8 [height, width, 3]."""
    motion = predict(sound, load(instrument))
    first, last = round(start * VIDEO_FPS), round((start + seconds) * VIDEO_FPS)
    performance = retarget(motion)
    if last > len(performance):
        raise BadInput(f"{sound} ends before {start + seconds:g} s; choose an earlier --start")
    heard = decode_sound(sound).samples[round(start * AUDIO_RATE) : round((start + seconds) * AUDIO_RATE)]
    peaks = outline(np.asarray(heard, np.float32), SIZE[0])
    renderer = Renderer(performance, SIZE, VIEWS[instrument], detail=1.0, supersampling=2.0)
    try:
        for frame in range(first, last):
            musician = renderer.draw(frame)[:, :, ::-1]  # the renderer's pictures are BGR, as OpenCV's
            yield np.vstack([musician, strip(peaks, (frame - first) / (last - first))])
    finally:
        renderer.close()


def main(arguments: list[str]) -> int:
    """Draw, encode, and refuse a file that is too large for a first screen."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument("sound", type=Path, help="a recording")
    parser.add_argument("--instrument", choices=tuple(VIEWS), default="violin", help="(violin)")
    parser.add_argument("--start", type=float, default=12.0, help="s of the recording at which it begins (12)")
    parser.add_argument("--seconds", type=float, default=5.0, help="its length (5)")
    parser.add_argument("--out", type=Path, default=Path("docs/images/playing.webp"), help="(%(default)s)")
    options = parser.parse_args(arguments)
    size = f"{SIZE[0]}x{SIZE[1] + STRIP}"
    command = [ffmpeg_path(), "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size]
    command += [
        "-r",
        str(VIDEO_FPS),
        "-i",
        "-",
        "-c:v",
        "libwebp_anim",
        "-pix_fmt",
        "yuv420p",
        "-quality",
        str(QUALITY),
    ]
    aside = options.out.with_name(f"aside-{options.out.name}")
    command += ["-quality", str(QUALITY), "-compression_level", "3", "-loop", "0", "-y", str(aside)]
    try:
        with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
            assert encoder.stdin is not None
            for picture in pictures(options.sound, options.instrument, options.start, options.seconds):
                encoder.stdin.write(np.ascontiguousarray(picture).tobytes())
        if encoder.returncode != 0 or aside.stat().st_size > LARGEST:
            raise BadInput(f"{options.out} was not written: it would be larger than {LARGEST} bytes; make it shorter")
        os.replace(aside, options.out)
    finally:
        aside.unlink(missing_ok=True)
    print(f"{options.out}, {options.out.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
