"""The feature front end inside the graph: one file that takes samples and gives keypoints, for any onnxruntime.

``python -m audio_to_body.onnx_export.front_end violin.onnx -o violin_samples.onnx`` puts framing, window, DFT, mel
filters, DCT
and derivative (:mod:`audio_to_body.sound.features`) in front of an exported net. The file then serves alone, in any
language:

==============  =========================  ==========================================================================
input           type                       meaning, and value before the first call
==============  =========================  ==========================================================================
``samples``     float32 [n]                mono sound at 44.1 kHz, times ``gain``
``gain``        float32 []                 brings the sound's RMS to 0 dB
``sound``       float32 [kept]             sound that later windows need; 919 zeros
``position``    int64 [2]                  next step, and the sample that ``sound`` begins with; 0, -919
``before``      float32 [0 or 1, 14]       the last step's static features; no rows
``hidden`` ...  float32                    the net's own state; zeros
==============  =========================  ==========================================================================

``keypoints`` (or ``targets``) come out for every step that the samples completed, and every state under its name with
``_out``, to be given back. Any number of samples may be given; too few for a step give no step and are kept.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audio_to_body.inference import model_card
from audio_to_body.inference.model_file import checked_metadata, read_bytes, with_checksum
from audio_to_body.inference.notes.card import METADATA_KEY as NOTES_KEY
from audio_to_body.onnx_export.nodes import Nodes, renamed
from audio_to_body.onnx_export.note_front_end import INITIAL_KEY, LEVELS, SAMPLES, initial_state, with_note_front_end
from audio_to_body.skeleton.files import check_free, refused, write_bytes
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.sound import features

if TYPE_CHECKING:
    from onnx import ModelProto

GAIN, SOUND, POSITION, BEFORE = "gain", "sound", "position", "before"
FRONT_END_KEY = "audio_to_body_dynamics_front_end"  # metadata: the front end that is in the graph
ANY_STEP = "front/any_step"
OPSET = 17  # DFT
HALF_WINDOW = features.WINDOW_SAMPLES // 2


def with_front_end(model: ModelProto) -> ModelProto:
    """Put the ``mfcc28`` front end in front of an exported net.

    Parameters
    ----------
    model : onnx.ModelProto
        As :mod:`audio_to_body.onnx_export.graph` builds it: ``features`` and states in.

    Returns
    -------
    onnx.ModelProto
        A new model, checked by ``onnx.checker``.

    Raises
    ------
    BadInput
        If the net takes other features, or its rate is not whole.
    """
    import onnx
    from onnx import TensorProto, helper

    metadata = {entry.key: entry.value for entry in model.metadata_props}
    card = model_card.ModelCard.from_json(metadata[model_card.METADATA_KEY])
    if card.features != "mfcc28":
        raise BadInput(f"the front end '{card.features}' cannot be put into the graph; only mfcc28 can")
    if card.rate != int(card.rate):
        raise BadInput(f"{card.rate} steps/s is not a whole rate; the graph counts samples in whole numbers")
    front = _FrontEnd(int(card.rate))
    front.build()
    old = model.graph
    states = [put.name for put in old.input if put.name != model_card.FEATURES]
    nodes = [renamed(node, {name + "_out": f"front/{name}_ran" for name in states}) for node in old.node]
    kept = Nodes("kept")
    for name in states:  # onnxruntime's LSTM forgets its state when it is given no step
        kept("Where", ANY_STEP, f"front/{name}_ran", name, to=name + "_out")

    def value(name: str, size: list[int | str], kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, size)

    inputs = [
        value(SAMPLES, ["samples"]),
        value(GAIN, []),
        value(SOUND, ["kept"]),
        value(POSITION, [2], TensorProto.INT64),
        value(BEFORE, ["rows", features.STATIC_COUNT]),
        *[put for put in old.input if put.name in states],
    ]
    outputs = [
        *old.output,
        value(SOUND + "_out", ["kept_out"]),
        value(POSITION + "_out", [2], TensorProto.INT64),
        value(BEFORE + "_out", ["row", features.STATIC_COUNT]),
    ]
    graph = helper.make_graph(
        [*front.nodes, *nodes, *kept.nodes], old.name, inputs, outputs, [*front.constants, *old.initializer]
    )
    result = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", max(OPSET, model.opset_import[0].version))],
        ir_version=model.ir_version,
        producer_name=model.producer_name,
        doc_string=f"{card.instrument}: samples to keypoints",
    )
    state = _state_before(model, states)
    told = {model_card.METADATA_KEY: card.to_json(), FRONT_END_KEY: card.features, INITIAL_KEY: json.dumps(state)}
    helper.set_model_props(result, told)
    onnx.checker.check_model(result)
    return result


def _state_before(model: ModelProto, states: list[str]) -> dict[str, Any]:
    """What every state is before the first call, as the metadata tell it; the net's own for one sound."""
    zeros: dict[str, list[int]] = {SOUND: [HALF_WINDOW], BEFORE: [0, features.STATIC_COUNT]}
    for put in model.graph.input:
        if put.name in states:
            zeros[put.name] = [side.dim_value or 1 for side in put.type.tensor_type.shape.dim]
    return {"zeros": zeros, "values": {POSITION: [0, -HALF_WINDOW]}}


class _FrontEnd(Nodes):
    """Nodes and constants of the front end, in order; every value's name begins with ``front/``."""

    def __init__(self, rate: int) -> None:
        super().__init__("front")
        self.rate = rate

    def build(self) -> None:
        """Samples and states to ``features [steps, 1, 28]`` and the states' outputs."""
        one = self.constant([1])
        louder = self("Mul", SAMPLES, GAIN)
        sound = self("Concat", SOUND, louder, axis=0)
        step = self("Slice", POSITION, self.constant([0]), one)
        origin = self("Slice", POSITION, one, self.constant([2]))
        end = self("Add", origin, self("Shape", sound))  # samples received
        following = self._steps_complete(end, step)
        self("Squeeze", self("Greater", following, step), to=ANY_STEP)
        steps = self("Range", self("Squeeze", step), self("Squeeze", following), self.constant(np.int64(1)))
        starts = self("Sub", self._starts(steps), origin)
        within = self.constant(np.arange(features.WINDOW_SAMPLES))
        places = self("Add", self("Unsqueeze", starts, one), within)
        static = self._static(self("Gather", sound, places))
        self._features(static)
        kept_from = self._starts(following)
        past = self("Sub", kept_from, origin)
        self("Slice", sound, past, self("Shape", sound), to=SOUND + "_out")
        self("Concat", following, kept_from, to=POSITION + "_out", axis=0)

    def _steps_complete(self, end: str, step: str) -> str:
        """The first step whose window is not complete: ``ceil((2 end - 1837) rate / 88200)``, at least ``step``."""
        doubled = self("Sub", self("Mul", end, self.constant([2])), self.constant([2 * HALF_WINDOW - 1]))
        share = self("Mul", doubled, self.constant([self.rate]))
        rounded = self("Add", share, self.constant([2 * AUDIO_RATE - 1]))
        return self("Max", self("Div", rounded, self.constant([2 * AUDIO_RATE])), step)

    def _starts(self, steps: str) -> str:
        """:func:`audio_to_body.sound.features.frame_starts` in whole numbers."""
        doubled = self("Mul", steps, self.constant([2 * AUDIO_RATE]))
        rounded = self("Add", doubled, self.constant([self.rate]))
        centres = self("Div", rounded, self.constant([2 * self.rate]))
        return self("Sub", centres, self.constant([HALF_WINDOW]))

    def _static(self, windows: str) -> str:
        """:func:`audio_to_body.sound.features.static_features`."""
        last = self.constant([-1])
        shaped = self("Mul", windows, self.constant(features.hann_window()))
        signal = self("Unsqueeze", shaped, last)
        spectrum = self("DFT", signal, self.constant(np.int64(features.FFT_SAMPLES)), axis=1, onesided=1)
        power = self("ReduceSumSquare", spectrum, axes=[2], keepdims=0)
        mel = self("MatMul", power, self.constant(np.ascontiguousarray(features.mel_filters().T)))
        heard = self("Max", mel, self.constant(np.float32(features.POWER_FLOOR)))
        decibel = self("Mul", self("Log", heard), self.constant(np.float32(10.0 / np.log(10.0))))
        mfcc = self("MatMul", decibel, self.constant(np.ascontiguousarray(features.dct_matrix().T)))
        energy = self("ReduceMean", self("Mul", windows, windows), axes=[1], keepdims=1)
        volume = self("Log", self("Max", energy, self.constant(np.float32(features.ENERGY_FLOOR))))
        return self("Concat", mfcc, volume, axis=1)

    def _features(self, static: str) -> None:
        """:func:`audio_to_body.sound.features.with_derivative`; the first step of all has none."""
        zero, one = self.constant([0]), self.constant([1])
        first = self("Slice", static, zero, one, zero)
        previous = self("Slice", self("Concat", BEFORE, first, axis=0), zero, one, zero)
        shifted = self("Concat", previous, self("Slice", static, zero, self.constant([-1]), zero), axis=0)
        both = self("Concat", static, self("Sub", static, shifted), axis=1)
        self("Unsqueeze", both, one, to=model_card.FEATURES)
        known = self("Concat", BEFORE, static, axis=0)
        self("Slice", known, self.constant([-1]), self.constant([2**31]), zero, to=BEFORE + "_out")


class SamplesSession:
    """Serves a file with a front end in it; what a program in any language does.

    Parameters
    ----------
    data : bytes
        The file.

    Attributes
    ----------
    levels : np.ndarray, float32 [steps of 48/s, 4], or None
        What the last run told of levels: nets that hear a violin's notes tell slurs by them.
    """

    levels: np.ndarray | None = None

    def __init__(self, data: bytes) -> None:
        import onnxruntime

        np.finfo(np.float32), np.finfo(np.float64)  # numpy would warn once denormals are flushed
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        self._outputs = [output.name for output in self._session.get_outputs()]
        self._initial = initial_state(json.loads(self._session.get_modelmeta().custom_metadata_map[INITIAL_KEY]))
        self.reset()

    def reset(self) -> None:
        """The state before the first call."""
        self._state = dict(self._initial)

    def run(self, samples: np.ndarray, gain: float | None = None) -> np.ndarray:
        """What the file gives for the steps that these samples complete.

        Parameters
        ----------
        samples : np.ndarray, float32 [samples]
            Mono, 44.1 kHz.
        gain : float, optional
            Brings the sound's RMS to 0 dB, 1 if not given; a net that hears notes follows the level by itself.

        Returns
        -------
        np.ndarray, float32
            Keypoints or targets ``[steps, ...]``, or probabilities of notes ``[steps, keys, outputs]``.
        """
        given = {SAMPLES: np.asarray(samples, np.float32), **self._state}
        if GAIN in {put.name for put in self._session.get_inputs()}:
            given[GAIN] = np.array(1.0 if gain is None else gain, np.float32)
        got = dict(zip(self._outputs, self._session.run(self._outputs, given)))
        self._state = {name: got.pop(name + "_out") for name in self._state}
        self.levels = got.pop(LEVELS, None)
        (values,) = got.values()
        return values[:, 0] if GAIN in given else values


def export_with_front_end(source: str | Path, out: str | Path) -> int:
    """Write the samples-in variant of a model file; returns its size in bytes.

    Parameters
    ----------
    source : path
        One of the paper's nets, or one that hears notes.
    out : path

    Raises
    ------
    BadInput
        If the source is not an exported net, or the file cannot be written.
    """
    import onnx

    data = read_bytes(Path(source))
    kind, _ = checked_metadata(data, str(source), model_card.METADATA_KEY, NOTES_KEY)
    put = with_note_front_end if kind == NOTES_KEY else with_front_end
    data = with_checksum(put(onnx.load_from_string(data)).SerializeToString())
    SamplesSession(data).run(np.zeros(2 * features.WINDOW_SAMPLES, np.float32))
    out = Path(out)
    with refused(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(out, data)
    return len(data)


def main(argv: list[str] | None = None) -> int:
    """Parse, export, report."""
    parse = argparse.ArgumentParser(
        prog="python -m audio_to_body.onnx_export.front_end",
        description="An exported net with its feature front end in one graph: samples in.",
    )
    parse.add_argument("model", help="the .onnx file of one of the paper's nets, or of a net that hears notes")
    parse.add_argument("-o", "--out", required=True, help="the .onnx file to write")
    parse.add_argument("--force", action="store_true", help="write over a file that exists")
    arguments = parse.parse_args(argv)
    check_free(arguments.out, arguments.force)
    size = export_with_front_end(arguments.model, arguments.out)
    print(f"{arguments.out}: takes samples, {size / 1024:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
