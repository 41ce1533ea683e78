"""How a saved stream keeps what the pianist remembers: JSON with a checksum, as bytes. Numbers come back exactly."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from typing import Any

import numpy as np

from audio_to_body.inference.piano.fingers import Courses
from audio_to_body.inference.piano.presses import KeyPlanner, Press, Waiting

CHECKSUM = 8  # characters before the text


def packed_planner(planner: KeyPlanner, presses: list[Press]) -> dict[str, Any]:
    """A planner and its presses as what JSON can say; the last press of every finger is one of them."""
    every = presses + [press for press in planner.held.values() if not any(press is p for p in presses)]
    return {
        "ahead": planner.ahead,
        "shown": planner.shown,
        "within": planner.within,
        "step": planner.step,
        "looked": planner.looked,
        "courses": {name: value.tolist() for name, value in vars(planner.courses).items()},
        "waiting": [asdict(note) for note in planner.waiting],
        "groups": [[asdict(note) for note in group] for group in planner.groups],
        "ends": [list(end) for end in planner.ends],
        "struck": [list(item) for item in planner.struck.items()],
        "presses": [asdict(press) for press in every],
        "in_hand": len(presses),
        "held": [next(i for i, p in enumerate(every) if p is press) for press in planner.held.values()],
    }


def unpacked_planner(values: dict[str, Any]) -> tuple[KeyPlanner, list[Press]]:
    """From :func:`packed_planner`.

    Raises
    ------
    ValueError, KeyError, TypeError, IndexError
        If it is damaged.
    """
    every = [Press(**press) for press in values["presses"]]
    fresh = vars(Courses.fresh())
    count = len(values["courses"]["cost"])
    courses = Courses(
        **{
            name: np.array(values["courses"][name], pattern.dtype).reshape(count, *_inner(name, pattern, values))
            for name, pattern in fresh.items()
        }
    )
    planner = KeyPlanner(
        ahead=values["ahead"],
        shown=values["shown"],
        within=values["within"],
        step=values["step"],
        looked=values["looked"],
        courses=courses,
        waiting=[Waiting(**note) for note in values["waiting"]],
        groups=[[Waiting(**note) for note in group] for group in values["groups"]],
        ends=[(seconds, pitch) for seconds, pitch in values["ends"]],
        held={every[i].finger: every[i] for i in values["held"]},
        struck=dict(values["struck"]),
    )
    return planner, every[: values["in_hand"]]


def _inner(name: str, pattern: np.ndarray, values: dict[str, Any]) -> tuple[int, ...]:
    """The shape of an array of the courses, but for their number."""
    return (len(values["groups"]), *pattern.shape[2:]) if name in ("taken", "places") else pattern.shape[1:]


def sealed(values: dict[str, Any]) -> np.ndarray:
    """Values and their checksum as bytes, uint8."""
    text = json.dumps(values).encode()
    return np.frombuffer(b"%08x" % zlib.crc32(text) + text, np.uint8).copy()


def opened(data: np.ndarray) -> dict[str, Any]:
    """From :func:`sealed`.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    text = np.asarray(data).astype(np.uint8).tobytes()
    if b"%08x" % zlib.crc32(text[CHECKSUM:]) != text[:CHECKSUM]:
        raise ValueError("the planner's memory is damaged")
    return dict(json.loads(text[CHECKSUM:]))
