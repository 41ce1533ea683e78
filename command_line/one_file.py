"""``audio-to-body play --out song.mp4``: one file of the person's own name, where a folder is the rule."""

from __future__ import annotations

import argparse
from pathlib import Path

from audio_to_body.command_line.arguments import KNOWN_FORMATS
from audio_to_body.inference.writers import Source, Writer
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput

# what people ask for
UNWRITTEN = frozenset(["mov", "mkv", "avi", "webm", "gif", "wav", "mp3", "flac", "fbx", "gltf", "vrm", "usd"])


class InOneFile(Writer):
    """A writer whose output has the name that the person gave.

    Parameters
    ----------
    writer : Writer
    path : Path
    """

    def __init__(self, writer: Writer, path: Path) -> None:
        self.format, self.suffix, self.has_sound = writer.format, writer.suffix, writer.has_sound
        self._writer, self._path = writer, path

    def target(self, folder: Path, stem: str) -> Path:
        """The file, whatever is played."""
        return self._path

    def write(self, motion: Motion, target: Path, source: Source) -> None:
        """See :meth:`audio_to_body.inference.writers.base.Writer.write`."""
        self._writer.write(motion, target, source)


def one_file(arguments: argparse.Namespace) -> Path | None:
    """The file that ``--out`` names, whose format is then the one that is written; None where it names a folder.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of ``play``; ``formats`` is set where the file's ending says it.

    Raises
    ------
    BadInput
        If one file cannot take what is asked for.
    """
    out = arguments.out
    ending = "" if out is None else out.suffix[1:].lower()
    if out is None or (out.exists() and not out.is_file()):
        return None
    if ending in UNWRITTEN:
        raise BadInput(
            f"--out {out}: no .{ending} is written; name a folder, or a file of {', '.join(KNOWN_FORMATS)}"
        )
    if ending not in KNOWN_FORMATS:
        return None
    if arguments.live:
        raise BadInput(f"--out {out} is a file, and a live session is kept as several; name a folder")
    if len(arguments.audio) > 1:
        raise BadInput(f"--out {out} is one file and {len(arguments.audio)} are played; name a folder")
    if arguments.formats is not None and arguments.formats.strip().lower() != ending:
        raise BadInput(
            f"--out {out} is one file and --formats says {arguments.formats}; name a folder, or leave it out"
        )
    arguments.formats = ending
    return Path(out)
