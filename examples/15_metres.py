"""A motion in metres, read with numpy alone: ``python examples/15_metres.py audio.npz``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np


def turned(quaternion: np.ndarray, vector: tuple[float, float, float]) -> np.ndarray:
    """A thing's own direction in the room, by its quaternions ``[frames, 4]`` (x, y, z, w)."""
    axis, w = quaternion[:, :3], quaternion[:, 3:]
    twice = 2 * np.cross(axis, vector)
    return np.array(vector) + w * twice + np.cross(axis, twice)


def main(path: str) -> None:
    """Print once a second where the right wrist is, and the bow's tip or the keys that are down."""
    file = np.load(path)
    if "joints" not in file:
        print(f"error: {path} is known in pixels alone; play with --lift", file=sys.stderr)
        sys.exit(2)
    wrist = file["joints"][:, list(file["point_names"]).index("right_wrist")]
    for frame in range(0, len(wrist), 24):
        x, y, z = wrist[frame]
        told = f"{frame / 24:5.1f} s  right wrist {x:6.3f} m to the left, {y:.3f} m up, {z:.3f} m ahead"
        if "place_bow" in file:
            tip = file["place_bow"][frame] + turned(file["turn_bow"][frame : frame + 1], (0.65, 0.0, 0.0))[0]
            told += f"; tip of the bow {tip[1]:.3f} m up"
        if "keys_down" in file:
            told += f"; keys down: {[int(key) + 21 for key in np.flatnonzero(file['keys_down'][frame])]}"
        print(told)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        print("error: name a motion that is there: python examples/15_metres.py audio.npz", file=sys.stderr)
        sys.exit(2)
    main(sys.argv[1])
