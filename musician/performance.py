"""From a score to a performance: tempo, rubato, dynamics and articulation with human-like variation."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from audio_to_body.musician.kinematics import smooth_noise
from audio_to_body.musician.score import Score
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.notes import LOUDEST, Notes

PHRASE_BARS = 4
FASTEST_NOTE = 0.095  # s; a tempo never makes a piece's quick notes shorter than this
SEMITONE = 0.0137  # m of keyboard a semitone, on average
LEAP_FROM = 9  # semitones from which a hand leaps
LEAP_SPEED = 1.25  # m/s of a hand's leap, on average
LEAP_SETTLE = 0.09  # s before and after a leap
CHORD_GAP = 0.045  # s within which notes belong to one chord, be it broken
ONSET_JITTER = 0.007  # s, standard deviation of a skilled player's timing noise


@dataclass(frozen=True)
class Habits:
    """How one player plays; drawn once per player.

    Attributes
    ----------
    pace : float
        Preferred length of a piece's quick notes, seconds.
    rubato : float
        Depth of phrase tempo arcs (share of the tempo).
    wander : float
        Depth of slow tempo drift.
    dynamics : float
        Depth of loudness variation.
    legato : float
        Share of a note's length that sounds, 0.7 to 1.
    slurs : float
        How often the player adds slurs of their own (violin).
    """

    pace: float
    rubato: float
    wander: float
    dynamics: float
    legato: float
    slurs: float


def draw_habits(rng: np.random.Generator) -> Habits:
    """A player's habits."""
    return Habits(
        pace=float(np.exp(rng.normal(np.log(0.21), 0.22))),
        rubato=float(rng.uniform(0.03, 0.12)),
        wander=float(rng.uniform(0.01, 0.04)),
        dynamics=float(rng.uniform(0.6, 1.2)),
        legato=float(rng.uniform(0.82, 0.98)),
        slurs=float(rng.uniform(0.1, 0.7)),
    )


@dataclass(frozen=True)
class Performance:
    """Notes as they sound, sorted by onset.

    Attributes
    ----------
    onset, end : np.ndarray, float64 [n]
        Seconds.
    pitch : np.ndarray, int64 [n]
        MIDI.
    velocity : np.ndarray, float64 [n]
        0 to 1.
    hand : np.ndarray, int64 [n]
        0 right, 1 left.
    slurred : np.ndarray, bool [n]
        The note continues the bow stroke of the note before it.
    strength : np.ndarray, float64 [n]
        Metric strength.
    phrase : np.ndarray, int64 [n]
        Number of the phrase.
    """

    onset: np.ndarray
    end: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray
    hand: np.ndarray
    slurred: np.ndarray
    strength: np.ndarray
    phrase: np.ndarray

    def __len__(self) -> int:
        return len(self.onset)

    def select(self, which: np.ndarray) -> Performance:
        """The notes of a mask or of indices."""
        return Performance(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def shifted(self, seconds: float) -> Performance:
        """The same, later."""
        return replace(self, onset=self.onset + seconds, end=self.end + seconds)

    def notes(self) -> Notes:
        """The same as notes that sound, a slurred one beginning no stroke."""
        return Notes(self.onset, self.end, self.pitch, LOUDEST * self.velocity, stroke=~self.slurred)

    def table(self) -> np.ndarray:
        """Onset s, end s, MIDI pitch, velocity: float32 [n, 4]."""
        return np.stack([self.onset, self.end, self.pitch, self.velocity], axis=1).astype(np.float32)


def chord_notes(music: Performance) -> np.ndarray:
    """Whether each note sounds together with the note before it, bool [notes]."""
    return np.concatenate([[False], np.diff(music.onset) < CHORD_GAP])[: len(music)]


def joined(performances: list[Performance]) -> Performance:
    """Several pieces one after the other (their times already apart)."""
    if not performances:
        none, whole = np.zeros(0), np.zeros(0, np.int64)
        return Performance(none, none, whole, none, whole, np.zeros(0, bool), none, whole)
    phrase_shift = np.cumsum([0] + [int(p.phrase.max(initial=-1)) + 1 for p in performances[:-1]])
    arrays = {f.name: np.concatenate([getattr(p, f.name) for p in performances]) for f in fields(Performance)}
    arrays["phrase"] = np.concatenate([p.phrase + s for p, s in zip(performances, phrase_shift)])
    return Performance(**arrays)


def perform(
    score: Score, habits: Habits, rng: np.random.Generator, instrument: str, quarter: float | None = None
) -> Performance:
    """Play a score: starts at 0 s.

    Parameters
    ----------
    score : Score
    habits : Habits
    rng : np.random.Generator
    instrument : str
        Bowed notes follow each other in one line and get the player's slurs; on keys, notes keep their lengths.
    quarter : float, optional
        Seconds of a quarter note, about; as fast as the player likes when not given.
    """
    plays = instrument_named(instrument)
    starts = score.onset - score.onset[0]
    quick = max(float(np.quantile(score.duration, 0.2)), 0.1)
    pace = max(habits.pace * float(np.exp(rng.normal(0, 0.15))), FASTEST_NOTE)
    quarter = float(np.clip(pace / quick, 0.33, 1.6)) if quarter is None else quarter
    phrase = score.bar // PHRASE_BARS
    time_of = _tempo_map(starts, score.duration, phrase, quarter, habits, rng)
    onset = time_of(starts)
    end = time_of(starts + score.duration)
    same = np.concatenate([[False], np.diff(starts) < 1e-4])
    jitter = rng.normal(0, ONSET_JITTER, len(score))
    jitter[same] = jitter[np.maximum.accumulate(np.where(same, 0, np.arange(len(score))))][same]
    if plays.keyed:  # a chord's notes are not quite together, melody first
        jitter = jitter + np.abs(rng.normal(0, 0.004, len(score)))
    onset = np.maximum.accumulate(np.maximum(onset + jitter, 0.0) + 0.0)
    length = (end - time_of(starts)) * _sounding_share(score, habits, rng, plays.bowed)
    velocity = loudness(score, habits, rng)
    if plays.keyed:
        onset = onset + _time_for_leaps(score, onset)
    slurred = score.slurred.copy()
    if plays.bowed:
        slurred = _add_slurs(score, starts, slurred, habits, rng)
    return Performance(
        onset=onset,
        end=onset + np.maximum(length, 0.05),
        pitch=score.pitch.copy(),
        velocity=velocity,
        hand=score.hand.copy(),
        slurred=slurred,
        strength=score.strength.copy(),
        phrase=phrase,
    )


def _tempo_map(starts, duration, phrase, quarter, habits, rng):  # type: ignore[no-untyped-def]
    """Score time (quarters) to seconds: phrase arcs, slow drift, a last ritardando."""
    grid = np.arange(0.0, float((starts + duration).max()) + 1.0, 0.25)
    first = np.searchsorted(starts, grid, side="right") - 1
    number = phrase[np.clip(first, 0, len(phrase) - 1)]
    begin = np.array([starts[phrase == p].min() for p in np.unique(phrase)])
    index = np.searchsorted(np.unique(phrase), number)
    finish = np.append(begin[1:], grid[-1])
    place = (grid - begin[index]) / np.maximum(finish[index] - begin[index], 1e-6)
    arc = habits.rubato * (2 * place - 1) ** 2  # slower at both ends of a phrase, most at its end
    arc = np.where(place > 0.5, 1.5 * arc, arc)
    drift = habits.wander * smooth_noise(rng, grid * quarter, 0.03, 0.4)
    slow_end = 0.6 * np.clip((grid - (grid[-1] - 1.0) + 3.0) / 4.0, 0, 1) ** 2
    seconds = quarter * np.maximum(1 + arc + drift + slow_end, 0.6) * 0.25
    clock = np.concatenate([[0.0], np.cumsum(seconds)[:-1]])
    return lambda quarters: np.interp(quarters, grid, clock)


def _sounding_share(score: Score, habits: Habits, rng: np.random.Generator, bowed: bool) -> np.ndarray:
    share = habits.legato + rng.normal(0, 0.03, len(score))
    if bowed:
        share = share + 0.04
    short = score.duration <= np.quantile(score.duration, 0.3)
    staccato = rng.random() < 0.25  # some pieces are played short
    return np.clip(np.where(short & staccato, share - 0.3, share), 0.35, 1.0)


def _time_for_leaps(score: Score, onset: np.ndarray) -> np.ndarray:
    """Seconds by which each note comes later because a hand needs time for a leap, [n]."""
    needed = np.zeros(len(onset))
    for hand in (0, 1):
        own = np.flatnonzero(score.hand == hand)
        if len(own) < 2:
            continue
        heads = np.flatnonzero(np.concatenate([[True], np.diff(score.onset[own]) > 1e-4]))
        middle = np.add.reduceat(score.pitch[own].astype(np.float64), heads) / np.diff(np.append(heads, len(own)))
        takes = LEAP_SETTLE + np.abs(np.diff(middle)) * SEMITONE / LEAP_SPEED
        late = np.maximum(takes - np.diff(onset[own[heads]]), 0.0)
        wide = np.abs(np.diff(middle)) > LEAP_FROM
        needed[own[heads[1:]]] = np.maximum(needed[own[heads[1:]]], np.where(wide, late, 0.0))
    starts = np.flatnonzero(np.concatenate([[True], np.diff(score.onset) > 1e-4]))
    together = np.maximum.reduceat(needed, starts)
    return np.repeat(np.cumsum(together), np.diff(np.append(starts, len(onset))))


def loudness(score: Score, habits: Habits, rng: np.random.Generator) -> np.ndarray:
    """Velocities from 0 to 1: phrase arcs, terraces, melodic contour, metric accents, and a human's unevenness."""
    starts = score.onset - score.onset[0]
    phrase = score.bar // PHRASE_BARS
    place = np.zeros(len(score))
    for number in np.unique(phrase):
        own = phrase == number
        span = max(float(np.ptp(starts[own])), 1e-6)
        place[own] = (starts[own] - starts[own].min()) / span
    arc = np.sin(np.pi * np.clip(place * 0.8 + 0.2, 0, 1))
    terrace = rng.normal(0, 0.5, int(phrase.max()) + 1)[phrase]
    contour = (score.pitch - np.median(score.pitch)) / 12.0
    accent = np.log2(np.maximum(score.strength, 1 / 16)) / 4.0 + 0.5
    level = 0.09 * arc + 0.08 * terrace + 0.04 * contour + 0.09 * accent
    level = level + 0.05 * smooth_noise(rng, starts, 0.02, 0.3) + rng.normal(0, 0.025, len(score))
    voice = np.where(score.hand == 1, -0.08, 0.0)  # the accompaniment stays below
    return np.clip(0.58 + habits.dynamics * level + voice, 0.15, 1.0)


def _add_slurs(
    score: Score, starts: np.ndarray, slurred: np.ndarray, habits: Habits, rng: np.random.Generator
) -> np.ndarray:
    """Slurs of the player's own in scores that carry few: pairs and fours of quick notes, dotted notes hooked."""
    if slurred.mean() > 0.15:
        return slurred
    slurred = slurred.copy()
    moments = np.flatnonzero(np.concatenate([[True], np.diff(starts) > 1e-4]))
    quick = float(np.quantile(score.duration, 0.5))
    pattern = rng.choice(4)  # this piece: pairs, fours, two slurred two separate, or mixed
    for i in range(len(moments) - 1):
        a, b = moments[i], moments[i + 1]
        if score.duration[b] > quick * 1.01 or score.duration[a] > quick * 2.01:
            continue
        beat = round(starts[b] / max(score.duration[b], 1e-6))
        joins = {0: beat % 2 == 1, 1: beat % 4 != 0, 2: beat % 4 == 1, 3: rng.random() < 0.5}[int(pattern)]
        if joins and score.bar[a] == score.bar[b] and rng.random() < habits.slurs:
            slurred[b] = True
    for i in range(1, len(moments)):
        if slurred[moments[i]]:
            slurred[moments[i] : (moments[i + 1] if i + 1 < len(moments) else len(score))] = True
    return slurred
