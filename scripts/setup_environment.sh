#!/usr/bin/env bash
# Makes .venv with Python 3.9 and everything that setup.py names. Training needs exactly 3.9: torch 1.10.2 is the last
# release with Caffe2 built in and has no build for newer Pythons. Idempotent; an interrupted run starts over cleanly.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
stamp=$venv/.complete
wanted=$(cat setup.py pyproject.toml | cksum)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0

is_39() { # a pyenv shim exists even where its Python is not selected, so it has to run
  [ -n "$1" ] && [ "$("$1" -c 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = 3.9 ]
}

find_39() {
  local candidate root
  for candidate in "${PYTHON39:-}" python3.9 python3 python; do
    is_39 "$candidate" && { command -v "$candidate"; return; }
  done
  root=${PYENV_ROOT:-$HOME/.pyenv}
  for candidate in "$root"/versions/3.9*/bin/python3.9 /opt/python/cp39*/bin/python3.9 /usr/local/bin/python3.9; do
    [ -x "$candidate" ] && is_39 "$candidate" && { echo "$candidate"; return; }
  done
  return 1
}

uv_command() {
  command -v uv && return
  python3 -m venv .tools/uv >/dev/null 2>&1 && .tools/uv/bin/pip install --quiet uv >/dev/null 2>&1 &&
    echo .tools/uv/bin/uv
}

if ! { [ -x $venv/bin/python ] && is_39 $venv/bin/python; }; then
  rm -rf $venv
  if python=$(find_39); then
    echo "making $venv with $python"
    "$python" -m venv $venv
  elif uv=$(uv_command) && "$uv" venv --quiet --seed --python 3.9 $venv; then
    echo "made $venv with the Python 3.9 that uv brought"
  else
    rm -rf $venv
    echo "error: no Python 3.9 was found and uv could not get one; install it (pyenv install 3.9, or your" \
      "system's python3.9 and python3.9-venv) or set PYTHON39 to its path" >&2
    exit 2
  fi
fi

rm -f "$stamp"
echo "installing the pinned packages (about 3.7 GB, 2 minutes on a fast line)"
# pip would warn about every package index that lacks a package; errors still show
$venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[train,test,docs]' \
  2> >(grep -v '^WARNING: Location' >&2)
$venv/bin/python -m pip check
echo "$wanted" >"$stamp"
