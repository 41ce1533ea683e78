"""What a pianist remembers between two steps, and how a saved stream keeps it: plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from typing import Any

import numpy as np

from audio_to_body.inference.piano.fingers import Courses
from audio_to_body.inference.piano.keyboard import ALL_FINGERS, HIGHEST, LOWEST
from audio_to_body.inference.piano.presses import KeyPlanner, Press, Waiting

LONGEST = 2.0**40  # steps, seconds, or whatever is counted
FARTHEST = 1e4  # px; no hand is as far away
COURSES = "courses_"
_PRESS, _WAITING = len(fields(Press)), len(fields(Waiting))


def planner_arrays(planner: KeyPlanner, presses: Sequence[Press]) -> dict[str, np.ndarray]:
    """A planner and the presses in its player's hands as arrays; numbers come back exactly.

    ``presses`` holds those presses and behind them the last one of every finger that is not among them; ``held`` says
    which are the last of their fingers.
    """
    every = [*presses, *(press for press in planner.held.values() if not any(press is p for p in presses))]
    held = [next(i for i, p in enumerate(every) if p is press) for press in planner.held.values()]
    groups = [(number, *astuple(note)) for number, group in enumerate(planner.groups) for note in group]
    arrays = {
        "steps": np.array([planner.step, planner.looked, len(presses)], np.int64),
        "presses": _table([astuple(press) for press in every], _PRESS),
        "held": np.array(held, np.int64),
        "waiting": _table([astuple(note) for note in planner.waiting], _WAITING),
        "groups": _table(groups, 1 + _WAITING),
        "ends": _table(planner.ends, 2),
        "struck": np.array(list(planner.struck.items()), np.int64).reshape(-1, 2),
    }
    return arrays | {COURSES + name: value.copy() for name, value in vars(planner.courses).items()}


def restore_planner(planner: KeyPlanner, arrays: Mapping[str, np.ndarray]) -> list[Press]:
    """Bring a planner where another one of its clock stood; gives the presses in its player's hands.

    Raises
    ------
    ValueError, KeyError
        If something is missing or cannot be what playing brings about.
    """
    step, looked, in_hand = (int(value) for value in _like(arrays["steps"], (3,), np.int64))
    every = [_press(row) for row in _like(arrays["presses"], (-1, _PRESS)).tolist()]
    held = _like(arrays["held"], (-1,), np.int64).tolist()
    waiting = [_waiting(row) for row in _like(arrays["waiting"], (-1, _WAITING), endless=True).tolist()]
    groups: dict[int, list[Waiting]] = {}
    for number, *row in _like(arrays["groups"], (-1, 1 + _WAITING), endless=True).tolist():
        groups.setdefault(int(number), []).append(_waiting(row))
    struck = {int(pitch): int(at) for pitch, at in _like(arrays["struck"], (-1, 2), np.int64)}
    ends = [(float(at), int(pitch)) for at, pitch in _like(arrays["ends"], (-1, 2)).tolist()]
    fits = 0 <= step <= looked <= LONGEST and 0 <= in_hand <= len(every) and list(groups) == list(range(len(groups)))
    fits = fits and all(0 <= which < len(every) for which in held) and all(_is_key(pitch) for pitch in struck)
    steps = [note.step for note in waiting], [group[0].step for group in groups.values()]
    # what waits has not been thought through, what has been is decided in turn
    fits = fits and all(rising == sorted(rising) for rising in steps) and all(s >= looked for s in steps[0])
    if not fits or any(len({note.pitch for note in group}) < len(group) for group in groups.values()):
        raise ValueError("the pianist's memory is damaged")
    planner.courses = _courses(arrays, list(groups.values()))
    planner.step, planner.looked, planner.waiting, planner.groups = step, looked, waiting, list(groups.values())
    planner.held = {every[which].finger: every[which] for which in held}
    planner.struck, planner.ends = struck, ends
    return every[:in_hand]


def restore_arrays(whole: Any, arrays: Mapping[str, np.ndarray]) -> None:
    """Put arrays by the names of an object's own in their places.

    Raises
    ------
    ValueError, KeyError
        If one is missing, of another shape or impossible.
    """
    found = {}
    for name, pattern in vars(whole).items():
        # hands are nowhere before their first frame
        unset = np.isnan(pattern).all() and np.isnan(arrays[name]).all()
        found[name] = pattern.copy() if unset else _like(arrays[name], pattern.shape, pattern.dtype)
        _check_keys(found[name])
    for name, value in found.items():
        setattr(whole, name, value)


def _courses(arrays: Mapping[str, np.ndarray], groups: Sequence[Sequence[Waiting]]) -> Courses:
    """The courses, each with a finger for every note that is not decided."""
    values = {}
    for name, pattern in vars(Courses.fresh()).items():
        inner = (len(groups), *pattern.shape[2:]) if name in ("taken", "places") else pattern.shape[1:]
        values[name] = _like(arrays[COURSES + name], (-1, *inner), pattern.dtype, endless=name == "until")
        _check_keys(values[name])
    courses = Courses(**values)
    if not len(courses.cost) or any(len(value) != len(courses.cost) for value in values.values()):
        raise ValueError("the pianist's courses do not fit together")
    for number, group in enumerate(groups):
        pitches = sorted(note.pitch for note in group)
        for taken in courses.taken[:, number].tolist():
            if sorted(pitch for pitch in taken if pitch) != pitches:
                raise ValueError("the pianist's fingers are on keys that are not played")
    return courses


def _press(row: list[float]) -> Press:
    finger, pitch, start, end, velocity, place, onset = row
    if not (0 <= finger < ALL_FINGERS and _is_key(pitch) and abs(place) < FARTHEST and abs(velocity) < FARTHEST):
        raise ValueError("a press of the pianist's memory cannot be played")
    return Press(int(finger), int(pitch), int(start), end, velocity, place, onset)


def _waiting(row: list[float]) -> Waiting:
    step, pitch, end, velocity, hand, onset, late, finger = row
    known = abs(step) <= LONGEST and abs(onset) <= LONGEST and abs(velocity) < FARTHEST
    if not (known and _is_key(pitch) and hand in (-1, 0, 1)):
        raise ValueError("a note of the pianist's memory cannot be played")
    return Waiting(int(step), int(pitch), end, velocity, int(hand), onset, bool(late), int(finger))


def _is_key(pitch: float) -> bool:
    return LOWEST <= pitch <= HIGHEST and pitch == int(pitch)


def _check_keys(values: np.ndarray) -> None:
    """What fingers are on are keys, or 0 for none; numbers of another kind may be anything."""
    if values.dtype.kind == "i" and not ((values == 0) | ((values >= LOWEST) & (values <= HIGHEST))).all():
        raise ValueError("the pianist's fingers are beyond the keyboard")


def _table(rows: Sequence[Sequence[float]], columns: int) -> np.ndarray:
    return np.array(rows, np.float64).reshape(-1, columns)


def _like(values: np.ndarray, shape: tuple[int, ...], dtype: Any = np.float64, endless: bool = False) -> np.ndarray:
    """Values of a shape (-1: of any length) and a type; none lies beyond all time but for what is ``endless``."""
    given, dtype = np.asarray(values), np.dtype(dtype)
    if given.dtype.kind != dtype.kind or given.ndim != len(shape):
        raise ValueError("the pianist's memory is of another version")
    if any(asked not in (-1, size) for asked, size in zip(shape, given.shape)):
        raise ValueError("the pianist's memory is of another version")
    known = np.abs(given) <= LONGEST
    if not (known | np.isposinf(given) if endless else known).all():
        raise ValueError("the pianist's memory holds impossible numbers")
    return given.astype(dtype)
