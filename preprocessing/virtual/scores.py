"""Real scores as arrays: music21's corpus and MusicXML files, parsed once and kept as ``.npz``."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.musician.score import LEFT, RIGHT, Score, metric_strength
from audio_to_body.skeleton.cache import cache_folder
from audio_to_body.skeleton.files import read_arrays, write_arrays
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.refusal import BadInput

TEST_SHARE = 0.2  # of the pieces; they are never in training
CACHE_VERSION = 2

# Sixteen string quartets and six keyboard works; with the fiddle tunes and chorales they are the piano's pieces.
KEYBOARD_WORKS = (
    "joplin/maple_leaf_rag",
    "schumann_clara/polonaise_op1n1",
    "schumann_clara/polonaise_op1n2",
    "schumann_clara/polonaise_op1n3",
    "schumann_clara/polonaise_op1n4",
    "cpebach/h186",
    "chopin/mazurka06-2",
    "mozart/k545/movement1_exposition",
)
QUARTETS = (
    *(f"mozart/k155/movement{m}" for m in (1, 2, 3)),
    *(f"mozart/k156/movement{m}" for m in (1, 2, 3, 4)),
    *(f"mozart/k458/movement{m}" for m in (1, 2, 3, 4)),
    *(f"mozart/k80/movement{m}" for m in (1, 2, 3, 4)),
    *(f"haydn/opus1no1/movement{m}" for m in (1, 2, 3, 4, 5)),
    *(f"haydn/opus74no1/movement{m}" for m in (1, 2, 3, 4)),
    *(f"beethoven/opus18no1/movement{m}" for m in (1, 2, 3, 4)),
    *(f"schumann/opus41no1/movement{m}" for m in (1, 2, 3, 4)),
)


@lru_cache(maxsize=1)
def _corpus() -> Path:
    import music21

    return Path(music21.__file__).parent / "corpus"


def piece_names(instrument: str) -> tuple[str, ...]:
    """The corpus' pieces for an instrument, sorted; a name is ``kind:path``."""
    names: tuple[str, ...] = instrument_named(instrument).part("pieces")()
    return names


def _tunes() -> list[str]:
    return sorted(path.stem for path in (_corpus() / "ryansMammoth").glob("*.abc"))


@lru_cache(maxsize=1)
def violin_pieces() -> tuple[str, ...]:
    """Fiddle tunes and first violin parts of quartets."""
    parts = [f"violin1:{name}" for name in sorted(QUARTETS)]
    return tuple([f"tune:ryansMammoth/{name}" for name in _tunes()] + parts)


@lru_cache(maxsize=1)
def piano_pieces() -> tuple[str, ...]:
    """Keyboard works, quartets reduced to two hands, chorales, and fiddle tunes with an accompaniment."""
    chorales = sorted({path.stem for path in (_corpus() / "bach").glob("bwv*.*") if path.stem.count(".") <= 2})
    return tuple(
        [f"keyboard:{name}" for name in KEYBOARD_WORKS]
        + [f"reduction:{name}" for name in sorted(QUARTETS)]
        + [f"chorale:bach/{name}" for name in chorales]
        + [f"accompanied:ryansMammoth/{name}" for name in _tunes()]
    )


def split_of(piece: str) -> str:
    """``"test"`` or ``"train"`` by the piece's name; movements of one work stay together."""
    work = piece.split(":", 1)[1]
    if "/movement" in work:
        work = work.rsplit("/", 1)[0]
    draw = int.from_bytes(hashlib.sha256(work.encode()).digest()[:4], "big") / 2**32
    return "test" if draw < TEST_SHARE else "train"


def load_piece(piece: str) -> Score:
    """A corpus piece by its name; parsed on first use (music21 takes 0.2 to 3 s), then read from the cache.

    Raises
    ------
    BadInput
        If the piece cannot be parsed or has fewer than 8 playable notes.
    """
    key = hashlib.sha256(f"{CACHE_VERSION}|{piece}".encode()).hexdigest()[:20]
    cached = cache_folder("scores") / f"{key}.npz"
    if cached.is_file():
        with suppress(OSError, BadInput):  # a damaged cache file: parse again
            return _checked(_read_cache(cached, piece))
    score = _parse_piece(piece)
    _write_cache(cached, score)
    return _checked(score)


def _checked(score: Score) -> Score:
    if len(score) < 8:
        raise BadInput(f"score {score.name} has {len(score)} playable notes; at least 8 are needed")
    return score


def _write_cache(path: Path, score: Score) -> None:
    with suppress(OSError, BadInput):  # a cache that cannot be written only costs time
        path.parent.mkdir(parents=True, exist_ok=True)
        write_arrays(path, {f.name: getattr(score, f.name) for f in fields(score) if f.name != "name"}, level=6)


def _read_cache(path: Path, piece: str) -> Score:
    with read_arrays(path, "a parsed score") as file:
        return Score(**{f.name: file[f.name] for f in fields(Score) if f.name != "name"}, name=piece)


def _parse_piece(piece: str) -> Score:
    import warnings

    import music21

    kind, path = piece.split(":", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            stream = music21.corpus.parse(path)
        except Exception as error:  # music21 raises dozens of kinds
            raise BadInput(f"score {piece} cannot be parsed ({error})") from error
        parts = list(stream.parts) if hasattr(stream, "parts") else []
        if not parts:
            return _empty(piece)
        if kind in ("tune", "violin1"):
            return _violin_part(parts[0], piece)
        if kind == "accompanied":
            return accompany(_violin_part(parts[0], piece))
        if kind == "chorale":
            parts = parts[-4:]  # soprano to bass; instruments, where there are some, stand above
        return _two_hands(parts, piece)


def _empty(name: str) -> Score:
    nothing = np.zeros(0)
    whole = np.zeros(0, np.int64)
    return Score(nothing, nothing, whole, whole, np.zeros(0, bool), nothing, whole, name)


def _part_rows(part: Any, hand: int) -> list[tuple[float, float, int, int, bool, float, int]]:
    """Rows of a music21 part: onset, duration, pitch, hand, slurred, strength, bar."""
    from music21 import harmony, spanner, stream

    slurs = []
    for slur in part.recurse().getElementsByClass(spanner.Slur):
        first, last = slur.getFirst(), slur.getLast()
        try:
            slurs.append((float(first.getOffsetInHierarchy(part)), float(last.getOffsetInHierarchy(part))))
        except Exception:  # a slur whose end lies in another part
            continue
    slurs = [span for span in slurs if 0 < span[1] - span[0] <= 16]
    begins = np.array([s[0] for s in slurs])
    ends = np.array([s[1] for s in slurs])
    untied = part.stripTies()
    bars = [(float(m.offset), float(m.barDuration.quarterLength)) for m in untied.getElementsByClass(stream.Measure)]
    bars = bars or [(0.0, 4.0)]
    starts = np.array([b[0] for b in bars])
    rows = []
    for element in untied.flatten().notes:
        if isinstance(element, harmony.Harmony) or element.quarterLength <= 0:  # chord symbols and grace notes
            continue
        onset = float(element.offset)
        bar = max(int(np.searchsorted(starts, onset + 1e-6, side="right")) - 1, 0)
        slurred = bool(len(slurs) and np.any((begins < onset - 1e-6) & (onset <= ends + 1e-6)))
        place = onset - starts[bar]
        if bar == 0 and len(bars) > 1 and starts[1] < bars[0][1] - 1e-6:  # an upbeat counts from the bar's end
            place += bars[0][1] - starts[1]
        strength = metric_strength(place, bars[bar][1])
        for pitch in element.pitches:
            rows.append((onset, float(element.quarterLength), int(pitch.midi), hand, slurred, strength, bar))
    return rows


def _score(rows: list[tuple[float, float, int, int, bool, float, int]], name: str) -> Score:
    if not rows:
        return _empty(name)
    rows = sorted(rows, key=lambda r: (r[0], r[2]))
    seen: dict[tuple[float, int], int] = {}
    unique: list[tuple[float, float, int, int, bool, float, int]] = []
    for row in rows:  # voices of one staff may share a note
        key = (round(row[0], 4), row[2])
        if key not in seen:
            seen[key] = len(unique)
            unique.append(row)
    columns = list(zip(*unique))
    return Score(
        onset=np.array(columns[0], np.float64),
        duration=np.array(columns[1], np.float64),
        pitch=np.array(columns[2], np.int64),
        hand=np.array(columns[3], np.int64),
        slurred=np.array(columns[4], bool),
        strength=np.array(columns[5], np.float64),
        bar=np.array(columns[6], np.int64),
        name=name,
    )


def _violin_part(part: Any, name: str) -> Score:
    score = _score(_part_rows(part, RIGHT), name)
    if not len(score):
        return score
    # fold notes that a violin lacks into its range by octaves
    pitch = score.pitch.copy()
    violin = instrument_named("violin")
    pitch[pitch < violin.lowest] += 12 * (-(-(violin.lowest - pitch[pitch < violin.lowest]) // 12))
    pitch[pitch > violin.highest] -= 12 * (-(-(pitch[pitch > violin.highest] - violin.highest) // 12))
    return replace(score, pitch=pitch)


def _two_hands(parts: list[Any], name: str) -> Score:
    rows = []
    for i, part in enumerate(parts):
        rows += _part_rows(part, RIGHT if i < (len(parts) + 1) // 2 else LEFT)
    return playable(_score(rows, name))


def accompany(tune: Score) -> Score:
    """A tune for two hands: the left plays bass and chord in turn, with the triad that fits each half bar best."""
    if not len(tune):
        return tune
    shift = -12 if np.median(tune.pitch) > 79 else 0
    tune = replace(tune, pitch=tune.pitch + shift)
    roots, thirds = np.divmod(np.arange(24), 2)
    triads = np.zeros((24, 12))
    for chord, (root, minor) in enumerate(zip(roots, thirds)):
        triads[chord, [root, (root + (3 if minor else 4)) % 12, (root + 7) % 12]] = (1.2, 0.8, 1.0)
    share = np.bincount(tune.pitch % 12, weights=tune.duration, minlength=12)
    in_key = triads @ (share / share.sum())  # chords of the tune's own key are likelier
    bar_length = float(np.median(np.diff(np.unique(tune.onset[tune.strength == 1.0])))) if len(tune) > 4 else 4.0
    half = bar_length / 2 if bar_length > 1 else bar_length
    rows = [
        (float(o), float(d), int(p), RIGHT, bool(s), float(w), int(b))
        for o, d, p, s, w, b in zip(tune.onset, tune.duration, tune.pitch, tune.slurred, tune.strength, tune.bar)
    ]
    first = float(tune.onset[np.argmax(tune.strength == 1.0)])
    end = float((tune.onset + tune.duration).max())
    previous = -1
    for start in np.arange(first, end - half / 2, half):
        inside = (tune.onset >= start - 1e-6) & (tune.onset < start + half - 1e-6)
        weights = np.bincount(tune.pitch[inside] % 12, weights=tune.duration[inside], minlength=12)
        fit = triads @ weights / max(weights.sum(), 1e-9) + 1.5 * in_key
        if previous >= 0:
            fit[previous] += 0.1
        previous = int(np.argmax(fit))
        third = 3 if thirds[previous] else 4
        low = 40 + (int(roots[previous]) - 4) % 12  # MIDI 40 to 51: E2 to D#3
        bar = int(np.floor((start - first) / bar_length))
        strong = 1.0 if abs((start - first) % bar_length) < 1e-6 else 0.5
        rows.append((float(start), half / 2, low, LEFT, False, strong, bar))
        for step in (third, 7, 12) if low > 47 else (7, 12, 12 + third):
            rows.append((float(start) + half / 2, half / 2, low + step, LEFT, False, 0.25, bar))
    return playable(_score(rows, tune.name))


def playable(score: Score) -> Score:
    """Make two staves playable by two hands: at most five notes and a ninth in a hand at once; notes in neither go.

    A note beyond the span moves to the other hand where that one reaches it.
    """
    piano = instrument_named("piano")
    keep = (score.pitch >= piano.lowest) & (score.pitch <= piano.highest)
    hand = score.hand.copy()
    widest = 14
    onsets = np.round(score.onset, 4)
    order = np.argsort(onsets, kind="stable")
    for together in np.split(order, np.flatnonzero(np.diff(onsets[order])) + 1):
        notes = together[keep[together]]
        for side, other in ((RIGHT, LEFT), (LEFT, RIGHT)):
            own = notes[hand[notes] == side]
            while len(own) > 1 and (np.ptp(score.pitch[own]) > widest or len(own) > 5):
                outer = own[np.argmin(score.pitch[own])] if side == RIGHT else own[np.argmax(score.pitch[own])]
                theirs = notes[(hand[notes] == other) & keep[notes]]
                reach = score.pitch[np.append(theirs, outer)]
                if np.ptp(reach) <= widest and len(theirs) < 5:
                    hand[outer] = other
                else:
                    keep[outer] = False
                own = own[own != outer]
    return replace(score, hand=hand).select(keep)
