"""Names of what an expressive violin net tells of each step; training and the planner share them."""

from __future__ import annotations

LOWEST, HIGHEST = 55, 100  # MIDI, open G string to E7
STRINGS = 4  # G, D, A, E

TARGET_NAMES: tuple[str, ...] = (
    "sounding",  # 1 while the bow sounds
    "speed",  # bow lengths/s, without its sign
    "stroke",  # a pulse where a stroke begins
    "note",  # a pulse where a note begins, under a slur too
    "place",  # semitones above the nut at which the left hand stands
    *(f"string_{name}" for name in "GDAE"),  # 1 for the string that sounds
    *(f"pitch_{midi}" for midi in range(LOWEST, HIGHEST + 1)),  # 1 for the pitches that sound
)


def column(name: str) -> int:
    """The place of a target in a row."""
    return TARGET_NAMES.index(name)


def columns(kind: str) -> range:
    """The places of targets of one kind, ``"string"`` or ``"pitch"``."""
    own = [i for i, name in enumerate(TARGET_NAMES) if name.startswith(kind + "_")]
    return range(own[0], own[-1] + 1)
