"""One trained net in onnxruntime: steps of features in, steps of keypoints out, state carried by the caller."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audio_to_body.inference.front_ends import HEARS_ITSELF, front_end_of
from audio_to_body.inference.model_card import FEATURES, KEYPOINTS, TARGETS, ModelCard
from audio_to_body.inference.model_file import PRETRAINED, ModelFile, pretrained_path, read_model
from audio_to_body.inference.runtime import first_line, open_graph
from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from audio_to_body.inference.notes.session import NoteSession

HEARS = "hears"  # in a card's extra: the file of the net that hears the notes, which lies beside the model's or ships
OUT = "_out"  # the state that comes out as "x_out" goes back in as "x"
MOST_STATE = 1 << 22  # numbers in one state tensor
State = dict[str, np.ndarray]


@dataclass(frozen=True)
class Step:
    """What a run of the net gives.

    Attributes
    ----------
    values : np.ndarray, float32
        Keypoints ``[steps, points, 2]`` in pixels, or the card's named targets ``[steps, k]``.
    tracks : dict of str to np.ndarray [steps, ...]
        What else the net tells of each step.
    state : dict of str to np.ndarray
        Goes into the next run.
    """

    values: np.ndarray
    tracks: dict[str, np.ndarray]
    state: State

    @property
    def keypoints(self) -> np.ndarray:
        """The values of a net that gives keypoints."""
        return self.values


class Session:
    """A model served by onnxruntime. It holds no state: several streams may share one session.

    Parameters
    ----------
    model : ModelFile
    device : str
        ``"cpu"``, ``"cuda"``, or ``"auto"``: CUDA where a card is there and onnxruntime can use it, else the CPU.

    Attributes
    ----------
    card : ModelCard
    provider : str
        Which of onnxruntime's execution providers serves.

    Raises
    ------
    BadInput
        If onnxruntime cannot load the graph, its inputs or outputs are not what its card says, or ``"cuda"`` was
        asked for and is not to be had.
    """

    def __init__(self, model: ModelFile, device: str = "auto") -> None:
        self.card: ModelCard = model.card
        self._path, self._device = model.path, device
        self._ears: NoteSession | None = None
        if self.card.features == HEARS_ITSELF:  # nothing but the player follows the net that hears the notes
            from audio_to_body.inference.notes.session import NoteSession

            self._ears = NoteSession(model.data, str(model.path), device)
            self.provider, self._states = self._ears.provider, {}
            return
        named = self.card.target_names
        self._given = TARGETS if named else KEYPOINTS
        self._size: tuple[int, ...] = (len(named),) if named else (layout_named(self.card.layout).size, 2)
        self._session, self.provider = open_graph(model.data, str(model.path), device)
        self._states = self._check_signature(str(model.path))
        self._outputs = [output.name for output in self._session.get_outputs()]
        front_end_of(self.card)  # what is unknown is refused now, and not when sound comes
        self._try(str(model.path))

    @property
    def ears(self) -> NoteSession:
        """The net that hears the notes which this one is told, opened when it is first asked for.

        Raises
        ------
        BadInput
            If the card names none, or it cannot be served.
        """
        if self._ears is None:
            name = str(self.card.extra.get(HEARS, ""))
            if not name or Path(name).name != name:
                raise BadInput(f"{self._path} does not say which net hears its notes; it was exported wrongly")
            beside = self._path.parent / name
            from audio_to_body.inference.notes.session import load_notes

            self._ears = load_notes(beside if beside.is_file() else PRETRAINED / name, self._device)
        return self._ears

    def initial_state(self) -> State:
        """The state before the first step: zeros."""
        return {name: np.zeros(shape, np.float32) for name, shape in self._states.items()}

    def run(self, features: np.ndarray, state: State) -> Step:
        """Run the net over consecutive steps.

        Parameters
        ----------
        features : np.ndarray, float32 [steps, features]
            As the front end computes them.
        state : dict of str to np.ndarray
            From :meth:`initial_state` or the run before.
        """
        values = self._session.run(self._outputs, {FEATURES: features[:, None], **state})
        named = dict(zip(self._outputs, values))
        following = {name: named.pop(name + OUT) for name in state}
        given = named.pop(self._given)[:, 0]
        return Step(given, {name: value[:, 0] for name, value in named.items()}, following)

    def _check_signature(self, name: str) -> dict[str, tuple[int, ...]]:
        """Compare the graph's inputs and outputs with the card; the shapes of the states for one stream."""
        inputs = {value.name: value for value in self._session.get_inputs()}
        outputs = {value.name: value for value in self._session.get_outputs()}
        if "samples" in inputs and FEATURES not in inputs:
            raise BadInput(
                f"{name} takes samples and is for other programs; name the features-in file it was made from"
            )
        _expect(name, inputs.get(FEATURES), FEATURES, (None, None, self.card.feature_count))
        _expect(name, outputs.get(self._given), self._given, (None, None, *self._size))
        states: dict[str, tuple[int, ...]] = {}
        for key, value in inputs.items():
            if key == FEATURES:
                continue
            if key + OUT not in outputs:
                raise BadInput(f"{name} takes '{key}' but does not give '{key}{OUT}'; it cannot be streamed")
            # what is not fixed in a state's shape is the number of streams: one
            shape = tuple(side if isinstance(side, int) and side > 0 else 1 for side in value.shape)
            if value.type != "tensor(float)" or np.prod(shape, dtype=np.float64) > MOST_STATE:
                raise BadInput(
                    f"{name} has a state '{key}' of an impossible type or size ({value.type} {list(shape)})"
                )
            states[key] = shape
        for key, value in outputs.items():
            if value.type != "tensor(float)":
                raise BadInput(f"{name} gives '{key}' as {value.type}, not as float32")
        return states

    def _try(self, name: str) -> None:
        """One silent step: a graph that cannot run is refused now and not in the middle of a file."""
        try:
            step = self.run(np.zeros((2, self.card.feature_count), np.float32), self.initial_state())
        except Exception as error:  # onnxruntime's exceptions share no base class
            raise BadInput(f"{name} does not run ({first_line(error)})") from None
        if step.values.shape != (2, *self._size):
            raise BadInput(
                f"{name} gives {self._given} {list(step.values.shape)} for 2 steps; it was exported wrongly"
            )
        shapes = {key: value.shape for key, value in step.state.items()}
        if shapes != self._states:
            raise BadInput(f"{name} changes the shape of its own state ({shapes}, not {self._states})")
        if not np.isfinite(step.values).all():
            raise BadInput(f"{name} gives {self._given} that are not numbers; its weights are damaged")


def load(model: str | os.PathLike[str] = "violin", device: str = "auto", *, faithful: bool = False) -> Session:
    """Open a net: one that ships, by its instrument, or a model file of one's own.

    Parameters
    ----------
    model : str or path
        ``"violin"``, ``"piano"`` or the path of an ``.onnx`` file.
    device : str
        As :class:`Session`.
    faithful : bool
        Of the nets that ship, the paper's.

    Raises
    ------
    BadInput
        If there is no such net, or it cannot be served.
    """
    if not Path(model).suffix and str(model) not in INSTRUMENTS and not Path(model).exists():
        raise BadInput(f"no net plays '{model}'; there are {' and '.join(INSTRUMENTS)}, or name an .onnx file")
    path = pretrained_path(str(model), faithful) if str(model) in INSTRUMENTS else model
    return Session(read_model(path), device)


def _expect(name: str, value: Any, key: str, shape: tuple[int | None, ...]) -> None:
    if value is None:
        raise BadInput(f"{name} has no '{key}'; it was not made by this project's exporter")
    agrees = len(value.shape) == len(shape) and all(
        wanted is None or not isinstance(side, int) or side == wanted for side, wanted in zip(value.shape, shape)
    )
    if value.type != "tensor(float)" or not agrees:
        raise BadInput(f"{name} has '{key}' as {value.type} {value.shape}, not as its own metadata says")
