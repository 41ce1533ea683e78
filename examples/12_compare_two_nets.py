"""The paper's net beside the expressive one: ``python examples/12_compare_two_nets.py audio.wav``."""

from __future__ import annotations

import numpy as np

from audio_to_body import Motion, load, predict
from audio_to_body.skeleton.refusal import run_script


def manner(motion: Motion) -> tuple[float, float]:
    """Reach (px, standard deviation) and speed (px/s, mean) of the bowing wrist."""
    wrist = motion.points[:, motion.skeleton.index("right_wrist")].astype(float)
    reach = float(np.sqrt(wrist.var(axis=0).sum()))
    speed = float(np.linalg.norm(np.diff(wrist, axis=0), axis=1).mean() * motion.fps)
    return reach, speed


def main(sound: str) -> None:
    """Print how far and how fast each net moves the bow arm."""
    for name, faithful in (("paper", True), ("expressive", False)):
        reach, speed = manner(predict(sound, load("violin", faithful=faithful)))
        print(f"{name:>10}: reach {reach:5.1f} px, speed {speed:6.1f} px/s")


if __name__ == "__main__":
    run_script(main, __doc__)
