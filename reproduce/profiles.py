"""How much of an experiment is run: enough to see it work, to compare on a small machine, or what the paper ran."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from audio_to_body.preprocessing.virtual.plans import Division
from audio_to_body.skeleton.refusal import BadInput

HUMAN_HANDS = "pianomime"  # as the dataset's manifest names them


@dataclass(frozen=True)
class Profile:
    """A size of experiment.

    Attributes
    ----------
    name : str
    minutes : mapping of instrument to minutes of virtual recital
    extra_rows : bool
        Whether the rows below the line are trained too; the baselines always are.
    epochs : int
        Passes of "Final ours" over the training data, where ``updates`` does not tell.
    updates : mapping of instrument to int
        Steps of ADAM of every row; the piano learns on for longer.
    lanes : int
        Batch of every row. The paper's 100 make few steps of few minutes of music: smaller profiles take fewer, all
        rows alike.
    division : Division
        How the minutes are divided into recitals, each with a player of its own.
    hands_minutes : float
        Of human hands; more than there are means all of them.
    """

    name: str
    minutes: dict[str, float]
    extra_rows: bool
    epochs: int = 1
    updates: Mapping[str, int] = field(default_factory=dict)
    lanes: int = 100
    division: Division = field(default_factory=Division)
    hands_minutes: float = math.inf


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "smoke",
            {"violin": 2, "piano": 2},
            extra_rows=False,
            updates={"violin": 60, "piano": 60},
            lanes=16,
            division=Division(20.0, 4, 12.0),
            hands_minutes=2,
        ),
        Profile(
            "default",
            {"violin": 30, "piano": 30},
            extra_rows=True,
            updates={"violin": 1000, "piano": 2000},
            lanes=16,
            division=Division(60.0, 12, 40.0),
        ),
        # Sec. 3.1 and 4: 3.6 h of violin, 4.4 h of piano, 300 epochs
        Profile("paper", {"violin": 3.6 * 60, "piano": 4.4 * 60}, extra_rows=True, epochs=300),
    )
}


def profile_named(name: str) -> Profile:
    """Look a profile up; raises :class:`BadInput` for an unknown name."""
    if name not in PROFILES:
        raise BadInput(f"unknown profile '{name}'; PROFILE is one of {', '.join(PROFILES)}")
    return PROFILES[name]
