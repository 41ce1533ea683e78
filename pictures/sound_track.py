"""A video's sound, encoded in the background while its pictures are still being computed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from audio_to_body.skeleton.files import TEMPORARY, refused
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import track_arguments
from audio_to_body.sound.ffmpeg import Media, chosen_track, ffmpeg_environment, ffmpeg_path, probe, why_failed

# the fast coder is ffmpeg's advice from 64 kb/s up, and takes two thirds of the default's time
AAC = ("-c:a", "aac", "-aac_coder", "fast", "-b:a", "160k")


class SoundTrack:
    """A sound on its way to AAC; made by :func:`sound_track`."""

    def __init__(self, process: subprocess.Popen[bytes], errors: IO[bytes], path: Path, sound: str) -> None:
        self._process, self._errors, self._path, self._sound = process, errors, path, sound

    def path(self) -> Path:
        """The encoded file; waits until it is complete.

        Raises
        ------
        BadInput
            If ffmpeg cannot encode the sound.
        """
        if (code := self._process.wait()) != 0:
            self._errors.seek(0)
            reason = why_failed(self._errors.read().decode("utf-8", "replace"), code)
            raise BadInput(f"the sound of {self._sound} could not be encoded ({reason})")
        return self._path


@contextmanager
def sound_track(
    sound: str | os.PathLike[str], track: int | None = None, media: Media | None = None
) -> Iterator[SoundTrack]:
    """Begin to encode a file's sound; the result lives as long as the context.

    Parameters
    ----------
    sound : path
        Any file ffmpeg reads.
    track : int, optional
        Which of its sound tracks, from 1; the default one when not given.
    media : Media, optional
        The file's header, where it has been read already.

    Raises
    ------
    BadInput
        If the file has no such sound.
    """
    path = Path(sound)
    media = media or probe(path)
    chosen = track_arguments(media, chosen_track(path, media, track))
    with ExitStack() as held:
        with refused(TEMPORARY):
            folder = held.enter_context(tempfile.TemporaryDirectory())
            errors = held.enter_context(tempfile.TemporaryFile())
        encoded = Path(folder) / "audio_to_body.sound.m4a"
        command = [ffmpeg_path(), "-hide_banner", "-nostdin", "-loglevel", "error", "-y", "-i", f"file:{sound}"]
        process = subprocess.Popen(
            [*command, *chosen, *AAC, str(encoded)],
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=ffmpeg_environment(),
        )
        try:
            yield SoundTrack(process, errors, encoded, str(sound))
        finally:
            with contextlib.suppress(OSError):
                process.kill()
            process.wait()
