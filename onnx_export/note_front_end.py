"""The front end of the nets that hear notes, inside the graph: samples in, probabilities of notes out.

:func:`with_note_front_end` puts resampling, level, windows, DFT, bands and rises
(:mod:`audio_to_body.sound.note_features`) in front of an exported net, so that any
program with onnxruntime hears notes:

==============  ==========================  =========================================================================
input           type                        meaning, and value before the first call
==============  ==========================  =========================================================================
``samples``     float32 [n]                 mono sound at 44.1 kHz, full scale 1
``waiting``     float32 [w]                 samples that wait for those that follow; 48 zeros
``sound``       float32 [k]                 sound at 24 kHz that later windows need; zeros, as many as the file says
``slow``        float32 [s]                 the same at 6 kHz; zeros
``position``    int64 [2]                   next step of 48/s, and the sample that ``sound`` begins with; 0, -zeros
``level``       float32 [2]                 energy and weight of the level; 0.0025, 0.25
``before``      float32 [0 or 1, bands]     the last step's bands; no rows
``half``        float32 [0 or 1, columns, 2]  a step that waits for its other half; no rows
``hidden`` ...  float32                     the net's own state; zeros
==============  ==========================  =========================================================================

``probabilities [steps, keys, heads * halves * parts]`` come out for every pair of steps that the samples completed,
``levels [halves * steps, 4]`` too where slurs are told by them (:mod:`audio_to_body.inference.notes.bow_changes`),
and every state under its name with ``_out``, to be given back. What states are before the first call stands in the
metadata as JSON: shapes of those that are zeros, and values of the others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from audio_to_body.inference.notes import card as names
from audio_to_body.inference.notes.bow_changes import BANDS, members
from audio_to_body.inference.notes.card import NoteCard
from audio_to_body.onnx_export.nodes import Nodes, renamed
from audio_to_body.onnx_export.note_spectra import NoteSpectra
from audio_to_body.sound import note_features as heard
from audio_to_body.sound.level import EXPECTED_RMS, FORGETTING_SECONDS, GATE_RMS
from audio_to_body.sound.note_bands import DECIMATION, FRONT_ENDS, HOP, LOOK_AHEAD, NoteFrontEnd
from audio_to_body.sound.note_resampling import NOTE_RATE

if TYPE_CHECKING:
    from onnx import ModelProto, ValueInfoProto

SAMPLES = "samples"
WAITING, SOUND, SLOW, POSITION, LEVEL, BEFORE, HALF = (
    "waiting", "sound", "slow", "position", "level", "before", "half",
)  # fmt: skip
INITIAL_KEY = "audio_to_body_dynamics_initial_state"  # metadata: JSON, what every state is before the first call
LEVELS = "levels"
ANY_STEP = "front/any_step"


def initial_state(told: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """What every state is before anything was heard, from the metadata: ``zeros`` by shape, and ``values``."""
    state = {name: np.zeros(shape, np.float32) for name, shape in told["zeros"].items()}
    return state | {name: _array(values) for name, values in told["values"].items()}


def _array(values: list[int] | list[float]) -> np.ndarray:
    whole = all(isinstance(value, int) for value in values)
    return np.array(values, np.int64 if whole else np.float32)


def _state_before(card: NoteCard, front: NoteFrontEnd) -> dict[str, Any]:
    """What every state is before anything was heard, as the metadata tell it."""
    fresh = heard.NoteFeatures(front).state()
    memory = [1, card.keys, card.hidden]
    zeros = {
        WAITING: list(fresh["resampler"].shape),
        SOUND: list(fresh["sound"].shape),
        SLOW: list(fresh["slow"].shape),
        BEFORE: [0, front.bands],
        HALF: [0, card.columns, 2],
        names.HIDDEN: memory,
        names.CELL: memory,
    }
    belief = [EXPECTED_RMS**2 * heard.BELIEF_SECONDS, heard.BELIEF_SECONDS]
    return {"zeros": zeros, "values": {POSITION: fresh["counts"].tolist(), LEVEL: belief}}


def with_note_front_end(model: ModelProto) -> ModelProto:
    """Put the front end in front of an exported net that hears notes.

    Parameters
    ----------
    model : onnx.ModelProto
        As :mod:`audio_to_body.onnx_export.notes` builds it.

    Returns
    -------
    onnx.ModelProto
        A new model, checked by ``onnx.checker``.
    """
    import onnx
    from onnx import TensorProto, helper

    metadata = {entry.key: entry.value for entry in model.metadata_props}
    card = NoteCard.from_json(metadata[names.METADATA_KEY])
    front = next(front for front in FRONT_ENDS.values() if front.name == card.features)
    told = _state_before(card, front)
    state = initial_state(told)
    nodes = _NoteFrontEnd(front, card)
    nodes.build()
    old = model.graph
    own = (names.HIDDEN, names.CELL)
    ran = [renamed(node, {name + "_out": f"front/{name}_ran" for name in own}) for node in old.node]
    kept = Nodes("kept")
    for name in own:  # onnxruntime's LSTM forgets its state when it is given no step
        kept("Where", ANY_STEP, f"front/{name}_ran", name, to=name + "_out")

    def value(name: str, of: str, free: str) -> ValueInfoProto:
        array = state[of]
        fixed = of in (POSITION, LEVEL, *own)
        shape: list[int | str] = [*array.shape] if fixed else [free, *array.shape[1:]]
        kind = TensorProto.INT64 if array.dtype == np.int64 else TensorProto.FLOAT
        return helper.make_tensor_value_info(name, kind, shape)

    inputs = [helper.make_tensor_value_info(SAMPLES, TensorProto.FLOAT, ["samples"])]
    inputs += [value(name, name, f"{name}_rows") for name in state]
    outputs = [put for put in old.output if put.name == names.PROBABILITIES]
    if nodes.tells_levels:
        outputs.append(helper.make_tensor_value_info(LEVELS, TensorProto.FLOAT, ["half_steps", BANDS]))
    outputs += [value(name + "_out", name, f"{name}_rows_out") for name in state]
    graph = helper.make_graph(
        [*nodes.nodes, *ran, *kept.nodes], old.name, inputs, outputs, [*nodes.constants, *old.initializer]
    )
    result = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", model.opset_import[0].version)],
        ir_version=model.ir_version,
        producer_name=model.producer_name,
        doc_string=f"{card.instrument}: samples to which notes sound",
    )
    said = {names.METADATA_KEY: card.to_json(), INITIAL_KEY: json.dumps(told, sort_keys=True)}
    helper.set_model_props(result, said)
    onnx.checker.check_model(result)
    return result


class _NoteFrontEnd(NoteSpectra):
    """Nodes and constants of the front end, in order; every value's name begins with ``front/``."""

    def __init__(self, front: NoteFrontEnd, card: NoteCard) -> None:
        super().__init__(front)
        self.card = card
        self.tells_levels = any(head.slur_weights for head in card.heads)

    def build(self) -> None:
        """Samples and states to the net's ``features`` and the states' outputs."""
        sound = self("Concat", SOUND, self.resampled(WAITING, SAMPLES), axis=0)
        step = self("Slice", POSITION, self.zero, self.one)
        origin = self("Slice", POSITION, self.one, self.constant([2]))
        received = self("Add", origin, self("Shape", sound))
        beyond = self("Sub", received, self.constant([LOOK_AHEAD - HOP]))  # of the first step whose window is whole
        following = self("Max", self("Div", beyond, self.constant([HOP])), step)
        steps = self("Range", self("Squeeze", step), self("Squeeze", following), self.constant(np.int64(1)))
        moments = self("Sub", self("Mul", steps, self.constant([HOP])), origin)
        slow = self.decimated(sound, SLOW)
        power = self("Concat", *self.bands(sound, slow, moments), axis=1)
        gains = self._gains(sound, steps, moments)
        louder = self("Mul", power, self("Unsqueeze", self("Mul", gains, gains), self.one))
        self._features(self._logarithmic(louder))
        self._forget(following, origin, sound, slow)

    def _gains(self, sound: str, steps: str, moments: str) -> str:
        """:class:`audio_to_body.sound.level.RunningLevel`, ``[steps]``: a step hears what came since the last."""
        squares = self.windows(sound, moments, LOOK_AHEAD)  # up to where a step's windows end
        squares = self("Mul", squares, squares)
        is_late = (np.arange(LOOK_AHEAD) >= LOOK_AHEAD - HOP).astype(np.float32)
        shares = self("MatMul", squares, self.constant(np.stack([1.0 - is_late, is_late], axis=1)))
        first = self("Equal", steps, self.zero)  # the first step hears all of them
        early, late = (self("Squeeze", self("Slice", shares, a, b, self.one), self.one) for a, b in self._columns())
        energy = self("Add", late, self("Where", first, early, self.constant(np.float32(0.0))))
        samples = self("Where", first, self.constant(np.float32(LOOK_AHEAD)), self.constant(np.float32(HOP)))
        mean = self("Div", energy, samples)
        return self._followed(mean, self("Div", samples, self.constant(np.float32(NOTE_RATE))))

    def _columns(self) -> list[tuple[str, str]]:
        return [(self.zero, self.one), (self.one, self.constant([2]))]

    def _followed(self, mean: str, seconds: str) -> str:
        """The gains of steps that bring so much sound each: its energy and weight, older sound counting less.

        What a step brings is raised by what will have been forgotten until it comes, summed, and lowered at the end:
        two sums cost little where a loop costs a sixth of the graph. Pieces of 44 minutes and more overflow.
        """
        above = self("Greater", mean, self.constant(np.float32(GATE_RMS**2)))
        heard_seconds = self("Where", above, seconds, self.constant(np.float32(0.0)))
        passed = self("CumSum", heard_seconds, self.constant(np.int64(0)))
        raised = self("Exp", self("Mul", passed, self.constant(np.float32(1.0 / FORGETTING_SECONDS))))
        weight = self("Mul", heard_seconds, raised)
        fresh = (self("Unsqueeze", column, self.one) for column in (self("Mul", mean, weight), weight))
        summed = self("CumSum", self("Concat", *fresh, axis=1), self.constant(np.int64(0)))
        levels = self("Add", summed, LEVEL)
        energy, weight = (
            self("Squeeze", self("Slice", levels, a, b, self.one), self.one) for a, b in self._columns()
        )
        lowered = self("Div", levels, self("Unsqueeze", raised, self.one))
        known = self("Concat", self("Unsqueeze", LEVEL, self.zero), lowered, axis=0)  # of no steps, what was
        self("Squeeze", self("Slice", known, self.last, self.all, self.zero), self.zero, to=LEVEL + "_out")
        return self("Mul", self("Sqrt", self("Div", weight, energy)), self.constant(np.float32(heard.LEVEL_RMS)))

    def _logarithmic(self, power: str) -> str:
        """:func:`audio_to_body.sound.note_features.logarithmic`."""
        scaled = self("Mul", power, self.constant(np.float32(heard.POWER_SCALE)))
        bels = self("Log", self("Add", scaled, self.constant(np.float32(heard.FLOOR))))
        bels = self("Mul", bels, self.constant(np.float32(1.0 / np.log(10.0))))
        bels = self("Add", bels, self.constant(np.float32(heard.FLOOR_BELS)))
        return self("Mul", bels, self.constant(np.float32(heard.BEL_SCALE)))

    def _features(self, values: str) -> None:
        """:func:`audio_to_body.sound.note_features.with_rises`, and two steps of 48/s to one of the net."""
        first = self("Slice", values, self.zero, self.one, self.zero)
        previous = self("Slice", self("Concat", BEFORE, first, axis=0), self.zero, self.one, self.zero)
        shifted = self("Concat", previous, self("Slice", values, self.zero, self.last, self.zero), axis=0)
        risen = self("Relu", self("Sub", values, shifted))
        rises = self("Mul", risen, self.constant(np.float32(heard.RISE_SCALE)))
        known = self("Concat", BEFORE, values, axis=0)
        self("Slice", known, self.last, self.all, self.zero, to=BEFORE + "_out")
        both = self("Concat", *(self("Unsqueeze", blob, self.last) for blob in (values, rises)), axis=2)
        edged = self("Pad", both, self.constant([0, 0, 0, 0, 1, 0]))  # a last band stands for "off the edge"
        halves = self("Concat", HALF, edged, axis=0)
        by = self.constant([self.card.halves])
        steps = self("Div", self("Slice", self("Shape", halves), self.zero, self.one), by)
        used = self("Mul", steps, by)
        whole = self("Slice", halves, self.zero, used, self.zero)
        self("Slice", halves, used, self.all, self.zero, to=HALF + "_out")
        shape = self("Concat", steps, self.constant([self.card.halves * self.card.columns, 2]), axis=0)
        self("Reshape", whole, shape, to=names.FEATURES, allowzero=1)
        if self.tells_levels:
            self._levels(whole)
        self("Squeeze", self("Greater", steps, self.zero), to=ANY_STEP)

    def _levels(self, features: str) -> None:
        """:func:`audio_to_body.inference.notes.bow_changes.band_levels` of ``[steps of 48/s, columns, 2]``."""
        first, last = self.constant([self.front.fine]), self.constant([self.front.bands])
        semitones = self("Slice", features, first, last, self.one)
        values = self(
            "Squeeze", self("Slice", semitones, self.zero, self.one, self.constant([2])), self.constant([2])
        )
        power = self("Exp", self("Mul", values, self.constant(np.float32(np.log(10.0) / heard.BEL_SCALE))))
        # what band_levels takes off each band is one for each: their number is taken off the sum
        sums = self("MatMul", power, self.constant(members(self.front).astype(np.float32)))
        above = self("Sub", sums, self.constant((members(self.front).sum(axis=0) - 1.0).astype(np.float32)))
        decibels = self("Mul", self("Log", above), self.constant(np.float32(10.0 / np.log(10.0))))
        self("Identity", decibels, to=LEVELS)

    def _forget(self, following: str, origin: str, sound: str, slow: str) -> None:
        """Keep the sound that later windows reach."""
        reach = DECIMATION * (-(-self.front.longest // DECIMATION))
        start = self("Sub", self("Mul", following, self.constant([HOP])), self.constant([reach]))
        past = self("Max", self("Sub", start, origin), self.zero)
        past = self("Min", past, self("Shape", sound))
        slower = self("Div", past, self.constant([DECIMATION]))
        past = self("Mul", slower, self.constant([DECIMATION]))
        self("Slice", sound, past, self.all, to=SOUND + "_out")
        self("Slice", slow, slower, self.all, to=SLOW + "_out")
        self("Concat", following, self("Add", origin, past), to=POSITION + "_out", axis=0)
