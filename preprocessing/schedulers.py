"""Where many tasks are done, recitals or rows of a table: in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, TypeVar

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.workers import worker_pool

LOCAL = "local"
POLL_SECONDS = 1.0

Task = TypeVar("Task")
Answer = TypeVar("Answer")
# (index of the task, its answer or what it raised)
Finished = tuple[int, Any]


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _local(
    work: Callable[[Task], Answer], tasks: Sequence[Task], on_wait: Callable[[], None], workers: int | None
) -> Iterator[Finished]:
    with worker_pool(min(workers or cores(), len(tasks))) as pool:
        waiting: dict[Future[Answer], int] = {pool.submit(work, task): i for i, task in enumerate(tasks)}
        while waiting:
            done, _ = wait(waiting, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            on_wait()
            for future in done:
                index = waiting.pop(future)
                yield index, future.exception() or future.result()


_ONE_AT_A_TIME = threading.Lock()


def _alone(work: Callable[[Task], Answer], task: Task) -> Answer:
    """One task at a time in a process, however many threads its worker has: Caffe2's workspace is the process's."""
    with _ONE_AT_A_TIME:
        return work(task)


def _dask(
    address: str, work: Callable[[Task], Answer], tasks: Sequence[Task], on_wait: Callable[[], None]
) -> Iterator[Finished]:
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise BadInput(f"SCHEDULER={address} needs Dask: pip install distributed==2024.8.0") from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, TimeoutError, ValueError) as error:
        raise BadInput(f"no Dask scheduler answers at {address} ({error}); start one with dask scheduler") from error
    with client:
        futures = [client.submit(_alone, work, task, pure=False, retries=2) for task in tasks]
        index = {future.key: i for i, future in enumerate(futures)}
        for future in as_completed(futures):
            on_wait()
            yield index[future.key], future.exception() or future.result()


def run_tasks(
    scheduler: str,
    work: Callable[[Task], Answer],
    tasks: Sequence[Task],
    on_wait: Callable[[], None] = lambda: None,
    workers: int | None = None,
) -> Iterator[Finished]:
    """Do every task and yield ``(index, answer or exception)`` as they finish.

    Parameters
    ----------
    scheduler : str
        ``"local"``, or a Dask scheduler's address such as ``tcp://host:8786``; its workers must see the same files.
    work : callable
        A function at a module's top level (it is sent to other processes).
    tasks : sequence
    on_wait : callable
        Called about once a second, to show progress.
    workers : int, optional
        Local processes side by side; by default one per core.

    Raises
    ------
    BadInput
        If the scheduler does not answer, or workers are named that are not this machine's.
    """
    if scheduler == LOCAL:
        yield from _local(work, tasks, on_wait, workers)
    elif workers is not None:
        raise BadInput(f"WORKERS are processes of this machine, and {scheduler} has its own; leave one of them out")
    elif "://" in scheduler:
        yield from _dask(scheduler, work, tasks, on_wait)
    else:
        raise BadInput(f"unknown SCHEDULER '{scheduler}'; it is 'local' or an address such as tcp://host:8786")
