"""Which instrument plays? Both nets that hear notes listen, and what they hear is weighed with the sound itself.

The numbers that are weighed stand in :mod:`audio_to_body.inference.notes.evidence`; the weights were fitted by
:mod:`audio_to_body.reproduce.guess_weights`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from audio_to_body.inference.notes.evidence import numbers
from audio_to_body.inference.notes.guess_table import BIAS, NUMBERS
from audio_to_body.inference.notes.session import NoteSession, load_notes
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.note_resampling import NOTE_RATE, to_note_rate

CHOICES = ("piano", "violin", "none")
SEGMENT_SECONDS, SEGMENTS = 10.0, 4  # listened to, evenly over the sound
SHORTEST_SECONDS = 1.0  # less tells nothing
FARTHEST = 3.0  # deviations from its mean that a number counts for at most: what is unheard of proves nothing


def weigh(found: np.ndarray) -> np.ndarray:
    """How much some seconds speak for each choice, float64 [choices], of their numbers [numbers]."""
    mean, deviation, *weights = np.array(NUMBERS).T
    return np.array(weights) @ scaled(found, mean, deviation) + np.array(BIAS)


def scaled(found: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """Numbers about their mean, as they are weighed; [..., numbers]."""
    return np.clip((found - mean) / deviation, -FARTHEST, FARTHEST)


@dataclass(frozen=True)
class Guess:
    """What was guessed.

    Attributes
    ----------
    instrument : str or None
        ``"piano"``, ``"violin"``, or None: no solo violin or piano is heard.
    probability : dict of str to float
        Of each choice.
    """

    instrument: str | None
    probability: dict[str, float]

    @property
    def likelier(self) -> str:
        """The likelier of the two instruments, for who wants one played whatever is heard."""
        return max(("violin", "piano"), key=lambda name: self.probability[name])


@lru_cache(maxsize=1)
def _sessions() -> tuple[NoteSession, NoteSession]:
    return load_notes("piano"), load_notes("violin")


def segments(samples: np.ndarray) -> list[np.ndarray]:
    """What is listened to of a sound at 44.1 kHz: some segments, at 24 kHz."""
    length = round(SEGMENT_SECONDS * AUDIO_RATE)
    if len(samples) <= SEGMENTS * length:
        cuts = [samples[first : first + length] for first in range(0, len(samples), length)]
        cuts = [cut for cut in cuts if len(cut) >= SHORTEST_SECONDS * AUDIO_RATE] or [samples]
    else:
        firsts = np.linspace(0, len(samples) - length, SEGMENTS + 2).round().astype(int)[1:-1]
        cuts = [samples[first : first + length] for first in firsts]
    return [to_note_rate(cut) for cut in cuts]


def guess_instrument(samples: np.ndarray) -> Guess:
    """Guess which instrument plays.

    Parameters
    ----------
    samples : np.ndarray, float32 [samples]
        Mono, 44.1 kHz, full scale 1.

    Returns
    -------
    Guess
        For silence, and for sound shorter than a second, no instrument.
    """
    piano, violin = _sessions()
    found = []
    for cut in segments(np.asarray(samples, np.float32)):
        heard = numbers(piano, violin, cut) if len(cut) >= SHORTEST_SECONDS * NOTE_RATE else None
        if heard is not None:
            found.append((weigh(heard), len(cut)))
    if not found:
        return Guess(None, {"piano": 0.0, "violin": 0.0, "none": 1.0})
    score = np.average([part for part, _ in found], axis=0, weights=[length for _, length in found])
    share = np.exp(score - score.max())
    share /= share.sum()
    best = CHOICES[int(share.argmax())]
    return Guess(None if best == "none" else best, dict(zip(CHOICES, share.round(4).tolist())))
