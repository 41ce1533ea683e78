#!/usr/bin/env bash
# The light install, as a person with an audio file has it: a new environment of the default Python (3.9 to 3.13),
# `pip install .`, and infer_onnx on a sound made here. Nothing of the training stack may be needed.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON_LIGHT:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$repository" \
  2> >(grep -v '^WARNING: Location' >&2)
if "$work/venv/bin/python" -c 'import torch' 2>/dev/null; then
  echo "error: the light install brought torch" >&2
  exit 1
fi
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import math, struct, wave
with wave.open("scale.wav", "wb") as file:
    file.setparams((1, 2, 22050, 0, "NONE", ""))
    for degree in (0, 2, 4, 5, 7, 9, 11, 12):
        hz = 440 * 2 ** (degree / 12)
        tone = (math.exp(-3 * i / 8820) * math.sin(2 * math.pi * hz * i / 22050) for i in range(8820))
        file.writeframes(b"".join(struct.pack("<h", int(20000 * s)) for s in tone))
EOF
for instrument in violin piano; do
  "$work/venv/bin/infer-onnx" scale.wav --instrument "$instrument" --out "$instrument"
  "$work/venv/bin/python" - "$instrument" <<'EOF'
import sys
import numpy as np
from audio_to_body.skeleton import load_motion
motion = load_motion(f"{sys.argv[1]}/scale.npz")
assert len(motion) == 77, len(motion)  # 8 × 0.4 s at 24 frames/s, rounded up
assert np.isfinite(motion.points).all()
EOF
done
echo "light install on $("$python" --version): 2 passed, 0 failed"
