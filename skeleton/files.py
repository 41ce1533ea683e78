"""Every file that the project writes or reads as arrays: a reader sees the old file or the new one, never a half."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from audio_to_body.skeleton.refusal import BadInput

TEMPORARY = "the folder for temporary files (TMPDIR)"  # what :func:`refused` calls it
_NAME_SHOWN = 40  # characters of a file's name in its temporary one: names end at 255 bytes


@contextmanager
def replacing(path: str | os.PathLike[str], suffix: str = "") -> Iterator[Path]:
    """Write a file beside its place under a name that no other writer has; it takes its place when it is whole.

    The block writes the file at the path that it is given. When the block ends, the file is on the disk (fsync) and
    renamed; when the block fails, it is removed and whatever stood at ``path`` is unharmed.

    Parameters
    ----------
    path : path
        Where the file belongs. A link is followed: what it points to is replaced, not the link.
    suffix : str
        What the temporary name ends in, for writers that go by it (``".usdz"``).

    Yields
    ------
    Path
        An empty file in the same folder.

    Raises
    ------
    BadInput
        If the system refuses (disk full, no permission, no such folder, a folder or device of that name).
    """
    with refused(path):
        place = _place_of(path)
        if place.exists() and not place.is_file():
            raise BadInput(f"{path} cannot be written: it is a {'folder' if place.is_dir() else 'device'}")
        aside = _new_name(place, suffix)
        os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # as the person's umask has it
        try:
            yield aside
            with open(aside, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(aside, place)
        finally:
            with suppress(OSError):
                aside.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Fill a folder beside its place; it takes its place, and the old folder goes, when it is complete.

    Raises
    ------
    BadInput
        If the system refuses; the old folder is unharmed.
    """
    with refused(path):
        place = _place_of(path)
        aside, old = _new_name(place, ""), _new_name(place, "")
        aside.mkdir()
        try:
            yield aside
            if place.exists():
                os.replace(place, old)
            try:
                os.replace(aside, place)
            except OSError:
                if old.exists():
                    os.replace(old, place)
                raise
        finally:
            for folder in (aside, old):
                shutil.rmtree(folder, ignore_errors=True)


def check_free(path: str | os.PathLike[str], force: bool) -> None:
    """Refuse an output file that stands there already, before anything is computed for it.

    Raises
    ------
    BadInput
        If it is there and ``force`` is not said, or if a folder has its name.
    """
    if os.path.isdir(path):
        raise BadInput(f"{path} is a folder; name a file")
    if os.path.lexists(path) and not force:
        raise BadInput(f"{path} exists; add --force to write over it, or name another")


@contextmanager
def refused(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn the system's refusals inside the block into one sentence about ``path``."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            reason = "cannot be written: the disk is full; free some space or write elsewhere"
        else:
            reason = f"cannot be written ({error.strerror or error})"
        raise BadInput(f"{path} {reason}") from None


def read_beginning(path: str | os.PathLike[str], most: int) -> bytes:
    """A file's first ``most + 1`` bytes: one more than is welcome tells that there are too many.

    Raises
    ------
    BadInput
        If it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror})") from None


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a whole file; see :func:`replacing`."""
    with replacing(path) as aside:
        aside.write_bytes(data)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a whole UTF-8 file with plain line ends; see :func:`replacing`."""
    write_bytes(path, text.encode(errors="backslashreplace"))  # a file's name may be no text at all


def write_arrays(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], level: int | None = None) -> None:
    """Write an ``.npz`` without pickles; see :func:`replacing`.

    Parameters
    ----------
    path : path
    arrays : mapping of str to np.ndarray
    level : int, optional
        How hard zlib tries, 1 to 9: movements hardly shrink more when it tries harder than 1. None stores.
    """
    kind = zipfile.ZIP_STORED if level is None else zipfile.ZIP_DEFLATED
    with replacing(path) as aside, zipfile.ZipFile(aside, "w", kind, compresslevel=level) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asanyarray(array), allow_pickle=False)


@contextmanager
def read_arrays(path: str | os.PathLike[str], what: str, remedy: str = "") -> Iterator[Mapping[str, np.ndarray]]:
    """Open an ``.npz``: an array is read when it is asked for, nothing is unpickled.

    Whatever goes wrong inside the block with what was read is the file's fault, so take from it what you need and
    leave the block.

    Parameters
    ----------
    path : path
    what : str
        What the file should be: ``"a motion file"``.
    remedy : str, optional
        What would help: ``"make the dataset again"``.

    Yields
    ------
    mapping of str to np.ndarray

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    BadInput
        If the file is damaged, of another kind, or lacks an array that the block asks for.
    """
    if os.path.isdir(path):
        raise BadInput(f"{path} is a folder and not {what}; name a file")
    helps = f"; {remedy}" if remedy else ""
    try:
        with np.load(path, allow_pickle=False) as file:
            yield _Arrays(file)
    except (BadInput, FileNotFoundError):
        raise
    except Exception as error:  # numpy and zipfile raise a dozen kinds for a damaged file
        raise BadInput(f"{path} is damaged or is not {what} ({error}){helps}") from error


class _Arrays(Mapping[str, np.ndarray]):
    """An open ``.npz`` whose entries are arrays: numpy hands out the bytes of anything else."""

    def __init__(self, file: Mapping[str, np.ndarray]) -> None:
        self._file = file

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._file:
            raise KeyError(f"no array {name}")
        array = self._file[name]
        if not isinstance(array, np.ndarray):
            raise ValueError(f"{name} is no array")
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._file)

    def __len__(self) -> int:
        return len(self._file)


def _place_of(path: str | os.PathLike[str]) -> Path:
    return Path(os.path.realpath(path))


def _new_name(place: Path, suffix: str) -> Path:
    return place.with_name(f".{place.name[:_NAME_SHOWN]}.{secrets.token_hex(6)}.part{suffix}")
