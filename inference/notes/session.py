"""A net that hears notes in onnxruntime: features in, probabilities out, state carried by the caller."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from audio_to_body.inference.model_file import PRETRAINED, checked_metadata, read_bytes
from audio_to_body.inference.notes.card import (
    CELL,
    CELL_OUT,
    FEATURES,
    HIDDEN,
    HIDDEN_OUT,
    METADATA_KEY,
    PROBABILITIES,
    NoteCard,
)
from audio_to_body.inference.runtime import open_graph
from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.note_bands import FRONT_ENDS, NoteFrontEnd

BLOCK_STEPS = 16  # run at once: what 88 keys gather in them stays in the processor's cache
State = tuple[np.ndarray, np.ndarray]  # hidden and cell, float32 [1, keys, hidden]


class NoteSession:
    """A net that hears notes, served by onnxruntime. It holds no state: several listeners may share it.

    Parameters
    ----------
    data : bytes
        The model file's content.
    name : str
        What messages call it.
    device : str
        ``"cpu"``, ``"cuda"`` or ``"auto"``; the net is so small that the processor is as good.

    Attributes
    ----------
    card : NoteCard
    front : NoteFrontEnd
    provider : str

    Raises
    ------
    BadInput
        If it is not such a net, damaged, or onnxruntime cannot serve it.
    """

    def __init__(self, data: bytes, name: str, device: str = "cpu") -> None:
        _, text = checked_metadata(data, name, METADATA_KEY)
        try:
            self.card = NoteCard.from_json(text)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise BadInput(f"{name} does not describe itself properly: {error}") from None
        fronts = {front.name: front for front in FRONT_ENDS.values()}
        if self.card.features not in fronts:
            raise BadInput(f"{name} takes '{self.card.features}' features; known: {', '.join(fronts)}")
        self.front: NoteFrontEnd = fronts[self.card.features]
        if self.front.bands + 1 != self.card.columns:
            raise BadInput(f"{name} takes {self.card.columns} columns, its front end has {self.front.bands + 1}")
        self._session, self.provider = open_graph(data, name, device)
        if FEATURES not in {put.name for put in self._session.get_inputs()}:
            raise BadInput(
                f"{name} takes samples and is for other programs; name the features-in file it was made from"
            )
        self._try(name)

    def initial_state(self) -> State:
        """The state before anything was heard: zeros."""
        zeros = np.zeros((1, self.card.keys, self.card.hidden), np.float32)
        return zeros, zeros.copy()

    def run(self, features: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """Run the net over consecutive steps.

        Parameters
        ----------
        features : np.ndarray, float32 [halves * steps, columns, 2]
            Of :class:`audio_to_body.sound.note_features.NoteFeatures`.
        state : pair of np.ndarray
            From :meth:`initial_state` or the run before.

        Returns
        -------
        probabilities : np.ndarray, float32 [steps, keys, outputs]
        state : pair of np.ndarray
        """
        halves, columns = self.card.halves, self.card.columns
        steps = features.reshape(-1, halves * columns, 2)
        pieces: list[np.ndarray] = []
        hidden, cell = state
        for first in range(0, max(1, len(steps)), BLOCK_STEPS):
            feed = {FEATURES: steps[first : first + BLOCK_STEPS], HIDDEN: hidden, CELL: cell}
            piece, hidden, cell = self._session.run([PROBABILITIES, HIDDEN_OUT, CELL_OUT], feed)
            pieces.append(piece)
        return np.concatenate(pieces), (hidden, cell)

    def _try(self, name: str) -> None:
        """Run two steps, so that what does not fit is refused now and not when sound comes."""
        card = self.card
        try:
            probabilities, state = self.run(
                np.zeros((2 * card.halves, card.columns, 2), np.float32), self.initial_state()
            )
        except Exception as error:  # onnxruntime's exceptions share no base class
            raise BadInput(f"{name} does not run ({str(error).strip().splitlines()[0]})") from None
        outputs = len(card.heads) * card.halves * len(card.parts)
        fits = probabilities.shape == (2, card.keys, outputs) and state[0].shape == (1, card.keys, card.hidden)
        if not (fits and np.isfinite(probabilities).all()):
            raise BadInput(f"{name} gives {list(probabilities.shape)} for 2 steps, or no numbers; export it again")


def load_notes(model: str | os.PathLike[str], device: str = "cpu") -> NoteSession:
    """Open a net that hears notes: the one that ships for an instrument, or a file.

    Raises
    ------
    BadInput
        If there is no such net or it cannot be served.
    """
    path = PRETRAINED / f"{model}_notes.onnx" if str(model) in INSTRUMENTS else Path(model)
    return NoteSession(read_bytes(path), str(path), device)
