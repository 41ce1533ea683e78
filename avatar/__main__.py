"""A motion onto the project's rig or one's own: ``python -m audio_to_body.avatar motion.npz -o musician.glb``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audio_to_body.avatar.formats import FORMATS, AvatarFormat, Order
from audio_to_body.avatar.packages import check_packages
from audio_to_body.skeleton.console import with_dashed_files
from audio_to_body.skeleton.files import check_free
from audio_to_body.skeleton.folders import output_folder
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.refusal import BadInput, run_command

if TYPE_CHECKING:
    from audio_to_body.skeleton.motion import Motion

NAME = "python -m audio_to_body.avatar"
NAMES, UNITS = ("vrm", "mixamo"), ("cm", "m")
VIEW = "three-quarter"


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog=called_as(NAME),
        description="A motion onto the project's rig or one's own.",
        epilog=example("motion.npz -o musician.glb", NAME),
    )
    parser.add_argument("motion", type=Path, help="a motion (.npz) that infer_onnx.py or the project wrote")
    parser.add_argument(
        "-o", "--out", type=Path, help="the file to write; its ending chooses the format. Or a folder"
    )
    parser.add_argument("--formats", help=f"several of {','.join(FORMATS)}, named after the motion (default glb)")
    parser.add_argument("--fps", type=float, help="frames per second of the animation (default: the motion's)")
    parser.add_argument(
        "--avatar", type=Path, help="a humanoid .vrm or .glb of your own that plays instead (not in USDZ)"
    )
    parser.add_argument(
        "--bones", type=Path, metavar="MAP", help="which of its nodes are which bones (JSON), where names do not tell"
    )
    parser.add_argument("--names", choices=NAMES, help="bone names (default vrm)")
    parser.add_argument("--unit", choices=UNITS, help="length unit of BVH (default cm)")
    parser.add_argument("--render", action="store_true", help="also write a video (.mp4) beside the other files")
    parser.add_argument("--audio", type=Path, help="the sound for the video")
    parser.add_argument("--view", help=f"camera: front, three-quarter, left, keys (default {VIEW})")
    parser.add_argument(
        "--size",
        help="width and height of the video, also standing ones such as 1080x1920 (default 854x480)",
    )
    parser.add_argument("--start", type=float, help="second at which a USDZ clip begins (default 0)")
    parser.add_argument("--seconds", type=float, help="length of a USDZ clip (default: to the end; Apple advises 10)")
    parser.add_argument(
        "--smoothness", type=float, help="of motions in pixels: 0 leaves points as they are, 2 doubles it (default 1)"
    )
    parser.add_argument(
        "--hands",
        choices=("instrument", "paper"),
        default="instrument",
        help="where palms and fingers go: onto bow, neck and keys (default), or as the paper turns them",
    )
    parser.add_argument("--force", action="store_true", help="write over files that exist")
    return parser.parse_args(with_dashed_files(arguments))


def ending(path: Path) -> str:
    """A file's format by its name, however it is written."""
    return path.suffix[1:].lower()


def outputs(options: argparse.Namespace) -> list[Path]:
    """The files to write, checked before anything is computed."""
    out = options.out
    if out is not None and out.suffix and not out.is_dir():
        if options.formats:
            raise BadInput(f"-o {out} names one file; name a folder to write --formats into, or leave --formats out")
        paths = [out]
    else:
        folder = options.motion.parent if out is None else out
        wanted = [name.strip().lower() for name in (options.formats or "glb").split(",")]
        paths = [folder / f"{options.motion.stem}.{name}" for name in dict.fromkeys(filter(None, wanted))]
    if options.render and not any(ending(path) == "mp4" for path in paths):
        paths.append(paths[0].with_suffix(".mp4"))
    for path in paths:
        if ending(path) not in FORMATS:
            raise BadInput(f"'{path.name}' names no format that can be written; choose one of {', '.join(FORMATS)}")
        check_free(path, options.force)
    return paths


def check_options(options: argparse.Namespace, formats: Sequence[AvatarFormat]) -> None:
    """Refuse what would change nothing in any of the files.

    Raises
    ------
    BadInput
    """
    if options.avatar is not None and not any(kind.own_figure for kind in formats):
        raise BadInput("--avatar puts a figure of your own into GLB, BVH and video; write one of them (-o FILE.glb)")
    if options.bones is not None and options.avatar is None:
        raise BadInput("--bones tells of an avatar's nodes; name the avatar by --avatar")
    for name in dict.fromkeys(name for kind in FORMATS.values() for name in kind.takes):
        takers = [kind for kind in FORMATS.values() if name in kind.takes]
        if getattr(options, name) is not None and not any(kind in formats for kind in takers):
            listed = " and ".join(kind.name.upper() for kind in takers)
            raise BadInput(f"--{name} is for {listed}; write one (-o FILE.{takers[0].name}), or leave it out")
    if options.names is not None and options.avatar is not None and all(kind.name != "bvh" for kind in formats):
        raise BadInput("--names is for the project's own figure and for BVH; yours keeps its own names in a GLB")


def motion_in(path: Path) -> Motion:
    """The motion in a file.

    Raises
    ------
    BadInput
        If there is none; of a recording or a score it says how to make one.
    """
    from audio_to_body.scores.endings import is_score
    from audio_to_body.skeleton.motion import load_motion
    from audio_to_body.sound.ffmpeg import probe

    try:
        return load_motion(path)
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist; audio-to-body play writes motions as .npz") from None
    except BadInput:
        kind = "score" if is_score(str(path)) else "recording"
        if path.is_dir():
            raise
        if kind == "recording":
            try:
                probe(path)
            except BadInput:
                kind = ""
        if not kind:
            raise
    raise BadInput(
        f"{path} is a {kind} and no motion; audio-to-body play {path} --formats npz makes one, and --formats glb"
        " writes the avatar at once"
    )


def main(arguments: list[str]) -> int:
    """Load the motion once, write every file; one that fails does not stop the others."""
    options = parse(arguments)
    paths = outputs(options)
    formats = [FORMATS[ending(path)] for path in paths]
    check_options(options, formats)
    check_packages(kind.name for kind in formats)
    from audio_to_body.pictures.video_writer import parse_size

    size = None if options.size is None else parse_size(options.size)
    if options.smoothness is not None and not 0 <= options.smoothness <= 10:
        raise BadInput(f"a smoothness of {options.smoothness} cannot be used; choose 0 to 10")
    from audio_to_body.avatar import export
    from audio_to_body.avatar.retargeting import RetargetSettings, taken_as_it_is

    motion = motion_in(options.motion)
    settings = RetargetSettings(hands=options.hands)
    if options.smoothness is not None:
        if taken_as_it_is(motion, settings):
            raise BadInput(f"--smoothness is for motions in pixels; {options.motion} is in metres and taken as it is")
        settings = replace(settings, smoothness=options.smoothness)
    performance = export.performed(motion, options.fps, settings)
    if options.avatar is not None and not all(kind.own_figure for kind in formats):
        print(
            f"{options.avatar} plays in GLB, BVH and video; the USDZ shows this project's own mannequin",
            file=sys.stderr,
        )
    order = Order(
        motion,
        lambda: performance,
        settings=settings,
        fps=options.fps,
        avatar=options.avatar,
        bones=options.bones,
        names=options.names or NAMES[0],
        unit=options.unit or UNITS[0],
        start=options.start or 0.0,
        seconds=options.seconds,
        sound=options.audio,
        size=size,
        view=options.view or VIEW,
        progress=True,
    )
    with output_folder(paths[0].parent):
        return write(order, paths)


def write(order: Order, paths: Sequence[Path]) -> int:
    """Write an order into files and tell; the last refusal is raised.

    Raises
    ------
    BadInput
    """
    refused: list[BadInput] = []
    told: set[str] = set()
    for path in paths:
        remarks: list[str] = []
        try:
            remarks = FORMATS[ending(path)].write(order, path)
        except BadInput as refusal:
            refused.append(refusal)
            if path is not paths[-1]:
                print(f"error: {refusal}", file=sys.stderr)
                refused.pop()
                refused.append(BadInput(f"{path} was not written, see above"))
            continue
        for remark in remarks:
            if remark not in told:
                print(remark, file=sys.stderr)
        told |= set(remarks)
        print(path)
    if refused:
        raise refused[-1]
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
