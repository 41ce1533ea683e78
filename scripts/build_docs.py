"""Build the site of docs/: ``python scripts/build_docs.py [--strict] [--serve]``.

The folder that this file's checkout lies in is the package ``audio_to_body``, whatever it is called, and holds much
besides (environments, runs): the API's pages are made from a copy of its modules under the right name.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = "audio_to_body"
NO_ROOMS = {"tests", "benchmarks"}


def copy_modules(into: Path) -> Path:
    """Copy every room's modules as ``into/audio_to_body``; returns ``into``."""
    package = into / PACKAGE
    package.mkdir()
    shutil.copy(REPOSITORY / "__init__.py", package)
    for room in sorted(REPOSITORY.iterdir()):
        if (room / "__init__.py").is_file() and room.name not in NO_ROOMS and not room.name.startswith("."):
            skipped = shutil.ignore_patterns("__pycache__", "pretrained", "*.onnx", "*.npz", "node_modules")
            shutil.copytree(room, package / room.name, ignore=skipped)
    return into


def main() -> int:
    """Build or serve; MkDocs' exit code."""
    parser = argparse.ArgumentParser(description="Build the site of docs/ into site/.")
    parser.add_argument("--strict", action="store_true", help="fail where a link or a name leads nowhere")
    parser.add_argument("--serve", action="store_true", help="show it on 127.0.0.1:8000 while you write")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "site", help="folder of the site (site)")
    parser.add_argument("--config", type=Path, default=REPOSITORY / "mkdocs.yml", help="MkDocs' file (mkdocs.yml)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "A2B_PACKAGE_FOLDER": str(copy_modules(Path(folder))),
            "NO_MKDOCS_2_WARNING": "1",  # the theme's advertisement
        }
        command = [sys.executable, "-m", "mkdocs", "serve" if options.serve else "build"]
        command += ["--strict" if options.strict else "--no-strict"]
        command += ["--config-file", str(options.config.absolute())]
        # not --quiet: warnings that are not shown are not counted either, and nothing is strict
        command += [] if options.serve else ["--clean", "--site-dir", str(options.out.absolute())]
        return subprocess.run(command, cwd=REPOSITORY, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
