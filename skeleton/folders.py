"""Folders that results go into: made where there are none, gone where nothing came of them, one writer at a time."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from audio_to_body.skeleton.refusal import BadInput

LOCK = ".lock"  # in a folder while somebody writes into it; holds the number of the process
_NUMBER_ENDS = 32  # bytes; the lock itself lies behind them, so that on Windows, too, others may read the number


@contextmanager
def output_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """An output folder that can be written, made where there is none; gone again if nothing was written into it.

    Raises
    ------
    BadInput
    """
    folder = Path(path)
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise BadInput(f"{folder} cannot be written into: {place} is a file; name a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        _removed(made)
        raise BadInput(f"the output folder {folder} cannot be written ({error.strerror}); name another") from None
    try:
        yield folder
    finally:
        _removed(made)


@contextmanager
def own_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """An :func:`output_folder` into which nobody else writes meanwhile: long work that goes on where it stopped.

    The system lets go of a dead process's lock, however it died, so none is ever in the way.

    Raises
    ------
    BadInput
        If the folder cannot be written, or another run writes into it.
    """
    with output_folder(path) as folder:
        lock = _locked(folder)
        try:
            yield folder
        finally:
            with suppress(OSError):
                (folder / LOCK).unlink()
            os.close(lock)


def _locked(folder: Path) -> int:
    """The handle of the folder's lock."""
    place = folder / LOCK
    while True:
        handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o666)
        if not _lock(handle):
            number = os.read(handle, _NUMBER_ENDS).decode("ascii", "replace").strip()
            os.close(handle)
            raise BadInput(
                f"{folder} is being written by another run (process {number or 'unknown'}); "
                "wait until it ends, or name another folder"
            )
        with suppress(OSError):
            if os.path.samestat(os.fstat(handle), os.stat(place)):
                os.write(handle, f"{os.getpid():<{_NUMBER_ENDS}}".encode())
                return handle
        os.close(handle)  # whoever had it took it away meanwhile


def _lock(handle: int) -> bool:
    """Lock an open file; False where another process holds it. Where a file system has no locks nobody holds one."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, _NUMBER_ENDS, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def _removed(made: Sequence[Path]) -> None:
    """Remove folders, the innermost first, as far as they are empty."""
    for place in made:
        try:
            place.rmdir()
        except OSError:
            return
