"""Sound in pieces, frames as they become due: ``python examples/03_stream.py audio.wav``."""

from __future__ import annotations

import numpy as np

from audio_to_body import Stream, load, predict
from audio_to_body.skeleton.refusal import run_script
from audio_to_body.sound.audio import decode_sound

PIECE = 1_024  # samples: whatever your sound card gives


def main(path: str) -> None:
    """Stream a file piece by piece, and compare with the file played whole."""
    session = load("violin")
    sound = decode_sound(path)
    for latency in ("usual", "low"):  # live: leave the gain out, the level is followed
        late = Stream(session, latency=latency).latency_ms
        print(f"{latency}: each frame comes at most {late:.0f} ms behind the sound")
    stream = Stream(session, gain=sound.gain, latency="file")  # as files are played: far ahead
    parts = [stream.push(sound.samples[first : first + PIECE]).points for first in range(0, len(sound), PIECE)]
    streamed = np.concatenate([*parts, stream.finish().points])
    apart = np.abs(streamed - predict(path, session).points).max()
    print(f"{len(streamed)} frames, at most {apart:.4f} px from the whole file's")


if __name__ == "__main__":
    run_script(main, __doc__)
