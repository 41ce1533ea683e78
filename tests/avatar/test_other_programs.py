"""Other people's programs read our files. They are not part of the project: where one is absent, its test says so."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.avatar import export

# Debian's Blender 3.4 meets a newer numpy and Python than its importers were written for
BLENDER_SCRIPT = """
import builtins, json, sys
import bpy
import numpy
if not hasattr(numpy, "bool"):
    numpy.bool = bool
plain = builtins.open
builtins.open = lambda file, mode="r", *a, **k: plain(file, mode.replace("U", ""), *a, **k)
kind, path, out = sys.argv[-3:]
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.context.scene.render.fps = 24
if kind == "glb":
    bpy.ops.import_scene.gltf(filepath=path)
else:
    bpy.ops.import_anim.bvh(filepath=path, global_scale=0.01)
rig = [o for o in bpy.data.objects if o.type == "ARMATURE"][0]
found = {}
for frame in range(0, 90, 9):
    bpy.context.scene.frame_set(frame + (0 if kind == "glb" else 1))
    found[frame] = {bone.name: list(rig.matrix_world @ bone.head) for bone in rig.pose.bones}
with plain(out, "w") as file:
    json.dump(found, file)
"""


@pytest.mark.parametrize("kind", ["glb", "bvh"])
@pytest.mark.parametrize("name", ["violinist", "pianist"])
def test_blender_finds_the_bones_where_we_put_them(kind, name, request, tmp_path):
    blender = shutil.which("blender")
    if blender is None:
        pytest.skip("Blender is not installed")
    performance = request.getfixturevalue(name)
    path, script, out = tmp_path / f"musician.{kind}", tmp_path / "read.py", tmp_path / "bones.json"
    (export.write_glb if kind == "glb" else export.write_bvh)(performance, path)
    script.write_text(BLENDER_SCRIPT)
    command = [blender, "-b", "--factory-startup", "--python-exit-code", "3", "-P", script, "--", kind, path, out]
    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=300, text=True)
    assert done.returncode == 0, done.stderr[-1500:]
    for frame, bones in json.loads(out.read_text()).items():
        assert len(bones) == 52
        for bone, (x, y, z) in bones.items():  # Blender's z is up
            ours = performance.pose.positions[int(frame), performance.skeleton.index(bone)]
            assert np.abs(np.array([x, z, -y]) - ours).max() < 5e-4  # m


VALIDATE = """
const fs = require("fs"), validator = require("gltf-validator");
const bytes = new Uint8Array(fs.readFileSync(process.argv[2]));
validator.validateBytes(bytes).then(report => console.log(JSON.stringify(report.issues)));
"""


@pytest.mark.parametrize("name", ["violinist", "pianist"])
def test_khronos_validator_has_no_complaints(name, request, tmp_path):
    modules = Path(os.environ.get("NODE_PATH", "node_modules"))
    if shutil.which("node") is None or not (modules / "gltf-validator").is_dir():
        pytest.skip("gltf-validator is absent; npm install gltf-validator and set NODE_PATH to its node_modules")
    path, script = tmp_path / "musician.glb", tmp_path / "validate.js"
    export.write_glb(request.getfixturevalue(name), path)
    script.write_text(VALIDATE)
    done = subprocess.run(
        ["node", str(script), str(path)], capture_output=True, text=True, timeout=120,
        env={**os.environ, "NODE_PATH": str(modules.absolute())},
    )  # fmt: skip
    issues = json.loads(done.stdout)
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"][:3]


@pytest.mark.parametrize("name", ["violinist", "pianist"])
def test_usd_validators_have_no_complaints(name, request, tmp_path):
    pytest.importorskip("pxr", reason="usd-core is not installed")
    validation = pytest.importorskip("pxr.UsdValidation", reason="this usd-core has no validators")
    from pxr import Usd

    path = tmp_path / "audio_to_body.musician.usdz"
    export.write_usdz(request.getfixturevalue(name), path)
    registry = validation.ValidationRegistry()
    names = [data.name for data in registry.GetAllValidatorMetadata()]
    assert any("Usdz" in n for n in names)
    context = validation.ValidationContext(registry.GetOrLoadValidatorsByName(names))
    errors = context.Validate(Usd.Stage.Open(str(path)))
    assert [error.GetMessage() for error in errors] == []
