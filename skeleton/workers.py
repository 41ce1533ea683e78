"""Processes that work for this one, and end when it does, however it ended.

A worker that waits for tasks is not told that the process that gave them was killed, or its terminal closed: it would
train on for hours, or wait for ever. So each watches its parent.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import Any, TypeVar

from audio_to_body.skeleton.ending import TASK, leave_signals_to_the_main_thread

Answer = TypeVar("Answer")

# Caffe2's workspace and MKL's threads do not survive a fork; queues to and from workers are made here too.
SPAWN = multiprocessing.get_context("spawn")
GRACE_SECONDS = 10.0  # for a worker that is told to end, until it is ended
ORPHANED = 1  # exit code of a worker whose parent is gone; nobody is left to read it


def end_with_parent() -> None:
    """End this process soon after the one that started it; for processes that ``multiprocessing`` started.

    It ends at once, as if killed: whoever keeps results keeps them so that this may happen at any moment.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_outlast, args=(parent.sentinel,), name="parent watch", daemon=True).start()


def _outlast(sentinel: int) -> None:
    leave_signals_to_the_main_thread()
    wait([sentinel])
    os._exit(ORPHANED)  # from a thread nothing gentler ends a process that is training


def _begin(initializer: Callable[..., object] | None, arguments: tuple[Any, ...]) -> None:
    end_with_parent()
    TASK.listen()
    if initializer is not None:
        initializer(*arguments)


def _do(work: Callable[..., Answer], *given: Any, **named: Any) -> Answer:
    return TASK.do(work, *given, **named)


class WorkerPool(ProcessPoolExecutor):
    """A pool whose workers unwind what they are doing when they are told to end.

    As a context manager it waits for what was submitted where all goes well, and ends the workers where it does not:
    every task keeps aside what it has done.
    """

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if failure is not None:
            self.end()
        self.shutdown(wait=True)

    def submit(self, fn: Callable[..., Answer], /, *args: Any, **kwargs: Any) -> Future[Answer]:
        """See :meth:`concurrent.futures.Executor.submit`."""
        return super().submit(_do, fn, *args, **kwargs)

    def end(self) -> None:
        """End the workers now: each removes what it has not finished, and what does not heed is ended outright."""
        processes = list((self._processes or {}).values())
        self.shutdown(wait=False, cancel_futures=True)  # before they end: what nobody began is then nobody's loss
        for process in processes:
            process.terminate()
        until = time.monotonic() + GRACE_SECONDS
        for process in processes:
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                process.kill()


def _run(target: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    end_with_parent()
    target(*arguments)


def worker_pool(
    workers: int, initializer: Callable[..., object] | None = None, initargs: tuple[Any, ...] = (), fork: bool = False
) -> WorkerPool:
    """Processes for many tasks.

    Parameters
    ----------
    workers : int
    initializer : callable, optional
        Called once in every worker, with ``initargs``.
    initargs : tuple
    fork : bool
        Start as the system does by default, on Linux by a fork: at once, and from programs without
        ``if __name__ == "__main__"`` too; only for tasks of plain NumPy.
    """
    context = multiprocessing.get_context() if fork else SPAWN
    return WorkerPool(workers, context, _begin, (initializer, initargs))


def started_worker(target: Callable[..., object], *arguments: Any) -> multiprocessing.process.BaseProcess:
    """A process of its own for one function, begun."""
    process = SPAWN.Process(target=_run, args=(target, arguments), daemon=True)
    process.start()
    return process
