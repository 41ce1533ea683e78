"""A short sitting with tones in place of sampled instruments: everything that happens on the way to a net."""

from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.models.notes import checkpoint
from audio_to_body.models.notes.__main__ import main
from audio_to_body.models.notes.fresh_sound import drawn_clip
from audio_to_body.models.notes.judged import Judge, JudgedSound, load_judged, picked, save_judged
from audio_to_body.models.notes.network import Trainer
from audio_to_body.models.notes.pool import Pool
from audio_to_body.models.notes.settings import DELAYS, HALVES, SETTINGS
from audio_to_body.models.notes.sitting import Sitting, learning_rate
from audio_to_body.models.notes.targets import FULL, targets_and_weights, written
from audio_to_body.models.notes.twin_engine import TwinEngine
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.note_resampling import NOTE_RATE

SMALL = replace(
    SETTINGS["violin"], own=8, around=4, context=6, hidden=8, steps=24, batch=2, learning_rate=1e-2, warm_up=2
)
SECONDS = 3.0


def tones(instrument, rng, seconds):
    """Four tones, one after the other."""
    time = np.arange(round(seconds * NOTE_RATE)) / NOTE_RATE
    onsets = 0.2 + 0.6 * np.arange(4)
    pitches = rng.integers(60, 90, 4)
    sound = 1e-3 * rng.standard_normal(len(time))
    for onset, pitch in zip(onsets, pitches):
        sound += (
            0.1 * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time) * (time >= onset) * (time < onset + 0.5)
        )
    return sound.astype(np.float32), Notes(onsets, onsets + 0.5, pitches)


class DrawnHere:
    """Draws where the workers would."""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def take(self, most, patience=0.0):
        return [drawn_clip(tones, SMALL, SECONDS, self.rng) for _ in range(16 if patience else 1)]


@pytest.mark.parametrize("engine", [Trainer, TwinEngine])
def test_a_sitting_learns_judges_and_leaves_a_net_to_go_on_from(engine, tmp_path):
    sound, notes = tones("violin", np.random.default_rng(5), SECONDS)
    judge = Judge(SMALL, [JudgedSound("tones", (sound * 32767).astype(np.int16), notes)])
    lines = []
    # 5 s are kept for the last judgement
    sitting = Sitting(
        SMALL, DrawnHere(), Pool(SMALL, SECONDS, 64, "cpu"), tmp_path / "net.npz", 0.15, lines.append, judge
    )
    net = sitting.train(engine)
    assert sitting.updates >= 1
    assert lines[-2].startswith("end, normal: tones")
    assert lines[-1].startswith("end, low: tones")
    back = checkpoint.load(tmp_path / "net.npz")
    assert back.results["updates"] == sitting.updates
    assert back.results["hours_drawn"] > 0
    assert np.array_equal(back.parameters["fc_w"], net.parameters["fc_w"])
    assert back.parameters["feature_mean"].max() > 0.01  # measured on the first clips
    further = Sitting(
        SMALL, DrawnHere(), Pool(SMALL, SECONDS, 64, "cpu"), tmp_path / "more.npz", 0.15, lines.append, start=back
    )
    more = further.train(engine)
    assert more.results["updates"] == sitting.updates + further.updates
    assert np.array_equal(more.parameters["feature_mean"], back.parameters["feature_mean"])


def test_the_rate_rises_then_falls_to_nothing():
    settings = replace(SMALL, warm_up=60, learning_rate=1.0)
    assert learning_rate(settings, 0, 0.0) == pytest.approx(1 / 60)
    assert learning_rate(settings, 100, 0.0) == pytest.approx(1.0)
    assert learning_rate(settings, 100, 0.5) == pytest.approx(0.5)
    assert learning_rate(settings, 100, 1.0) == pytest.approx(0.0)


def test_perfect_answers_are_scored_as_perfect(tmp_path):
    sound, notes = tones("violin", np.random.default_rng(6), SECONDS)
    save_judged(tmp_path / "judged.npz", [JudgedSound("tones", (sound * 32767).astype(np.int16), notes)])
    (judged,) = load_judged(tmp_path / "judged.npz")
    assert judged.notes.pitch.tolist() == notes.pitch.tolist()
    judge = Judge(SMALL, [judged])
    steps = HALVES * len(judge.features[0])
    told, _ = targets_and_weights(written(judged.notes, SMALL, steps).astype(np.float32) / FULL, SMALL, np.stack)
    full = np.zeros((steps, len(SMALL.keys), len(DELAYS), len(SMALL.parts)), np.float32)
    for head, delay in enumerate(DELAYS.values()):
        full[delay:, :, head] = told[:-delay]
    answers = full.reshape(steps // HALVES, HALVES, *full.shape[1:]).transpose(0, 2, 3, 1, 4)
    answers = answers.reshape(steps // HALVES, len(SMALL.keys), -1)
    for head in DELAYS:
        (near, far) = judge.scores([answers], head)["tones"]
        assert near.f1 == far.f1 == 1.0
        assert picked(SMALL, answers, head).onset == pytest.approx(notes.onset, abs=0.004)


def test_what_makes_no_sense_is_refused(tmp_path):
    out = ["--out", str(tmp_path / "x.npz")]
    with pytest.raises(BadInput, match="--minutes"):
        main(["piano", "--minutes", "0", *out])
    with pytest.raises(BadInput, match="missing"):
        main(["piano", "--start", str(tmp_path / "none.npz"), *out])
    (tmp_path / "x.npz").write_text("a net of an hour")
    with pytest.raises(BadInput, match=r"x\.npz exists; add --force"):
        main(["piano", *out])
    assert (tmp_path / "x.npz").read_text() == "a net of an hour"
    with pytest.raises(BadInput, match="judge"):
        load_judged(tmp_path / "none.npz")
