"""What half and quarter precision cost in a net's outputs, and gain in time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from audio_to_body.benchmarks.measure import interleaved, ratio
from audio_to_body.inference.front_ends import front_end_of
from audio_to_body.inference.live.warm_up import warm_up_sound
from audio_to_body.inference.model_file import ModelFile
from audio_to_body.inference.session import Session
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.audio import rms_gain
from audio_to_body.sound.features import windows_at


def smaller_numbers(file: ModelFile) -> dict[str, float]:
    """What half and quarter precision cost in pixels, and gain in time; needs ``[train]``."""
    try:
        import onnx  # noqa: F401
    except ImportError:
        return {}
    sound = warm_up_sound(30.0)
    plain = Session(file, "cpu")
    reference = _outputs(plain, sound)
    unit = "px" if not file.card.target_names else "of the targets' units"
    print(f"smaller numbers, 30 s of sound: distance from float32 ({unit})")
    figures: dict[str, float] = {}
    for name, make in (("fp16 weights", half_precision), ("int8", quarter_precision)):
        try:
            data = make(file.data)
            other = _unchecked(file, data)
            got = _outputs(other, sound)
        except Exception as error:  # what this onnxruntime cannot quantise
            print(f"  {name}: not served by this onnxruntime ({str(error).splitlines()[0][:80]})")
            continue
        away = np.abs(got - reference) if file.card.target_names else np.linalg.norm(got - reference, axis=-1)
        stages: dict[str, Callable[[], object]] = {
            "float32": lambda: _outputs(plain, sound[: 5 * AUDIO_RATE]),
            name: lambda other=other: _outputs(other, sound[: 5 * AUDIO_RATE]),  # type: ignore[misc]
        }
        timings = interleaved(stages, runs=5)
        speed = ratio(timings["float32"], timings[name])
        figures[f"{name.split()[0]}_error"] = float(away.mean())
        print(
            f"  {name:12s} mean {away.mean():.3f}, worst {away.max():.3f}; "
            f"{len(data) / 1024:.0f} KB of {len(file.data) / 1024:.0f}; features and net {speed:.2f} x as fast"
        )
    print()
    return figures


def half_precision(data: bytes) -> bytes:
    """Weights kept in fp16 and widened when the file is loaded: half the size, float32 arithmetic."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load_from_string(data)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) > 1000:
            name = tensor.name
            small = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(small, name + "/fp16"))
            casts.append(helper.make_node("Cast", [name + "/fp16"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return bytes(model.SerializeToString())


def quarter_precision(data: bytes) -> bytes:
    """The LSTM's weights in int8, a scale per gate row, its products with int8 activations.

    onnxruntime 1.19's own quantiser does not import beside onnx 1.14 (it asks for ``TensorProto.INT4``), so its
    operator ``DynamicQuantizeLSTM`` is put in by hand.
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load_from_string(data)
    values = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type != "LSTM":
            continue
        given = [*node.input, *[""] * (8 - len(node.input))]
        quantised = []
        for name in given[1:3]:
            weights = numpy_helper.to_array(values[name]).transpose(0, 2, 1)  # [1, inputs, 4 hidden]
            scale = (np.abs(weights).max(axis=1) / 127).astype(np.float32)
            whole = np.rint(weights / scale[:, None]).astype(np.int8)
            model.graph.initializer.remove(values[name])
            parts = {"": whole, "/scale": scale, "/zero": np.zeros(scale.shape, np.int8)}
            model.graph.initializer.extend(numpy_helper.from_array(v, name + key) for key, v in parts.items())
            quantised += [name + "/scale", name + "/zero"]
        node.op_type, node.domain = "DynamicQuantizeLSTM", "com.microsoft"
        del node.input[:]
        node.input.extend([*given, *quantised])
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return bytes(model.SerializeToString())


def _unchecked(file: ModelFile, data: bytes) -> Session:
    return Session(ModelFile(file.path, file.card, data, ""), "cpu")


def _outputs(session: Session, sound: np.ndarray) -> np.ndarray:
    """What the net itself gives, before any planner."""
    front, rate = front_end_of(session.card), session.card.rate
    steps = np.arange(int(len(sound) * rate / AUDIO_RATE))
    windows = windows_at(sound, front.starts(steps, rate), front.window) * np.float32(rms_gain(sound))
    return session.run(front.join(front.static(windows), None), session.initial_state()).values
