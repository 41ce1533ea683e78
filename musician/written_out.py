"""A formula written out: what a function of numbers computes, as lines of plain Python without calls or tuples.

The musicians' formulas are made of small functions that serve floats and arrays. One frame of a live stream spends
most of its time in calling them. Here they are called once with stand-ins that note what happens to them; the notes,
compiled, compute the same numbers from floats in a quarter of the time. The formula itself stands in one place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from audio_to_body.musician.vectors import Course, Number

# what stands for numpy's functions; a comparison with a constant is sooner than a call of max
_WRITTEN = {
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "true_divide": "{0} / {1}",
    "divide": "{0} / {1}",
    "power": "{0} ** {1}",
    "negative": "-{0}",
    "maximum": "{0} if {0} > {1} else {1}",
    "minimum": "{0} if {0} < {1} else {1}",
    "sign": "(0.0 < {0}) - ({0} < 0.0)",
    "sqrt": "sqrt({0})",
    "sin": "sin({0})",
    "cos": "cos({0})",
    "hypot": "hypot({0}, {1})",
}
DEEPEST = 20  # brackets within brackets
_KNOWN = {"sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "hypot": math.hypot}


class _Notes:
    """What has been computed, step by step: a template, and what fills it: earlier steps' numbers or constants."""

    def __init__(self, count: int) -> None:
        self.steps: list[tuple[str, tuple[int | str, ...]]] = [("", ())] * count  # what is given comes first
        self.places: dict[tuple[str, tuple[int | str, ...]], int] = {}
        self.names: dict[str, Any] = dict(_KNOWN)

    def take(self, template: str, operands: Sequence[Any]) -> _StandIn:
        filling = tuple(o.place if isinstance(o, _StandIn) else f"({float(o)!r})" for o in operands)
        step = (template, filling)
        if step not in self.places:  # the same of the same is computed once
            self.places[step] = len(self.steps)
            self.steps.append(step)
        return _StandIn(self, self.places[step])

    def lines(self, count: int, results: Sequence[int]) -> list[str]:
        """Assignments that compute the results; what only one line reads stands in that line."""
        uses = [0] * len(self.steps)
        for place in results:
            uses[place] += 2  # has a name
        for place in range(len(self.steps) - 1, count - 1, -1):
            template, filling = self.steps[place]
            for which, operand in enumerate(filling):
                if uses[place] and isinstance(operand, int):
                    uses[operand] += template.count(f"{{{which}}}")
        spelled, depth, lines = [f"t{i}" for i in range(len(self.steps))], [0] * len(self.steps), []
        for place in range(count, len(self.steps)):
            if not uses[place]:
                continue
            template, filling = self.steps[place]
            line = template.format(*(spelled[o] if isinstance(o, int) else o for o in filling))
            depth[place] = 1 + max((depth[o] for o in filling if isinstance(o, int)), default=0)
            if uses[place] == 1 and depth[place] < DEEPEST:
                spelled[place] = f"({line})"
            else:
                lines.append(f"t{place} = {line}")
                depth[place] = 0
        return lines


class _StandIn(NDArrayOperatorsMixin):
    """A number that is not known yet."""

    def __init__(self, notes: _Notes, place: int) -> None:
        self.notes, self.place = notes, place

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Any:
        if method != "__call__" or options or ufunc.__name__ not in _WRITTEN:
            return NotImplemented
        return self.notes.take(_WRITTEN[ufunc.__name__], operands)

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> Any:
        if function is not np.interp or options:
            return NotImplemented
        place, places, values = operands
        name = f"course{len(self.notes.names)}"
        self.notes.names[name] = Course(places, values).at
        return self.notes.take(name + "({0})", [place])


def written_out(
    formula: Callable[[Sequence[Number]], Sequence[Number]], count: int
) -> Callable[[Sequence[float]], tuple[float, ...]]:
    """A function of floats that computes what the formula computes.

    Parameters
    ----------
    formula : callable
        From ``count`` numbers to numbers, by arithmetic and the functions of :mod:`audio_to_body.musician.vectors`
        alone: it must not ask how large a number is.
    count : int

    Returns
    -------
    callable
        From ``count`` floats to a tuple of floats.
    """
    notes = _Notes(count)
    given = [_StandIn(notes, place) for place in range(count)]
    results = [number.place for number in formula(given)]
    unpacked = ", ".join(f"t{place}" for place in range(count))
    returned = ", ".join(f"t{place}" for place in results)
    body = notes.lines(count, results)
    source = "\n    ".join(["def computed(given):", f"{unpacked}, = given", *body, f"return ({returned},)"])
    exec(compile(source, f"<{formula.__name__} written out>", "exec"), notes.names)
    computed: Callable[[Sequence[float]], tuple[float, ...]] = notes.names["computed"]
    return computed
