"""The skeleton video."""

from __future__ import annotations

from pathlib import Path

from audio_to_body.inference.writers.base import Source, Writer
from audio_to_body.skeleton.motion import Motion


class Mp4Writer(Writer):
    """``.mp4``: a drawn musician with the instrument, H.264 with the sound, exactly as long as the sound.

    Parameters
    ----------
    size : (int, int), optional
        Width and height in px; by default 480 px high and as wide as the musician needs.
    """

    format = "mp4"
    suffix = ".mp4"
    has_sound = True

    def __init__(self, size: tuple[int, int] | None = None) -> None:
        self._size = size

    def write(self, motion: Motion, target: Path, source: Source) -> None:
        """Write the motion; see :meth:`Writer.write`."""
        from audio_to_body.pictures.stage import write_skeleton_video

        write_skeleton_video(motion, target, source.sound_for_video, size=self._size, progress=source.progress)
