"""Rules for what stands in a JSON document, made of smaller rules.

A rule is called with how long the document's lists are, a value and where it stands. It gives the value to go on
with, :data:`NOTHING` where the field says "none", or raises :class:`Damaged`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LARGEST_NUMBER = 1e12  # of a place or a scale: more overflows when nodes are multiplied

Counts = dict[str, int]
Rule = Callable[[Counts, Any, str], Any]
NOTHING = object()  # a value that means "nothing": the field is taken away


class Damaged(ValueError):
    """What is wrong, and where in the document."""


def _whole(value: Any, where: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Damaged(f"{where} is {shown(value)}, not a whole number")
    return value


def shown(value: Any) -> str:
    """A value as a message shows it."""
    said = repr(value)
    return said if len(said) <= 30 else said[:27] + "…"


def count_of(least: int = 0, most: int = 2**40) -> Rule:
    """A whole number within bounds."""

    def rule(counts: Counts, value: Any, where: str) -> int:
        whole = _whole(value, where)
        if not least <= whole <= most:
            raise Damaged(f"{where} is {whole}, outside {least} to {most}")
        return whole

    return rule


def index_of(kind: str) -> Rule:
    """A place in one of the document's lists, or none."""

    def rule(counts: Counts, value: Any, where: str) -> Any:
        whole = _whole(value, where)
        if whole == -1:  # what VRM 0 and older exporters write for "none"
            return NOTHING
        if not 0 <= whole < counts[kind]:
            raise Damaged(f"{where} is {whole}, but there are {counts[kind]} {kind}")
        return whole

    return rule


def list_of(item: Rule, least: int = 0, most: int | None = None) -> Rule:
    """A list whose items all follow a rule."""

    def rule(counts: Counts, value: Any, where: str) -> list[Any]:
        if not isinstance(value, list) or len(value) < least or (most is not None and len(value) > most):
            raise Damaged(f"{where} is {shown(value)}, not a list" + (f" of {least}" if least and most else ""))
        found = [item(counts, v, f"{where}[{i}]") for i, v in enumerate(value)]
        return [v for v in found if v is not NOTHING]

    return rule


def number(counts: Counts, value: Any, where: str) -> float:
    """A finite number that may be multiplied."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= LARGEST_NUMBER:
        raise Damaged(f"{where} is {shown(value)}, not a number that can be used")
    return float(value)


def numbers(length: int) -> Rule:
    """So many numbers."""
    return list_of(number, length, length)


def text(counts: Counts, value: Any, where: str) -> str:
    """A text."""
    if not isinstance(value, str):
        raise Damaged(f"{where} is {shown(value)}, not a text")
    return value


def one_of(*known: Any) -> Rule:
    """One of the values that are known."""

    def rule(counts: Counts, value: Any, where: str) -> Any:
        if isinstance(value, (dict, list, bool)) or value not in known:
            raise Damaged(f"{where} is {shown(value)}, which glTF does not know")
        return value

    return rule


def truth(counts: Counts, value: Any, where: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Damaged(f"{where} is {shown(value)}, not true or false")
    return value


def object_of(fields: dict[str, Rule], needed: tuple[str, ...] = ()) -> Rule:
    """An object whose fields follow rules where they are there; others pass as they are."""

    def rule(counts: Counts, value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Damaged(f"{where} is {shown(value)}, not an object")
        for name, field in fields.items():
            if name not in value:
                continue
            found = NOTHING if value[name] is None else field(counts, value[name], f"{where}.{name}")
            if found is NOTHING:
                del value[name]
            else:
                value[name] = found
        for name in needed:
            if name not in value:
                raise Damaged(f"{where} has no {name}")
        return value

    return rule


def values_of(item: Rule) -> Rule:
    """An object of any fields, all of one rule."""

    def rule(counts: Counts, value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Damaged(f"{where} is {shown(value)}, not an object")
        found = {name: item(counts, v, f"{where}.{name}") for name, v in value.items() if v is not None}
        return {name: v for name, v in found.items() if v is not NOTHING}

    return rule
