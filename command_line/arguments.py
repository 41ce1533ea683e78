"""What files, scores and live sound make of the arguments alike: whose net, which formats; and how they speak."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, TextIO

from audio_to_body.avatar.formats import FORMATS
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from audio_to_body.inference.session import Session
    from audio_to_body.sound.received import Samples

POINT_FORMATS = ("mp4", "npz", "csv", "json")  # inference.writers', which would load numpy for a help text
KNOWN_FORMATS = tuple(dict.fromkeys([*POINT_FORMATS, *FORMATS]))
SAMPLES = {"rate": "rate", "channels": "channels", "samples": "kind"}  # flags of samples, and what tells of them
RENDERINGS = ("skeleton", "avatar")
DEFAULT_FORMATS = "mp4,npz"


def open_session(arguments: argparse.Namespace, instrument: str | None) -> Session:
    """The model that the arguments name, or that ships for an instrument, in onnxruntime."""
    from audio_to_body.inference.model_file import pretrained_path, read_model
    from audio_to_body.inference.planning import adjusted
    from audio_to_body.inference.session import Session

    if arguments.model and arguments.faithful:
        raise BadInput("--faithful chooses among the nets that ship; a file of your own is named by --model alone")
    if arguments.model and (arguments.model.is_dir() or arguments.model.suffix == ".npz"):
        run = arguments.model if arguments.model.is_dir() else arguments.model.parent
        raise BadInput(
            f"{arguments.model} is no exported net; audio-to-body export {run} -o mine.onnx makes one of a run"
        )
    model = read_model(arguments.model or pretrained_path(str(instrument), faithful=arguments.faithful))
    model = adjusted(model, arguments.amplitude, arguments.smoothness)
    if instrument not in (None, model.card.instrument):
        raise BadInput(f"{model.path} plays the {model.card.instrument}, not the {instrument}")
    session = Session(model, arguments.device)
    served = f"{model.path.name} ({model.card.instrument}, {model.card.family}) served by {session.provider}"
    report(served, to=sys.stderr if arguments.live else None)
    return session


def register_formats(arguments: argparse.Namespace) -> None:
    """Open the avatar's rooms where a format needs them; an unknown format's message names theirs too.

    Raises
    ------
    BadInput
        If the rendering is unknown, or an avatar would be seen nowhere.
    """
    from audio_to_body.inference.writers import WRITERS, register

    if arguments.render not in RENDERINGS:
        raise BadInput(f"unknown rendering '{arguments.render}'; known: {', '.join(RENDERINGS)}")
    wanted = {name.strip().lower() for name in (arguments.formats or DEFAULT_FORMATS).split(",")}
    if arguments.render == "avatar" and "mp4" not in wanted:
        raise BadInput("--render says whom the mp4 shows; add mp4 to --formats, or leave it out")
    filmed = arguments.render == "avatar" and "mp4" in wanted
    if arguments.avatar is not None and not wanted & {"glb", "bvh"} and not filmed:
        raise BadInput(
            "--avatar puts a figure of your own into GLB, BVH or video; add glb to --formats or --render avatar"
        )
    if arguments.bones is not None and arguments.avatar is None:
        raise BadInput("--bones tells of an avatar's nodes; name the avatar by --avatar")
    size = None
    if arguments.size is not None:
        from audio_to_body.inference.writers.mp4 import Mp4Writer
        from audio_to_body.pictures.video_writer import parse_size

        if "mp4" not in wanted:
            raise BadInput("--size is the size of the video; add mp4 to --formats")
        size = parse_size(arguments.size)
        register(Mp4Writer(size))
    drawn = FORMATS.keys() - {"mp4"}  # may be known already, of another figure
    if arguments.render == "avatar" or wanted & drawn or not wanted <= WRITERS.keys():
        from audio_to_body.avatar.packages import check_packages
        from audio_to_body.avatar.writers import avatar_writers

        # now, and not when the whole recording has been played
        check_packages(wanted if arguments.render == "avatar" else wanted - {"mp4"})
        if arguments.avatar is not None:
            from audio_to_body.avatar.own_avatar import read_avatar

            read_avatar(arguments.avatar, arguments.bones)

        for writer in avatar_writers(
            arguments.avatar, video=arguments.render == "avatar", bones=arguments.bones, size=size
        ):
            register(writer)


def refuse_samples_untold(arguments: argparse.Namespace) -> None:
    """Refuse a description of samples where nothing is taken for samples without a header.

    Raises
    ------
    BadInput
    """
    given = [name for name in SAMPLES if getattr(arguments, name) is not None]
    if not given or arguments.raw:
        return
    from audio_to_body.sound.received import is_stream

    if not (arguments.live and any(map(is_stream, arguments.audio))):
        raise BadInput(f"--{given[0]} tells of samples without a header; add --raw, or leave it out")


def samples_told(arguments: argparse.Namespace) -> Samples:
    """What samples without a header are, as the arguments tell, else as usual."""
    from audio_to_body.sound.received import Samples

    told: dict[str, Any] = {kind: getattr(arguments, name) for name, kind in SAMPLES.items()}
    return Samples(**{kind: value for kind, value in told.items() if value is not None})


def report(text: str, to: TextIO | None = None) -> None:
    """Tell the person."""
    print(text, file=to or sys.stdout, flush=True)
