#!/usr/bin/env bash
# Lints the page and checks its types; says so where npm is not installed.
set -euo pipefail
cd "$(dirname "$0")/../web"
if ! command -v npm >/dev/null; then
  echo "the page is not checked: npm is not installed"
  exit 0
fi
[ -d node_modules/eslint ] && [ node_modules -nt package.json ] ||
  { npm install --no-audit --no-fund --ignore-scripts --loglevel=error && touch node_modules; }
[ -f generated/constants.js ] || (cd .. && .venv/bin/python -m audio_to_body.scripts.build_page --generate)
npm run --silent lint
