"""The environment in which torch and the Caffe2 within it compute fast; prepared before either is loaded.

torch 1.10.2 carries MKL 2020.0, which takes a slow path on AMD processors unless ``MKL_DEBUG_CPU_TYPE=5`` stands in
the environment before it loads (a 512 x 512 product: 9 against 146 GFLOP/s). One process computes with one thread:
rows of a table run side by side in processes, which is faster than two threads on one net.
"""

from __future__ import annotations

import os
from pathlib import Path

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


def prepare_environment() -> None:
    """Set what is not set by the person who started this."""
    if is_amd() and not os.environ.get(KEEP_MKL_DEFAULT):
        os.environ.setdefault(*MKL_SETTING)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
