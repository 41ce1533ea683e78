"""Which of the notes that begin together two hands can be at in time: what is too far or too wide waits, or is left.

A hand covers a stretch of keys, and goes no faster than people's do. The lower notes are the left hand's, the upper
ones the right hand's, parted where the most is played; of what one hand cannot take at once the lowest come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WIDEST = 230.0  # px from the lowest to the highest key that a hand strikes at once: more than a tenth is rolled
FASTEST = 98.0  # px a frame, 2.35 m/s: the 99.9th percentile of people's wrists (hands.npz, songs to learn from)
LEAP_PX_A_FRAME = FASTEST / 1.8  # a leap's mean speed, which an arm passes by so much halfway
SOON = 0.6  # what a note counts that is struck a step later


def in_time(
    x: Sequence[float], loud: Sequence[float], late: Sequence[bool], hands: Iterable[tuple[Sequence[float], ...]]
) -> list[bool]:
    """Which notes can be struck at once.

    Parameters
    ----------
    x : sequence of float [notes]
        px of their keys, rising.
    loud : sequence of float [notes]
    late : sequence of bool [notes]
        Whether they have waited already; who has, waits no more.
    hands : iterable of (place, way)
        Where hands may be, the likeliest first: px along the keyboard of both wrists, and px that each can have gone
        since its last stroke. What is struck is what is worth most with any of them.
    """
    most, best = -1.0, [False] * len(x)
    for place, way in hands:
        worth, struck = _shared(x, loud, late, place, way)
        if worth > most:
            most, best = worth, struck
        if all(struck):
            break
    return best


def _shared(
    x: Sequence[float], loud: Sequence[float], late: Sequence[bool], place: Sequence[float], way: Sequence[float]
) -> tuple[float, list[bool]]:
    """What two hands can strike between them, and how much that is worth."""
    most, best = -1.0, [False] * len(x)
    lowest, highest = [[at + side * (far + WIDEST / 2) for at, far in zip(place, way)] for side in (-1, 1)]
    lowest[1], highest[0] = max(lowest), min(highest)  # no hand goes beyond the other one
    for parted in range(len(x) + 1):
        struck, worth = [], 0.0
        for hand, keys in enumerate((range(parted), range(parted, len(x)))):
            first, last = _stretch([x[i] for i in keys], [late[i] for i in keys], lowest[hand], highest[hand])
            for n, i in enumerate(keys):
                at_once = first <= n < last
                struck.append(at_once)
                soon = not late[i] and last > first and abs(x[i] - x[keys[first]]) <= WIDEST + FASTEST / 2
                worth += loud[i] * (1.0 if at_once else SOON * soon)
        if worth > most:
            most, best = worth, struck
    return most, best


def _stretch(x: Sequence[float], late: Sequence[bool], lowest: float, highest: float) -> tuple[int, int]:
    """The first of a hand's keys that it can strike at once, and the last but one: who has waited counts most."""
    most, found = -1, (0, 0)
    for first in range(len(x)):
        if not lowest <= x[first] <= highest:
            continue
        last = first
        while last < len(x) and x[last] <= min(x[first] + WIDEST, highest):
            last += 1
        if sum(late[first:last]) > most:
            most, found = sum(late[first:last]), (first, last)
    return found
