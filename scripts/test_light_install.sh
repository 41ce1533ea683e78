#!/usr/bin/env bash
# The light install, as a person with an audio file has it: a new environment of the default Python (3.9 to 3.13), the
# wheel beside PyTables and pandas, and a sound made here, played in a folder that holds somebody else's models.py.
# Nothing of the training stack may be needed, and no name of other people's may be taken.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON_LIGHT:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# a copy: building in place leaves a build folder, whose old files go into the next wheel
mkdir "$work/source" "$work/elsewhere"
git -C "$repository" ls-files -z --cached --others --exclude-standard |
  tar -C "$repository" --null -T - -c | tar -C "$work/source" -x
"$python" -m venv "$work/venv"
bin=$work/venv/bin
pip() { "$bin/python" -m pip --quiet --disable-pip-version-check "$@" 2> >(grep -v '^WARNING: Location' >&2); }
pip wheel --no-deps --wheel-dir "$work" "$work/source"
"$bin/python" - "$work"/*.whl <<'EOF'
import sys, zipfile
names = zipfile.ZipFile(sys.argv[1]).namelist()
tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
assert tops == {"audio_to_body"}, f"the wheel adds {sorted(tops)} to site-packages"
inside = {name.split("/", 1)[1] for name in names if name.startswith("audio_to_body/")}
unwanted = sorted(n for n in inside if n.split("/")[0] in ("tests", "benchmarks", "web", "docs", "setup.py"))
assert not unwanted, f"the wheel carries {unwanted}"
nets = {n for n in inside if n.endswith(".onnx")}
assert {f"models/pretrained/{n}.onnx" for n in ("violin", "piano", "violin_notes", "piano_notes", "piano_plus")} <= nets, nets
assert {"py.typed", "__main__.py", "musician/hands.py"} <= inside
EOF
pip install "$work"/*.whl tables
if "$bin/python" -c 'import torch' 2>/dev/null; then
  echo "error: the light install brought torch" >&2
  exit 1
fi
cd "$work/elsewhere"
for theirs in models tables inference skeleton; do
  echo "raise RuntimeError('somebody else has a module of this name; it is none of ours to import')" > "$theirs.py"
done
rm tables.py # PyTables itself has this name, and the next lines use it
"$bin/python" - <<'EOF'
import math, struct, wave
import pandas, tables
import audio_to_body, audio_to_body.tables
assert tables.__file__ != audio_to_body.tables.__file__
table = pandas.DataFrame({"row": ["Final ours", "Dropout = 0"], "test": [4.09, 4.55]})
table.to_hdf("table.h5", key="results")
pandas.testing.assert_frame_equal(pandas.read_hdf("table.h5", "results"), table)
with wave.open("scale.wav", "wb") as file:
    file.setparams((1, 2, 22050, 0, "NONE", ""))
    for degree in (0, 2, 4, 5, 7, 9, 11, 12):
        hz = 440 * 2 ** (degree / 12)
        tone = (math.exp(-3 * i / 8820) * math.sin(2 * math.pi * hz * i / 22050) for i in range(8820))
        file.writeframes(b"".join(struct.pack("<h", int(20000 * s)) for s in tone))
EOF
[ "$("$bin/audio-to-body" --version)" = "$("$bin/python" -m audio_to_body --version)" ]
played() {
  "$bin/python" - "$1" <<'EOF'
import sys
import numpy as np
from audio_to_body import load_motion
motion = load_motion(f"{sys.argv[1]}/scale.npz")
assert len(motion) == 77, len(motion)  # 8 × 0.4 s at 24 frames/s, rounded up
assert np.isfinite(motion.points).all()
EOF
}
"$bin/audio-to-body" play scale.wav --instrument violin --out violin
played violin
"$bin/infer-onnx" scale.wav --instrument piano --out piano
played piano
"$bin/python" -m audio_to_body play scale.wav --formats npz --out module
played module
"$bin/python" - <<'EOF'
import mido
file = mido.MidiFile()
file.tracks.append(mido.MidiTrack())
for pitch in (67, 69, 71, 72):
    file.tracks[0].append(mido.Message("note_on", note=pitch, velocity=80))
    file.tracks[0].append(mido.Message("note_off", note=pitch, time=480))
file.save("tune.mid")
EOF
"$bin/audio-to-body" play tune.mid --sound --out score
[ -s score/tune.mp4 ] && [ -s score/tune.npz ] && [ -s score/tune.wav ]
if "$bin/audio-to-body" train recitals --out run 2>refusal; then
  echo "error: the light install trained" >&2
  exit 1
fi
[ "$(grep -c '^error: ' refusal)" = "$(wc -l <refusal)" ] || { cat refusal >&2; exit 1; } # one sentence, no traceback
echo "light install on $("$python" --version): 8 passed, 0 failed"
