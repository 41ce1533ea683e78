"""What live sound loses by not knowing its own level: keypoints with the level followed causally against those with
the whole file's, on recordings of one's own: ``python -m audio_to_body.benchmarks.causal_level SOUND...``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from audio_to_body.inference.frames import Frames, joined
from audio_to_body.inference.session import Session, load
from audio_to_body.inference.stream import BLOCK_SAMPLES, Stream
from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.sound.audio import Sound, decode_sound

SETTLING = 5.0  # s: until then a live stream has heard too little


def streamed(session: Session, sound: Sound, gain: float | None) -> Frames:
    """All frames of a whole sound; without a gain the level is followed."""
    stream = Stream(session, gain)
    parts = [stream.push(sound.samples[i : i + BLOCK_SAMPLES]) for i in range(0, len(sound), BLOCK_SAMPLES)]
    return joined([*parts, stream.finish()])


def distances(one: Frames, other: Frames) -> np.ndarray:
    """Mean distance of the points, px ``[frames]``."""
    return np.linalg.norm(one.points - other.points, axis=-1).mean(axis=1)


def opposed(one: Frames, other: Frames) -> np.ndarray | None:
    """In which frames the bow goes the other way, bool ``[frames]``; None where no bow is told.

    A pulse that just reaches the threshold makes a stroke on one side only; from there to the next rest both sides
    play the same strokes in opposite directions.
    """
    if "bow_speed" not in one.tracks:
        return None
    return np.asarray(np.sign(one.tracks["bow_speed"]) * np.sign(other.tracks["bow_speed"]) < 0)


def main() -> None:
    """Command line."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.benchmarks.causal_level", description=__doc__)
    flags.add_argument("sounds", nargs="+", type=Path, metavar="SOUND")
    flags.add_argument("--instrument", choices=INSTRUMENTS, default="violin")
    options = flags.parse_args()
    for faithful in (True, False):
        session = load(options.instrument, "cpu", faithful=faithful)
        moved = streamed(session, decode_sound(options.sounds[0]), None).points
        motion = np.linalg.norm(moved - moved.mean(axis=0), axis=-1).mean()
        print(f"{session.card.family} {options.instrument} net; its points lie {motion:.1f} px from their mean place")
        for path in options.sounds:
            sound = decode_sound(path)
            known, followed = streamed(session, sound, sound.gain), streamed(session, sound, None)
            away, against = distances(known, followed), opposed(known, followed)
            settled = away[round(SETTLING * session.card.video_fps) :]
            print(
                f"  {path.name}: mean {away.mean():.2f} px, after {SETTLING:.0f} s {settled.mean():.2f} px, "
                f"p95 {np.percentile(settled, 95):.2f} px"
            )
            if against is not None:
                print(
                    f"    {100 * against.mean():.0f} % of the frames are bowed the other way; "
                    f"the others' mean {away[~against].mean():.2f} px"
                )


if __name__ == "__main__":
    main()
