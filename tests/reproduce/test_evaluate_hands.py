from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.inference.model_file import PRETRAINED
from audio_to_body.inference.planning import LOW, USUAL
from audio_to_body.models.settings import PIANO_FINAL
from audio_to_body.models.training import train
from audio_to_body.preprocessing.published.pianomime import make_pianomime_dataset
from audio_to_body.reproduce import evaluate_hands
from audio_to_body.reproduce.evaluate_hands import (
    FROM_NET,
    FROM_NOTES,
    FROM_SOUND,
    LIVE,
    PIANO_PLUS,
    evaluate,
    evaluate_clips,
    key_table,
    measure_hands,
    played,
    table,
)
from audio_to_body.skeleton.refusal import BadInput
from tests.musician.made_hands import made_hands


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    root = tmp_path_factory.mktemp("hands")
    made_hands(root / "hands.npz")
    return make_pianomime_dataset(root / "hands.npz", root / "all", progress=False)


def test_measures_by_hand():
    frames = np.arange(48)
    truth = np.zeros((48, 12, 2))
    truth[:, :, 0] = 100 * np.sin(frames / 4)[:, None]
    off = truth + np.array([3.0, 4.0])
    found = measure_hands("off", [off], [truth], [np.ones(48, bool)])
    assert (found.error, found.wrists, found.tips) == pytest.approx((5.0, 5.0, 5.0))
    assert (found.spread, found.path, found.energy, found.jerk) == pytest.approx((1, 1, 1, 1))
    half = measure_hands("half", [truth / 2], [truth], [np.ones(48, bool)])
    assert (half.spread, half.path, half.energy, half.jerk) == pytest.approx((0.5, 0.5, 0.5, 0.5))
    seen = measure_hands("one frame", [truth / 2], [truth], [frames == 0])
    assert seen.error == 0.0


def test_the_whole_table(dataset, tmp_path, monkeypatch):
    from audio_to_body.models.recital_data import prepare

    quick = replace(PIANO_FINAL, hidden=8, batch=20, components=4, epochs=1)
    train(quick, prepare(dataset, quick), tmp_path / "run", progress=False)
    monkeypatch.setattr(evaluate_hands, "PIANO_FINAL", quick)
    rows, presses = evaluate(dataset, PIANO_PLUS, tmp_path / "run")
    assert [row.name for row in rows] == [
        "mean pose", "ridge regression", "faithful", FROM_NET, FROM_NOTES, FROM_SOUND, *LIVE.values()
    ]  # fmt: skip
    assert rows[0].energy == rows[0].jerk == 0.0
    alone, planned, heard, live, low = rows[3:]
    assert planned.error == pytest.approx(alone.error, rel=0.1)  # 2 % on people's hands
    assert heard.error > 0
    assert live.error == pytest.approx(heard.error, rel=0.15), "the same notes, known less far ahead"
    assert low.error >= 0.95 * live.error
    assert presses[LIVE[LOW]].ready_share < presses[LIVE[USUAL]].ready_share
    assert table(rows).count("\n") == 9
    assert "| mean pose |" in table(rows)
    assert presses[FROM_NOTES].frame.f1 > 0.98
    assert f"| {FROM_SOUND} |" in key_table(presses)


def test_a_file_of_hands_is_judged_as_its_dataset_is(dataset):
    hands = dataset.folder.parent / "hands.npz"
    rows, presses, count = evaluate_clips(hands, PIANO_PLUS, 99)
    assert count == 1
    first = min(dataset.split("test"), key=lambda recital: recital.name.split("clip")[1])
    whole = played([first], PIANO_PLUS)
    assert [row.name for row in rows] == ["mean pose", FROM_NET, FROM_NOTES, FROM_SOUND, *LIVE.values()]
    assert rows[3] == measure_hands(FROM_SOUND, whole.hands[FROM_SOUND], [first.keypoints], [first.kept])
    assert presses[FROM_SOUND].close == whole.presses[FROM_SOUND].close
    assert evaluate_clips(hands, PIANO_PLUS, 1)[2] >= len(list(dataset.split("test")))


def test_the_net_alone_lies_where_its_planner_does(dataset):
    hands = played(dataset.split("test"), PIANO_PLUS).hands
    apart = np.concatenate([np.linalg.norm(a - p, axis=2) for a, p in zip(hands[FROM_NET], hands[FROM_NOTES])])
    assert np.median(apart) < 25  # mm: the planner steadies the hands, it does not move them elsewhere


def test_other_nets_are_refused(dataset):
    with pytest.raises(BadInput, match="of another version"):
        played(dataset.split("test"), PRETRAINED / "violin_notes.onnx")
