"""``python -m audio_to_body.models``: what a person types, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from audio_to_body.models.__main__ import main, parser, settings_of
from audio_to_body.models.settings import PIANO_FINAL, VIOLIN_FINAL
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.skeleton.refusal import BadInput, run_command


def test_trains_and_reports(dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [str(dataset.folder), "--out", str(tmp_path / "run"), "--epochs", "1", "--hidden", "8", "--quiet"]
    assert run_command(main, command) == 0
    assert "test" in capsys.readouterr().out
    assert run_command(main, [*command, "--hidden", "9"]) == 2
    assert "other settings" in capsys.readouterr().err
    assert run_command(main, [*command, "--hidden", "9", "--restart"]) == 0


def test_final_settings_by_instrument() -> None:
    nothing = parser().parse_args(["d", "--out", "o"])
    assert settings_of(nothing, "violin") == VIOLIN_FINAL
    assert settings_of(nothing, "piano") == PIANO_FINAL
    some = parser().parse_args(["d", "--out", "o", "--components", "none", "--delay-ms", "0", "--global-delay"])
    assert settings_of(some, "violin").components is None
    assert settings_of(some, "violin").delay == 0
    assert settings_of(some, "violin").global_delay


@pytest.mark.parametrize(
    "option",
    [["--hidden", "0"], ["--dropout", "1"], ["--epochs", "-1"], ["--training-share", "0"], ["--components", "0"]],
)
def test_senseless_numbers_are_refused(option: list[str]) -> None:
    with pytest.raises(BadInput):
        settings_of(parser().parse_args(["d", "--out", "o", *option]), "violin")


def test_no_dataset_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(main, [str(tmp_path), "--out", str(tmp_path / "run")]) == 2
    assert "not a dataset" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_help_needs_no_caffe2(repository: Path) -> None:
    code = (
        "import sys, runpy; sys.argv = ['models', '--help']\n"
        "try: runpy.run_module('models', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print('heavy' if {'torch', 'caffe2', 'scipy'} & set(sys.modules) else 'light')"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "light"
