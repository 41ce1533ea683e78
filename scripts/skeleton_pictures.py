"""The README's first pictures: the nets that ship play real recordings, five moments each.

``python scripts/skeleton_pictures.py --violin bach.wav --piano liszt.wav``
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from audio_to_body.inference import load, predict
from audio_to_body.pictures.easel import Easel
from audio_to_body.pictures.stage import Stage
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import run_command

PICTURES, WIDTH = 5, 400  # of a strip; px of one picture
NAMES = {"violin": "violin_bach.jpg", "piano": "piano_liszt.jpg"}


def strip(motion: Motion, seconds: np.ndarray) -> np.ndarray:
    """Pictures of some moments beside each other, uint8 [height, pictures * WIDTH, 3]."""
    import cv2

    stage = Stage.for_motion(motion)
    easel = Easel(stage.background, stage.strip)
    pictures = []
    for frame in np.round(seconds * motion.fps).astype(int):
        sketch = stage.sketch(motion, slice(frame, frame + 1))
        easel.paint(sketch, 0, (frame + 1) / len(motion))
        size = (WIDTH, round(WIDTH * stage.size[1] / stage.size[0]))
        pictures.append(cv2.resize(easel.picture, size, interpolation=cv2.INTER_AREA))
    return np.hstack(pictures)


def main(arguments: list[str]) -> int:
    """Draw both strips."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--violin", type=Path, required=True, help="a recording of a violin")
    parser.add_argument("--piano", type=Path, required=True, help="a recording of a piano")
    parser.add_argument("--violin-from", type=float, default=3.0, help="s of the first of its pictures (3)")
    parser.add_argument("--piano-from", type=float, default=3.0, help="(3)")
    parser.add_argument("--apart", type=float, default=0.25, help="s between pictures (0.25)")
    parser.add_argument("--out", type=Path, default=Path("docs/images"), help="folder (default docs/images)")
    options = parser.parse_args(arguments)
    import cv2

    for instrument, name in NAMES.items():
        motion = predict(getattr(options, instrument), load(instrument))
        moments = getattr(options, f"{instrument}_from") + options.apart * np.arange(PICTURES)
        path = options.out / name
        cv2.imwrite(str(path), strip(motion, moments), [cv2.IMWRITE_JPEG_QUALITY, 90])
        print(f"{path}, {path.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
