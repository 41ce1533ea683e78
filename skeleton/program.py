"""What a command calls itself in its own help: the name that the person typed."""

from __future__ import annotations

import sys

PROGRAM = "audio-to-body"


def called_as(otherwise: str) -> str:
    """Give ``audio-to-body avatar`` where the person typed that, else ``otherwise``, the name of the module."""
    typed = sys.argv[0]
    return typed if typed.startswith(f"{PROGRAM} ") else otherwise


def example(arguments: str, otherwise: str) -> str:
    """The last line of a command's help: one call that works, under the name that the person typed."""
    return f"example: {called_as(otherwise)} {arguments}"
