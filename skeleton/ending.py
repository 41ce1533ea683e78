"""Asked to end (``kill``, a system that shuts down): what is open is closed and removed first, as after Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

EXIT_TERMINATED = 143  # the shell's convention for SIGTERM

Answer = TypeVar("Answer")


class Terminated(KeyboardInterrupt):
    """The system or a person asked this process to end; whoever cares for Ctrl-C cares for this as well."""


@contextmanager
def ended_gently() -> Iterator[None]:
    """Let SIGTERM unwind what runs in the block, where nobody else has something to say about it."""
    told = (
        threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if not told:
        yield
        return

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # asked twice, what is being removed is still removed
        raise Terminated

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        with suppress(ValueError):
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


class Task:
    """What a worker is doing: SIGTERM and Ctrl-C unwind it, and end the worker at once where it only waits."""

    def __init__(self) -> None:
        self._busy = self._told = False

    def listen(self) -> None:
        """Begin to heed both; in the worker's main thread."""
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, self._end)

    def _end(self, *_: object) -> None:
        if not self._busy:
            os._exit(EXIT_TERMINATED)
        if not self._told:
            self._told = True
            raise Terminated

    def do(self, work: Callable[..., Answer], *given: Any, **named: Any) -> Answer:
        """Do something; the process does not outlive it where it has been told to end."""
        self._busy = True
        try:
            return work(*given, **named)
        finally:
            self._busy = False
            if self._told:
                os._exit(EXIT_TERMINATED)


TASK = Task()


def leave_signals_to_the_main_thread() -> None:
    """In another thread: a signal that came to it would wake nobody who waits in the main one."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
