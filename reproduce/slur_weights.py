"""How a net that hears a violin tells slurs from strokes: weights of the level around a beginning, fitted.

Learnt from drawn sound (``preprocessing/note_sound``), where every stroke is known, and from recordings of the Bach
Violin Dataset with the slurs of the score, where it is at hand: :data:`LEARNT_FROM` alone, for other movements and
players judge. Both sources count alike, and slurs as much as strokes.
:mod:`audio_to_body.reproduce.pretrained_notes` puts the weights into the net's file.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audio_to_body.inference.notes.bow_changes import AFTER, BEFORE, EVIDENCE, band_levels, evidence
from audio_to_body.inference.notes.card import Head, NoteCard
from audio_to_body.inference.notes.picking import between_steps, greatest
from audio_to_body.inference.notes.session import NoteSession
from audio_to_body.models.notes.scores import matched
from audio_to_body.reproduce.heard import listened
from audio_to_body.skeleton.notes import Notes
from audio_to_body.sound.note_bands import STEP_RATE
from audio_to_body.sound.note_resampling import to_note_rate

LEARNT_FROM = ("john-garner_bwv1002_mov6", "john-garner_bwv1002_mov7")  # CC BY 3.0; 27 slurred notes
CLIPS, CLIP_SECONDS = 120, 20.0  # of drawn sound
TOLERANCE = 0.08  # s between a heard beginning and the written one whose slur it is told by
RIDGE = 0.04  # on weights of numbers of deviation 1, beside a mean loss
MARGIN = 0.8  # logarithm of the odds that a slur must have: a turn of the bow too many is seen less than one too few
ROUNDS = 60
Labelled = tuple[np.ndarray, np.ndarray]  # evidence [notes, EVIDENCE] and whether slurred, bool [notes]


def labelled(session: NoteSession, sound: np.ndarray, written: Notes) -> dict[str, Labelled]:
    """Evidence and truth of the notes that each head of a net hears and that are written.

    Parameters
    ----------
    session : NoteSession
    sound : np.ndarray, float32 [samples]
        At 24 kHz.
    written : Notes
        ``stroke`` is False where a note is slurred.
    """
    card = session.card
    features, probabilities = listened(session, sound)
    levels = band_levels(features, session.front)
    return {head.name: _labelled(card, head, probabilities, levels, written) for head in card.heads}


def _labelled(card: NoteCard, head: Head, probabilities: np.ndarray, levels: np.ndarray, written: Notes) -> Labelled:
    answers = card.answers_of(probabilities, head.name)
    onset = answers[:, :, card.parts.index("onset")]
    steps, keys = np.nonzero(greatest(onset, head.threshold, head.reach))
    steps = steps + head.reach
    moments = steps + between_steps(onset[steps - 1, keys], onset[steps, keys], onset[steps + 1, keys])
    times = (moments - head.delay) / STEP_RATE + card.lag
    mine, theirs = matched(Notes(times, times, keys + card.lowest), written, TOLERANCE)
    places = steps[mine, None] - head.delay + np.arange(-BEFORE, AFTER + 1)
    around = levels[np.clip(places, 0, len(levels) - 1)]
    stroke = answers[steps[mine], keys[mine], card.parts.index("stroke")]
    return evidence(around, onset[steps[mine], keys[mine]], stroke), ~written.stroke[theirs]


def drawn(clips: int = CLIPS) -> Iterator[tuple[np.ndarray, Notes]]:
    """Sound at 24 kHz and its notes, without plucked ones."""
    from audio_to_body.preprocessing.note_sound.drawing import draw, not_trained_on

    number = 0
    while clips:
        rng = np.random.default_rng([77, number])
        sound, notes = draw("violin", rng, CLIP_SECONDS, not_trained_on("violin"))
        if len(notes) and not notes.plucked.any():
            clips -= 1
            yield sound / max(1.0, float(np.abs(sound).max())), notes
        number += 1


def recorded(folder: str) -> Iterator[tuple[np.ndarray, Notes]]:
    """The recordings that are learnt from, of a copy of the Bach Violin Dataset, with the slurs of the score."""
    from audio_to_body.preprocessing.published.bach_violin import read_recording, recordings

    for name in sorted(set(LEARNT_FROM) & set(recordings(folder))):
        recording = read_recording(folder, name)
        music = recording.music
        notes = Notes(music.onset, music.end, music.pitch, stroke=~music.slurred)
        yield to_note_rate(recording.sound), notes


def fitted(sources: list[Labelled]) -> np.ndarray:
    """Weights of :class:`audio_to_body.inference.notes.bow_changes.BowChanges`, float64 [EVIDENCE + 1].

    Logistic regression by Newton's method; each source counts as much as the others, in it slurs as much as strokes.
    """
    numbers = np.concatenate([own for own, _ in sources])
    slurred = np.concatenate([truth for _, truth in sources])
    counts = [np.where(t, 0.5 / max(1, t.sum()), 0.5 / max(1, (~t).sum())) for _, t in sources]
    weight = np.concatenate(counts) / len(sources)
    mean, deviation = numbers.mean(axis=0), np.maximum(numbers.std(axis=0), 1e-3)
    scaled = np.column_stack([(numbers - mean) / deviation, np.ones(len(numbers))])
    ridge = np.diag(np.append(np.full(EVIDENCE, RIDGE), 1e-9))
    found = np.zeros(EVIDENCE + 1)
    for _ in range(ROUNDS):
        belief = 1.0 / (1.0 + np.exp(-np.clip(scaled @ found, -30.0, 30.0)))
        slope = scaled.T @ (weight * (belief - slurred)) + ridge @ found
        bend = (scaled * (weight * belief * (1.0 - belief))[:, None]).T @ scaled + ridge
        step = np.linalg.solve(bend, slope)
        found -= step
        if np.abs(step).max() < 1e-8:
            break
    own = found[:-1] / deviation
    return np.append(own, found[-1] - mean @ own - MARGIN)


def slur_weights(session: NoteSession, bach: str | None, clips: int = CLIPS) -> dict[str, list[float]]:
    """Weights for each head of a net, learnt from drawn sound and, where it is at hand, from recordings."""
    kinds = [drawn(clips), *([recorded(bach)] if bach else [])]
    sources = [[labelled(session, *sound) for sound in kind] for kind in kinds]
    found = {}
    for head in session.card.heads:
        parts = [[own[head.name] for own in source] for source in sources if source]
        joined = [(np.concatenate([x for x, _ in own]), np.concatenate([y for _, y in own])) for own in parts]
        found[head.name] = [round(float(weight), 5) for weight in fitted(joined)]
    return found
