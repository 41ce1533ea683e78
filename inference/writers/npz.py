"""The project's own motion file."""

from __future__ import annotations

from pathlib import Path

from audio_to_body.inference.writers.base import Source, Writer
from audio_to_body.skeleton.motion import Motion, save_motion


class NpzWriter(Writer):
    """``.npz`` as :func:`audio_to_body.skeleton.motion.load_motion` reads it."""

    format = "npz"
    suffix = ".npz"

    def write(self, motion: Motion, target: Path, source: Source) -> None:
        """Write the motion; see :meth:`Writer.write`."""
        save_motion(motion, target)
