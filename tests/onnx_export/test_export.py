"""Trained Caffe2 nets to ONNX: same numbers, self-contained, refused when they differ."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from audio_to_body.inference.model_card import ModelCard
from audio_to_body.inference.model_file import ModelFile, check_model, read_model
from audio_to_body.inference.session import Session
from audio_to_body.models.checkpoint import TrainedNet
from audio_to_body.models.evaluation import predict
from audio_to_body.models.network import Shape, initial_parameters
from audio_to_body.models.normalisation import Normalisation
from audio_to_body.models.settings import Settings
from audio_to_body.onnx_export import graph, parity
from audio_to_body.onnx_export.__main__ import main
from audio_to_body.onnx_export.export import card_of, export
from audio_to_body.preprocessing.pca import Pca
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.refusal import BadInput, run_command


def made_net(settings: Settings, layout: str = "violin", seed: int = 0) -> TrainedNet:
    """A net with parameters at random, about as strong as trained ones."""
    rng = np.random.default_rng(seed)
    width = 2 * layout_named(layout).size
    k = settings.components or width
    parameters = initial_parameters(Shape(28, settings.hidden, settings.layers, k), rng)
    parameters = {n: (v + 0.1 * rng.standard_normal(v.shape)).astype(np.float32) for n, v in parameters.items()}
    basis = np.linalg.qr(rng.standard_normal((width, width)))[0][:k] if settings.components else np.eye(width)
    return TrainedNet(
        settings=settings,
        layout=layout,
        data="made",
        frame_size=(448, 400),
        hours=1.5,
        pca=Pca(rng.uniform(0, 448, width).astype(np.float32), basis.astype(np.float32), np.ones(width, np.float32)),
        feature_scale=Normalisation(
            rng.normal(0, 50, 28).astype(np.float32), rng.uniform(0.01, 100, 28).astype(np.float32)
        ),
        target_scale=Normalisation(
            rng.normal(0, 1, k).astype(np.float32),
            (90 / np.arange(1, k + 1)).astype(np.float32)
            if settings.components
            else rng.uniform(1, 40, k).astype(np.float32),
        ),
        parameters=parameters,
        results={"train": 1.0, "valid": 2.0, "test": 3.0, "epochs": 7, "best_epoch": 5},
    )


VARIANTS = {
    "final": (Settings(), "violin"),
    "two layers": (Settings(layers=2, hidden=50), "violin"),
    "three layers": (Settings(layers=3, hidden=20), "piano"),
    "no pca": (Settings(components=None, hidden=40), "violin"),
    "49 points": (Settings(components=30), "piano49"),
    "12 points, no delay": (Settings(components=5, delay_ms=0.0, upsample=2), "hands12"),
}


@pytest.mark.parametrize("name", list(VARIANTS))
def test_every_kind_agrees_within_a_thousandth_of_a_pixel(name: str, tmp_path: Path) -> None:
    net = made_net(*VARIANTS[name])
    report = export(net, tmp_path / "net.onnx", profile="smoke", command="a test", sources=["made"])
    assert report.parity.whole <= parity.TOLERANCE
    assert set(report.parity.streamed) == {1, 4, 96}
    assert report.parity.worst <= parity.TOLERANCE
    content = (tmp_path / "net.onnx").read_bytes()
    assert report.sha256 == hashlib.sha256(content).hexdigest()
    assert list(tmp_path.iterdir()) == [tmp_path / "net.onnx"]


def test_file_is_served_and_described(tmp_path: Path) -> None:
    net = made_net(Settings())
    report = export(net, tmp_path / "net.onnx", profile="smoke", command="a test", sources=["made"])
    file = read_model(tmp_path / "net.onnx")
    assert file.card == report.card
    card = file.card
    assert (card.instrument, card.layout, card.delay_steps, card.upsample) == ("violin", "violin", 2, 4)
    assert (card.features, card.feature_count, card.pca_components, card.family) == ("mfcc28", 28, 15, "faithful")
    assert card.errors == {"train": 1.0, "valid": 2.0, "test": 3.0}
    session = Session(file, "cpu")
    features = parity.check_features(net, seconds=3, seed=9)
    served = session.run(features, session.initial_state()).keypoints
    np.testing.assert_allclose(served, predict(net, features), atol=parity.TOLERANCE)


def test_graph_is_standard_and_self_contained(tmp_path: Path) -> None:
    export(made_net(Settings(layers=2, hidden=20)), tmp_path / "net.onnx")
    model = onnx.load(str(tmp_path / "net.onnx"), load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    assert [(o.domain, o.version) for o in model.opset_import] == [("", graph.OPSET)]
    assert graph.OPSET <= 17
    assert not any(t.external_data for t in model.graph.initializer)
    assert [i.name for i in model.graph.input] == ["features", "hidden", "cell"]
    assert [o.name for o in model.graph.output] == ["keypoints", "hidden_out", "cell_out"]


def test_gate_order_is_turned() -> None:
    caffe2 = np.repeat(["input", "forget", "output", "cell"], 3)
    assert list(graph.reorder_gates(caffe2)) == list(np.repeat(["input", "output", "forget", "cell"], 3))


def test_wrong_gate_order_is_noticed_and_nothing_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "GATE_ORDER", [0, 1, 2, 3])
    out = tmp_path / "net.onnx"
    out.write_bytes(b"the one before")
    with pytest.raises(BadInput, match="differ by"):
        export(made_net(Settings(hidden=20)), out)
    assert out.read_bytes() == b"the one before"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("broken", [{1: 2e-3}, {4: float("inf")}, {96: float("nan")}])
def test_any_stream_that_differs_is_refused(broken: dict[int, float]) -> None:
    measured = parity.Parity(whole=1e-6, streamed={1: 0.0, 4: 0.0, 96: 0.0, **broken}, steps=10)
    with pytest.raises(BadInput):
        parity.require(measured, "x.onnx")


def test_outputs_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    net = made_net(Settings(hidden=20))
    net.parameters["fc_b"][0] = np.nan
    with pytest.raises(BadInput, match="not numbers"):
        export(net, tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())


def test_damage_is_noticed(tmp_path: Path) -> None:
    export(made_net(Settings(hidden=20)), tmp_path / "net.onnx")
    content = bytearray((tmp_path / "net.onnx").read_bytes())
    content[len(content) // 3] ^= 1
    with pytest.raises(BadInput, match="damaged"):
        check_model(bytes(content), "net.onnx")


def test_global_delay_cannot_be_exported(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="global time delay"):
        export(made_net(Settings(global_delay=True, hidden=8)), tmp_path / "net.onnx")


def test_card_survives_json() -> None:
    card = card_of(made_net(Settings()))
    assert ModelCard.from_json(card.to_json()) == card


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from audio_to_body.models.checkpoint import Progress, save_net

    save_net(tmp_path, made_net(Settings(hidden=20)), Progress())
    assert run_command(main, [str(tmp_path), "-o", str(tmp_path / "out" / "v.onnx")]) == 0
    shown = capsys.readouterr().out
    assert "sha256" in shown
    assert hashlib.sha256((tmp_path / "out" / "v.onnx").read_bytes()).hexdigest() in shown
    assert run_command(main, [str(tmp_path / "nothing"), "-o", "v.onnx"]) == 2
    assert "no trained net" in capsys.readouterr().err
    before = (tmp_path / "out" / "v.onnx").read_bytes()
    assert run_command(main, [str(tmp_path), "-o", str(tmp_path / "out" / "v.onnx"), "--made-by", "hand"]) == 2
    assert "v.onnx exists; add --force" in capsys.readouterr().err
    assert (tmp_path / "out" / "v.onnx").read_bytes() == before
    asked = [str(tmp_path), "-o", str(tmp_path / "out" / "v.onnx"), "--made-by", "hand", "--force"]
    assert run_command(main, asked) == 0
    assert (tmp_path / "out" / "v.onnx").read_bytes() != before
    assert run_command(main, [*asked, "--planner", "bow=1"]) == 2
    assert "this net gives the points themselves" in capsys.readouterr().err
    assert run_command(main, [str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert "out is a folder; name a file" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert run_command(main, [str(tmp_path), "-o", str(tmp_path / "file" / "v.onnx")]) == 2


def test_batches_are_served_alike() -> None:
    """Two lanes in one run give what each gives alone."""
    import onnxruntime

    net = made_net(Settings(hidden=30))
    model = graph.build(net, card_of(net)).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    a, b = (parity.check_features(net, 1, seed) for seed in (1, 2))
    state = {name: np.zeros((1, 2, 30), np.float32) for name in ("hidden", "cell")}
    (keypoints,) = session.run(["keypoints"], {"features": np.stack([a, b], axis=1), **state})
    for lane, features in enumerate((a, b)):
        np.testing.assert_allclose(keypoints[:, lane], predict(net, features), atol=1e-3)


def test_model_file_is_what_inference_opens(tmp_path: Path) -> None:
    report = export(replace(made_net(Settings(hidden=20)), data="virtual"), tmp_path / "net.onnx")
    file = read_model(report.path)
    assert isinstance(file, ModelFile)
    assert file.sha256 == report.sha256
    assert file.card.data == "virtual"
