"""Recitals in, a dataset out.

``python -m audio_to_body.preprocessing SOURCE… --instrument violin|piano --out DATASET``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audio_to_body.preprocessing.schedulers import LOCAL
from audio_to_body.skeleton.console import with_dashed_files
from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.skeleton.program import at_least_one, called_as, example
from audio_to_body.skeleton.progress import progress_bar
from audio_to_body.skeleton.refusal import EXIT_REFUSED, BadInput, run_command

NAME = "python -m audio_to_body.preprocessing"
HANDS = ("full", "lite")

if TYPE_CHECKING:
    from audio_to_body.preprocessing.recording.cleaning import CleaningSettings
    from audio_to_body.preprocessing.recording.detector_choice import DetectorChoice
    from audio_to_body.preprocessing.recording.recital import RecitalJob
    from audio_to_body.preprocessing.recording.sources import Source


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    command = argparse.ArgumentParser(
        prog=called_as(NAME),
        description="Make a dataset of recitals: videos, folders of them, lists (recitals.csv) or addresses.",
        epilog="The same command again skips what is finished, continues what was interrupted and adds what is new; "
        + example("concert1.mp4 concert2.mkv --instrument violin --out my_recitals", NAME),
    )
    add = command.add_argument
    add("sources", nargs="+", metavar="SOURCE", help="video, folder, recitals.csv, address, or OpenPose JSON folder")
    add("--instrument", choices=INSTRUMENTS, help="of the dataset; a list may say it instead")
    add("--out", required=True, type=Path, metavar="DATASET", help="folder of the dataset")
    add(
        "--split",
        choices=("train", "test"),
        default="train",
        help="of recitals whose list does not say (%(default)s)",
    )
    add("--overlay", action="store_true", help="also write <recital>.overlay.mp4")
    add("--track", type=int, metavar="N", help="which of a video's sound tracks, from 1 (its default)")
    add("--mirror", action="store_true", help="the videos are mirrored (a selfie): turn them round")
    add("--without-sound", action="store_true", help="points alone: a dataset to look at, not to train on")
    detect = command.add_argument_group("detectors (MediaPipe by default)").add_argument
    detect(
        "--hands",
        choices=HANDS,
        help="MediaPipe's net for hands: lite is faster and loses more of them (full)",
    )
    detect("--openpose-json", type=Path, metavar="PATH", help="OpenPose's JSON: folder or archive, or one per video")
    detect("--openpose-models", type=Path, metavar="FOLDER", help="OpenPose's models folder with .caffemodel files")
    detect(
        "--keypoint-rcnn",
        type=Path,
        metavar="FILE",
        help="second opinion: COCO results .json, or weights .pth of one you trust: reading them runs their code",
    )
    detect("--json-fps", type=float, metavar="FPS", help="frames/s of recorded results (the video's)")
    detect("--face", default="dlib", metavar="NET", help="dlib, none, or an ONNX face network (%(default)s)")
    clean = command.add_argument_group("choosing the performer and cleaning (paper Sec. 3.3)").add_argument
    clean("--reference-frame", type=float, metavar="SECONDS", help="a moment that shows the performer (found alone)")
    clean("--reference-box", metavar="L,T,R,B", help="the performer's box in pixels (found alone)")
    clean("--set", action="append", default=[], metavar="NAME=VALUE", help="a threshold; --set help lists them")
    scale = command.add_argument_group("scale").add_argument
    scale("--workers", type=at_least_one, metavar="N", help="recitals made side by side (one per core)")
    scale(
        "--scheduler",
        default=LOCAL,
        metavar="ADDRESS",
        help="a Dask scheduler you trust, tcp://host:8786: it may run any code here",
    )
    return command


def check_options(chosen: argparse.Namespace) -> None:
    """Refuse options beside which others have no effect.

    Raises
    ------
    BadInput
    """
    from audio_to_body.preprocessing.detectors.openpose_json import is_openpose

    seen_by_others = chosen.openpose_json or chosen.openpose_models
    if chosen.openpose_json and chosen.openpose_models:
        raise BadInput("--openpose-json and --openpose-models both say where the people are; leave one of them out")
    if chosen.hands is not None and seen_by_others:
        raise BadInput("--hands chooses MediaPipe's net, and OpenPose finds the hands here; leave it out")
    if chosen.json_fps is not None:
        recorded = chosen.openpose_json or (chosen.keypoint_rcnn and chosen.keypoint_rcnn.suffix == ".json")
        named = any(is_openpose(Path(source)) for source in chosen.sources)
        if not recorded and not named:
            raise BadInput("--json-fps is of recorded results; name some by --openpose-json or --keypoint-rcnn")
    if chosen.track is not None and chosen.without_sound:
        raise BadInput("--track chooses a sound and --without-sound leaves it out; leave one of them out")


def thresholds() -> dict[str, Any]:
    """The numbers that ``--set`` changes, and what they are without it."""
    from audio_to_body.preprocessing.recording.cleaning import CleaningSettings

    return {f.name: f.default for f in fields(CleaningSettings) if isinstance(f.default, (int, float))}


def cleaning_settings(changes: Sequence[str], reference_box: str | None) -> CleaningSettings:
    """Thresholds from ``NAME=VALUE`` texts.

    Raises
    ------
    BadInput
        If a name is unknown or a value is no number.
    """
    from audio_to_body.preprocessing.recording.cleaning import CleaningSettings

    known = thresholds()
    values: dict[str, object] = {}
    for change in changes:
        name, _, text = change.partition("=")
        if name not in known:
            listed = ", ".join(f"{key}={value}" for key, value in known.items())
            raise BadInput(f"--set {change}: no such threshold; there are {listed}")
        try:
            default = known[name]
            values[name] = text.lower() in ("1", "true", "yes") if isinstance(default, bool) else float(text)
        except ValueError:
            raise BadInput(f"--set {change}: '{text}' is no number") from None
    if reference_box:
        try:
            left, top, right, bottom = (float(part) for part in reference_box.split(","))
        except ValueError:
            raise BadInput(f"--reference-box {reference_box}: give left,top,right,bottom in pixels") from None
        if left >= right or top >= bottom:
            raise BadInput(f"--reference-box {reference_box} is empty: left < right and top < bottom are needed")
        values["reference_box"] = (left, top, right, bottom)
    return CleaningSettings(**values)  # type: ignore[arg-type]


def instrument_of(sources: Sequence[Source], given: str | None) -> str:
    """The dataset's instrument: as given, else as the list says."""
    listed = sorted({source.instrument for source in sources if source.instrument})
    if given:
        return given
    if len(listed) == 1 and all(source.instrument for source in sources):
        return listed[0]
    raise BadInput("say the dataset's instrument: --instrument violin or --instrument piano")


def jobs_for(
    sources: Sequence[Source], instrument: str, chosen: argparse.Namespace, detectors: DetectorChoice
) -> list[RecitalJob]:
    """One job per recital of the instrument."""
    from audio_to_body.pictures.video import Clip
    from audio_to_body.preprocessing.recording.collection import DOWNLOADS, unique_names
    from audio_to_body.preprocessing.recording.recital import RecitalJob

    cleaning = cleaning_settings(chosen.set, chosen.reference_box)
    wanted = [source for source in sources if source.instrument in (None, instrument)]
    if not wanted:
        raise BadInput(f"the list names no {instrument} recital")
    return [
        RecitalJob(
            name=name,
            clip=Clip(
                chosen.out / DOWNLOADS if source.remote else Path(source.address),
                source.start,
                source.end,
                chosen.track,
                chosen.mirror,
            ),
            source=source.address,
            instrument=instrument,
            split=source.split or chosen.split,
            out=chosen.out,
            detectors=detectors,
            cleaning=cleaning,
            reference_seconds=chosen.reference_frame,
            with_sound=not chosen.without_sound,
            overlay=chosen.overlay,
            remote=source.remote,
        )
        for name, source in zip(unique_names(source.title for source in wanted), wanted)
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Make the dataset, its report, and print its summary."""
    chosen = parser().parse_args(with_dashed_files(sys.argv[1:] if argv is None else argv))
    from audio_to_body.preprocessing.recording.collection import (
        finish_dataset,
        make_all,
        open_output,
        settings_of,
        summary,
    )
    from audio_to_body.preprocessing.recording.detector_choice import DetectorChoice
    from audio_to_body.preprocessing.recording.report import write_report
    from audio_to_body.preprocessing.recording.sources import expand

    if "help" in chosen.set:
        print(*(f"{name}={value}" for name, value in thresholds().items()), sep="\n")
        return 0
    check_options(chosen)
    sources = expand(chosen.sources)
    instrument = instrument_of(sources, chosen.instrument)
    detectors = DetectorChoice(
        chosen.openpose_json,
        chosen.openpose_models,
        chosen.keypoint_rcnn,
        chosen.face,
        chosen.json_fps,
        chosen.hands or HANDS[0],
    )
    jobs = jobs_for(sources, instrument, chosen, detectors)
    with open_output(chosen.out, instrument) as earlier:
        with progress_bar(desc=f"{len(jobs)} recitals", unit=" frames") as bar:

            def report(done: object) -> None:
                refusal = getattr(done, "refusal", None)
                if refusal:
                    bar.write(f"error: {refusal}", file=sys.stderr)

            outcomes = make_all(
                jobs, chosen.scheduler, chosen.workers, lambda frames: bar.update(max(0, frames - bar.n)), report
            )
        collected = finish_dataset(chosen.out, instrument, outcomes, earlier, settings_of(jobs[0]))
        page = write_report(chosen.out, outcomes)
    print(summary(collected))
    print(f"report: {page}")
    return EXIT_REFUSED if any(outcome.refusal for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(run_command(main))
