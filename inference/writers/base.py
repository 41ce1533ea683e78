"""What every writer of a format offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audio_to_body.skeleton.motion import Motion

if TYPE_CHECKING:
    from audio_to_body.pictures.sound_track import SoundTrack


@dataclass(frozen=True)
class Source:
    """Where a motion came from.

    Attributes
    ----------
    sound : Path
        The file that was played.
    progress : callable (done, of), optional
        Told how far a long writing is.
    track : SoundTrack, optional
        The sound, encoded for a video while it was played; given to writers with ``has_sound``.
    remark : callable (str)
        Told what a person should know of an output that was written all the same, in one sentence; whoever plays the
        file tells each sentence once.
    """

    sound: Path
    progress: Callable[[int, int], object] | None = None
    track: SoundTrack | None = None
    remark: Callable[[str], object] = lambda sentence: None

    @property
    def sound_for_video(self) -> Path | SoundTrack:
        """What :func:`audio_to_body.pictures.video_writer.video_writer` takes."""
        return self.sound if self.track is None else self.track


class Writer(ABC):
    """Writes a motion in one format; the output appears under its name only when it is complete.

    Attributes
    ----------
    format : str
        What ``--formats`` calls it.
    suffix : str
        What follows the input's stem in the output's name.
    has_sound : bool
        Whether the sound goes into the output.
    """

    format: str
    suffix: str
    has_sound: bool = False

    def target(self, folder: Path, stem: str) -> Path:
        """Path of the output for an input of that stem."""
        return folder / f"{stem}{self.suffix}"

    @abstractmethod
    def write(self, motion: Motion, target: Path, source: Source) -> None:
        """Write ``motion`` to ``target``, replacing what is there.

        Raises
        ------
        BadInput
            If it cannot be written, in one sentence.
        """
