"""Violin music for the renderer: études and pieces in drawn manners of bowing, and drawn music.

What nets mishear is drawn more often than it is written: octaves and octave leaps, double stops, slurs, chords,
ringing open strings, harmonics, plucked notes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.preprocessing.note_sound.note_library import Library
from audio_to_body.skeleton.notes import Notes

LOWEST, HIGHEST = 55, 103  # MIDI: open G to the end of what is written
OPEN_STRINGS = (55, 62, 69, 76)
DETACHE, SPICCATO, MARTELE, PIZZICATO, HARMONICS = range(5)
MANNER_SHARES = (0.64, 0.12, 0.10, 0.10, 0.04)
LIBRARY_SHARE = 0.55  # of the draws from études and pieces
TEMPO = (0.7, 1.4)  # by which an excerpt is slower or faster
DOUBLED_SHARE = 0.22  # of the excerpts: a second voice is added
CHORD_SPREAD = (0.012, 0.06)  # s between the notes of a broken chord
SHORT_NOTE = (0.05, 0.16)  # s that a bow touches the string in spiccato and staccato
_FASTEST = 11.0  # notes/s
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11), tuple(range(12)), (0, 4, 7), (0, 3, 7), (0, 4, 7, 10))


@dataclass(frozen=True)
class ViolinMusic:
    """Notes and how each is played.

    Attributes
    ----------
    notes : Notes
        Sorted by onset; notes of one chord follow each other closely.
    voice : np.ndarray, int64 [notes]
        0 the line itself, above it the other notes of a double stop or chord: slurs go on within a voice.
    manner : np.ndarray, int64 [notes]
        DETACHE (bowed, slurs too), SPICCATO, MARTELE, PIZZICATO, HARMONICS.
    """

    notes: Notes
    voice: np.ndarray
    manner: np.ndarray


@dataclass
class _Sheet:
    """Notes being written."""

    onset: list[float]
    end: list[float]
    pitch: list[int]
    velocity: list[float]
    stroke: list[bool]
    voice: list[int]
    manner: list[int]

    def write(
        self, onset: float, end: float, pitch: int, velocity: float, stroke: bool, voice: int, manner: int
    ) -> None:
        if not LOWEST <= pitch <= HIGHEST:
            return
        self.onset.append(onset)
        self.end.append(max(end, onset + 0.03))
        self.pitch.append(pitch)
        self.velocity.append(float(np.clip(velocity, 8, 127)))
        self.stroke.append(stroke)
        self.voice.append(voice)
        self.manner.append(manner)

    def music(self) -> ViolinMusic:
        order = np.lexsort((np.array(self.pitch, int), np.array(self.onset)))
        manner = np.array(self.manner, np.int64)[order]
        notes = Notes(
            onset=np.array(self.onset)[order],
            end=np.array(self.end)[order],
            pitch=np.array(self.pitch, np.int64)[order],
            velocity=np.array(self.velocity)[order],
            stroke=np.array(self.stroke, bool)[order],
            plucked=manner == PIZZICATO,
        )
        return ViolinMusic(notes, np.array(self.voice, np.int64)[order], manner)


def draw_violin_music(rng: np.random.Generator, seconds: float, library: Library | None) -> ViolinMusic:
    """Music of a length.

    Parameters
    ----------
    rng : np.random.Generator
    seconds : float
    library : Library or None
        Études and pieces; without them all is drawn.
    """
    sheet = _Sheet([], [], [], [], [], [], [])
    if library is not None and rng.random() < LIBRARY_SHARE:
        _write_excerpt(sheet, rng, seconds, library)
    else:
        now = 0.1
        while now < seconds - 0.4:
            span = min(float(rng.uniform(2.0, 8.0)), seconds - now)
            _write_section(sheet, rng, now, span)
            now += span + (float(rng.uniform(0.1, 1.5)) if rng.random() < 0.35 else 0.0)
    return sheet.music()


def _manner(rng: np.random.Generator) -> int:
    return int(rng.choice(len(MANNER_SHARES), p=MANNER_SHARES))


def _write_excerpt(sheet: _Sheet, rng: np.random.Generator, seconds: float, library: Library) -> None:
    tempo = float(np.exp(rng.uniform(*np.log(TEMPO))))
    part = library.excerpt(rng, seconds * tempo)
    if not len(part.onset):
        return
    shift = int(rng.integers(-4, 6))
    onset = part.onset / tempo + 0.08
    end = np.minimum(part.end / tempo + 0.08, onset + 8.0)
    pitch = part.pitch + shift
    pitch = np.where(pitch < LOWEST, pitch + 12, np.where(pitch > HIGHEST, pitch - 12, pitch))
    velocity = _velocities(rng, part.velocity, onset)
    manner = _manner(rng)
    together = np.concatenate([[False], np.diff(onset) < 0.045])
    voice = np.zeros(len(onset), np.int64)
    for i in range(1, len(onset)):
        voice[i] = voice[i - 1] + 1 if together[i] else 0
    slurred = part.slurred & ~together
    if not slurred.any() and rng.random() < 0.55:
        slurred = _drawn_slurs(rng, onset, together)
    if manner != DETACHE:
        slurred[:] = False
    slurred[0] = False
    for i in range(1, len(onset)):  # all notes of a double stop go on under the bow, or none
        if together[i]:
            slurred[i] = slurred[i - 1]
    doubled = _doubling(rng) if rng.random() < DOUBLED_SHARE and not together.any() else None
    lengths = _lengths(rng, onset, end, slurred, together, manner)
    for i in range(len(onset)):
        stop = onset[i] + lengths[i]
        sheet.write(onset[i], stop, int(pitch[i]), velocity[i], not slurred[i], int(voice[i]), manner)
        if doubled is not None and (second := doubled(int(pitch[i]))) is not None:
            late = float(rng.uniform(0, 0.012))
            sheet.write(onset[i] + late, stop + late, second, velocity[i] - 4, not slurred[i], 1, manner)


def _doubling(rng: np.random.Generator):  # type: ignore[no-untyped-def]
    """How a line is doubled: a function from a pitch to the second pitch, or to None."""
    kind = rng.random()
    if kind < 0.45:
        return lambda pitch: pitch + 12 if pitch < 76 else pitch - 12
    if kind < 0.7:
        third = int(rng.choice([3, 4, 8, 9, 5, 7]))
        return lambda pitch: pitch - third if pitch - third >= LOWEST else pitch + third
    # an open string sounds along

    def drone(pitch: int) -> int | None:
        near = [s for s in OPEN_STRINGS if s != pitch and abs(s - pitch) <= 14]
        return near[0] if near else None

    return drone


def _velocities(rng: np.random.Generator, velocity: np.ndarray, onset: np.ndarray) -> np.ndarray:
    level, spread, period = float(rng.uniform(38, 108)), float(rng.uniform(3, 16)), float(rng.uniform(2, 12))
    known = velocity - velocity.mean()
    known = known / known.std() if known.std() > 1e-6 else np.zeros(len(velocity))
    swell = np.sin(2 * np.pi * onset / period + rng.uniform(0, 6))
    return np.clip(level + spread * (0.6 * known + 0.6 * swell + 0.4 * rng.normal(0, 1, len(onset))), 8, 127)


def _drawn_slurs(rng: np.random.Generator, onset: np.ndarray, together: np.ndarray) -> np.ndarray:
    """Which notes go on under the bow: pairs, threes, fours, long bows, or mixed; rests end a slur."""
    group = int(rng.choice([2, 2, 3, 4, 4, 6, 8, 0]))
    slurred = np.zeros(len(onset), bool)
    place = 0
    for i in range(1, len(onset)):
        if together[i]:
            slurred[i] = slurred[i - 1]
            continue
        place += 1
        joins = rng.random() < 0.5 if group == 0 else place % group != 0
        slurred[i] = joins and onset[i] - onset[i - 1] < 1.5
    return slurred


def _lengths(
    rng: np.random.Generator,
    onset: np.ndarray,
    end: np.ndarray,
    slurred: np.ndarray,
    together: np.ndarray,
    manner: int,
) -> np.ndarray:
    """Seconds that each note is bowed."""
    heads = np.flatnonzero(~together)
    following = np.append(onset[heads[1:]], np.inf)
    number = np.cumsum(~together) - 1
    gap = following[number] - onset
    length = end - onset
    if manner in (SPICCATO, MARTELE):
        return np.minimum(np.minimum(length, gap), rng.uniform(*SHORT_NOTE) * rng.uniform(0.8, 1.25, len(onset)))
    held = np.minimum(length, gap)
    if rng.random() < 0.6:  # a bow that is hardly lifted
        held = np.where(gap < 1.5, np.maximum(held, gap * rng.uniform(0.9, 1.0)), held)
    goes_on = np.append(slurred[heads[1:]], False)[number]
    return np.where(goes_on, gap, held)


def _write_section(sheet: _Sheet, rng: np.random.Generator, start: float, span: float) -> None:
    """A section of drawn music of one kind."""
    manner = _manner(rng)
    kind = _KINDS[int(rng.integers(len(_KINDS)))]
    rate = float(np.exp(rng.uniform(np.log(1.0), np.log(_FASTEST))))
    if manner == PIZZICATO:
        rate = min(rate, 6.0)
    if kind in ("slow", "chords", "ringing"):
        rate = float(rng.uniform(0.5, 3.0))
    scale = _SCALES[int(rng.integers(len(_SCALES)))]
    tonic = int(rng.integers(LOWEST, LOWEST + 12))
    ladder = [p for p in range(LOWEST, HIGHEST + 1) if (p - tonic) % 12 in scale]
    # high places are rarer
    place = int(len(ladder) * rng.beta(1.4, 2.2))
    direction = 1
    level, spread = float(rng.uniform(35, 112)), float(rng.uniform(2, 12))
    slur = int(rng.choice([2, 4, 8, 16] if kind in _BROKEN else [0, 0, 2, 3, 4, 8])) if manner == DETACHE else 0
    if kind in _BROKEN and rng.random() < 0.3:
        slur = 0
    width = int(rng.choice([3, 4, 5, 7, 8, 9, 12, 12]))
    trill = int(rng.choice([1, 2, 2, 3]))
    touch = float(rng.uniform(0.8, 1.0))
    short = float(rng.uniform(*SHORT_NOTE))
    jitter = float(rng.uniform(0, 0.06))
    now, count = start, 0
    while now < start + span - 0.06:
        gap = max(
            0.06, (1 + rng.normal(0, jitter)) / rate * float(rng.choice([1, 1, 1, 2]) if kind != "trill" else 1)
        )
        stroke = slur == 0 or count % slur == 0
        chord = _chord(kind, rng, ladder, place, count, width, trill)
        goes_on = slur and (count + 1) % slur != 0
        held = gap if goes_on else gap * touch
        if manner in (SPICCATO, MARTELE):
            held = min(held, short * float(rng.uniform(0.8, 1.25)))
        pause = not goes_on and rng.random() < 0.04
        velocity = level + rng.normal(0, spread)
        broken = float(rng.uniform(*CHORD_SPREAD)) if len(chord) > 2 else float(rng.uniform(0, 0.012))
        for voice, pitch in enumerate(chord):
            onset = now + broken * voice
            stop = now + held
            if len(chord) > 2 and voice < len(chord) - 2:  # the bow leaves the low strings of a chord
                stop = onset + float(rng.uniform(0.08, 0.25))
            sheet.write(onset, stop, pitch, velocity, stroke, voice, manner)
        now += gap + (float(rng.uniform(0.1, 0.7)) if pause else 0.0)
        count = 0 if pause else count + 1
        if kind in ("leaps", "slow") and rng.random() < 0.6:
            place = int(np.clip(place + rng.integers(-9, 10), 0, len(ladder) - 1))
        elif kind in _BROKEN and count % 2 == 1:
            continue  # the upper note is still to come
        elif kind not in ("trill", "repeated") or rng.random() < 0.12:
            if rng.random() < 0.1 or not 0 <= place + direction < len(ladder):
                direction = -direction
            place = int(np.clip(place + direction, 0, len(ladder) - 1))


_BROKEN = ("broken octaves", "broken")  # double stops one note after the other, mostly under one bow
_KINDS = (
    "line",
    "line",
    "line",
    "repeated",
    "leaps",
    "trill",
    "broken octaves",
    "broken octaves",
    "broken",
    "octave leaps",
    "octaves",
    "octaves",
    "doubled",
    "doubled",
    "chords",
    "slow",
    "ringing",
)


def _chord(
    kind: str, rng: np.random.Generator, ladder: list[int], place: int, count: int, width: int, trill: int
) -> list[int]:
    """Pitches that sound together at one moment of a section."""
    pitch = ladder[place]
    if kind == "trill":
        return [pitch + trill * (count % 2)]
    if kind in _BROKEN:
        step = 12 if kind == "broken octaves" else width
        return [pitch + step * (count % 2) if pitch <= 84 else pitch - step * (1 - count % 2)]
    if kind == "octave leaps":
        return [pitch + 12 * (count % 2) if pitch <= 88 else pitch - 12 * (count % 2)]
    if kind == "octaves":
        return [pitch - 12, pitch] if pitch >= LOWEST + 12 else [pitch, pitch + 12]
    if kind == "doubled":
        return [pitch - width, pitch] if pitch - width >= LOWEST else [pitch, pitch + width]
    if kind == "ringing":
        string = OPEN_STRINGS[int(rng.integers(4))]
        return sorted({string, pitch}) if abs(string - pitch) <= 14 else [pitch]
    if kind == "chords":
        base = min(pitch, 72)
        steps = [7, 16, 21] if rng.random() < 0.5 else [7, 12, 16] if rng.random() < 0.5 else [9, 16, 24]
        return [base, *(base + s for s in steps[: int(rng.integers(1, 4))])]
    return [pitch]
