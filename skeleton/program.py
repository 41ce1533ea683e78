"""What a command calls itself in its own help: the name that the person typed."""

from __future__ import annotations

import argparse
import sys

PROGRAM = "audio-to-body"


def called_as(otherwise: str) -> str:
    """Give ``audio-to-body avatar`` where the person typed that, else ``otherwise``, the name of the module."""
    typed = sys.argv[0]
    return typed if typed.startswith(f"{PROGRAM} ") else otherwise


def example(arguments: str, otherwise: str) -> str:
    """The last line of a command's help: one call that works, under the name that the person typed."""
    return f"example: {called_as(otherwise)} {arguments}"


def at_least_one(text: str) -> int:
    """A count of processes, seeds, trainings … as a command's argument.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is no whole number from 1.
    """
    return _whole_number(text, 1)


def from_zero(text: str) -> int:
    """A seed as a command's argument.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is no whole number from 0.
    """
    return _whole_number(text, 0)


def _whole_number(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from {least}")
    return number
