"""From a sound file to an array: ``python examples/01_array_from_a_file.py audio.wav``."""

from __future__ import annotations

import numpy as np

from audio_to_body import load, predict
from audio_to_body.skeleton.refusal import run_script


def main(sound: str) -> None:
    """Print where the right wrist is, second by second, and how fast the bow moves."""
    motion = predict(sound, load("violin"))  # points float32 [frames, 50, 2], pixels
    wrist = motion.points[:, motion.skeleton.index("right_wrist")]
    speed = np.abs(motion.tracks["bow_speed"])  # bow lengths/s
    for frame in range(0, len(motion), round(motion.fps)):
        x, y = wrist[frame]
        print(f"{frame / motion.fps:5.1f} s  right wrist at {x:5.1f}, {y:5.1f} px  bow {speed[frame]:.2f} lengths/s")


if __name__ == "__main__":
    run_script(main, __doc__)
