"""Every format from one motion: ``python examples/04_other_formats.py audio.wav OUT``."""

from __future__ import annotations

from pathlib import Path

from audio_to_body import load, predict
from audio_to_body.avatar.export import performed, write_bvh, write_glb
from audio_to_body.inference.writers import Source, parse_formats
from audio_to_body.skeleton.refusal import run_script


def main(sound: str, out: str = ".") -> None:
    """Write a table, OpenPose's JSON, an animated figure (GLB) and its skeleton (BVH)."""
    folder, stem = Path(out), Path(sound).stem
    motion = predict(sound, load("violin"))
    for writer in parse_formats("npz,csv,json"):
        writer.write(motion, writer.target(folder, stem), Source(Path(sound)))
    performance = performed(motion)  # the 3-D musician, posed once for both files
    write_glb(performance, folder / f"{stem}.glb")
    write_bvh(performance, folder / f"{stem}.bvh")
    print(*sorted(path.name for path in folder.iterdir()), sep="\n")


if __name__ == "__main__":
    run_script(main, __doc__)
