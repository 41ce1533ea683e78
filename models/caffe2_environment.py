"""Loads Caffe2 with the environment it needs. Whoever uses Caffe2 imports its modules from here.

torch 1.10.2 carries MKL 2020.0, which takes a slow path on AMD processors unless ``MKL_DEBUG_CPU_TYPE=5`` stands in
the environment before it loads (a 512 x 512 product: 9 against 146 GFLOP/s). One process computes with one thread:
rows of a table run side by side in processes, which is faster than two threads on one net.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from audio_to_body.skeleton.refusal import BadInput

__all__ = ["Initializer", "brew", "core", "is_amd", "model_helper", "optimizer", "rnn_cell", "workspace"]

CPU_INFO = Path("/proc/cpuinfo")
MKL_SETTING = ("MKL_DEBUG_CPU_TYPE", "5")
# for comparisons: leaves MKL on its own choice of code path
KEEP_MKL_DEFAULT = "A2B_KEEP_MKL_DEFAULT"


def is_amd() -> bool:
    """Whether this machine has an AMD processor (Linux; elsewhere False)."""
    try:
        return "AuthenticAMD" in CPU_INFO.read_text()
    except OSError:
        return False


def _prepare_environment() -> None:
    if is_amd() and not os.environ.get(KEEP_MKL_DEFAULT):
        os.environ.setdefault(*MKL_SETTING)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Caffe2 warns on import that it found no CUDA, which is no news here."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


_prepare_environment()
try:
    with _quiet():
        from caffe2.python import brew, core, model_helper, optimizer, rnn_cell, workspace
        from caffe2.python.modeling.initializers import Initializer
except ImportError as error:
    raise BadInput(
        f"training and export need Caffe2 ({error}): Python 3.9 with torch 1.10.2, which make setup installs"
    ) from None

# Level 3 is fatal: below it every process greets with the CPU features that this Caffe2 was compiled without.
workspace.GlobalInit(["caffe2", "--caffe2_log_level=3"])
