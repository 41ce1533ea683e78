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
    try:
        count = int(text)
    except ValueError:
        count = 0
    if count < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 1")
    return count


def from_zero(text: str) -> int:
    """A seed as a command's argument.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is no whole number from 0.
    """
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 0")
    return number
