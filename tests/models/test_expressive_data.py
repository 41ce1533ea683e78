from dataclasses import replace

import numpy as np
import pytest
from audio_to_body.models.expressive import VIOLIN_PLUS
from audio_to_body.models.expressive_data import (
    JOINED_INTERVAL,
    recorded_steps,
    slurred_at_random,
    target_data,
    virtual_steps,
)
from audio_to_body.musician.performance import chord_notes
from audio_to_body.preprocessing.virtual.plans import RecitalPlan
from audio_to_body.preprocessing.virtual.recitals import programme
from audio_to_body.skeleton.violin_targets import TARGET_NAMES, column
from audio_to_body.sound.plus_features import PLUS_VIOLIN

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
    from audio_to_body.inference.model_file import read_model
    from audio_to_body.inference.prediction import predict
    from audio_to_body.inference.session import Session
    from audio_to_body.models.training import train
    from audio_to_body.onnx_export.export import export

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


@pytest.mark.parametrize("seed", range(5))
def test_only_near_single_unbroken_notes_are_joined(seed):
    music = programme(RecitalPlan("train-7", "violin", "train", 60.0, 5, 7))
    joined, moments = slurred_at_random(music, np.random.default_rng(seed))
    new = np.flatnonzero(joined.slurred & ~music.slurred)
    assert 0 < len(new) < 0.6 * len(music)
    np.testing.assert_array_equal(joined.slurred | music.slurred, joined.slurred)
    np.testing.assert_array_equal(music.onset[new], moments)
    assert 0 not in new
    assert not chord_notes(music)[new].any()
    interval = np.abs(music.pitch[new] - music.pitch[new - 1])
    assert interval.min() > 0
    assert interval.max() <= JOINED_INTERVAL
    again, _ = slurred_at_random(music, np.random.default_rng(seed))
    np.testing.assert_array_equal(joined.slurred, again.slurred)


def test_joined_notes_of_a_real_recording_begin_no_stroke(shared_data):
    plain, joined = recorded_steps(
        str(shared_data / "bach_violin"), "john-garner_bwv1002_mov7", "train", SETTINGS.rate, (0, 1), seed=0
    )
    strokes, notes = (
        [pulses(steps.targets[:, column(what)]) for steps in (plain, joined)] for what in ("stroke", "note")
    )
    assert strokes[1] < 0.97 * strokes[0]
    assert abs(notes[1] - notes[0]) < 0.02 * notes[0]


def pulses(values):
    """How many peaks there are."""
    return np.sum((values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:]) & (values[1:-1] > 0.5))
