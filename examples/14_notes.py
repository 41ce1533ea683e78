"""The notes that are heard in a recording: ``python examples/14_notes.py audio.wav piano``."""

from __future__ import annotations

from audio_to_body.inference.notes.listener import hear
from audio_to_body.inference.notes.session import load_notes
from audio_to_body.skeleton.refusal import run_script
from audio_to_body.sound.audio import decode_sound


def main(path: str, instrument: str = "violin") -> None:
    """Print every note: when it begins and ends (s), which (MIDI), how hard (1 to 127)."""
    notes = hear(load_notes(instrument), decode_sound(path).samples)
    for onset, end, pitch, velocity in zip(notes.onset, notes.end, notes.pitch, notes.velocity):
        print(f"{onset:7.3f} to {end:7.3f} s  pitch {pitch:3d}  velocity {velocity:3.0f}")


if __name__ == "__main__":
    run_script(main, __doc__)
