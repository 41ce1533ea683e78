#!/usr/bin/env python
"""``python infer_onnx.py audio.wav``: play a recording, from a clone that needs no installing of itself.

The folder that this file lies in is the package ``audio_to_body``, whatever it is called; the same code is the
command ``audio-to-body play`` of an installed copy (:mod:`audio_to_body.command_line.play`).
"""

import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def import_this_folder() -> None:
    """Make this folder the package ``audio_to_body``, before an installed copy of another age is found."""
    spec = importlib.util.spec_from_file_location(
        "audio_to_body", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["audio_to_body"] = package
    spec.loader.exec_module(package)
    # the folder's own names (models, tables, sound) must not hide other people's
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != FOLDER]


def cli() -> None:
    """Play, or say in one sentence what is missing."""
    if sys.version_info < (3, 9):  # noqa: UP036 -- said in words by whatever Python finds this file
        told = f"infer_onnx.py needs Python 3.9 to 3.13; this is {sys.version.split()[0]}"
    else:
        try:
            from audio_to_body.command_line.play import cli as play
        except ModuleNotFoundError as missing:
            if (missing.name or "").startswith("audio_to_body"):
                raise
            told = f"the package {missing.name} is not installed for {sys.executable}; pip install {FOLDER}"
        else:
            return play()
    sys.stderr.write(f"error: {told}\n")
    sys.exit(2)


if __name__ == "__main__":
    import_this_folder()
    cli()
