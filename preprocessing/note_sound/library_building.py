"""The note library, of what is at hand.

Human pianists' keys (PianoMime), études of violinists with their own timing, Bach by alignments of real
performances with the slurs of the score, and corpus scores performed by
:mod:`audio_to_body.musician.performance`. What is not at hand is left out with a word.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audio_to_body.preprocessing.note_sound.bank import ZLIB_LEVEL
from audio_to_body.preprocessing.note_sound.note_library import LIBRARY
from audio_to_body.skeleton.files import write_arrays
from audio_to_body.skeleton.refusal import BadInput

LEFT_OUT = ("BernardChevalier", "JPRafferty", "AntalZalai")  # violinists who are heard in validation
PIECES = {"piano": 360, "violin": 300}  # corpus pieces that are performed
SHORTEST_PIECE = 12  # notes
_LONGEST_NOTE = 12.0  # s


class _Pieces:
    """Pieces gathered one by one."""

    def __init__(self) -> None:
        self.notes: list[np.ndarray] = []  # onset, end, pitch, velocity, slurred
        self.kinds: list[str] = []

    def add(
        self,
        kind: str,
        onset: np.ndarray,
        end: np.ndarray,
        pitch: np.ndarray,
        velocity: np.ndarray,
        slurred: np.ndarray | None = None,
    ) -> None:
        if len(onset) < SHORTEST_PIECE:
            return
        rows = np.stack([onset, end, pitch, velocity, np.zeros(len(onset)) if slurred is None else slurred])
        rows[:2] -= onset.min()
        rows[1] = np.minimum(rows[1], rows[0] + _LONGEST_NOTE)
        self.notes.append(rows[:, np.lexsort((rows[2], rows[0]))])
        self.kinds.append(kind)

    def arrays(self, instrument: str) -> dict[str, np.ndarray]:
        rows = np.concatenate(self.notes, axis=1)
        return {
            f"{instrument}_onset": rows[0].astype(np.float32),
            f"{instrument}_end": rows[1].astype(np.float32),
            f"{instrument}_pitch": rows[2].astype(np.int8),
            f"{instrument}_velocity": np.round(rows[3]).astype(np.uint8),
            f"{instrument}_slurred": rows[4].astype(bool),
            f"{instrument}_piece_ends": np.cumsum([part.shape[1] for part in self.notes]).astype(np.int64),
            f"{instrument}_piece_kinds": np.array(self.kinds),
        }


def _add_human_hands(pieces: _Pieces, data: Path) -> str:
    from audio_to_body.musician.human_hands import notes_of, read_hands, song_of_clips
    from audio_to_body.preprocessing.published.pianomime import split_songs

    path = data / "pianomime" / "hands.npz"
    if not path.is_file():
        return "human hands: not at hand (make data-pianomime), left out"
    clips = read_hands(path)
    chosen = split_songs(clips, song_of_clips(clips), np.inf, 0)
    train = sorted(clip for clip, split in chosen.items() if split == "train")
    for clip in train:
        notes = notes_of(clips.clip(clip)[1])
        pieces.add("hands", notes[:, 0], notes[:, 1], notes[:, 2], np.zeros(len(notes)))
    return f"human hands: {len(train)} clips of the songs that are trained on"


def _add_scores(pieces: _Pieces, instrument: str, rng: np.random.Generator) -> str:
    from audio_to_body.musician.performance import draw_habits, perform
    from audio_to_body.preprocessing.virtual.scores import load_piece, piece_names, split_of

    names = [name for name in piece_names(instrument) if split_of(name) == "train"]
    plain = ("tune", "accompanied", "chorale")
    large = [name for name in names if name.split(":")[0] not in plain]
    small = [name for name in names if name.split(":")[0] in plain]
    rng.shuffle(small)
    count = 0
    for name in (large + small)[: PIECES[instrument]]:
        try:
            score = load_piece(name)
        except BadInput:
            continue
        music = perform(score, draw_habits(rng), rng, instrument)
        kind = "tunes" if name.split(":")[0] in plain else "works"
        pieces.add(kind, music.onset, music.end, music.pitch, 1 + 126 * music.velocity, music.slurred)
        count += 1
    return f"{instrument} scores: {count} pieces of music21's corpus, performed"


def _add_bach(pieces: _Pieces, data: Path, rng: np.random.Generator) -> str:
    from audio_to_body.musician.performance import draw_habits
    from audio_to_body.preprocessing.virtual.human_timing import movements, split_of_movement, timed_music

    folder = data / "bach_violin"
    if not (folder / "info.csv").is_file():
        return "Bach: not at hand (make data-bach), left out"
    count = 0
    for name in movements(folder):
        if split_of_movement(name) == "test" or name.startswith("oliver-colbentson"):
            continue
        music = timed_music(folder, name, draw_habits(rng), rng)
        pieces.add("bach", music.onset, music.end, music.pitch, 1 + 126 * music.velocity, music.slurred)
        count += 1
    return f"Bach: {count} performances of movements that are trained on"


def _add_etudes(pieces: _Pieces, data: Path) -> str:
    path = data / "violin_timing" / "etudes.npz"
    if not path.is_file():
        return "études: not at hand (data/violin_timing), left out"
    with np.load(path, allow_pickle=False) as file:
        ends, names = file["piece_ends"].astype(np.int64), [str(name) for name in file["piece_names"]]
        arrays = [file[key].astype(np.float64) for key in ("onset", "end", "pitch", "velocity")]
    starts = np.concatenate([[0], ends[:-1]])
    count = 0
    for first, last, name in zip(starts, ends, names):
        if name.rsplit("_", 1)[-1] in LEFT_OUT:
            continue
        pieces.add("etudes", *(a[first:last] for a in arrays))
        count += 1
    return f"études: {count} of violinists who are trained on"


def build_library(data: Path, out: Path, seed: int = 0) -> list[str]:
    """Write the library; a line for each source, as for the bank.

    Parameters
    ----------
    data : path
    out : path
    seed : int
        Of the performances of scores.
    """
    rng = np.random.default_rng([seed, 0x11B])
    piano, violin = _Pieces(), _Pieces()
    told = [
        _add_human_hands(piano, data),
        _add_scores(piano, "piano", rng),
        _add_bach(violin, data, rng),
        _add_scores(violin, "violin", rng),
        _add_etudes(violin, data),
    ]
    arrays = {}
    for instrument, pieces in (("piano", piano), ("violin", violin)):
        if pieces.notes:
            arrays.update(pieces.arrays(instrument))
            told.append(f"{instrument}: {int(arrays[f'{instrument}_piece_ends'][-1])} notes")
    out.mkdir(parents=True, exist_ok=True)
    write_arrays(out / LIBRARY, arrays, level=ZLIB_LEVEL)
    return told
