"""What live sound loses by not knowing its own level: keypoints with the level followed causally against those with
the whole file's, on recordings of one's own: ``python -m benchmarks.causal_level SOUND...``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from inference.session import Session, load
from inference.stream import BLOCK_SAMPLES, Stream
from preprocessing.audio import Sound, decode_sound
from skeleton.layouts import INSTRUMENTS

SETTLING = 5.0  # s: until then a live stream has heard too little


def streamed(session: Session, sound: Sound, gain: float | None) -> np.ndarray:
    """Keypoints of a whole sound ``[frames, points, 2]``; without a gain the level is followed."""
    stream = Stream(session, gain)
    parts = [stream.push(sound.samples[i : i + BLOCK_SAMPLES]) for i in range(0, len(sound), BLOCK_SAMPLES)]
    return np.concatenate([part.points for part in [*parts, stream.finish()]])


def difference(session: Session, sound: Sound) -> np.ndarray:
    """Mean distance of the points, px ``[frames]``, between the two ways of knowing the level."""
    known, followed = streamed(session, sound, sound.gain), streamed(session, sound, None)
    return np.linalg.norm(known - followed, axis=-1).mean(axis=1)


def main() -> None:
    """Command line."""
    flags = argparse.ArgumentParser(prog="python -m benchmarks.causal_level", description=__doc__)
    flags.add_argument("sounds", nargs="+", type=Path, metavar="SOUND")
    flags.add_argument("--instrument", choices=INSTRUMENTS, default=INSTRUMENTS[0])
    options = flags.parse_args()
    for faithful in (True, False):
        session = load(options.instrument, "cpu", faithful=faithful)
        moved = streamed(session, decode_sound(options.sounds[0]), None)
        motion = np.linalg.norm(moved - moved.mean(axis=0), axis=-1).mean()
        print(f"{session.card.family} {options.instrument} net; its points lie {motion:.1f} px from their mean place")
        for path in options.sounds:
            away = difference(session, decode_sound(path))
            settled = away[round(SETTLING * session.card.video_fps) :]
            print(
                f"  {path.name}: mean {away.mean():.2f} px, after {SETTLING:.0f} s {settled.mean():.2f} px, "
                f"p95 {np.percentile(settled, 95):.2f} px"
            )


if __name__ == "__main__":
    main()
