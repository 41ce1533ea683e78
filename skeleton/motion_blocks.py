"""A motion file written block after block, so that hours of motion need no more memory than half a minute."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from typing import IO

import numpy as np

from audio_to_body.skeleton.files import TEMPORARY, refused, replacing
from audio_to_body.skeleton.motion import COMPRESSION, Motion, file_arrays

COPIED = 1 << 22  # bytes at once


def save_blocks(blocks: Iterable[Motion], path: str | os.PathLike[str]) -> int:
    """Write consecutive stretches of one motion as the file that :func:`~audio_to_body.skeleton.motion.save_motion`
    would write of the whole; gives the number of its frames.

    Parameters
    ----------
    blocks : iterable of Motion
        One at least, of one layout, with the same tracks and props.
    path : path

    Raises
    ------
    BadInput
        If the file cannot be written.
    ValueError
        If there is no block, or one does not go on as the first one began.
    """
    frames = 0
    with ExitStack() as held, replacing(path) as aside:
        kept: dict[str, _Spool] = {}
        same: dict[str, np.ndarray] = {}
        for block in blocks:
            arrays = file_arrays(block)
            along = {name for name, value in arrays.items() if value.ndim and value.shape[0] == len(block)}
            along -= {"point_names"}  # as many as a block may have frames
            if not kept:
                with refused(TEMPORARY):
                    kept = {name: _Spool(held.enter_context(tempfile.TemporaryFile())) for name in sorted(along)}
                same = {name: value for name, value in arrays.items() if name not in along}
            if set(kept) != along:
                raise ValueError(f"a block of a motion has other arrays ({sorted(set(kept) ^ along)}) than the first")
            frames += len(block)
            for name, spool in kept.items():
                with refused(TEMPORARY):
                    spool.add(arrays[name])
        if not kept:
            raise ValueError("a motion needs one block at least")
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
            for name, value in same.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                    np.lib.format.write_array(entry, value, allow_pickle=False)
            for name, spool in kept.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                    spool.copy_to(entry, frames)
    return frames


class _Spool:
    """One array on its way through a temporary file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._like: np.ndarray | None = None

    def add(self, values: np.ndarray) -> None:
        """Append rows."""
        if self._like is None:
            self._like = values[:0].copy()
        if values.dtype != self._like.dtype or values.shape[1:] != self._like.shape[1:]:
            raise ValueError(f"a block of a motion is {values.dtype} {list(values.shape)} where another was not")
        self._file.write(np.ascontiguousarray(values).tobytes())

    def copy_to(self, entry: IO[bytes], rows: int) -> None:
        """Write all rows as a ``.npy`` entry."""
        assert self._like is not None
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            head,
            {
                "descr": np.lib.format.dtype_to_descr(self._like.dtype),
                "fortran_order": False,
                "shape": (rows, *self._like.shape[1:]),
            },
        )
        entry.write(head.getvalue())
        self._file.seek(0)
        while data := self._file.read(COPIED):
            entry.write(data)
