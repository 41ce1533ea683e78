"""Which instrument plays? Both nets that hear notes listen, and the one that is at home is surer of what it hears.

A piano's net is sure of a piano's attacks and sees its sound explained by keys that die away; a violin's net is sure
of a bow. In speech, drums or a band neither is, or what they hear explains little of the sound. Thirteen such numbers
are weighed; the weights were fitted by :mod:`audio_to_body.reproduce.guess_weights`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from audio_to_body.inference.notes.card import NORMAL
from audio_to_body.inference.notes.guess_table import BIAS, WEIGHTS
from audio_to_body.inference.notes.session import NoteSession, load_notes
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.note_features import STEP_RATE, note_features
from audio_to_body.sound.note_resampling import NOTE_RATE, to_note_rate
from audio_to_body.sound.peaks import REACH, greatest

CHOICES = ("piano", "violin", "none")
SEGMENT_SECONDS, SEGMENTS = 10.0, 3  # listened to, evenly over the sound
SHORTEST_SECONDS = 1.0  # less tells nothing
PICKED, LIKELY, SURE = 0.15, 0.5, 0.8  # probabilities of beginnings that are counted, taken for true, beyond doubt
ACTIVE = 0.02  # mean of the features below which a step is silent
SALIENT = 0.3  # how far a band stands out of the others to count as part of a tone, 9 dB
HARMONICS = range(1, 11)  # that a sounding key explains


@dataclass(frozen=True)
class Evidence:
    """What one net makes of a stretch of sound.

    Attributes
    ----------
    rate : float
        Likely beginnings a second.
    sure : float
        Share of the picked beginnings that are beyond doubt.
    mean : float
        Mean probability of the picked beginnings.
    doubt_sounding, doubt_beginning : float
        Entropy a step, summed over keys, of what sounds and of what begins; nats.
    explained : float
        Share of what stands out of the spectrum that lies on harmonics of sounding keys.
    voices : float
        Keys that sound at once.
    """

    rate: float
    sure: float
    mean: float
    doubt_sounding: float
    doubt_beginning: float
    explained: float
    voices: float


def evidence(session: NoteSession, sound: np.ndarray) -> Evidence | None:
    """What a net makes of sound at 24 kHz, float32 [samples]; None where it is silent."""
    card, front = session.card, session.front
    features = note_features(front, sound, resampled=True)
    features = features[: len(features) // card.halves * card.halves]
    values = features[:, :-1, 0]
    active = values.mean(axis=1) > ACTIVE
    if not active.any():
        return None
    answers = card.answers_of(session.run(features, session.initial_state())[0], NORMAL)
    beginning = answers[:, :, card.parts.index("onset")]
    sounding = answers[:, :, card.parts.index("sounding")]
    steps, keys = np.nonzero(greatest(beginning, PICKED))
    picked = beginning[steps + REACH, keys]
    return Evidence(
        rate=float((picked > LIKELY).sum()) * STEP_RATE / len(answers),
        sure=float((picked > SURE).mean()) if len(picked) else 0.0,
        mean=float(picked.mean()) if len(picked) else 0.0,
        doubt_sounding=float(_entropy(sounding)[active].mean()),
        doubt_beginning=float(_entropy(beginning)[active].mean()),
        explained=_explained(session, values, sounding > LIKELY),
        voices=float((sounding > LIKELY).sum(axis=1)[active].mean()),
    )


def _entropy(probability: np.ndarray) -> np.ndarray:
    tiny = 1e-6
    other = 1.0 - probability
    return -(probability * np.log(probability + tiny) + other * np.log(other + tiny)).sum(axis=1)


def _explained(session: NoteSession, values: np.ndarray, sounds: np.ndarray) -> float:
    card, front = session.card, session.front
    delay = card.head(NORMAL).delay
    fine = values[: len(values) - delay, : front.fine]
    salient = np.maximum(fine - np.median(fine, axis=1, keepdims=True) - SALIENT, 0.0)
    covered = np.zeros_like(salient, dtype=bool)
    for key in np.flatnonzero(sounds.any(axis=0)):
        while_sounding = sounds[delay:, key]
        for harmonic in HARMONICS:
            band = front.fine_band(card.lowest + key + 12 * np.log2(harmonic))
            if band is not None:
                covered[while_sounding, max(0, band - 1) : band + 2] = True
    return float((salient * covered).sum() / max(float(salient.sum()), 1e-6))


def weighed(piano: Evidence, violin: Evidence) -> np.ndarray:
    """The thirteen numbers, float64 [13]; logarithms where ratios tell more than differences."""
    both = (piano, violin)
    numbers = [e.mean for e in both] + [e.explained for e in both] + [e.sure for e in both]
    numbers += [np.log(e.doubt_beginning / (e.rate + 0.3) + 0.02) for e in both]
    numbers += [np.log(e.voices + 0.2) for e in both]
    numbers.append(np.log((piano.rate + 0.3) / (violin.rate + 0.3)))
    numbers += [np.log((e.doubt_sounding + 0.1) / (e.voices + 0.3)) for e in both]
    return np.array(numbers)


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
        if len(cut) < SHORTEST_SECONDS * NOTE_RATE:
            continue
        one, other = evidence(piano, cut), evidence(violin, cut)
        if one is not None and other is not None:
            found.append(np.array(WEIGHTS).T @ weighed(one, other) + np.array(BIAS))
    if not found:
        return Guess(None, {"piano": 0.0, "violin": 0.0, "none": 1.0})
    score = np.mean(found, axis=0)
    share = np.exp(score - score.max())
    share /= share.sum()
    best = CHOICES[int(share.argmax())]
    return Guess(None if best == "none" else best, dict(zip(CHOICES, share.round(4).tolist())))
