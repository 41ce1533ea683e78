"""How long the rows of a table are trained: as many updates each, or as many epochs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from audio_to_body.models.data_split import VALIDATION_SHARE
from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.reproduce.profiles import Profile
from audio_to_body.skeleton.refusal import BadInput

EQUAL, BY_EPOCHS = "equal", "epochs"  # what UPDATES= may be besides a number


@dataclass(frozen=True)
class Budget:
    """How long every row is trained, and from how many chunks at a time.

    Attributes
    ----------
    lanes : int
        The batch.
    epochs : int
        Passes over the training data of every row; of "Final ours" where ``updates`` are the same for all.
    updates : int, optional
        Steps of ADAM of every row; None for whole epochs, in which rows take steps of other numbers.
    """

    lanes: int
    epochs: int
    updates: int | None = None

    @property
    def described(self) -> str:
        """As a heading says it."""
        if self.updates is None:
            return f"{self.epochs} epoch{'s' * (self.epochs != 1)} of every row"
        return f"{self.updates} updates of every row ({self.epochs} epoch{'s' * (self.epochs != 1)} of Final ours)"


def updates_an_epoch(dataset: Dataset, settings: Settings) -> float:
    """About how many steps of ADAM one pass over a dataset's training frames takes."""
    frames = sum(entry.frames for entry in dataset.manifest.recitals if entry.split == "train")
    steps = frames * (1 - VALIDATION_SHARE) * settings.training_share * settings.upsample
    return max(1.0, steps / (settings.sequence * settings.batch))


def budget_of(
    profile: Profile,
    final: Settings,
    dataset: Dataset,
    updates: str = EQUAL,
    epochs: int | None = None,
    lanes: int | None = None,
) -> Budget:
    """The budget of a table's rows.

    Parameters
    ----------
    profile : Profile
    final : Settings
        Of "Final ours", whose epochs count.
    dataset : Dataset
    updates : str
        ``"equal"``: every row gets the same number; ``"epochs"``: every row gets the same epochs, as in the paper; or
        a number for every row.
    epochs, lanes : int, optional
        Instead of what the profile says.

    Raises
    ------
    BadInput
        If ``updates``, ``epochs`` or ``lanes`` is none of these, or the first two are numbers.
    """
    if lanes is not None and lanes < 1:
        raise BadInput(f"LANES={lanes} trains nothing; use 1 or more")
    lanes = lanes or profile.lanes
    if epochs is not None and epochs < 1:
        raise BadInput(f"EPOCHS={epochs} trains nothing; use 1 or more")
    each = updates_an_epoch(dataset, replace(final, batch=lanes))
    own = profile.updates.get(final.instrument)
    if updates.isdigit() and int(updates) > 0:
        if epochs is not None:
            raise BadInput(f"UPDATES={updates} and EPOCHS={epochs} say two different things; leave one of them out")
        own = int(updates)
    elif updates not in (EQUAL, BY_EPOCHS):
        raise BadInput(f"UPDATES={updates} is neither '{EQUAL}', '{BY_EPOCHS}' nor a number of updates")
    if epochs is not None or own is None:
        own = round((epochs or profile.epochs) * each)
    passes = epochs or max(1, round(own / each))
    return Budget(lanes, passes, None if updates == BY_EPOCHS else max(1, own))
