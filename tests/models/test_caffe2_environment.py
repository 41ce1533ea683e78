"""Caffe2's environment, looked at in fresh processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audio_to_body.models.mkl_environment import is_amd


def in_fresh_process(repository: Path, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("MKL_DEBUG_CPU_TYPE", "OMP_NUM_THREADS")}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=repository,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=True,
    )


SHOW = (
    "import os, models.caffe2_environment\nprint(os.environ.get('MKL_DEBUG_CPU_TYPE'), os.environ['OMP_NUM_THREADS'])"
)


@pytest.mark.skipif(not is_amd(), reason="the setting is for AMD processors, this is none")
def test_mkl_setting_on_amd(repository: Path) -> None:
    assert in_fresh_process(repository, SHOW).stdout.split() == ["5", "1"]
    assert in_fresh_process(repository, SHOW, A2B_KEEP_MKL_DEFAULT="1").stdout.split() == ["None", "1"]


def test_a_persons_own_settings_win(repository: Path) -> None:
    shown = in_fresh_process(repository, SHOW, MKL_DEBUG_CPU_TYPE="4", OMP_NUM_THREADS="3").stdout.split()
    assert shown == ["4", "3"]


def test_caffe2_greets_silently(repository: Path) -> None:
    code = (
        "from audio_to_body.models.caffe2_environment import core, workspace\n"
        "net = core.Net('n'); net.ConstantFill([], 'x', shape=[1], value=1.0); workspace.RunNetOnce(net)"
    )
    result = in_fresh_process(repository, code)
    assert result.stdout == result.stderr == ""


def test_without_caffe2_one_sentence(repository: Path) -> None:
    code = (
        "import sys; sys.modules['caffe2'] = None\n"
        "from audio_to_body.skeleton.refusal import BadInput\n"
        "try: import models.caffe2_environment\n"
        "except BadInput as refusal: print(refusal)"
    )
    assert "make setup" in in_fresh_process(repository, code).stdout
