"""Which way and where on the bow every stroke is played: a plan over the whole piece, then the bow's motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.musician.kinematics import smoothstep
from audio_to_body.musician.performance import Performance, chord_notes

BOW_LENGTH = 0.65  # m, playable hair
FROG_LIMIT, TIP_LIMIT = 0.02, 0.98  # bow lengths that are used at most
HOOK_LONGEST = 0.45  # s; longer notes are not slurred only to change the bow's direction
HOOK_SHARE = 0.8  # of the chances that are taken
RETAKE_REST = 0.16  # s of silence that lets the bow be lifted and set anew
FASTEST_BOW = 3.0  # bow lengths per second of a stroke, on average
RETAKE_SPEED = 1.3  # bow lengths per second at which the lifted bow is set anew, at most on average
REST_SILENCE = 1.6  # s of silence after which the arm comes to rest
REVERSAL = 0.06  # s that a change of direction takes, about (Schelleng; Demoucron's measurements: 50 to 100 ms)
_PLACES = np.linspace(FROG_LIMIT, TIP_LIMIT, 41)
_EVERY_MOVE = _PLACES[None, :] - _PLACES[:, None]


@dataclass(frozen=True)
class Strokes:
    """The strokes of a piece.

    Attributes
    ----------
    start, end : np.ndarray, float64 [n]
        Seconds; the bow moves between them.
    direction : np.ndarray, int64 [n]
        1 down, -1 up.
    begin, finish : np.ndarray, float64 [n]
        Place on the bow, 0 frog to 1 tip.
    retake : np.ndarray, bool [n]
        The bow was lifted before this stroke.
    first_note : np.ndarray, int64 [n]
        The stroke's first note.
    of_note : np.ndarray, int64 [notes]
        The stroke of each note.
    """

    start: np.ndarray
    end: np.ndarray
    direction: np.ndarray
    begin: np.ndarray
    finish: np.ndarray
    retake: np.ndarray
    first_note: np.ndarray
    of_note: np.ndarray

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True)
class BowHabits:
    """How one violinist uses the bow.

    Attributes
    ----------
    centre : float
        Where on the bow détaché is played, 0 to 1.
    speed : float
        Bow lengths per second of a moderately loud long note.
    reach : float
        The farthest place the arm comfortably reaches.
    """

    centre: float
    speed: float
    reach: float


def draw_bow_habits(rng: np.random.Generator) -> BowHabits:
    """A violinist's bow habits."""
    return BowHabits(
        centre=float(rng.uniform(0.45, 0.6)),
        speed=float(rng.uniform(0.75, 1.25)),
        reach=float(rng.uniform(0.9, 0.98)),
    )


def plan_strokes(
    music: Performance, habits: BowHabits, rng: np.random.Generator, written: np.ndarray | None = None
) -> Strokes:
    """Choose direction, length and place of every stroke.

    One stroke per slur or separate note (or chord); directions alternate; after a rest the bow is retaken so that
    strong beats come down-bow and upbeats up-bow. Length grows with loudness and duration. The places come from
    dynamic programming over the piece: lengths close to what the music wants, near the player's centre, never off
    the bow.

    Parameters
    ----------
    music : Performance
    habits : BowHabits
    rng : np.random.Generator
    written : np.ndarray of int [notes], optional
        Bowings that somebody wrote, to be obeyed as the music's slurs are: 1 down, -1 up, 0 none at this note. The
        player slurs as they like where it is not given.

    Returns
    -------
    Strokes
    """
    count = len(music)
    chord = chord_notes(music)
    opens = ~(chord | music.slurred)
    if count:
        opens[0] = True
        gap = music.onset[1:] - np.maximum.accumulate(music.end)[:-1]
        opens[1:] |= (gap > RETAKE_REST) & ~chord[1:]  # no slur holds over a rest
        if written is None:
            opens &= ~_hooked(music, opens, chord, rng)
    first = np.flatnonzero(opens)
    of_note = np.cumsum(opens) - 1
    start = music.onset[first]
    finish_of = np.maximum.reduceat(music.end, first) if len(first) else np.zeros(0)
    following = np.append(start[1:], np.inf)
    rest_after = following - finish_of > RETAKE_REST
    # without a rest the bow keeps moving until it turns; short gaps are the stop within détaché
    end = np.where(rest_after, finish_of, following)
    end = np.where(np.isfinite(end), end, finish_of)
    retake = np.concatenate([[True], rest_after[:-1]]) if len(first) else np.zeros(0, bool)
    strength = music.strength[first]
    loud = np.add.reduceat(music.velocity, first) / np.diff(np.append(first, count)) if count else np.zeros(0)
    direction = _directions(retake, strength, start, rng)
    if written is not None and count:
        direction = _as_written(direction, retake, np.add.reduceat(written, first))
        retake = retake | np.concatenate([[True], np.diff(direction) == 0])  # the same way again: lifted
    duration = end - start
    # 0.1 s: a fifth of a bow at most; 1 s: most of it; longer notes get a slower bow
    wanted = habits.speed * (0.35 + 1.1 * loud) * duration / (1 + 1.1 * duration)
    wanted = np.clip(wanted * np.exp(rng.normal(0, 0.08, len(first))), 0.02, 0.93)
    silence = np.concatenate([[np.inf], start[1:] - end[:-1]])
    begin, finish = _places(direction, wanted, retake, silence, duration, habits)
    return Strokes(start, end, direction, begin, finish, retake, first, of_note)


def _hooked(music: Performance, opens: np.ndarray, chord: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Notes taken into the stroke before them so that the next bar begins down-bow, bool [notes].

    A player who sees an up-bow coming on a strong beat slurs two short notes before it.
    """
    hooked = np.zeros(len(opens), bool)
    heads = np.flatnonzero(opens)
    gap = music.onset[heads[1:]] - np.maximum.accumulate(music.end)[heads[1:] - 1]
    rested = np.concatenate([[True], gap > RETAKE_REST])
    alone = np.diff(np.append(heads, len(opens))) == 1
    length = np.diff(np.append(music.onset[heads], music.end[-1]))
    down = True
    for i, note in enumerate(heads):
        if rested[i]:
            down = bool(music.strength[note] > 0.4)
            continue
        down = not down
        if not down and music.strength[note] >= 0.99 and i >= 3:
            a, b = heads[i - 2], heads[i - 1]
            short = alone[i - 1] and alone[i - 2] and max(length[i - 1], length[i - 2]) < HOOK_LONGEST
            free = not (rested[i - 1] or chord[b] or hooked[a]) and music.strength[b] < 0.99
            if short and free and music.pitch[a] != music.pitch[b] and rng.random() < HOOK_SHARE:
                hooked[b] = True
                down = True
    return hooked


def _directions(retake: np.ndarray, strength: np.ndarray, start: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Alternate; at each retake choose the direction that brings the next strong beats down-bow."""
    direction = np.ones(len(retake), np.int64)
    heads = np.flatnonzero(retake)
    for head, after in zip(heads, np.append(heads[1:], len(retake))):
        span = slice(head, min(after, head + 12))
        parity = np.where(np.arange(span.stop - span.start) % 2 == 0, 1, -1)
        weight = np.where(strength[span] >= 0.99, 1.0, np.where(strength[span] >= 0.49, 0.3, -0.15))
        weight = weight * 0.85 ** np.arange(len(weight))
        sign = 1 if float(np.sum(parity * weight)) + rng.normal(0, 0.05) >= 0 else -1
        direction[head:after] = sign * np.where(np.arange(after - head) % 2 == 0, 1, -1)
    return direction


def _as_written(direction: np.ndarray, retake: np.ndarray, written: np.ndarray) -> np.ndarray:
    """Directions that alternate from every written one on, until the bow is set anew."""
    told = direction.copy()
    for i in range(len(told)):
        if written[i]:
            told[i] = np.sign(written[i])
        elif i and not retake[i]:
            told[i] = -told[i - 1]
    return told


def _places(
    direction: np.ndarray,
    wanted: np.ndarray,
    retake: np.ndarray,
    silence: np.ndarray,
    duration: np.ndarray,
    habits: BowHabits,
) -> tuple[np.ndarray, np.ndarray]:
    """Where each stroke begins and finishes, by dynamic programming over places on the bow."""
    count = len(direction)
    if count == 0:
        return np.zeros(0), np.zeros(0)
    size = len(_PLACES)
    middle = (_PLACES[:, None] + _PLACES[None, :]) / 2
    off_centre = 0.9 * (middle - habits.centre) ** 2
    too_far = np.where(np.maximum(_PLACES[:, None], _PLACES[None, :]) > habits.reach, 0.6, 0.0)
    start_cost = np.zeros(size)  # cost of all strokes so far, ending at a place
    came_from = np.empty((count, size), np.int64)  # place where the stroke that ends here began
    jumped_from = np.empty((count, size), np.int64)  # place where the stroke before ended
    for i in range(count):
        if retake[i]:  # the bow may be set anywhere: near the frog for long down-bows, a small cost for moving
            hurried = np.abs(_EVERY_MOVE) > RETAKE_SPEED * silence[i]
            arrival = start_cost[:, None] + 0.15 * np.abs(_EVERY_MOVE) + 5.0 * hurried
            jumped_from[i] = arrival.argmin(axis=0)
            begin_cost = arrival.min(axis=0)
        else:
            jumped_from[i] = np.arange(size)
            begin_cost = start_cost
        signed = _EVERY_MOVE * direction[i]
        stretch = np.log(np.maximum(signed, 1e-3) / wanted[i])
        cost = begin_cost[:, None] + stretch**2 + off_centre + too_far
        cost = cost + np.where(signed > FASTEST_BOW * duration[i], 30.0, 0.0)
        cost = np.where(signed > 1e-3, cost, np.inf)
        came_from[i] = cost.argmin(axis=0)
        start_cost = cost.min(axis=0)
    begin, finish = np.empty(count), np.empty(count)
    place = int(np.argmin(start_cost))
    for i in range(count - 1, -1, -1):
        finish[i] = _PLACES[place]
        source = int(came_from[i, place])
        begin[i] = _PLACES[source]
        place = int(jumped_from[i, source])
    return _off_grid(begin, finish, direction, wanted, retake)


def _off_grid(
    begin: np.ndarray, finish: np.ndarray, direction: np.ndarray, wanted: np.ndarray, retake: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Move the turning points off the grid towards the wanted lengths, by at most half a cell."""
    half = 0.45 * (_PLACES[1] - _PLACES[0])
    turns = finish.copy()
    too_short = wanted - np.abs(finish - begin)
    pull = np.clip(too_short / 2, -half, half) * direction
    following = np.concatenate(
        [np.where(retake[1:], 0.0, -np.clip(too_short[1:] / 2, -half, half) * direction[1:]), [0]]
    )
    turns = np.clip(turns + np.clip(pull + following, -half, half), FROG_LIMIT, TIP_LIMIT)
    starts = np.where(retake, begin, np.concatenate([[begin[0]], turns[:-1]]))
    return starts, turns


@dataclass(frozen=True)
class BowMotion:
    """The bow over time.

    Attributes
    ----------
    position : np.ndarray [frames]
        Where the hair touches (or would touch) the string, 0 frog to 1 tip.
    speed : np.ndarray [frames]
        Bow lengths per second, positive down-bow; 0 while the bow is off the string.
    lift : np.ndarray [frames]
        0 on the string to 1 at rest.
    sounding : np.ndarray of bool [frames]
    """

    position: np.ndarray
    speed: np.ndarray
    lift: np.ndarray
    sounding: np.ndarray


def _ramp_share(duration: np.ndarray) -> np.ndarray:
    """Share of a stroke that each of its two speed ramps takes."""
    return np.clip(REVERSAL / 2 / np.maximum(duration, 1e-3), 0.04, 0.33)


def _travelled(share: np.ndarray, ramp: np.ndarray) -> np.ndarray:
    """Distance covered by a stroke with linear speed ramps, 0 to 1, at a share of its duration."""
    top = 1.0 / (1.0 - ramp)
    rising = top * share**2 / (2 * ramp)
    steady = top * (share - ramp / 2)
    falling = 1.0 - top * (1 - share) ** 2 / (2 * ramp)
    return np.where(share < ramp, rising, np.where(share > 1 - ramp, falling, steady))


def _pace(share: np.ndarray, ramp: np.ndarray) -> np.ndarray:
    """Speed of such a stroke relative to its mean."""
    top = 1.0 / (1.0 - ramp)
    return top * np.minimum(1.0, np.minimum(share, 1 - share) / ramp)


def bow_motion(strokes: Strokes, times: np.ndarray) -> BowMotion:
    """Bow position, speed and lift at given moments.

    Parameters
    ----------
    strokes : Strokes
    times : np.ndarray [frames]
        Seconds.

    Returns
    -------
    BowMotion
    """
    frames = len(times)
    if len(strokes) == 0:
        return BowMotion(np.full(frames, 0.3), np.zeros(frames), np.ones(frames), np.zeros(frames, bool))
    at = np.searchsorted(strokes.start, times, side="right") - 1
    own = np.clip(at, 0, len(strokes) - 1)
    duration = strokes.end[own] - strokes.start[own]
    share = np.clip((times - strokes.start[own]) / duration, 0.0, 1.0)
    ramp = _ramp_share(duration)
    length = strokes.finish[own] - strokes.begin[own]
    position = strokes.begin[own] + length * _travelled(share, ramp)
    sounding = (at >= 0) & (times <= strokes.end[own])
    speed = np.where(sounding, length / duration * _pace(share, ramp), 0.0)
    # between strokes that a rest parts: follow through, lift, travel to the next beginning, settle before it sounds
    after = np.minimum(at + 1, len(strokes) - 1)
    leave = np.where(at >= 0, strokes.end[own], -np.inf)
    back = np.where(at + 1 < len(strokes), strokes.start[after], np.inf)
    gap = back - leave
    into = np.clip(times - leave, 0, 1e3)
    left = np.clip(back - times, 0, 1e3)
    room = np.maximum(0.5 * np.where(np.isfinite(gap), gap, 4.0), 1e-6)
    where_from = np.where(at >= 0, strokes.finish[own], strokes.begin[0])
    where_to = np.where(at + 1 < len(strokes), strokes.begin[after], where_from)
    moving = np.minimum(np.where(np.isfinite(gap), gap, 1e3), 0.9)  # s that setting the bow anew takes
    travel = smoothstep(1 - np.clip(left / np.maximum(moving, 1e-6), 0, 1))
    position = np.where(sounding, position, where_from * (1 - travel) + where_to * travel)
    up = smoothstep(into / np.minimum(room, 1.0))
    down = smoothstep(left / np.minimum(room, 0.8))
    height = np.clip(0.12 + 0.88 * (np.where(np.isfinite(gap), gap, 9.0) - 0.3) / (REST_SILENCE - 0.3), 0.12, 1.0)
    lift = np.where(sounding, 0.0, height * np.minimum(up, down))
    return BowMotion(position, speed, lift, sounding)
