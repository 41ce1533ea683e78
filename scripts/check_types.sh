#!/usr/bin/env bash
# mypy sees this folder as the package audio_to_body, whatever the folder is called: through a link of that name.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .tools/package
ln -sfn ../.. .tools/package/audio_to_body
MYPYPATH=.tools/package exec .venv/bin/python -m mypy "$@"
