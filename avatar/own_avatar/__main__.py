"""Which bone is which in an avatar: ``python -m audio_to_body.avatar.own_avatar me.glb``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from audio_to_body.skeleton.refusal import EXIT_REFUSED, run_command


def main(arguments: list[str]) -> int:
    """Print which node is which bone and how that was found; the exit code is 2 when bones are lacking."""
    parser = argparse.ArgumentParser(prog="python -m audio_to_body.avatar.own_avatar", description=__doc__)
    parser.add_argument("avatar", type=Path, help="a .glb, .vrm or .gltf")
    parser.add_argument("--bones", type=Path, metavar="MAP", help="a map by hand (JSON) that comes before all else")
    parser.add_argument("--template", action="store_true", help="print a map to complete instead")
    options = parser.parse_args(arguments)
    from audio_to_body.avatar.gltf_reading import read_glb
    from audio_to_body.avatar.own_avatar.bone_map import find_bones, read_map, report, template

    tree, _ = read_glb(options.avatar)
    found = find_bones(tree, None if options.bones is None else read_map(options.bones, tree))
    if options.template:
        print(template(tree, found))
        return 0
    for line in report(tree, found):
        print(line.encode("ascii", "backslashreplace").decode())
    return EXIT_REFUSED if found.missing else 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
