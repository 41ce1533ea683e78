"""Build the page: ``web/`` with nets, figures, packages and what it must know of the Python side, into ``web/dist``.

Needs the training environment (``onnx``), and npm for the packages that ``web/package.json`` pins.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from audio_to_body import __version__, load
from audio_to_body.avatar.export import performed
from audio_to_body.avatar.glb import write_performance_glb
from audio_to_body.inference.live.warm_up import example_motion
from audio_to_body.inference.model_file import PRETRAINED
from audio_to_body.onnx_export.front_end import export_with_front_end
from audio_to_body.scripts import page_constants, page_sounds
from audio_to_body.skeleton.files import write_bytes, write_text
from audio_to_body.skeleton.refusal import BadInput, run_command

WEB = Path(__file__).resolve().parent.parent / "web"
INSTRUMENTS = ("violin", "piano")
DETAIL = 0.7  # of the figure's surface: a middling phone draws it at 60 frames/s
# what of the packages goes along, and to where below packages/
PACKAGES = {
    "three/build/three.module.js": "three/three.module.js",
    "three/build/three.core.js": "three/three.core.js",
    "three/examples/jsm/loaders/GLTFLoader.js": "three/addons/loaders/GLTFLoader.js",
    "three/examples/jsm/exporters/GLTFExporter.js": "three/addons/exporters/GLTFExporter.js",
    "three/examples/jsm/controls/OrbitControls.js": "three/addons/controls/OrbitControls.js",
    "three/examples/jsm/utils/BufferGeometryUtils.js": "three/addons/utils/BufferGeometryUtils.js",
    "three/examples/jsm/utils/SkeletonUtils.js": "three/addons/utils/SkeletonUtils.js",
    "three/examples/jsm/webxr/XREstimatedLight.js": "three/addons/webxr/XREstimatedLight.js",
    "three/examples/jsm/utils/WebGLTextureUtils.js": "three/addons/utils/WebGLTextureUtils.js",
    "three/LICENSE": "three/LICENSE",
    "@pixiv/three-vrm/lib/three-vrm.module.min.js": "three-vrm/three-vrm.module.min.js",
    "@pixiv/three-vrm/LICENSE": "three-vrm/LICENSE",
    "lean-qr/index.mjs": "lean-qr/index.mjs",
    "lean-qr/LICENSE": "lean-qr/LICENSE",
    "mediabunny/dist/bundles/mediabunny.min.mjs": "mediabunny/mediabunny.min.mjs",
    "mediabunny/LICENSE": "mediabunny/LICENSE",
    "onnxruntime-web/dist/ort.wasm.min.mjs": "onnxruntime-web/ort.wasm.min.mjs",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.mjs": "onnxruntime-web/ort-wasm-simd-threaded.mjs",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm": "onnxruntime-web/ort-wasm-simd-threaded.wasm",
    "onnxruntime-web/package.json": "onnxruntime-web/LICENSE",
}
MINIFIER = "esbuild/bin/esbuild"
# it ships nothing shorter itself
THREE = [goal for goal in PACKAGES.values() if goal.startswith("three/") and goal.endswith(".js")]
# kept on the device once somebody asked for it; the rest is kept from the first visit on
ON_DEMAND = (
    "nets/violin.onnx",
    "nets/piano.onnx",
    "sounds/violin.mp3",
    "sounds/piano.mp3",
    "packages/mediabunny/mediabunny.min.mjs",
    "packages/three-vrm/three-vrm.module.min.js",
)
NOT_BUILT = ("dist", "node_modules", "tests")
SOURCES = (".js", ".css", ".html", ".webmanifest", ".svg")


def generate(web: Path) -> None:
    """Write what comes of the Python side: constants, nets, figures, the sound that can be tried at once."""
    for folder in ("generated", "nets", "figures"):
        (web / folder).mkdir(parents=True, exist_ok=True)
    nets = web / "nets"
    for instrument in INSTRUMENTS:
        export_with_front_end(PRETRAINED / f"{instrument}_notes.onnx", nets / f"{instrument}_notes.onnx")
        export_with_front_end(PRETRAINED / f"{instrument}.onnx", nets / f"{instrument}.onnx")
        motion = example_motion(load(instrument))
        write_performance_glb(performed(motion), web / "figures" / f"{instrument}.glb", detail=DETAIL)
    page_sounds.write_page_sounds(web / "sounds")
    shutil.copyfile(PRETRAINED / "piano_plus.onnx", nets / "piano_places.onnx")
    write_text(web / "generated" / "constants.js", page_constants.as_module(page_constants.constants(nets)))


def packages(web: Path) -> Path:
    """The folder of npm's packages, installed first where it is not there.

    Raises
    ------
    BadInput
        If npm is not installed, or cannot install them.
    """
    folder = web / "node_modules"
    if all((folder / name).is_file() for name in (*PACKAGES, MINIFIER)):
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise BadInput("the page needs the packages of web/package.json; install Node.js, which brings npm")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=web, capture_output=True, text=True)
    if done.returncode:
        raise BadInput(f"npm could not install the packages of web/package.json: {done.stderr.strip()[-300:]}")
    return folder


def assemble(web: Path, dist: Path) -> None:
    """Put everything that a browser fetches into ``dist``."""
    installed = packages(web)
    fresh = dist.with_name(dist.name + ".part")
    shutil.rmtree(fresh, ignore_errors=True)
    for path in sorted(web.rglob("*")):
        part = path.relative_to(web)
        if part.parts[0] in NOT_BUILT or path.is_dir() or part.name in ("eslint.config.js",):
            continue
        if path.suffix in SOURCES or part.parts[0] in ("nets", "figures", "sounds"):
            (fresh / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, fresh / part)
    for name, goal in PACKAGES.items():
        target = fresh / "packages" / goal
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(installed / name, target)
    _minify(installed / MINIFIER, [fresh / "packages" / goal for goal in THREE])
    _finish_page(fresh)
    _finish_service_worker(fresh)
    shutil.rmtree(dist, ignore_errors=True)
    os.replace(fresh, dist)


def _minify(minifier: Path, scripts: list[Path]) -> None:
    """Shorten scripts where they lie, each for itself; their licences' comments stay.

    Raises
    ------
    BadInput
        If they cannot be shortened.
    """
    folder = os.path.commonpath(scripts)
    flags = ["--minify", "--legal-comments=inline", "--log-level=error", "--allow-overwrite"]
    command = [str(minifier), *map(str, scripts), *flags, f"--outdir={folder}", f"--outbase={folder}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BadInput(f"the packages of web/package.json cannot be minified: {done.stderr.strip()[-300:]}")


def _finish_page(dist: Path) -> None:
    """Name the import map's hash in the page's content security policy: nothing else inline may run."""
    page = dist / "index.html"
    text = page.read_text(encoding="utf-8")
    found = re.search(r'<script type="importmap">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
    write_text(page, text.replace("IMPORT_MAP_HASH", f"sha256-{digest}"))
    licences = dist / "licences.html"
    write_text(licences, licences.read_text(encoding="utf-8").replace("VERSION", __version__))


def _finish_service_worker(dist: Path) -> None:
    """Tell the service worker what to keep, and under a name that changes when any of it does."""
    worker = dist / "service_worker.js"
    files = [path for path in sorted(dist.rglob("*")) if path.is_file() and path != worker]
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    names = [path.relative_to(dist).as_posix() for path in files]
    names = ["./", *(name for name in names if not name.endswith("LICENSE") and name not in ON_DEMAND)]
    text = worker.read_text(encoding="utf-8")
    text = text.replace('"FILES"', json.dumps(names)).replace("CONTENT_HASH", digest.hexdigest()[:16])
    write_bytes(worker, text.encode())


def compressed_size(dist: Path) -> int:
    """Bytes of a first visit when the host compresses what it serves."""
    import gzip

    files = [
        path for path in dist.rglob("*") if path.is_file() and path.relative_to(dist).as_posix() not in ON_DEMAND
    ]
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in files)


def main(argv: list[str] | None = None) -> int:
    """Parse, build, report."""
    parse = argparse.ArgumentParser(prog="python -m audio_to_body.scripts.build_page", description="Build the page.")
    parse.add_argument("--generate", action="store_true", help="only what comes of the Python side, into web/")
    parse.add_argument("-o", "--out", default=str(WEB / "dist"), help="folder of the built page (web/dist)")
    arguments = parse.parse_args(argv)
    np.seterr(all="ignore")
    generate(WEB)
    if not arguments.generate:
        assemble(WEB, Path(arguments.out))
        print(f"{arguments.out}: {compressed_size(Path(arguments.out)) / 1e6:.1f} MB compressed at the first visit")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
