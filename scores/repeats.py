"""In which order a score's measures are played: repeats, endings, da capo, dal segno, coda and fine."""

from __future__ import annotations

from collections.abc import Sequence

from audio_to_body.scores.measures import Signs
from audio_to_body.skeleton.refusal import BadInput

MOST_MEASURES = 50_000  # that a piece may have when all its repeats are taken


def joined(signs: Sequence[Signs]) -> Signs:
    """One measure's signs of all parts together: publishers print them in the first part alone."""
    return Signs(
        tempos=sorted({tempo for s in signs for tempo in s.tempos}),
        forward=any(s.forward for s in signs),
        times=max(s.times for s in signs),
        ending=max((s.ending for s in signs), key=len),
        ending_stops=any(s.ending_stops for s in signs),
        segno=any(s.segno for s in signs),
        coda=any(s.coda for s in signs),
        to_coda=any(s.to_coda for s in signs),
        da_capo=any(s.da_capo for s in signs),
        dal_segno=any(s.dal_segno for s in signs),
        fine=any(s.fine for s in signs),
    )


def playing_order(signs: Sequence[Signs], name: str) -> list[int]:
    """Numbers of the measures as they are played.

    Parameters
    ----------
    signs : sequence of Signs
        Of each measure.
    name : str
        What a message calls the file.

    Raises
    ------
    BadInput
        If the repeats make the piece longer than anybody plays.
    """
    endings = _endings(signs)
    order: list[int] = []
    taken = 1  # time through the repeated passage
    start = at = 0
    began = -1  # the measure whose repeat sign opened the passage
    jumped = False
    while at < len(signs):
        here, numbers = signs[at], endings[at]
        if here.forward and began != at:
            start, began, taken = at, at, 1
        elif not numbers and at and endings[at - 1] and order[-1:] == [at - 1]:  # past the last ending
            start, taken = at, 1
        # after a jump back nothing is repeated and the last ending is played
        if numbers and (_follows(endings, at) if jumped else taken not in numbers):
            at += 1
            continue
        order.append(at)
        if len(order) > MOST_MEASURES:
            raise BadInput(f"{name} has repeats that make it longer than {MOST_MEASURES} measures")
        if jumped and here.fine:
            break
        coda = _next_coda(signs, at) if jumped and here.to_coda else None
        if coda is not None:
            at = coda
        elif here.times and not jumped and taken < _times(here, numbers, _follows(endings, at)):
            taken, at = taken + 1, start
        elif (here.da_capo or here.dal_segno) and not jumped:
            jumped = True
            at = next((i for i in range(at, -1, -1) if signs[i].segno), 0) if here.dal_segno else 0
        else:
            if here.times and not numbers:
                start, taken = at + 1, 1
            at += 1
    return order


def _times(here: Signs, numbers: tuple[int, ...], follows: bool) -> int:
    """How often a passage that ends here is played."""
    return max(here.times, max(numbers) + 1) if numbers and follows else here.times


def _next_coda(signs: Sequence[Signs], at: int) -> int | None:
    return next((i for i in range(at + 1, len(signs)) if signs[i].coda), None)


def _endings(signs: Sequence[Signs]) -> list[tuple[int, ...]]:
    """The numbers of the ending that each measure belongs to, () outside."""
    found: list[tuple[int, ...]] = []
    now: tuple[int, ...] = ()
    for here in signs:
        now = here.ending or (() if here.forward else now)
        found.append(now)
        if here.ending_stops or here.times:
            now = ()
    return found


def _follows(endings: Sequence[tuple[int, ...]], at: int) -> bool:
    """Whether another ending comes right after the one that a measure belongs to."""
    after = next((i for i in range(at + 1, len(endings)) if endings[i] != endings[at]), None)
    return after is not None and bool(endings[after])
