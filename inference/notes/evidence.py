"""What tells who plays: numbers of ten seconds of sound, of what both nets make of it and of the sound itself.

A piano's net is sure of a piano's attacks, a violin's net of a bow's; in speech, drums or a band neither is, or what
they hear explains little of the sound and of its attacks. The sound itself tells how tones go on (they die away on a
piano, swell and swing under a bow), how many bands rise at once (drums), how tones glide (speech), and how the
harmonics of what is heard follow one another (a flute's, a clarinet's, a violin's).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.inference.notes.card import NORMAL
from audio_to_body.inference.notes.picking import REACH, greatest
from audio_to_body.inference.notes.session import NoteSession
from audio_to_body.sound.note_bands import BANDS_PER_SEMITONE, STEP_RATE, NoteFrontEnd
from audio_to_body.sound.note_features import RISE_SCALE, note_features

PICKED, LIKELY, SURE = 0.15, 0.5, 0.8  # probabilities of beginnings that are counted, taken for true, beyond doubt
ACTIVE = 0.02  # mean of the features below which a step is silent
SALIENT = 0.3  # how far a band stands out of the others to count as part of a tone, 9 dB
HARMONICS = range(1, 11)  # that a sounding key explains
PROFILE = range(1, 9)  # whose levels are compared
SOON = 4  # steps after a beginning within which its attack is explained
OCTAVE = 12 * BANDS_PER_SEMITONE
OCTAVES = 8
LATER = (6, 24)  # steps after which a tone is looked at again
SHARES = (10, 25, 50, 75, 90)  # per cent of the tones
JUMP = 0.15  # by which a band rises in an attack
LOWEST_OF_VIOLINS = 55


@dataclass(frozen=True)
class Heard:
    """What a net makes of a stretch of sound.

    Attributes
    ----------
    session : NoteSession
    values, rises : np.ndarray, float32 [steps, bands]
        Of its front end, as it sees them.
    beginning, sounding : np.ndarray, float32 [steps, keys]
        Probabilities, at the moments they speak of.
    active : np.ndarray, bool [steps]
    """

    session: NoteSession
    values: np.ndarray
    rises: np.ndarray
    beginning: np.ndarray
    sounding: np.ndarray
    active: np.ndarray


def listen(session: NoteSession, sound: np.ndarray) -> Heard | None:
    """Let a net hear sound at 24 kHz, float32 [samples]; None where it is silent."""
    card = session.card
    features = note_features(session.front, sound, resampled=True)
    features = features[: len(features) // card.halves * card.halves]
    delay = card.head(NORMAL).delay
    values = features[:, :-1, 0]
    active = values.mean(axis=1) > ACTIVE
    if len(features) <= delay + max(LATER) or not active[: len(active) - delay].any():
        return None
    answers = card.answers_of(session.run(features, session.initial_state())[0], NORMAL)[delay:]
    known = slice(len(features) - delay)
    return Heard(
        session,
        values[known],
        features[known, :-1, 1] / RISE_SCALE,
        answers[:, :, card.parts.index("onset")],
        answers[:, :, card.parts.index("sounding")],
        active[known],
    )


def numbers_of_net(heard: Heard) -> list[float]:
    """How sure a net is of what it hears, how much that explains, and how its harmonics follow one another."""
    beginning, sounding, active = heard.beginning, heard.sounding, heard.active
    steps, keys = np.nonzero(greatest(beginning, PICKED))
    picked = beginning[steps + REACH, keys]
    rate = float((picked > LIKELY).sum()) * STEP_RATE / len(beginning)
    sounds = sounding > LIKELY
    voices = float(sounds.sum(axis=1)[active].mean())
    doubt_beginning, doubt_sounding = (float(_entropy(p)[active].mean()) for p in (beginning, sounding))
    likely = picked > LIKELY
    tone, attack = _explained(heard, sounds, steps[likely] + REACH, keys[likely])
    level, spread = _profile(heard, sounds)
    return [
        float(picked.mean()) if len(picked) else 0.0,
        float((picked > SURE).mean()) if len(picked) else 0.0,
        float(np.log(rate + 0.3)),
        float(np.log(doubt_beginning / (rate + 0.3) + 0.02)),
        float(np.log(voices + 0.2)),
        float(np.log((doubt_sounding + 0.1) / (voices + 0.3))),
        float(sounds.any(axis=1)[active].mean()),
        tone,
        attack,
        *level,
        spread,
    ]


def _entropy(probability: np.ndarray) -> np.ndarray:
    tiny = 1e-6
    other = 1.0 - probability
    return -(probability * np.log(probability + tiny) + other * np.log(other + tiny)).sum(axis=1)


def _salient(values: np.ndarray) -> np.ndarray:
    """How far bands stand out of the others of their step."""
    return np.maximum(values - np.median(values, axis=1, keepdims=True) - SALIENT, 0.0)


def _explained(heard: Heard, sounds: np.ndarray, steps: np.ndarray, keys: np.ndarray) -> tuple[float, float]:
    """Shares of the tones and of the attacks that lie on harmonics of keys that sound, and that begin."""
    card, front = heard.session.card, heard.session.front
    salient, rises = _salient(heard.values[:, : front.fine]), heard.rises[:, front.fine :]
    covered, attacked = np.zeros(salient.shape, bool), np.zeros(rises.shape, bool)
    for key in np.flatnonzero(sounds.any(axis=0)):
        while_sounding = sounds[:, key]
        for harmonic in HARMONICS:
            band = front.fine_band(card.lowest + key + 12 * np.log2(harmonic))
            if band is not None:
                covered[while_sounding, max(0, band - 1) : band + 2] = True
    for step, key in zip(steps.tolist(), keys.tolist()):
        for harmonic in HARMONICS:
            band = front.semitone_band(card.lowest + key + 12 * np.log2(harmonic))
            if band is not None:
                at = band - front.fine
                attacked[max(0, step - SOON) : step + SOON + 1, max(0, at - 1) : at + 2] = True
    shares = [
        (part * inside).sum() / max(float(part.sum()), 1e-6)
        for part, inside in ((salient, covered), (rises, attacked))
    ]
    return float(shares[0]), float(shares[1])


def _profile(heard: Heard, sounds: np.ndarray) -> tuple[list[float], float]:
    """Levels of the harmonics of what sounds about their mean, and how much they vary from tone to tone."""
    card, front = heard.session.card, heard.session.front
    rows = []
    for key in np.flatnonzero(sounds.any(axis=0)):
        bands = [front.fine_band(card.lowest + key + 12 * np.log2(harmonic)) for harmonic in PROFILE]
        levels = [
            np.zeros(int(sounds[:, key].sum())) if b is None else heard.values[sounds[:, key], b] for b in bands
        ]
        rows.append(np.stack(levels, axis=1))
    if not rows:
        return [0.0] * len(PROFILE), 0.0
    levels = np.concatenate(rows)
    levels = levels - levels.mean(axis=1, keepdims=True)
    return levels.mean(axis=0).tolist(), float(levels.std(axis=0).mean())


def numbers_of_sound(front: NoteFrontEnd, values: np.ndarray, rises: np.ndarray, active: np.ndarray) -> list[float]:
    """What the sound itself tells, ``values`` and ``rises`` [steps, bands] being those of the piano's front end."""
    fine, attacks = values[:, : front.fine], rises[:, front.fine :]
    level = fine.mean(axis=1)
    octaves = [fine[active, i * OCTAVE : (i + 1) * OCTAVE].mean() for i in range(OCTAVES)]
    rising = [attacks[:, 12 * i : 12 * (i + 1)].mean() for i in range(OCTAVES)]
    wide = (attacks > JUMP).mean(axis=1)
    salient = _salient(fine)
    return [
        float(active.mean()),
        float(salient.sum() / max(float(fine.sum()), 1e-6)),
        float(fine[active].std()),
        *(np.array(octaves) - np.mean(octaves)).tolist(),
        *(10 * np.array(rising)).tolist(),
        *np.percentile(wide, (50, 75, 90, 97, 99.5)).tolist(),
        *(float(np.abs(level[apart:] - level[:-apart]).mean()) for apart in (1, 4, 12, 24)),
        *_of_tones(front, fine, salient),
    ]


def _of_tones(front: NoteFrontEnd, fine: np.ndarray, salient: np.ndarray) -> list[float]:
    """How many tones there are, how low, how they go on and whether they move."""
    inner = salient[:, 1:-1]
    peak = (inner > 0) & (inner >= salient[:, :-2]) & (inner > salient[:, 2:])
    peak[-max(LATER) :] = False
    count = peak.sum(axis=1)
    step, band = np.nonzero(peak)
    if not len(step):
        return [0.0] * (2 + 2 + len(LATER) * len(SHARES) + 3)
    band = band + 1
    low = BANDS_PER_SEMITONE * (LOWEST_OF_VIOLINS - front.lowest) - 1
    found = [
        float(np.log(count.mean() + 1)),
        float(count.std()),
        float((band < low).mean()),
        float((band < low - 24).mean()),
    ]
    now = fine[step, band]
    for later in LATER:
        near = np.stack([fine[step + later, np.clip(band + beside, 0, front.fine - 1)] for beside in (-1, 0, 1)])
        found += np.percentile(near.max(axis=0) - now, SHARES).tolist()
    for later in (1, 4, 8):
        near = np.stack(
            [fine[step + later, np.clip(band + beside, 0, front.fine - 1)] for beside in (-2, -1, 0, 1, 2)]
        )
        stays = near.max(axis=0) > now - SALIENT
        found.append(float((np.abs(near.argmax(axis=0) - 2)[stays] > 0).mean()) if stays.any() else 0.0)
    return found


def numbers(piano: NoteSession, violin: NoteSession, sound: np.ndarray) -> np.ndarray | None:
    """All numbers of some seconds at 24 kHz, float64 [numbers]; None of silence."""
    one, other = listen(piano, sound), listen(violin, sound)
    if one is None or other is None:
        return None
    of_sound = numbers_of_sound(piano.front, one.values, one.rises, one.active)
    return np.array([*numbers_of_net(one), *numbers_of_net(other), *of_sound])
