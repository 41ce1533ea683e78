import numpy as np
import pytest

from audio_to_body.models.training import LOOKS
from audio_to_body.reproduce import examples, experiment, figures
from audio_to_body.reproduce.profiles import PROFILES, Profile
from audio_to_body.skeleton.rates import VIDEO_FPS


@pytest.fixture(scope="module")
def example(quick_table, dataset, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(experiment.TABLES, "table1", quick_table)
        patch.setitem(PROFILES, "quick", Profile("quick", {"violin": 1}, extra_rows=True, epochs=4, lanes=18))
        patch.setattr(examples, "RUNS", tmp_path_factory.mktemp("runs"))
        first = examples.train_example("violin", str(dataset.folder), "quick")
        # a second call trains nothing and finds the same
        again = examples.train_example("violin", str(dataset.folder), "quick")
        np.testing.assert_array_equal(first.predicted, again.predicted)
        return first


def test_curves_of_the_shown_epochs_come_closer(example):
    assert sorted(example.first_mode) == [1, 2, max(example.first_mode)]
    truth = example.data.pca.transform(example.recital.truth)[:, 0]
    error = {epoch: np.abs(curve - truth).mean() for epoch, curve in example.first_mode.items()}
    assert error[max(error)] < error[1]
    assert len(example.history) == LOOKS


def test_worst_moments_are_the_worst_and_apart(example):
    errors = examples.frame_errors(example)
    worst = examples.worst_moments(example)
    assert errors[worst[0]] == np.nanmax(errors)
    gaps = np.diff(sorted(worst))
    assert gaps.min() > examples.APART_SECONDS * VIDEO_FPS
    assert len(examples.spread_moments(example)) == examples.MOMENTS


def test_pictures_are_drawn(example, tmp_path):
    import cv2

    seventh, share = figures.figure7(example)
    assert share >= 0
    drawn = {
        "6": figures.figure6(example),
        "7": seventh,
        "8": figures.figure_of_moments("Fig. 8", [(example, examples.spread_moments(example))]),
    }
    for name, figure in drawn.items():
        figure.savefig(tmp_path / f"{name}.png", dpi=60)
        picture = cv2.imread(str(tmp_path / f"{name}.png"))
        assert picture is not None
        assert picture.std() > 5  # not an empty page


def test_measures_stand_beside_the_baselines(example):
    from audio_to_body.reproduce.measures import measured, rendered

    table = measured(example)
    assert list(table) == ["Final ours", "Ridge regression", "Mean pose"]
    assert table["Mean pose"].motion_energy == 0
    assert table["Final ours"].pck_20 > table["Mean pose"].pck_20
    text = rendered("violin", "small recitals", table)
    assert f"{table['Final ours'].pck_20:.2f}" in text
    lengths = {line.count("|") for line in text.splitlines() if line.startswith("|")}
    assert len(lengths) == 1
