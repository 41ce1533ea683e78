"""What some of the avatar's formats need besides the light install, and the sentence where it is missing."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable

from audio_to_body.skeleton.refusal import BadInput

NEEDED = {"mp4": ("panda3d", "drawing the avatar needs Panda3D"), "usdz": ("pxr", "writing USDZ needs usd-core")}


def not_installed(name: str) -> BadInput:
    """The refusal of a format whose package is missing."""
    said = NEEDED[name][1]
    return BadInput(f"{said}, which is not installed; pip install 'audio-to-body-dynamics[avatar]'")


def check_packages(names: Iterable[str]) -> None:
    """Refuse formats whose packages are not installed, before anything is computed.

    Raises
    ------
    BadInput
        If one is not.
    """
    for name in sorted(set(names) & NEEDED.keys()):
        if importlib.util.find_spec(NEEDED[name][0]) is None:
            raise not_installed(name)
