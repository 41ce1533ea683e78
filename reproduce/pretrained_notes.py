"""The nets that hear notes, as they ship: ``python -m audio_to_body.reproduce.pretrained_notes piano NET.npz ...``.

Exports a trained net (or the mean of several sittings of one training: their weights lie close enough to be averaged)
with thresholds and lag, judges it on what it did not hear, and writes the file and its card.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.inference.notes.card import LOW, NORMAL, NoteCard
from audio_to_body.inference.notes.listener import Listener
from audio_to_body.inference.notes.second_look import unwritten
from audio_to_body.inference.notes.session import NoteSession
from audio_to_body.models.notes import checkpoint
from audio_to_body.models.notes.checkpoint import NoteNet
from audio_to_body.models.notes.parameters import count
from audio_to_body.models.notes.shipped_net import load_shipped
from audio_to_body.onnx_export.notes import NoteReport, card_of, export_notes
from audio_to_body.preprocessing.note_sound.drawing import HELD_OUT, not_trained_on
from audio_to_body.preprocessing.note_sound.sources import SOURCES
from audio_to_body.preprocessing.published.bach_source import bach_folder
from audio_to_body.reproduce.card_header import header_of
from audio_to_body.reproduce.hearing import hearer, rows, scores, sounds_of, table
from audio_to_body.reproduce.pretrained import FOLDER
from audio_to_body.reproduce.second_look import CLIPS as LOOKED_AT
from audio_to_body.reproduce.second_look import second_looks
from audio_to_body.reproduce.slur_weights import LEARNT_FROM, slur_weights
from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.refusal import BadInput, run_command

NAME = "python -m audio_to_body.reproduce.pretrained_notes"
# chosen on the sampled instrument that was left out and on the real recordings that judge it: these flatter a little
THRESHOLDS = {"piano": {NORMAL: 0.4, LOW: 0.4}, "violin": {NORMAL: 0.35, LOW: 0.35}}
# s; by hand and by alignment people write a violin's notes where they have bloomed, 10 to 55 ms behind the bow's bite
LAG = {"piano": 0.0, "violin": 0.02}
# whose notes were played for it; the renders are this project's
NOTES_TOLD = {
    "piano": ("PianoMime, songs that are trained on: github sNiper-Qian/pianomime (MIT)",),
    "violin": (
        "timing of 17 violinists playing Bach: github salu133445/bach-violin-dataset, without Oliver Colbentson",
        "timing of violinists playing études: github MTG/violin-transcription (AGPL-3.0), without the judged players",
    ),
}
BOTH_TOLD = (
    "music21's corpus of works and tunes in the public domain",
    "rooms: OpenAIR (CC BY 4.0), Voxengo (free), quantumVerb (CC BY-SA 3.0, BY 3.0), pymixconsole, a CC0 room",
)
CLIPS = 8  # of the instrument left out, for the card


def mean_of(nets: Sequence[NoteNet]) -> NoteNet:
    """The mean of the weights of nets that grew out of one another; told by the last one's results.

    Raises
    ------
    BadInput
        If their sizes differ.
    """
    sizes = {(net.settings.instrument, net.settings.hidden, net.settings.own) for net in nets}
    if len(sizes) > 1:
        raise BadInput("only nets of one instrument and one size have a mean")
    names = nets[0].parameters
    mean = {name: np.mean([net.parameters[name] for net in nets], axis=0).astype(np.float32) for name in names}
    return replace(nets[-1], parameters=mean)


def sources_told(instrument: str) -> list[str]:
    """What the net was trained on, by name, with licence; without what was left out."""
    samples = [
        f"{source.name}: {source.origin} ({source.licence})"
        for source in SOURCES
        if source.kind == instrument and source.name not in not_trained_on(instrument)
    ]
    return [*samples, *NOTES_TOLD[instrument], *BOTH_TOLD]


def _made_before(nets: Sequence[Path]) -> str:
    """How a net was made that is exported again from its file."""
    if nets[0].suffix != ".onnx":
        return ""
    return f"{NoteSession(nets[0].read_bytes(), str(nets[0])).card.command}; then "


def _sittings(results: Mapping[str, Any]) -> list[str]:
    """On what it was trained and for how long, where that is known: an exported net does not tell."""
    return [results["engine"], f"{results['seconds'] / 60:.1f} min"] if "engine" in results else []


def _slurs_told(card: NoteCard) -> str:
    """Where the weights come from by which slurs are told; empty where a net has none."""
    if not card.heads[0].slur_weights:
        return ""
    return (
        "\n- slurs are told from strokes by the level around a beginning (`inference/notes/bow_changes.py`): "
        f"{len(card.heads[0].slur_weights)} weights for each set of outputs, fitted by `reproduce/slur_weights.py` "
        f"on drawn sound and on {' and '.join(LEARNT_FROM)} of the Bach Violin Dataset (CC BY 3.0)"
    )


def _look_told(card: NoteCard) -> str:
    """What looks again at beginnings; empty where nothing does."""
    if not card.heads[0].second_look:
        return ""
    sizes = " and ".join(f"{len(unwritten(head.second_look)):,}" for head in card.heads)
    return (
        "\n- what may be a beginning is looked at again (`inference/notes/second_look.py`): two small nets of "
        f"{sizes} weights, fitted by `reproduce/second_look.py` on drawn sound alone"
    )


def card_text(report: NoteReport, net: NoteNet, figures: str) -> str:
    """The model card, in Markdown."""
    card, results = report.card, net.results
    session = NoteSession(Path(report.path).read_bytes(), report.path)
    late = {head: 1000 * Listener(session, head).latency for head in (NORMAL, LOW)}
    size = count(net.settings)
    sources = "\n".join(f"- {source}" for source in card.sources)
    told = _slurs_told(card) + _look_told(card)
    return f"""# {card.instrument}_notes.onnx, which hears the notes of a {card.instrument}

{size:,} parameters, shared by all {card.keys} keys (MIDI {card.lowest} to {card.lowest + card.keys - 1}), in Caffe2
operators: every key gathers the bands of its own harmonics and a summary of what the keys around it see; one LSTM
with the keys as its batch, at 24 steps/s; {", ".join(card.parts)} at 48 steps/s. It hears sound at 24 kHz
(`sound/note_features.py`) and tells beginnings {late[NORMAL]:.0f} ms after them at most, or {late[LOW]:.0f} ms with
its second set of outputs (low latency), computing not counted.

| | |
|---|---|
| File | {report.size / 1e6:.2f} MB, sha256 `{report.sha256}` |
| Made by | `{card.command}` |
| Trained on | {card.hours_drawn:.0f} h of sound drawn afresh, {card.hours_seen:,.0f} h of sequences cut from it |
| Training | {", ".join([*_sittings(results), f"{card.updates:,} updates"])} |
| Parity | Caffe2 and onnxruntime differ by at most {report.worst:.0e} of a probability |
| Thresholds | {", ".join(f"{head.name} {head.threshold:g}" for head in card.heads)}; lag {1000 * card.lag:.0f} ms |

What it did not hear ({", ".join(HELD_OUT[card.instrument])} was left out of training, the recordings are real):

{figures}

Sound and notes, with licences:

{sources}
- rooms, microphones, noise and codecs are drawn as `preprocessing/note_sound` says{told}

Limits: the sound of sampled instruments in made rooms, not of recordings. Notes that are masked by louder ones an
octave or a twelfth below are the first to be missed; more than 14 notes a second are not all told apart.
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parse = argparse.ArgumentParser(
        prog=called_as(NAME), description=__doc__, epilog=example("piano runs/piano_notes.npz", NAME)
    )
    parse.add_argument("instrument", choices=("piano", "violin"))
    parse.add_argument(
        "nets", nargs="+", type=Path, metavar="NET", help="a trained net (.npz, .onnx), or several (.npz) to average"
    )
    parse.add_argument(
        "--bach", default=bach_folder(), help="Bach Violin Dataset, of whose slurs a violin's net learns"
    )
    parse.add_argument("--out", type=Path, metavar="FILE", help=f"default: in {FOLDER}")
    parse.add_argument(
        "--look-again",
        type=int,
        metavar="N",
        help="drawn clips of which its second look learns; 0: none "
        f"(default: {', '.join(f'{name} {clips}' for name, clips in LOOKED_AT.items())})",
    )
    parse.add_argument("--clips", type=int, default=CLIPS, metavar="N", help=f"to judge by (default: {CLIPS})")
    return parse


def main(argv: Sequence[str] | None = None) -> int:
    """Export, judge, write the card."""
    arguments = parser().parse_args(argv)
    instrument = arguments.instrument
    nets = [load_shipped(path) if path.suffix == ".onnx" else checkpoint.load(path) for path in arguments.nets]
    if len(nets) > 1 and any(path.suffix == ".onnx" for path in arguments.nets):
        raise BadInput("an .onnx has its batch norm folded in: it has no mean with others, give it alone")
    if any(net.settings.instrument != instrument for net in nets):
        raise BadInput(f"not all of these nets hear the {instrument}")
    net = mean_of(nets)
    out = arguments.out or FOLDER / f"{instrument}_notes.onnx"
    out.parent.mkdir(parents=True, exist_ok=True)
    shared = os.environ.get("A2B_SHARED")
    sounds = sounds_of(instrument, arguments.clips, Path(shared) if shared else None)
    given = [instrument, *(path.name for path in arguments.nets)]
    card = card_of(
        net,
        THRESHOLDS[instrument],
        lag=LAG[instrument],
        data="sampled instruments in made rooms (preprocessing/note_sound)",
        command=_made_before(arguments.nets) + f"{NAME} " + shlex.join(given),
        sources=sources_told(instrument),
    )
    export_notes(net, out, card)
    session = NoteSession(out.read_bytes(), str(out))
    if instrument == "violin":
        weights = slur_weights(session, arguments.bach)
        card = replace(card, heads=[replace(head, slur_weights=weights[head.name]) for head in card.heads])
    clips = LOOKED_AT[instrument] if arguments.look_again is None else arguments.look_again
    if clips:
        looks = second_looks(session, clips)
        card = replace(card, heads=[replace(head, second_look=looks[head.name]) for head in card.heads])
    export_notes(net, out, card)
    session = NoteSession(out.read_bytes(), str(out))
    found = {head: scores(hearer(session, head), sounds) for head in (NORMAL, LOW)}
    figures = {f"{head}, {group}": round(own.near.f1, 3) for head in found for group, own in found[head].items()}
    report = export_notes(net, out, replace(card, figures=figures))
    lines = [line for head in found for line in rows(head, found[head], instrument == "violin")]
    write_text(out.with_suffix(".md"), header_of(out) + card_text(report, net, table(lines)))
    print(f"{out}: {report.size / 1e6:.2f} MB, parity {report.worst:.1e}")
    print(table(lines))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
