"""What looks again at what a net holds for a beginning (:mod:`audio_to_body.inference.notes.second_look`), fitted.

Learnt from drawn sound (``preprocessing/note_sound``), where every note is known, by one small net for each set of
the first net's outputs. :mod:`audio_to_body.reproduce.pretrained_notes` puts the weights into the net's file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from audio_to_body.inference.notes.card import Head, NoteCard
from audio_to_body.inference.notes.second_look import BEFORE, CANDIDATE, HIDDEN, read_around, written
from audio_to_body.inference.notes.session import NoteSession
from audio_to_body.models.notes.scores import matched
from audio_to_body.reproduce.heard import listened
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.progress import progress_bar
from audio_to_body.sound.note_bands import STEP_RATE
from audio_to_body.sound.peaks import between_steps, greatest

# of drawn sound; a violin's net gains in half of the real recordings what it loses in the others: it looks once
CLIPS = {"piano": 700, "violin": 0}
CLIP_SECONDS = 20.0
TOLERANCE = 0.05  # s between a candidate and the written beginning that it is
ROUNDS, BATCH, RATE, DECAY, DROPPED = 10, 512, 3e-3, 1e-3, 0.15
Labelled = tuple[np.ndarray, np.ndarray]  # what is read [candidates, inputs] and whether it is a beginning, bool


def labelled(session: NoteSession, sound: np.ndarray, notes: Notes) -> dict[str, Labelled]:
    """Candidates of each head of a net in a sound, and which of them are beginnings.

    Parameters
    ----------
    session : NoteSession
    sound : np.ndarray, float32 [samples]
        At 24 kHz.
    notes : Notes
        All that begin in it.
    """
    card = session.card
    _, probabilities = listened(session, sound)
    return {head.name: _labelled(card, head, probabilities, notes) for head in card.heads}


def _labelled(card: NoteCard, head: Head, probabilities: np.ndarray, notes: Notes) -> Labelled:
    answers = card.answers_of(probabilities, head.name)
    answers = np.concatenate([np.zeros((BEFORE, *answers.shape[1:]), np.float32), answers])
    onset = answers[:, :, card.parts.index("onset")]
    steps, keys = np.nonzero(greatest(onset[BEFORE - head.reach :], CANDIDATE, head.reach))
    rows = steps + BEFORE
    moments = steps + between_steps(onset[rows - 1, keys], onset[rows, keys], onset[rows + 1, keys])
    times = np.maximum(0.0, (moments - head.delay) / STEP_RATE + card.lag)
    truth = np.zeros(len(rows), bool)
    truth[matched(Notes(times, times, keys + card.lowest), notes, TOLERANCE)[0]] = True
    return read_around(answers, rows, keys, card.parts, head.reach), truth


def drawn(instrument: str, clips: int) -> Iterator[tuple[np.ndarray, Notes]]:
    """Sound at 24 kHz and its notes."""
    from audio_to_body.preprocessing.note_sound.bank import read_bank
    from audio_to_body.preprocessing.note_sound.drawing import draw, not_trained_on

    bank = read_bank()
    for number in range(clips):
        rng = np.random.default_rng([83, number])
        sound, notes = draw(instrument, rng, CLIP_SECONDS, not_trained_on(instrument), bank)
        yield sound / max(1.0, float(np.abs(sound).max(initial=0.0))), notes


def fitted(read: np.ndarray, truth: np.ndarray, rounds: int = ROUNDS, seed: int = 0) -> np.ndarray:
    """Weights of :class:`audio_to_body.inference.notes.second_look.SecondLook`, float32, one after the other.

    ADAM on the cross-entropy; what a unit was told is forgotten now and then, so that none is relied upon alone.
    """
    import torch

    torch.manual_seed(seed)
    first, last = torch.nn.Linear(read.shape[1], HIDDEN), torch.nn.Linear(HIDDEN, 1)
    net = torch.nn.Sequential(first, torch.nn.Tanh(), torch.nn.Dropout(DROPPED), last)
    told, right = torch.from_numpy(np.asarray(read, np.float32)), torch.from_numpy(truth.astype(np.float32))
    batches = max(1, len(told) // BATCH)
    descent = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    slowing = torch.optim.lr_scheduler.CosineAnnealingLR(descent, rounds * batches)
    for _ in range(rounds):
        for own in torch.randperm(len(told)).chunk(batches):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(told[own])[:, 0], right[own])
            descent.zero_grad()
            loss.backward()
            descent.step()
            slowing.step()
    parts = [first.weight, first.bias, last.weight, last.bias]
    return np.concatenate([part.detach().numpy().ravel() for part in parts])


def second_looks(session: NoteSession, clips: int) -> dict[str, str]:
    """Weights for each head of a net, as :func:`audio_to_body.inference.notes.second_look.written` has them."""
    examples: dict[str, list[Labelled]] = {head.name: [] for head in session.card.heads}
    with progress_bar(drawn(session.card.instrument, clips), total=clips, unit="clip", desc="second look") as clip:
        for sound, notes in clip:
            for name, own in labelled(session, sound, notes).items():
                examples[name].append((own[0].astype(np.float16), own[1]))
    return {name: written(fitted(*_joined(own))) for name, own in examples.items()}


def _joined(parts: Sequence[Labelled]) -> Labelled:
    return np.concatenate([read for read, _ in parts]), np.concatenate([truth for _, truth in parts])
