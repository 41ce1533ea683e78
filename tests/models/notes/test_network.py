"""Caffe2's net and its twin in torch: one net, two engines."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from audio_to_body.models.notes.network import Predictor, Trainer
from audio_to_body.models.notes.parameters import initial_parameters
from audio_to_body.models.notes.pool import Batch
from audio_to_body.models.notes.settings import HALVES, SETTINGS
from audio_to_body.models.notes.twin import Twin, loss

STEPS, BATCH = 6, 2


def small(instrument):
    return replace(SETTINGS[instrument], own=6, around=3, context=5, hidden=7, steps=STEPS, batch=BATCH)


def drawn(settings, seed=0):
    """Parameters of a net that is no longer fresh, and a batch."""
    rng = np.random.default_rng(seed)
    parameters = initial_parameters(settings, rng)
    for name, value in parameters.items():
        if name not in ("norm_riv",):
            parameters[name] = (value + 0.1 * rng.standard_normal(value.shape)).astype(np.float32)
    parameters["norm_riv"] = rng.uniform(0.5, 2.0, settings.own).astype(np.float32)
    features = rng.uniform(0, 1, (STEPS, BATCH, HALVES * settings.columns, 2)).astype(np.float32)
    size = (STEPS, BATCH, len(settings.keys), settings.outputs)
    targets = rng.uniform(0, 1, size).astype(np.float32)
    weights = rng.uniform(0, 2, size).astype(np.float32)
    return parameters, Batch(*(torch.from_numpy(value) for value in (features, targets, weights)))


@pytest.mark.parametrize("instrument", ["piano", "violin"])
def test_both_engines_answer_and_learn_alike(instrument):
    settings = small(instrument)
    parameters, batch = drawn(settings)
    twin = Twin(settings, parameters)
    logits, _ = twin(batch.features)
    value = loss(logits, batch.targets, batch.weights)
    value.backward()

    trainer = Trainer(settings, parameters)
    caffe2_loss = trainer.update(batch, 0.0)
    # float32 sums of some hundred products
    assert trainer.logits().reshape(logits.shape) == pytest.approx(logits.detach().numpy(), abs=2e-5)
    assert caffe2_loss == pytest.approx(float(value), rel=1e-5)
    ours, theirs = trainer.gradients(), twin.gradients_by_name()
    assert ours.keys() == theirs.keys()
    for name, gradient in theirs.items():
        largest = np.abs(gradient).max()
        assert largest > 1e-4, name  # every parameter is reached
        # sums over a thousand rows in another order; batch norm subtracts nearly equal sums
        assert ours[name] == pytest.approx(gradient, abs=2e-4 * largest), name
    after = trainer.parameters()
    for name, running in twin.parameters_by_name().items():
        # torch's running variance divides by n - 1, Caffe2's by n: 1 in 2,000 of a tenth
        assert after[name] == pytest.approx(running, rel=2e-4, abs=1e-5), name
    trainer.close()


def test_both_engines_take_the_same_steps():
    settings = replace(small("piano"), clip=0.5)  # small enough to be reached
    parameters, batch = drawn(settings, seed=1)
    twin, trainer = Twin(settings, parameters), Trainer(settings, parameters)
    adam = torch.optim.Adam(twin.parameters(), lr=1e-3)
    for _ in range(3):
        adam.zero_grad()
        loss(twin(batch.features)[0], batch.targets, batch.weights).backward()
        torch.nn.utils.clip_grad_norm_(twin.parameters(), settings.clip)
        adam.step()
        trainer.update(batch, 1e-3)
    ours, theirs = trainer.parameters(), twin.parameters_by_name()
    for name in trainer.gradients():
        moved = np.abs(theirs[name] - parameters[name]).max()
        assert moved > 1e-3, name
        # where a gradient is next to nothing, ADAM divides one rounding by another, and its epsilon counts, which
        # Caffe2 adds before the correction for the first steps and torch after it
        apart = np.abs(ours[name] - theirs[name])
        assert np.mean(apart < 0.02 * moved) > 0.9, name
    trainer.close()


def test_a_trained_net_predicts_alike_in_pieces_and_in_both_engines():
    settings = small("violin")
    parameters, batch = drawn(settings, seed=2)
    twin = Twin(settings, parameters).eval()
    with torch.no_grad():
        expected = torch.sigmoid(twin(batch.features[:, :1])[0])[:, 0].numpy()
    predictor = Predictor(settings, parameters)
    features = batch.features[:, 0].numpy()
    whole, _ = predictor.run(features)
    first, state = predictor.run(features[:2])
    second, _ = predictor.run(features[2:], state)
    assert whole == pytest.approx(expected, abs=1e-5)
    assert np.concatenate([first, second]) == pytest.approx(whole, abs=1e-6)
    predictor.close()


def test_a_net_learns_what_does_not_change():
    settings = replace(small("violin"), learning_rate=1e-2)
    parameters, batch = drawn(settings, seed=3)
    sure = Batch(batch.features, (batch.targets > 0.9).float(), torch.ones_like(batch.weights))
    trainer = Trainer(settings, parameters)
    losses = [trainer.update(sure, 1e-2) for _ in range(90)]
    assert losses[-1] < 0.7 * losses[0]
    trainer.close()
