"""What a body cannot do, in what the musicians play: ``python -m audio_to_body.reproduce.body_limits [SOUND...]``.

Steps too wide for a frame, bent wrists, crossed fingers, hands through each other, fingertips beside their keys, a
bow off its right angle: one line for every sound. Without sounds: three pieces from samples, and below ``A2B_SHARED``
real recordings; the table is then written beside the others.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import load
from audio_to_body.models.body_limits import SIDES, BodyLimits, body_limits
from audio_to_body.reproduce.note_recordings import RECORDED
from audio_to_body.reproduce.strip_pieces import PIECES, PLUCKED, piece_named
from audio_to_body.skeleton.files import check_free, write_text
from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.progress import progress_bar
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.tables.results import RESULTS

NAME = "python -m audio_to_body.reproduce.body_limits"
TABLE = "body_limits.md"
# folders of real recordings below the shared data, and who plays them
RECORDINGS = {
    "piano_real": "piano",
    "piano_audio": "piano",
    "bach_violin/audio": "violin",
    "violin_real": "violin",
}
COLUMNS = (
    *("sound", "who", "frames", "elbow, widest step (mm)", "wrist, widest step (mm)", "over 100 mm"),
    *("left wrist bent (°)", "right wrist bent (°)", "fingers crossed (frames)", "hands through each other (frames)"),
    *("tips beside keys", "bow aslant (°)", "bow's place varies (mm)"),
)
ABOUT = (
    "Wrists: median and 95th percentile of the angle between forearm and hand. Tips beside keys: of the keys that go "
    "down, those whose fingertip is then nearer to the next white key. Bow: 95th percentile of the angle off the "
    "right one, and where it touches the strings, 5th to 95th percentile."
)


def sounds_at_hand(shared: Path | None) -> Iterator[tuple[str, str, str | np.ndarray]]:
    """Name, instrument and sound of everything that is played where no sound is named."""
    for name in PIECES:
        yield name, "violin" if name == PLUCKED else "piano", piece_named(name)[0]
    if shared is not None:
        for folder, instrument in RECORDINGS.items():
            for path in sorted((shared / "data" / folder).glob("*")):
                if path.suffix in RECORDED:
                    yield path.stem, instrument, str(path)


def line(name: str, instrument: str, found: BodyLimits) -> str:
    """A sound's line of the table; a dash where nothing tells."""
    bends = ["{:.0f}, {:.0f}".format(*found.bends[side]) for side in SIDES]
    beside = "–" if found.presses is None else f"{found.beside} of {found.presses}"
    aslant = _known(found.aslant, 1.0, 1)
    contact = _known(found.contact, 1000.0, 0)
    widest = [f"{1000 * found.elbow_step:.0f}", f"{1000 * found.wrist_step:.0f}", str(found.leaps)]
    counted = [str(found.crossed), str(found.through), beside, aslant, contact]
    return "| " + " | ".join([name, instrument, str(found.frames), *widest, *bends, *counted]) + " |"


def _known(value: float | None, scale: float, decimals: int) -> str:
    return "–" if value is None or np.isnan(value) else f"{scale * value:.{decimals}f}"


def main(argv: Sequence[str] | None = None) -> int:
    """Play, measure, print; write what is not asked for by name."""
    about = str(__doc__).split("\n\n")[0]
    flags = argparse.ArgumentParser(
        prog=called_as(NAME), description=about, epilog=example("chopin.ogg --instrument piano", NAME)
    )
    flags.add_argument("sounds", nargs="*", metavar="SOUND", help="recordings (default: what is at hand)")
    flags.add_argument("--instrument", choices=INSTRUMENTS, help="who plays the named recordings (piano)")
    flags.add_argument("--shared", type=Path, default=os.environ.get("A2B_SHARED"), help="folder of real recordings")
    flags.add_argument("--out", type=Path, metavar="FILE", help=f"where the table goes ({RESULTS / TABLE})")
    flags.add_argument("--force", action="store_true", help="write over a file that --out names")
    chosen = flags.parse_args(argv)
    if chosen.instrument and not chosen.sounds:
        raise BadInput("--instrument says who plays named recordings; name one, or leave it out")
    if chosen.force and not chosen.out:
        raise BadInput("--force is for a file that --out names; leave it out")
    if chosen.out:
        check_free(chosen.out, chosen.force)
    out = chosen.out or (None if chosen.sounds else RESULTS / TABLE)
    who = chosen.instrument or "piano"
    sounds = [(Path(path).name, who, path) for path in chosen.sounds] or list(sounds_at_hand(chosen.shared))
    sessions = {instrument: load(instrument, "cpu") for instrument in {instrument for _, instrument, _ in sounds}}
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---|---|" + "---:|" * (len(COLUMNS) - 2)]
    for name, instrument, sound in progress_bar(sounds, desc="playing"):
        lines.append(line(name, instrument, body_limits(predict(sound, sessions[instrument]))))
    text = "\n".join([*lines, "", ABOUT]) + "\n"
    print(text)
    if out is not None:
        write_text(out, text)
        print(f"written: {out}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
