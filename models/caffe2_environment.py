"""Loads Caffe2 with the environment it needs (:mod:`audio_to_body.models.mkl_environment`).

Whoever uses Caffe2 imports its modules from here.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from audio_to_body.models.mkl_environment import prepare_environment
from audio_to_body.skeleton.refusal import BadInput

__all__ = ["Initializer", "brew", "core", "model_helper", "optimizer", "rnn_cell", "workspace"]


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


prepare_environment()
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
