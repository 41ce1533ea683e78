"""Gradients of both nets against finite differences and torch, the carried state, the forward net."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.models.network import Predictor, Shape, Trainer, initial_parameters, parameter_names
from audio_to_body.models.settings import Settings

STEPS, LANES, FEATURES, OUTPUTS, HIDDEN = 9, 4, 28, 3, 12


def chunk(seed: int, dropout: float = 0.0) -> dict[str, np.ndarray]:
    """A chunk with some steps that do not count, lanes that begin anew, and a mask."""
    rng = np.random.default_rng(seed)
    weights = rng.random((STEPS, LANES, 1)) * (rng.random((STEPS, LANES, 1)) > 0.2)
    weights /= weights.sum() * OUTPUTS
    values = {
        "features": rng.standard_normal((STEPS, LANES, FEATURES)),
        "targets": 2 * rng.standard_normal((STEPS, LANES, OUTPUTS)),
        "weights": np.repeat(weights, OUTPUTS, axis=2),
        "continues": (rng.random(LANES) > 0.5).astype(float),
    }
    if dropout:
        values["mask"] = (rng.random((STEPS, LANES, HIDDEN)) > dropout) / (1 - dropout)
    return {name: value.astype(np.float32) for name, value in values.items()}


def net(settings: Settings, seed: int = 0) -> tuple[Trainer, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    shape = Shape.of(settings, FEATURES, OUTPUTS)
    parameters = initial_parameters(shape, rng)
    for name, value in parameters.items():  # biases too, so that nothing is zero by chance
        parameters[name] = (value + 0.1 * rng.standard_normal(value.shape)).astype(np.float32)
    return Trainer(settings, shape, STEPS, LANES, parameters), parameters


VARIANTS = {
    "final": Settings(hidden=HIDDEN, dropout=0.15),
    "dropout 0": Settings(hidden=HIDDEN, dropout=0.0),
    "huber": Settings(hidden=HIDDEN, dropout=0.15, loss="huber"),
    "two layers": Settings(hidden=HIDDEN, dropout=0.6, layers=2),
    "three layers": Settings(hidden=HIDDEN, dropout=0.0, layers=3),
}


@pytest.mark.parametrize("kind", ["fast", "plain"])
@pytest.mark.parametrize("name", list(VARIANTS))
def test_gradient_is_the_slope_of_the_loss(name: str, kind: str) -> None:
    """Along random directions of each parameter; the second chunk, so that the carried state takes part."""
    settings = replace(VARIANTS[name], lstm=kind)
    trainer, parameters = net(settings)
    first, second = chunk(1, settings.dropout), chunk(2, settings.dropout)
    trainer.step(**first)
    state = {blob: trainer.fetch(blob) for blob in carried(trainer.shape)}

    def loss(moved: dict[str, np.ndarray]) -> float:
        trainer.restore({**moved, **state})
        return trainer.step(**second)

    loss(parameters)
    gradients = trainer.gradients()
    assert set(gradients) == set(parameter_names(trainer.shape))
    rng = np.random.default_rng(5)
    size = 2e-2  # float32: smaller steps drown in rounding, larger ones in curvature
    for parameter, value in parameters.items():
        direction = rng.standard_normal(value.shape)
        direction = (direction / np.linalg.norm(direction)).astype(np.float32)
        # towards the gradient, so that the slope stands well above rounding
        towards = gradients[parameter] / max(np.linalg.norm(gradients[parameter]), 1e-12)
        direction = (direction + towards) / np.linalg.norm(direction + towards)
        up = loss({**parameters, parameter: value + size * direction})
        down = loss({**parameters, parameter: value - size * direction})
        slope = float((gradients[parameter] * direction).sum())
        assert (up - down) / (2 * size) == pytest.approx(slope, rel=0.02, abs=3e-5), parameter
    trainer.close()


def carried(shape: Shape) -> list[str]:
    return [f"{scope}/carried_{kind}" for scope in shape.scopes() for kind in ("hidden", "cell")]


@pytest.mark.parametrize("name", list(VARIANTS))
def test_fast_and_plain_take_the_same_steps(name: str) -> None:
    settings = VARIANTS[name]
    fast, _ = net(settings)
    plain, _ = net(replace(settings, lstm="plain"))
    for seed in range(4):
        batch = chunk(seed, settings.dropout)
        assert fast.step(**batch) == pytest.approx(plain.step(**batch), rel=1e-5)
        ours, theirs = fast.gradients(), plain.gradients()
        for parameter, gradient in theirs.items():
            np.testing.assert_allclose(ours[parameter], gradient, atol=2e-6, rtol=1e-4, err_msg=parameter)
    fast.close()
    plain.close()


def adam(parameters: list, moments: list, rate: float, iteration: int) -> None:
    """ADAM as Caffe2 counts: its operator adds 1 to an iteration that has been counted up already, so the bias
    correction of the first step is that of the second (torch's first steps are a third larger)."""
    count = iteration + 1
    correction = (1 - 0.999**count) ** 0.5 / (1 - 0.9**count)
    for parameter, (first, second) in zip(parameters, moments):
        first.mul_(0.9).add_(parameter.grad, alpha=0.1)
        second.mul_(0.999).add_(parameter.grad**2, alpha=0.001)
        parameter.data.sub_(rate * correction * first / (second.sqrt() + 1e-8))


@pytest.mark.parametrize("kind", ["fast", "plain"])
@pytest.mark.parametrize("layers", [1, 2])
def test_gradients_and_adam_equal_torch(kind: str, layers: int) -> None:
    torch = pytest.importorskip("torch")
    settings = Settings(hidden=HIDDEN, dropout=0.3, layers=layers, lstm=kind, learning_rate=0.01)
    trainer, parameters = net(settings)
    lstm = torch.nn.LSTM(FEATURES, HIDDEN, num_layers=layers)
    fc = torch.nn.Linear(HIDDEN, OUTPUTS)
    gates = np.arange(4 * HIDDEN).reshape(4, HIDDEN)[[0, 1, 3, 2]].ravel()  # torch: input, forget, cell, output
    pairs = [(f"weight_{a}_l", f"{b}_w") for a, b in (("ih", "i2h"), ("hh", "gates_t"))]
    pairs += [(f"bias_{a}_l", f"{b}_b") for a, b in (("ih", "i2h"), ("hh", "gates_t"))]
    named = {
        f"{scope}/{theirs}": getattr(lstm, f"{ours}{layer}")
        for layer, scope in enumerate(trainer.shape.scopes())
        for ours, theirs in pairs
    }
    with torch.no_grad():
        for name, tensor in named.items():
            tensor.copy_(torch.from_numpy(parameters[name][gates]))
        fc.weight.copy_(torch.from_numpy(parameters["fc_w"]))
        fc.bias.copy_(torch.from_numpy(parameters["fc_b"]))
    every = [*lstm.parameters(), *fc.parameters()]
    moments = [(torch.zeros_like(p), torch.zeros_like(p)) for p in every]
    state = None
    for seed in range(3):
        batch = chunk(seed, settings.dropout)
        given = {name: torch.from_numpy(value) for name, value in batch.items()}
        if state is not None:
            state = tuple(s.detach() * given["continues"][None, :, None] for s in state)
        hidden, state = lstm(given["features"], state)
        loss = (given["weights"] * (fc(hidden * given["mask"]) - given["targets"]) ** 2).sum()
        for parameter in every:
            parameter.grad = None
        loss.backward()
        assert trainer.step(**batch) == pytest.approx(float(loss), rel=1e-4)
        if seed == 0:
            ours = trainer.gradients()
            for name, tensor in named.items():
                np.testing.assert_allclose(ours[name][gates], tensor.grad.numpy(), atol=1e-6, rtol=1e-4, err_msg=name)
            np.testing.assert_allclose(ours["fc_w"], fc.weight.grad.numpy(), atol=1e-6, rtol=1e-4)
        adam(every, moments, settings.learning_rate, seed + 1)
    after = trainer.parameters()
    for name, tensor in named.items():  # ADAM moves by the rate whatever the gradient's size: most must agree closely
        apart = np.abs(after[name][gates] - tensor.detach().numpy())
        assert np.median(apart) < 1e-6, name
    trainer.close()


def test_state_is_carried_only_where_a_lane_goes_on() -> None:
    settings = Settings(hidden=HIDDEN, dropout=0.0, learning_rate=1e-9)
    trainer, _ = net(settings)
    first, second = chunk(1), chunk(2)
    second["continues"] = np.array([1, 0, 1, 0], np.float32)
    for lane in range(LANES):
        trainer.reset_state()
        only = {**second, "weights": np.zeros_like(second["weights"])}
        only["weights"][:, lane] = 1.0
        trainer.step(**first)
        after = trainer.step(**only)
        trainer.reset_state()
        fresh = trainer.step(**only)
        if second["continues"][lane]:
            assert abs(after - fresh) > 1e-3
        else:
            assert after == pytest.approx(fresh, rel=1e-6)
    trainer.close()


@pytest.mark.parametrize("layers", [1, 2])
def test_forward_net_in_pieces_equals_whole(layers: int) -> None:
    shape = Shape(FEATURES, HIDDEN, layers, OUTPUTS)
    rng = np.random.default_rng(0)
    predictor = Predictor(shape, initial_parameters(shape, rng))
    features = rng.standard_normal((23, 2, FEATURES)).astype(np.float32)
    whole, last = predictor.run(features)
    state, pieces = None, []
    for first, end in ((0, 1), (1, 5), (5, 20), (20, 23)):
        piece, state = predictor.run(features[first:end], state)
        pieces.append(piece)
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-6)
    for ours, theirs in zip(state or [], last):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    predictor.close()


def test_forward_net_gives_what_the_training_net_is_scored_on() -> None:
    settings = Settings(hidden=HIDDEN, dropout=0.0)
    trainer, parameters = net(settings)
    predictor = Predictor(trainer.shape, parameters)
    batch = chunk(3)
    outputs, _ = predictor.run(batch["features"])
    loss = (batch["weights"] * (outputs - batch["targets"]) ** 2).sum()
    assert trainer.step(**batch) == pytest.approx(float(loss), rel=1e-5)
    trainer.close()
    predictor.close()


def test_huber_is_squared_inside_and_linear_outside() -> None:
    settings = Settings(hidden=HIDDEN, dropout=0.0, loss="huber", learning_rate=1e-9)
    trainer, _ = net(settings)
    batch = chunk(3)
    batch["weights"][:] = 0
    batch["weights"][0, 0, 0] = 1
    (output,) = [trainer.fetch("fc")[0, 0, 0] for _ in [trainer.step(**batch)]]
    for away, expected in ((0.5, 0.25), (-0.9, 0.81), (3.0, 5.0), (-10.0, 19.0)):
        batch["targets"][0, 0, 0] = output - away
        trainer.reset_state()
        assert trainer.step(**batch) == pytest.approx(expected, rel=1e-3)
    trainer.close()


def test_dropout_needs_its_mask() -> None:
    trainer, _ = net(Settings(hidden=HIDDEN, dropout=0.5))
    with pytest.raises(ValueError, match="mask"):
        trainer.step(**chunk(0))
    trainer.close()


def test_same_steps_same_bits() -> None:
    results = []
    for _ in range(2):
        trainer, _ = net(VARIANTS["final"])
        for seed in range(3):
            trainer.step(**chunk(seed, 0.15))
        results.append(trainer.parameters())
        trainer.close()
    for name, value in results[0].items():
        assert value.tobytes() == results[1][name].tobytes(), name


def test_a_decay_shortens_every_step_by_its_factor():
    """ADAM on a constant gradient goes one learning rate a step; with a decay of a half, half as far each time."""
    settings = Settings(hidden=HIDDEN, dropout=0.0, learning_rate=1e-4, decay=0.5)
    shape = Shape.of(settings, 3, 2)
    trainer = Trainer(settings, shape, 5, 2, initial_parameters(shape, np.random.default_rng(0)))
    rng = np.random.default_rng(1)
    features, far = rng.normal(size=(5, 2, 3)).astype(np.float32), np.full((5, 2, 2), 1e3, np.float32)
    places = [trainer.parameters()["fc_b"]]
    for _ in range(4):
        trainer.step(features, far, np.ones_like(far), np.zeros(2, np.float32))
        places.append(trainer.parameters()["fc_b"])
    steps = np.abs(np.diff(places, axis=0)).max(axis=1)
    assert steps[1:] / steps[:-1] == pytest.approx(0.5, abs=0.1)  # 1 without; the gradient is not quite constant
    trainer.close()
