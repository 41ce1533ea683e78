from dataclasses import replace

import numpy as np
import pytest

from models.expressive import VIOLIN_PLUS
from models.expressive_data import target_data, virtual_steps
from preprocessing.plus_features import PLUS_VIOLIN
from preprocessing.virtual.plans import RecitalPlan
from skeleton.violin_targets import TARGET_NAMES, column

SETTINGS = replace(VIOLIN_PLUS, hidden=24, sequence=48, batch=8, epochs=2)


def plan(number, split="train"):
    return RecitalPlan(f"{split}-{number}", "violin", split, 14.0, 5, number)


@pytest.fixture(scope="module")
def data():
    parts = [("train", 0), ("train", 1), ("valid", 2), ("test", 3)]
    made = [
        virtual_steps(plan(n, "test" if part == "test" else "train"), part, SETTINGS.rate, 1) for part, n in parts
    ]
    return target_data(SETTINGS, made, "virtual")


def test_a_variation_keeps_targets_beside_the_sound(data):
    own = virtual_steps(plan(0), "train", SETTINGS.rate, 0)
    varied = data.recitals[0]
    assert own.features.shape[1] == PLUS_VIOLIN.count
    assert abs(len(varied.features) - len(own.features)) <= 0.03 * len(own.features) + 1
    for recital in (own, varied):
        loud = recital.features[:, PLUS_VIOLIN.energy]
        sounding = recital.targets[:, column("sounding")] > 0.5
        assert loud[sounding].mean() > loud[~sounding].mean() + 1.0


def test_targets_are_delayed_in_training(data):
    segment = next(iter(data.segments()))
    delay = SETTINGS.delay
    assert delay == 10
    assert not segment.weights[:delay].any()
    first = data.recitals[0]
    np.testing.assert_allclose(
        data.target_scale.undo(segment.targets[delay:]), first.targets[: len(first.targets) - delay], atol=1e-4
    )


def test_training_learns_and_the_exported_net_plays(data, tmp_path):
    from inference.model_file import read_model
    from inference.prediction import predict
    from inference.session import Session
    from models.training import train
    from onnx_export.export import export

    outcome = train(SETTINGS, data, tmp_path / "run", progress=False)
    still = np.mean(
        [
            np.square((r.targets - data.target_scale.mean) / data.target_scale.deviation).mean()
            for r in data.recitals
            if r.part == "train"
        ]
    )
    assert outcome.train < 0.97 * still
    report = export(tmp_path / "run", tmp_path / "violin_plus.onnx", planner={"amplitude": "0.8"})
    assert report.parity.worst < 1e-3
    card = report.card
    assert (card.family, card.features) == ("expressive", "plus_violin")
    assert tuple(card.target_names) == TARGET_NAMES
    assert card.delay_steps == SETTINGS.delay + card.extra["planner_settings"]["look_ahead"]
    assert card.extra["planner_settings"]["amplitude"] == 0.8
    session = Session(read_model(tmp_path / "violin_plus.onnx"), "cpu")
    motion = predict(np.zeros(44_100, np.float32), session)
    assert len(motion) == 24
    assert np.isfinite(motion.points).all()
    assert {"bow_position", "bow_speed", "string", "loudness_db"} <= set(motion.tracks)
