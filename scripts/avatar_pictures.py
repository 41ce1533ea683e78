"""The README's pictures of the avatar: both musicians, one bow stroke, one chord.

``python scripts/avatar_pictures.py --violin bach.wav --piano liszt.wav`` plays recordings through the nets that ship.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from audio_to_body.avatar.camera import View
from audio_to_body.avatar.render import Renderer
from audio_to_body.avatar.retargeting import retarget
from audio_to_body.avatar.scene import RigMotion
from audio_to_body.inference import load, predict
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import run_command

STROKE_VIEW = View((-0.75, 1.7, 2.0), (0.05, 1.31, 0.2), 25.0)
CHORD_SIZE, STROKE_SIZE, WHOLE_SIZE = (360, 320), (360, 400), (640, 480)
AROUND_A_CHORD = (-3, -1, 0, 2, 6)  # frames from its onset
PICTURES = 5  # of a stroke
LONGEST_STROKE = 30  # frames


def stroke(motion: Motion) -> tuple[int, int]:
    """First and last frame of the longest way that the bow goes without a turn in at most 1.25 s."""
    place = np.asarray(motion.tracks["bow_position"], float)
    turns = np.flatnonzero(np.diff(np.sign(np.diff(place))) != 0) + 1
    spans = [(a, b) for a, b in zip(turns[:-1], turns[1:]) if b - a <= LONGEST_STROKE]
    first, last = max(spans, key=lambda span: abs(place[span[1]] - place[span[0]]))
    return int(first), int(last)


def chord(motion: Motion) -> tuple[int, int]:
    """The frame in which one hand strikes most keys at once, and which hand (0 left)."""
    held = np.asarray(motion.tracks["keys_pressed"]).reshape(len(motion), 2, 5)
    struck = np.zeros((len(motion), 2), int)
    struck[1:] = ((held[1:] > 0) & (held[1:] != held[:-1])).sum(axis=2)
    first, last = -AROUND_A_CHORD[0], len(motion) - AROUND_A_CHORD[-1]
    frame, hand = np.unravel_index(int(np.argmax(struck[first:last])), struck[first:last].shape)
    return int(frame) + first, int(hand)


def drawn(performance: RigMotion, frames: list[int], view: View | str, size: tuple[int, int]) -> list[np.ndarray]:
    """Pictures of some frames, finer than a video's."""
    renderer = Renderer(performance, size, view, detail=1.0, supersampling=2.0)
    try:
        return [renderer.draw(frame).copy() for frame in frames]
    finally:
        renderer.close()


def save(path: Path, pictures: list[np.ndarray]) -> None:
    """Pictures beside each other as PNG."""
    import cv2

    cv2.imwrite(str(path), np.hstack(pictures), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(f"{path}, {path.stat().st_size / 1e6:.2f} MB")


def main(arguments: list[str]) -> int:
    """Draw all four pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--violin", type=Path, required=True, help="a recording of a violin")
    parser.add_argument("--piano", type=Path, required=True, help="a recording of a piano")
    parser.add_argument("--frame", type=int, default=60, help="frame of the two whole pictures (default 60)")
    parser.add_argument("--out", type=Path, default=Path("docs/images"), help="folder (default docs/images)")
    options = parser.parse_args(arguments)
    performances = {}
    for instrument in ("violin", "piano"):
        motion = predict(getattr(options, instrument), load(instrument))
        performances[instrument] = retarget(motion)
        views = ("front", "three-quarter")
        pictures = [drawn(performances[instrument], [options.frame], view, WHOLE_SIZE)[0] for view in views]
        save(options.out / f"avatar_{instrument}.png", pictures)
        if instrument == "violin":
            frames = np.linspace(*stroke(motion), PICTURES).round().astype(int).tolist()
            save(
                options.out / "avatar_bow_stroke.png", drawn(performances["violin"], frames, STROKE_VIEW, STROKE_SIZE)
            )
    pianist = performances["piano"]
    frame, hand = chord(motion)
    x = float(pianist.joint(("left", "right")[hand] + "MiddleProximal")[frame, 0])
    aside = -0.28 if hand else 0.28
    view = View((x + aside, 1.12, -0.32), (x, 0.74, 0.03), 26.0)
    frames = [frame + offset for offset in AROUND_A_CHORD]
    save(options.out / "avatar_chord.png", drawn(pianist, frames, view, CHORD_SIZE))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
