"""How much of an experiment is run: enough to see it work, to compare on a small machine, or what the paper ran."""

from __future__ import annotations

from dataclasses import dataclass

from skeleton.refusal import BadInput


@dataclass(frozen=True)
class Profile:
    """A size of experiment.

    Attributes
    ----------
    name : str
    minutes : mapping of instrument to minutes of virtual recital
    epochs : int
    extra_rows : bool
        Whether the rows below the line are trained too.
    """

    name: str
    minutes: dict[str, float]
    epochs: int
    extra_rows: bool


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("smoke", {"violin": 2, "piano": 2}, epochs=3, extra_rows=False),
        Profile("default", {"violin": 24, "piano": 24}, epochs=30, extra_rows=True),
        # Sec. 3.1 and 4: 3.6 h of violin, 4.4 h of piano, 300 epochs
        Profile("paper", {"violin": 3.6 * 60, "piano": 4.4 * 60}, epochs=300, extra_rows=True),
    )
}


def profile_named(name: str) -> Profile:
    """Look a profile up; raises :class:`BadInput` for an unknown name."""
    if name not in PROFILES:
        raise BadInput(f"unknown profile '{name}'; PROFILE is one of {', '.join(PROFILES)}")
    return PROFILES[name]
