"""What the paper's net hears, for a model of your own: ``python examples/13_features.py audio.wav``."""

from __future__ import annotations

from audio_to_body.skeleton.rates import NETWORK_RATE
from audio_to_body.skeleton.refusal import run_script
from audio_to_body.sound.audio import decode_sound
from audio_to_body.sound.features import audio_features


def main(path: str) -> None:
    """Print the 28 features of the loudest step: 13 MFCC, log mean energy, and the change of each."""
    sound = decode_sound(path)
    table = audio_features(sound.samples * sound.gain, NETWORK_RATE)  # float32 [steps, 28]
    step = int(table[:, 13].argmax())
    print(f"{table.shape[0]} steps of {table.shape[1]} features at {NETWORK_RATE} steps/s")
    print(f"loudest at {step / NETWORK_RATE:.2f} s:", *(f"{value:.1f}" for value in table[step]))


if __name__ == "__main__":
    run_script(main, __doc__)
