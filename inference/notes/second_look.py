"""A second look at what may be a beginning: is it one, or an overtone, a bump in a decay, the key beside?

A net of notes says for every step and key how probable a beginning is; all that tells it comes from the sound alone.
What it says of *other* keys and of the steps around tells more: an octave that begins together with the note below,
and sounds on as softly, is mostly that note's second partial. A small net reads the first one's probabilities around
each candidate, at the key and at those that share partials with it, and says how probable a beginning is after all.
It reads no step that picking does not wait for anyway, so nothing is known later. Fitted by
:mod:`audio_to_body.reproduce.second_look` on drawn sound; its weights are in the net's file.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import numpy as np

CANDIDATE = 0.12  # probability from which a step is looked at again
READ = ("onset", "sounding", "velocity")  # parts of the first net's answers
TIMES = (-6, -3, -2, -1, 0, 1, 2)  # steps of 48/s around a candidate; later ones than picking waits for are not read
# keys around it: close by, and those with which it shares partials
AROUND = (0, -1, 1, -2, 2, -5, 5, -7, 7, -12, 12, -16, -19, 19, -24, 24, -28, 28, -31, -36)
BEFORE = -min(TIMES)  # steps before a candidate that are read
HIDDEN = 32
SMALLEST, LARGEST_ODDS, SCALE = 2e-3, 6.0, 3.0  # of probabilities, as logarithms of their odds
_EDGE = max(map(abs, AROUND))


def times_within(reach: int) -> list[int]:
    """The steps around a candidate that are read where picking waits for ``reach`` steps."""
    return [time for time in TIMES if time <= reach]


def inputs(reach: int) -> int:
    """Numbers that are read of a candidate: of every step, key and part, and where its key lies."""
    return len(times_within(reach)) * len(AROUND) * len(READ) + 1


def read_around(
    answers: np.ndarray, rows: np.ndarray, keys: np.ndarray, parts: Sequence[str], reach: int
) -> np.ndarray:
    """What is read of candidates, float32 [candidates, :func:`inputs`].

    Parameters
    ----------
    answers : np.ndarray [steps, keys, parts]
        Probabilities; ``BEFORE`` steps before every candidate and ``reach`` after it are among them.
    rows, keys : np.ndarray, int64 [candidates]
        Their places in ``answers``.
    parts : sequence of str
        What the answers are.
    reach : int
    """
    count = answers.shape[1]
    steps = rows[:, None, None] + np.array(times_within(reach))[:, None]
    around = keys[:, None, None] + np.array(AROUND)
    there = (around >= 0) & (around < count)  # off the keyboard nothing sounds
    told = answers[steps, np.clip(around, 0, count - 1)][..., [parts.index(name) for name in READ]]
    told = np.where(there[..., None], told, 0.0).astype(np.float32)
    odds = np.clip(np.log((told + SMALLEST) / (1.0 + SMALLEST - told)), -LARGEST_ODDS, LARGEST_ODDS) / SCALE
    where = (keys[:, None] / count).astype(np.float32)
    return np.concatenate([odds.reshape(len(rows), inputs(reach) - 1), where], axis=1)


class SecondLook:
    """The small net: ``sigmoid(outer · tanh(inner · read + inner_bias) + outer_bias)``.

    Parameters
    ----------
    weights : str
        As :func:`written` gives them.
    reach : int
        Steps that picking waits for.

    Raises
    ------
    ValueError
        If they are not weights for so many inputs.
    """

    def __init__(self, weights: str, reach: int) -> None:
        self.reach = reach
        numbers = unwritten(weights)
        read = inputs(reach)
        hidden, left = divmod(len(numbers) - 1, read + 2)
        if left or hidden < 1:
            raise ValueError(f"a second look at {read} numbers cannot have {len(numbers)} weights")
        self.inner = numbers[: hidden * read].reshape(hidden, read)
        self.inner_bias = numbers[hidden * read : hidden * (read + 1)]
        self.outer = numbers[hidden * (read + 1) : -1]
        self.outer_bias = float(numbers[-1])

    def probabilities(
        self, answers: np.ndarray, rows: np.ndarray, keys: np.ndarray, parts: Sequence[str]
    ) -> np.ndarray:
        """How probable beginnings are after all, float32 [candidates]; parameters as of :func:`read_around`."""
        read = read_around(answers, rows, keys, parts, self.reach)
        odds = np.tanh(read @ self.inner.T + self.inner_bias) @ self.outer + self.outer_bias
        return np.asarray(1.0 / (1.0 + np.exp(-odds)), np.float32)


def written(numbers: np.ndarray) -> str:
    """Weights as text: half precision, base64."""
    return base64.b64encode(np.asarray(numbers, "<f2").tobytes()).decode()


def unwritten(text: str) -> np.ndarray:
    """Weights of their text, float32.

    Raises
    ------
    ValueError
        If it is no such text, or numbers are not finite.
    """
    try:
        stored = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("the weights of its second look are no base64") from None
    numbers = np.frombuffer(stored[: len(stored) // 2 * 2], "<f2").astype(np.float32)
    if not np.isfinite(numbers).all():
        raise ValueError("the weights of its second look are not finite")
    return numbers
