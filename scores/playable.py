"""What an instrument can play of a part: the rest is left out and counted, the nearest playable chord is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from audio_to_body.musician.violin_fingering import stop_violin
from audio_to_body.musician.violin_ways import OPEN_STRINGS
from audio_to_body.scores.piece import Part
from audio_to_body.skeleton.instruments import Instrument
from audio_to_body.skeleton.rates import VIDEO_FPS

BOWED_TOGETHER = 0.05  # s within which the violinist takes beginnings for one chord
MOST_TRIED = 8  # notes of a chord of which the strings that fit are looked for
HAND_NOTES = 5
WIDEST_HAND = 19  # semitones, a twelfth: more than a tenth is broken, more than this a hand does not reach
DOUBLES_WITHIN = 40.0  # 1/s: beginnings within a fortieth of a second are one
KEY_STEPS = 2  # frames from a key's stroke to its next


@dataclass(frozen=True)
class Playable:
    """What is left of a part.

    Attributes
    ----------
    part : Part
    outside : int
        Notes that the instrument does not have.
    too_many : int
        Notes for which no string, finger or time is left.
    """

    part: Part
    outside: int
    too_many: int

    def remarks(self, instrument: Instrument) -> list[str]:
        """What was left out, in a sentence; none when nothing was."""
        left = self.outside + self.too_many
        if not left:
            return []
        why = [f"{self.outside} lie outside the {instrument.name}'s range"] if self.outside else []
        lacks = "finger or time" if instrument.keyed else "string or finger"
        why += [f"for {self.too_many} no {lacks} is left"] if self.too_many else []
        return [f"{left} of {left + len(self.part)} notes are left out: {', '.join(why)}"]


def playable(part: Part, instrument: Instrument) -> Playable:
    """Leave out what an instrument cannot play.

    Raises
    ------
    BadInput
        If nothing is left.
    """
    part = _without_doubles(part.ordered())
    inside = (part.notes.pitch >= instrument.lowest) & (part.notes.pitch <= instrument.highest)
    own = part.chosen(inside)
    keep = _kept_on_keys(own) if instrument.keyed else _kept_on_strings(own)
    kept = own.chosen(keep)
    return Playable(kept, int((~inside).sum()), int((~keep).sum()))


def _without_doubles(part: Part) -> Part:
    """Voices that meet on one note play it once, as long as the longest of them."""
    moment = np.round(part.notes.onset * DOUBLES_WITHIN).astype(np.int64)
    order = np.lexsort((-part.notes.end, part.notes.pitch, moment))
    again = (np.diff(moment[order]) == 0) & (np.diff(part.notes.pitch[order]) == 0)
    keep = np.ones(len(part), bool)
    keep[order[1:][again]] = False
    return part.chosen(keep)


def _groups(onset: np.ndarray, within: float) -> list[slice]:
    """Notes that begin within some seconds of the first of them."""
    groups, first = [], 0
    times = onset.tolist()
    for i in range(1, len(times) + 1):
        if i == len(times) or times[i] > times[first] + within:
            groups.append(slice(first, i))
            first = i
    return groups


def _kept_on_strings(part: Part) -> np.ndarray:
    """Of every chord the most notes that strings and fingers have at once, the highest always."""
    keep = np.ones(len(part), bool)
    for group in _groups(part.notes.onset, BOWED_TOGETHER):
        if group.stop - group.start == 1:
            continue
        pitches = part.notes.pitch[group].tolist()
        chosen = set(stoppable(tuple(sorted(set(pitches)))))
        for i, pitch in zip(range(group.start, group.stop), pitches):
            keep[i] = pitch in chosen
            chosen.discard(pitch)
    return keep


@lru_cache(maxsize=4096)
def stoppable(pitches: tuple[int, ...]) -> tuple[int, ...]:
    """The most of rising pitches that a violin's strings and a hand have at once: the highest, then the lowest."""
    if len(pitches) == 1:
        return pitches
    top, others = pitches[-1], pitches[:-1]
    others = others[:1] + others[1 - MOST_TRIED + 1 :] if len(others) >= MOST_TRIED else others
    for count in range(min(len(OPEN_STRINGS) - 1, len(others)), 0, -1):
        for lower in combinations(others, count):
            if _fits_strings((*lower, top)):
                return (*lower, top)
    return (top,)


def _fits_strings(pitches: Sequence[int]) -> bool:
    """Whether neighbouring strings have the pitches, one each, under one hand."""
    chord = np.arange(len(pitches)) > 0
    stops = stop_violin(np.array(pitches), np.zeros(len(pitches)), chord)
    if (np.diff(stops.string) != 1).any() or (np.array(OPEN_STRINGS)[stops.string] + stops.stop != pitches).any():
        return False
    stopped = stops.finger > 0
    if len(set(stops.place[stopped].tolist())) > 1:
        return False
    places = {(int(f), int(s)) for f, s in zip(stops.finger[stopped], stops.stop[stopped])}
    return len({finger for finger, _ in places}) == len(places)


def _kept_on_keys(part: Part) -> np.ndarray:
    """Of every chord what ten fingers reach, bass and melody first; no key oftener than it comes up."""
    keep = np.ones(len(part), bool)
    step = np.floor(part.notes.onset * VIDEO_FPS + 0.5).astype(np.int64)
    struck: dict[int, int] = {}
    for group in _groups(step.astype(np.float64), 0.5):
        pitches = part.notes.pitch[group].tolist()
        reached = within_reach(tuple(sorted(set(pitches))))
        taken: set[int] = set()
        for i, pitch in zip(range(group.start, group.stop), pitches):
            at = int(step[i])
            if at - struck.get(pitch, -KEY_STEPS) < KEY_STEPS:
                at += 1  # a stroke may come a frame late
            keep[i] = pitch in reached and pitch not in taken and at - struck.get(pitch, -KEY_STEPS) >= KEY_STEPS
            if keep[i]:
                taken.add(pitch)
                struck[pitch] = at
    return keep


@lru_cache(maxsize=4096)
def within_reach(pitches: tuple[int, ...]) -> frozenset[int]:
    """Those of rising pitches that two hands reach: a hand holds five keys, no wider than a twelfth."""
    for split in range(len(pitches) + 1):
        hands = pitches[:split], pitches[split:]
        if all(len(hand) <= HAND_NOTES and (not hand or hand[-1] - hand[0] <= WIDEST_HAND) for hand in hands):
            return frozenset(pitches)
    low, high = pitches[0], pitches[-1]
    left = [p for p in pitches if p - low <= WIDEST_HAND and 2 * p <= low + high]
    right = [p for p in pitches if high - p <= WIDEST_HAND and 2 * p > low + high]
    return frozenset(left[: HAND_NOTES - 1] + left[-1:] + right[:1] + right[-HAND_NOTES + 1 :])
