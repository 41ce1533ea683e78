"""How far a point moves, the paper's net beside the expressive one.

``python -m audio_to_body.benchmarks.movement SOUND``.

Prints the standard deviation of the right wrist (or another point) across and down the picture, in pixels.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import load
from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.audio import decode_sound


def spread(points: np.ndarray) -> tuple[float, float]:
    """Standard deviation of one point's places ``[frames, 2]`` across and down, px."""
    across, down = points.std(axis=0)
    return float(across), float(down)


def main() -> None:
    """Command line."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.benchmarks.movement", description=__doc__)
    flags.add_argument("sound", type=Path)
    flags.add_argument("--instrument", choices=INSTRUMENTS, default="violin")
    flags.add_argument("--point", default="right_wrist")
    flags.add_argument("--seconds", type=float, default=24.0, help="from the beginning on (default: 24)")
    options = flags.parse_args()
    samples = decode_sound(options.sound).samples[: round(options.seconds * AUDIO_RATE)]
    which = layout_named(options.instrument).index(options.point)
    print(f"{options.point}, first {len(samples) / AUDIO_RATE:.0f} s of {options.sound.name}: standard deviation")
    for faithful in (True, False):
        session = load(options.instrument, "cpu", faithful=faithful)
        across, down = spread(predict(samples, session).points[:, which])
        print(f"  {session.card.family:10s} {across:5.1f} px across, {down:5.1f} px down")


if __name__ == "__main__":
    main()
