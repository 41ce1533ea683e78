"""A motion onto the project's rig or one's own: ``python -m audio_to_body.avatar motion.npz -o musician.glb``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from audio_to_body.avatar.formats import FORMATS, Order
from audio_to_body.skeleton.console import with_dashed_files
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.refusal import BadInput, run_command

NAME = "python -m audio_to_body.avatar"


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog=called_as(NAME),
        description="A motion onto the project's rig or one's own.",
        epilog=example("motion.npz -o musician.glb", NAME),
    )
    parser.add_argument("motion", type=Path, help="a motion (.npz) that infer_onnx.py or the project wrote")
    parser.add_argument("-o", "--out", type=Path, help="the file to write; its ending chooses the format")
    parser.add_argument("--formats", help=f"instead of -o: several of {','.join(FORMATS)}, named after the motion")
    parser.add_argument("--fps", type=float, help="frames per second of the animation (default: the motion's)")
    parser.add_argument(
        "--avatar", type=Path, help="a humanoid .vrm or .glb of your own that plays instead (not in USDZ)"
    )
    parser.add_argument(
        "--bones", type=Path, metavar="MAP", help="which of its nodes are which bones (JSON), where names do not tell"
    )
    parser.add_argument("--names", choices=("vrm", "mixamo"), default="vrm", help="bone names (default vrm)")
    parser.add_argument("--unit", choices=("cm", "m"), default="cm", help="length unit of BVH (default cm)")
    parser.add_argument("--render", action="store_true", help="also write a video (.mp4) beside the other files")
    parser.add_argument("--audio", type=Path, help="the sound for the video")
    parser.add_argument("--view", default="three-quarter", help="camera: front, three-quarter, left, keys")
    parser.add_argument(
        "--size",
        default="854x480",
        help="width and height of the video, also standing ones such as 1080x1920 (default 854x480)",
    )
    parser.add_argument("--start", type=float, default=0.0, help="second at which a USDZ clip begins (default 0)")
    parser.add_argument("--seconds", type=float, help="length of a USDZ clip (default: to the end; Apple advises 10)")
    parser.add_argument("--smoothness", type=float, default=1.0, help="0 leaves points as they are, 2 doubles it")
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
    if options.out is not None and options.formats:
        raise BadInput("give either -o FILE or --formats, not both")
    if options.out is not None:
        paths = [options.out]
    else:
        wanted = (options.formats or "glb").split(",")
        paths = [options.motion.with_suffix(f".{name.strip().lower()}") for name in wanted]
    if options.render and not any(ending(path) == "mp4" for path in paths):
        paths.append(paths[0].with_suffix(".mp4"))
    for path in paths:
        if ending(path) not in FORMATS:
            raise BadInput(f"'{path.name}' names no format that can be written; choose one of {', '.join(FORMATS)}")
        if path.exists() and not options.force:
            raise BadInput(f"{path} exists; add --force to write over it")
    return paths


def main(arguments: list[str]) -> int:
    """Load the motion once, write every file; one that fails does not stop the others."""
    options = parse(arguments)
    paths = outputs(options)
    from audio_to_body.pictures.video_writer import parse_size

    size = parse_size(options.size)
    if not 0 <= options.smoothness <= 10:
        raise BadInput(f"a smoothness of {options.smoothness} cannot be used; choose 0 to 10")
    from audio_to_body.avatar import export
    from audio_to_body.avatar.retargeting import RetargetSettings
    from audio_to_body.skeleton.motion import load_motion

    try:
        motion = load_motion(options.motion)
    except FileNotFoundError:
        raise BadInput(f"{options.motion} does not exist; infer_onnx.py writes motions as .npz") from None
    settings = RetargetSettings(smoothness=options.smoothness, hands=options.hands)
    performance = export.performed(motion, options.fps, settings)
    if options.avatar is not None and not any(FORMATS[ending(path)].own_figure for path in paths):
        raise BadInput("--avatar puts a figure of your own into GLB, BVH and video; write one of them (-o FILE.glb)")
    if options.bones is not None and options.avatar is None:
        raise BadInput("--bones tells of an avatar's nodes; name the avatar by --avatar")
    clip = options.seconds is not None or options.start
    if clip and not any(FORMATS[ending(path)].cuts for path in paths):
        raise BadInput("--start and --seconds cut USDZ; write one (-o FILE.usdz)")
    if options.avatar is not None and not all(FORMATS[ending(path)].own_figure for path in paths):
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
        names=options.names,
        unit=options.unit,
        start=options.start,
        seconds=options.seconds,
        sound=options.audio,
        size=size,
        view=options.view,
        progress=True,
    )
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
