"""Do they play what sounds? ``python -m audio_to_body.reproduce.musicians`` prints one table and writes it.

Who plays: the pianist and the violinist for files, live, and live with low latency; the nets that hear their notes
alone; the paper's violinist; basic-pitch where its ``nmp.onnx`` is named. What is played: sampled instruments that
training left out (they need the bank of ``make data-sounds``), human pianists' songs on such a piano and real
recordings below ``A2B_SHARED``, the Bach Violin Dataset where it is. What is not at hand is left out with a word.

Each result is kept until the sound, the nets or the code it was made with change: what stopped goes on, and what is
known is not played again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.inference.model_file import PRETRAINED, pretrained_path
from audio_to_body.inference.notes.card import LOW as LOW_HEAD
from audio_to_body.inference.notes.card import NORMAL
from audio_to_body.inference.notes.session import load_notes
from audio_to_body.inference.planning import FILE, LOW, USUAL
from audio_to_body.inference.session import load
from audio_to_body.inference.stream import Stream
from audio_to_body.models.notes.judged import JudgedSound
from audio_to_body.preprocessing.note_sound.bank import bank_folder
from audio_to_body.preprocessing.note_sound.note_library import LIBRARY
from audio_to_body.preprocessing.published.bach_source import bach_folder
from audio_to_body.reproduce.hearing import hearer as ear_of
from audio_to_body.reproduce.note_recordings import (
    HELD_OUT_CLIPS,
    bach_sounds,
    held_out_sounds,
    human_sounds,
    real_sounds,
)
from audio_to_body.reproduce.players import Player, Tally, digest_of, hearer, musician, papers_violinist
from audio_to_body.reproduce.violin_excerpts import read_excerpts
from audio_to_body.reproduce.violin_phrases import left_out_phrases
from audio_to_body.skeleton.files import replacing
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.tables.results import RESULTS

NAME = "python -m audio_to_body.reproduce.musicians"
TABLE = "evaluate.md"
KEPT = Path("runs/evaluate")
ROOMS = ("geometry", "inference", "models", "musician", "reproduce", "skeleton", "sound")  # whose code counts
Say = Callable[[str], object]
COLUMNS = (
    *("keys F1 ±50 ms", "P", "R", "F1 ±100 ms", "in time", "wrong a minute"),
    *("turns F1", "P", "R", "slurs kept", "pitch", "strings"),
)


def players(instrument: str, basic_pitch: Path | None) -> list[Player]:
    """Who is judged at an instrument."""
    path = pretrained_path(instrument)
    session = load(path, "cpu")
    who = {"piano": "pianist", "violin": "violinist"}[instrument]
    found = []
    for latency in (FILE, USUAL, LOW):
        late = "file" if latency == FILE else f"live, {Stream(session, latency=latency).latency_ms:.0f} ms"
        found.append(musician(f"{who}, {late}", session, path, latency))
    ears, heard_by = load_notes(instrument), PRETRAINED / f"{instrument}_notes.onnx"
    for head in (NORMAL, LOW_HEAD):
        delay = round(1000 * ears.card.head(head).delay / 48)
        found.append(hearer(f"notes alone, {delay} ms", ear_of(ears, head), digest_of(heard_by) + head))
    if instrument == "violin":
        paper = pretrained_path(instrument, faithful=True)
        found.append(papers_violinist(load(paper, "cpu"), paper))
    if basic_pitch is not None:
        from audio_to_body.reproduce.basic_pitch import BasicPitch

        found.append(hearer("basic-pitch", BasicPitch(basic_pitch), digest_of(basic_pitch)))
    return found


def sounds_of(instrument: str, clips: int, shared: Path | None, bach: Path | None, say: Say) -> list[JudgedSound]:
    """What an instrument is judged by, as written: what a net adds to its times was measured against that."""
    found: list[JudgedSound] = []
    data = None if shared is None else shared / "data"
    if clips and any(bank_folder().glob("*.ogg")):
        if not (bank_folder() / LIBRARY).is_file():
            say(f"the bank has no {LIBRARY}: other clips of the sampled {instrument} are drawn than with it")
        found += held_out_sounds(instrument, clips)
        if instrument == "piano" and data is not None:
            found += human_sounds(data, clips)
    elif clips:
        say(f"left out: a sampled {instrument} that training did not hear (make data-sounds)")
    if data is not None and (data / f"{instrument}_real").is_dir():
        found += real_sounds(instrument, data, lag=0.0)
    else:
        say(f"left out: real recordings of the {instrument} (A2B_SHARED)")
    if instrument == "violin" and bach is not None:
        found += bach_sounds(bach)
        if data is not None and (data / "violin_real").is_dir():
            there = {judged.group for judged in found}  # a full copy of the set has them, too
            found += [judged for judged in bach_sounds(bach, data / "violin_real") if judged.group not in there]
    elif instrument == "violin":
        say("left out: Bach (make data-bach)")
    return found


def code_digest() -> str:
    """Of the code that results depend on."""
    root = Path(__file__).resolve().parent.parent
    return digest_of(*sorted(path for room in ROOMS for path in (root / room).rglob("*.py")))


class Kept:
    """Results that stay for the next time.

    Parameters
    ----------
    folder : path
        One small file for each.
    code : str
        What of the code they depend on.
    """

    def __init__(self, folder: Path, code: str) -> None:
        self.folder, self.code = folder, code
        folder.mkdir(parents=True, exist_ok=True)

    def measure(self, player: Player, judged: JudgedSound) -> Tally:
        """A result, measured only if it is not known."""
        parts = (judged.sound, judged.notes.onset, judged.notes.end, judged.notes.pitch, judged.notes.stroke)
        key = hashlib.sha256(f"{player.made_of} {player.name}".encode())
        for part in parts:
            key.update(np.ascontiguousarray(part).tobytes())
        return Tally.from_dict(self.value(key.hexdigest(), lambda: player.measure(judged).to_dict()))

    def value(self, key: str, make: Callable[[], Any]) -> Any:
        """What JSON can hold, made only if it is not known."""
        place = self.folder / f"{hashlib.sha256(f'{self.code} {key}'.encode()).hexdigest()[:32]}.json"
        if place.is_file():
            return json.loads(place.read_text(encoding="utf-8"))
        found = make()
        with replacing(place, ".json") as aside:
            Path(aside).write_text(json.dumps(found), encoding="utf-8")
        return found


def cells(instrument: str, tally: Tally) -> list[str]:
    """A line's numbers; a dash where nothing tells."""
    presses, turns = tally.presses, tally.turns

    def share(value: float, known: bool) -> str:
        return f"{value:.2f}" if known else "–"

    notes, bowed = presses.close.written > 0, turns.written > 0
    return [
        share(presses.close.f1, notes),
        share(presses.close.precision, notes),
        share(presses.close.recall, notes),
        share(presses.near.f1, notes),
        share(presses.ready_share, presses.leaving_time > 0),
        f"{presses.wrong_a_minute:.1f}" if notes else "–",
        share(turns.f1, bowed),
        share(turns.precision, bowed),
        share(turns.recall, bowed),
        share(tally.kept / max(1, tally.slurred), tally.slurred > 0),
        share(tally.right / max(1, tally.sounding), tally.sounding > 0 and instrument == "violin"),
        "–",  # professionals' strings are known of scores alone
    ]


def string_lines(folder: Path, kept: Kept) -> list[str]:
    """Strings chosen for professionals' excerpts that taught nothing, and how often professionals agree."""
    excerpts = read_excerpts(folder)
    notes = sum(map(len, excerpts))

    def learnt() -> list[float]:
        rows = [row for _, row in left_out_phrases(excerpts)]
        return np.mean(rows, axis=0).tolist()

    among, ours, *_ = kept.value(f"strings by phrases {digest_of(*sorted(folder.glob('*.csv')))}", learnt)
    dashes = "– | " * (len(COLUMNS) - 1)
    who = (("two professionals", among), ("our choice, excerpts left out", ours))
    return [f"| professionals' fingerings | {notes} | {name} | {dashes}{value:.2f} |" for name, value in who]


def lines_of(
    instrument: str, who: Sequence[Player], sounds: Sequence[JudgedSound], kept: Kept, say: Say
) -> list[str]:
    """The instrument's lines of the table: sound by sound, and who plays it."""
    groups: dict[str, dict[str, Tally]] = {}
    counts: dict[str, int] = {}
    for number, judged in enumerate(sounds):
        say(f"{instrument} {number + 1} of {len(sounds)}: {judged.group}")
        counts[judged.group] = counts.get(judged.group, 0) + len(judged.notes)
        own = groups.setdefault(judged.group, {})
        for player in who:
            own[player.name] = own.get(player.name, Tally()) + kept.measure(player, judged)
    return [
        f"| {group} | {counts[group]} | {name} | " + " | ".join(cells(instrument, tally)) + " |"
        for group, own in groups.items()
        for name, tally in own.items()
    ]


def table(lines: Sequence[str]) -> str:
    """Markdown."""
    head = "| sound | notes | who | " + " | ".join(COLUMNS) + " |"
    return "\n".join([head, "|---|---:|---|" + "---:|" * len(COLUMNS), *lines]) + "\n"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    about = str(__doc__).split("\n\n")[0]
    flags = argparse.ArgumentParser(prog=called_as(NAME), description=about, epilog=example("--clips 4", NAME))
    flags.add_argument("--clips", type=int, default=HELD_OUT_CLIPS, help="of each instrument that was left out")
    flags.add_argument("--shared", type=Path, default=os.environ.get("A2B_SHARED"), help="folder of real recordings")
    flags.add_argument("--bach", type=Path, default=bach_folder(), help="Bach Violin Dataset (make data-bach)")
    flags.add_argument("--basic-pitch", type=Path, metavar="FILE", help="basic-pitch's nmp.onnx, to stand beside")
    flags.add_argument("--out", type=Path, default=RESULTS / TABLE, metavar="FILE", help="where the table goes")
    flags.add_argument("--kept", type=Path, default=KEPT, metavar="FOLDER", help="of results that are known")
    return flags


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, play, print, write."""
    chosen = parser().parse_args(argv)

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    kept, lines = Kept(chosen.kept, code_digest()), []
    if chosen.basic_pitch is None:
        say("left out: basic-pitch (--basic-pitch nmp.onnx)")
    for instrument in ("piano", "violin"):
        sounds = sounds_of(instrument, chosen.clips, chosen.shared, chosen.bach, say)
        lines += lines_of(instrument, players(instrument, chosen.basic_pitch), sounds, kept, say)
    fingerings = None if chosen.shared is None else chosen.shared / "data" / "violin_fingering"
    if fingerings is not None and fingerings.is_dir():
        lines += string_lines(fingerings, kept)
    else:
        say("left out: professionals' strings (A2B_SHARED)")
    if not lines:
        raise BadInput("nothing to judge by: build the bank (make data-sounds), or name recordings by A2B_SHARED")
    whole = table(lines)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(whole, encoding="utf-8")
    print(whole)
    print(f"written: {chosen.out}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
