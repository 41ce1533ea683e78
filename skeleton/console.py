"""The console: names that it cannot spell, readers that leave, files whose names begin with a dash."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Any


class Patient:
    """A text stream that goes on as if written to when its reader has left (``| head``): the work is not lost.

    Parameters
    ----------
    stream : text file
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, if anybody still reads."""
        return self._if_read(self._stream.write, text) or 0

    def flush(self) -> None:
        """Flush, if anybody still reads."""
        self._if_read(self._stream.flush)

    def _if_read(self, act: Any, *given: Any) -> Any:
        try:
            return act(*given)
        except BrokenPipeError:
            # what is buffered goes nowhere, and Python has nothing to complain about at its exit
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            return None


def prepare_console() -> None:
    """Make the process's own output streams spell every name and outlive their readers; others' are left alone."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or stream is not getattr(sys, f"__{name}__"):
            continue
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")
        setattr(sys, name, Patient(stream))


def with_dashed_files(arguments: Sequence[str]) -> list[str]:
    """Arguments in which a file whose name begins with a dash cannot be taken for an option."""

    def is_file(argument: str) -> bool:
        return argument.startswith("-") and "." in argument and "=" not in argument and os.path.isfile(argument)

    return [os.path.join(os.curdir, argument) if is_file(argument) else argument for argument in arguments]
