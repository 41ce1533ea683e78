"""The header of a model card: what model hubs read of it, as YAML between two lines of dashes.

``python -m audio_to_body.reproduce.card_header models/pretrained/*.md`` puts a header onto cards beside their nets,
in place of the one that they have.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.refusal import BadInput, run_command

LICENCE = "mit"  # the nets', as the repository's
TAGS = ("onnx", "caffe2", "lstm", "music")
MOTION = ("audio-to-motion", "Keypoints from the sound of an instrument")  # type and name of a task
NOTES = ("music-transcription", "Notes from the sound of an instrument")
UNHEARD = "sound that training did not hear"
ONSETS = "onset F1 within 50 ms"  # what the figures in a note net's metadata are
FENCE = "---"
# what the errors in a net's own metadata are, by family, or by family and instrument where those differ
ERRORS = {
    "faithful": "mean error, px",
    "expressive violin": "mean squared error over the loss's deviations",
    "expressive piano": "mean error before the planner, mm",
}


def card_header(
    name: str,
    instrument: str,
    tags: Sequence[str] = (),
    task: tuple[str, str] = MOTION,
    data: str = "",
    metrics: Mapping[str, float] | None = None,
) -> str:
    """The header's lines, ending with an empty one.

    Parameters
    ----------
    name : str
        The net's file without its ending.
    instrument : str
    tags : sequence of str
        Besides :data:`TAGS`, the instrument and the task's type.
    task : (str, str)
        Type and name of what it does.
    data : str
        What it was measured on, in a few words.
    metrics : mapping of str to float, optional
        Measured values by what they are, unit included (``"test: mean error, px"``).
    """
    header: dict[str, Any] = {
        "license": LICENCE,
        "library_name": "onnx",
        "tags": list(dict.fromkeys([*TAGS, instrument, task[0], *tags])),
    }
    if metrics:
        values = [{"type": what.replace(" ", "_"), "name": what, "value": value} for what, value in metrics.items()]
        does = {"type": task[0], "name": task[1]}
        measured = {"task": does, "dataset": {"type": data, "name": data}, "metrics": values}
        header["model-index"] = [{"name": name, "results": [measured]}]
    # JSON is YAML: nothing has to be quoted by hand
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in header.items()]
    return "\n".join([FENCE, *lines, FENCE, "", ""])


def header_of(model: Path) -> str:
    """The header for a net, out of its own metadata.

    Raises
    ------
    BadInput
        If the file is no net of this project.
    """
    from audio_to_body.inference.model_file import checked_metadata, read_bytes, read_model
    from audio_to_body.inference.notes.card import METADATA_KEY, NoteCard

    data = read_bytes(model)
    if METADATA_KEY.encode() in data:  # a net that hears notes
        heard = NoteCard.from_json(checked_metadata(data, str(model), METADATA_KEY)[1])
        figures = {f"{ONSETS}, {what}": round(value, 4) for what, value in heard.figures.items()}
        return card_header(model.stem, heard.instrument, [], NOTES, UNHEARD, figures)
    card = read_model(model).card
    what = ERRORS.get(card.family) or ERRORS.get(f"{card.family} {card.instrument}", "error")
    metrics = {f"{part}: {what}": round(card.errors[part], 4) for part in ("valid", "test") if part in card.errors}
    return card_header(model.stem, card.instrument, [card.family, "keypoints"], MOTION, f"{card.data} data", metrics)


def without_header(text: str) -> str:
    """A card's text below its header, if it has one."""
    if not text.startswith(FENCE + "\n"):
        return text
    return text.split(f"\n{FENCE}\n", 1)[1].lstrip("\n")


def main(arguments: list[str]) -> int:
    """Put headers onto cards."""
    flags = argparse.ArgumentParser(
        prog="python -m audio_to_body.reproduce.card_header", description="Put the hubs' header onto model cards."
    )
    flags.add_argument("cards", nargs="+", type=Path, metavar="CARD", help="a card (.md) beside its net (.onnx)")
    for path in flags.parse_args(arguments).cards:
        if not path.is_file():
            raise BadInput(f"{path} does not exist; name model cards (.md)")
        text = without_header(path.read_text(encoding="utf-8"))
        write_text(path, header_of(path.with_suffix(".onnx")) + text)
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
