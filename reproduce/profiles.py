"""How much of an experiment is run: enough to see it work, to compare on a small machine, or what the paper ran."""

from __future__ import annotations

import math
from dataclasses import dataclass

from audio_to_body.skeleton.refusal import BadInput

HUMAN_HANDS = "pianomime"  # as the dataset's manifest names them


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
    hands_minutes : float
        Of human hands; more than there are means all of them.
    hands_epochs : int, optional
        Of trainings on human hands, where it is another number.
    """

    name: str
    minutes: dict[str, float]
    epochs: int
    extra_rows: bool
    hands_minutes: float = math.inf
    hands_epochs: int | None = None

    def epochs_on(self, data: str) -> int:
        """Epochs of trainings on a kind of data, as its manifest names it."""
        return self.hands_epochs if data == HUMAN_HANDS and self.hands_epochs is not None else self.epochs


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("smoke", {"violin": 2, "piano": 2}, epochs=3, extra_rows=False, hands_minutes=2),
        # all the hands there are, seven times the virtual minutes: as many updates of the weights in 4 epochs
        Profile("default", {"violin": 24, "piano": 24}, epochs=30, extra_rows=True, hands_epochs=4),
        # Sec. 3.1 and 4: 3.6 h of violin, 4.4 h of piano, 300 epochs
        Profile("paper", {"violin": 3.6 * 60, "piano": 4.4 * 60}, epochs=300, extra_rows=True),
    )
}


def profile_named(name: str) -> Profile:
    """Look a profile up; raises :class:`BadInput` for an unknown name."""
    if name not in PROFILES:
        raise BadInput(f"unknown profile '{name}'; PROFILE is one of {', '.join(PROFILES)}")
    return PROFILES[name]
