"""What a file of a net that hears notes says about itself: one JSON text in the ONNX metadata."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from audio_to_body.inference.notes.bow_changes import EVIDENCE
from audio_to_body.inference.notes.second_look import SecondLook

METADATA_KEY = "audio_to_body_dynamics_notes"
FORMAT_VERSION = 1
NORMAL, LOW = "normal", "low"  # the heads: as sure as can be, and as soon as can be

# names of the graph's inputs and outputs
FEATURES = "features"  # float32 [steps, 2 * columns, 2]: both halves of a step, values and rises, not normalised
HIDDEN, CELL = "hidden", "cell"  # float32 [1, keys, hidden]
PROBABILITIES = "probabilities"  # float32 [steps, keys, heads * halves * parts]
HIDDEN_OUT, CELL_OUT = "hidden_out", "cell_out"


@dataclass(frozen=True)
class Head:
    """One set of answers.

    Attributes
    ----------
    name : str
    delay : int
        Steps at 48/s by which its answers run behind the sound.
    reach : int
        Steps on either side within which a beginning is the greatest.
    threshold : float
        Probability from which a step may be a beginning.
    slur_weights : list of float
        How slurs are told from strokes (:mod:`audio_to_body.inference.notes.bow_changes`); empty where the net's
        probability of a stroke alone tells.
    second_look : str
        Weights of the small net that looks at candidates again
        (:mod:`audio_to_body.inference.notes.second_look`), whose probability the threshold then means; empty where
        the net's own is the last word.
    """

    name: str
    delay: int
    reach: int
    threshold: float
    slur_weights: list[float] = field(default_factory=list)
    second_look: str = ""

    @property
    def looks_again(self) -> SecondLook | None:
        """The second look, where it has one.

        Raises
        ------
        ValueError
            If its weights are damaged.
        """
        return SecondLook(self.second_look, self.reach) if self.second_look else None


@dataclass(frozen=True)
class NoteCard:
    """The metadata of a net that hears notes.

    Attributes
    ----------
    instrument : str
    lowest, keys : int
        MIDI number of the first key, and how many there are.
    parts : list of str
        What each head tells of a key at a step of 48/s.
    halves : int
        Steps of 48/s in one step of the net.
    heads : list of Head
    features : str
        Name of the front end.
    columns, hidden : int
        Of the features, and of the memory.
    lag : float
        Seconds that are added to every time.
    hours_drawn, hours_seen : float
        Of sound that was made, and of sequences that were learnt from.
    updates : int
    data, command : str
        What it was trained on and what made it.
    sources : list of str
        Where the sound came from, each with its licence.
    figures : dict of str to float
        Measured on sound that training did not hear.
    """

    instrument: str
    lowest: int
    keys: int
    parts: list[str]
    halves: int
    heads: list[Head]
    features: str
    columns: int
    hidden: int
    lag: float = 0.0
    hours_drawn: float = 0.0
    hours_seen: float = 0.0
    updates: int = 0
    data: str = ""
    command: str = ""
    sources: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    version: int = FORMAT_VERSION

    def head(self, name: str) -> Head:
        """The head of a name."""
        return next(head for head in self.heads if head.name == name)

    def answers_of(self, probabilities: np.ndarray, name: str) -> np.ndarray:
        """One head's answers, ``[halves * steps, keys, parts]``, of ``[steps, keys, outputs]``."""
        which = [head.name for head in self.heads].index(name)
        return by_half_steps(probabilities, len(self.heads), which, self.halves)

    def to_json(self) -> str:
        """The text that goes under :data:`METADATA_KEY`."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> NoteCard:
        """Read the text back.

        Raises
        ------
        ValueError
            If it is not JSON, is incomplete, of another version, or says impossible things.
        """
        values: Any = json.loads(text)
        if not isinstance(values, dict) or values.get("version") != FORMAT_VERSION:
            raise ValueError(f"its metadata is not of version {FORMAT_VERSION}")
        known = {f.name for f in fields(cls)}
        try:
            values["heads"] = [Head(**head) for head in values["heads"]]
            card = cls(**{key: value for key, value in values.items() if key in known})
        except (TypeError, KeyError) as error:
            raise ValueError(f"its metadata is incomplete ({error})") from None
        card._check()
        return card

    def _check(self) -> None:
        if not all(isinstance(text, str) for text in (self.features, *(head.name for head in self.heads))):
            raise ValueError("its features or a head's name are no text")
        sizes = (self.lowest, self.keys, self.halves, self.columns, self.hidden)
        if not all(type(size) is int for size in sizes):
            raise ValueError(f"its sizes are {sizes}"[:200])
        if {"onset", "sounding", "held", "velocity"} - set(self.parts):
            raise ValueError(f"its parts are {self.parts}")
        if {NORMAL, LOW} - {head.name for head in self.heads}:
            raise ValueError("it lacks a head")
        if not all(0 <= head.delay <= 48 and 1 <= head.reach <= 8 and 0 < head.threshold < 1 for head in self.heads):
            raise ValueError("a head's delay, reach or threshold is impossible")
        for weights in (head.slur_weights for head in self.heads):
            if len(weights) not in (0, EVIDENCE + 1) or not np.isfinite(np.array(weights, np.float64)).all():
                raise ValueError("the weights of its slurs are impossible")
        for head in self.heads:
            if not isinstance(head.second_look, str):
                raise ValueError("the weights of its second look are no text")
            _ = head.looks_again
        if not (self.lowest >= 0 and self.keys >= 1 and self.lowest + self.keys <= 128):
            raise ValueError(f"its keys are {self.keys} from {self.lowest} on")
        if not (1 <= self.halves <= 8 and 2 <= self.columns <= 4096 and 1 <= self.hidden <= 4096):
            raise ValueError("its sizes are impossible")


def by_half_steps(answers: np.ndarray, heads: int, which: int, halves: int) -> np.ndarray:
    """One head's answers at 48 steps/s.

    Parameters
    ----------
    answers : np.ndarray [steps, keys, heads * halves * parts]
        Head by head, half by half, part by part.
    heads, which, halves : int
        How many heads there are, which one is wanted, steps of 48/s in a step of the net.

    Returns
    -------
    np.ndarray [halves * steps, keys, parts]
    """
    steps, keys, outputs = answers.shape
    parts = outputs // (heads * halves)
    own = answers.reshape(steps, keys, heads, halves, parts)[:, :, which]
    return own.transpose(0, 2, 1, 3).reshape(steps * halves, keys, parts)
