"""Sound that your program makes: ``python examples/02_sound_of_your_own.py``."""

from __future__ import annotations

import numpy as np

from audio_to_body import load, predict
from audio_to_body.skeleton.refusal import run_script

RATE = 44_100  # samples/s
C_MAJOR = (60, 62, 64, 65, 67, 69, 71, 72)  # MIDI pitches


def scale(seconds_each: float = 0.4) -> np.ndarray:
    """Eight tones that fade as a piano's, float32 [samples]."""
    t = np.arange(round(seconds_each * RATE)) / RATE
    tones = [np.exp(-6 * t) * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * t) for pitch in C_MAJOR]
    return np.concatenate(tones).astype(np.float32)


def main() -> None:
    """Print where the right hand is at each tone, across the keyboard."""
    motion = predict(scale(), load("piano"))
    hand = motion.tracks["hands_mm"][:, 6, 0]  # the right wrist along the keyboard
    for number, pitch in enumerate(C_MAJOR):
        frame = round((0.4 * number + 0.2) * motion.fps)
        print(f"pitch {pitch}: right wrist at {hand[frame]:6.1f} mm along the keyboard")


if __name__ == "__main__":
    run_script(main, __doc__)
