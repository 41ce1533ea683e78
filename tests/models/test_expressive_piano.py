"""What the expressive piano net is trained on: fingers on keys in, people's hands out."""

from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.inference.piano.touch import FRONT_END, TOUCH_COUNT
from audio_to_body.models.checkpoint import load_net
from audio_to_body.models.data_split import Part
from audio_to_body.models.evaluation import predictor_of
from audio_to_body.models.expressive_piano import (
    MEMBERS,
    SEMITONE,
    SETTINGS,
    prepare_expressive,
    touches,
    train_expressive,
)
from audio_to_body.models.side_by_side import mean_net
from audio_to_body.preprocessing.note_sound.bank import Bank
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.piano_targets import COORDINATES, DELAY, DELAYS, TARGET_NAMES
from audio_to_body.skeleton.refusal import BadInput
from tests.musician.made_hands import made_hands
from tests.preprocessing.note_sound.conftest import piano_set


@pytest.fixture(scope="module")
def hands(tmp_path_factory):
    path = tmp_path_factory.mktemp("hands") / "hands.npz"
    made_hands(path)
    return path


def test_told_of_a_key_when_it_is_struck():
    told = touches(Notes(np.array([1.0]), np.array([1.5]), np.array([72])), 60, 0)
    assert told.shape == (60, TOUCH_COUNT)
    down = told[:, :40].reshape(60, 10, 4)[:, :, 0]
    assert down.sum(axis=1).tolist() == [0] * 24 + [1] * 12 + [0] * 24
    assert not (told[:24] != told[0]).any()
    right = told[:, 46:]  # the right hand's own numbers: freshest at the stroke
    assert right[24, 1:4] == pytest.approx(1.0)
    assert (np.diff(right[24:, 1]) < 0).all()


def test_hands_are_the_targets_now_and_earlier(hands):
    data = prepare_expressive(hands, renditions=3, progress=False)
    assert data.front_end == FRONT_END
    assert data.target_names == TARGET_NAMES
    assert data.feature_count == TOUCH_COUNT
    by_clip: dict[str, list] = {}
    for recital in data.recitals:
        by_clip.setdefault(recital.name.split("_")[0], []).append(recital)
        own, *sooner = (recital.targets[:, i : i + COORDINATES] for i in range(0, len(TARGET_NAMES), COORDINATES))
        for delay, early in zip(DELAYS[1:], sooner):
            np.testing.assert_array_equal(early[: delay - DELAY], own[DELAY - delay :])
        np.testing.assert_array_equal(own.reshape(-1, 12, 2), recital.truth)
    played, _, moved = next(clips for clips in by_clip.values() if len(clips) == 3)
    shift = (moved.truth - played.truth)[..., 0]
    assert np.ptp(shift) < 1e-3  # the whole rendition is transposed, hands and keys alike
    assert shift.mean() / SEMITONE == pytest.approx(round(shift.mean() / SEMITONE), abs=1e-3)
    assert {int(r.part[0]) for r in data.recitals} == {Part.TRAIN, Part.VALID, Part.TEST}


def test_a_net_learns_and_goes_on(hands, tmp_path):
    """The net is its members' mean; a run that ended gives the same net again."""
    quick = replace(SETTINGS, hidden=8, batch=8, epochs=1)
    first = train_expressive(hands, tmp_path / "run", quick, renditions=1, progress=False)
    again = train_expressive(hands, tmp_path / "run", quick, renditions=1, progress=False)
    for name, value in first.parameters.items():
        np.testing.assert_array_equal(value, again.parameters[name])
    assert np.isfinite([first.results[part] for part in ("train", "valid", "test")]).all()
    assert first.settings.hidden == 8 * len(MEMBERS)
    told = np.random.default_rng(0).normal(0, 1, (30, 1, TOUCH_COUNT)).astype(np.float32)
    members = [load_net(tmp_path / "run" / f"member{i}") for i in range(len(MEMBERS))]
    given = [predictor_of(net).run(told)[0] for net in [first, *members]]
    np.testing.assert_allclose(given[0], np.mean(given[1:], axis=0), atol=1e-5)
    assert np.abs(given[1] - given[2]).max() > 1e-3
    with pytest.raises(BadInput, match="have a mean"):
        mean_net([members[0], replace(members[1], target_names=())])


def test_too_little_is_refused(hands):
    with pytest.raises(BadInput, match="use more hours"):
        prepare_expressive(hands, hours=0.0001, progress=False)


def test_training_notes_are_heard_on_pianos_of_the_bank(hands):
    """Another piano gives other mishearings, and what validates and tests is heard on the dataset's own."""
    bank = Bank((piano_set("one"), piano_set("two")), {})
    own, many = (prepare_expressive(hands, renditions=2, bank=b, progress=False) for b in (None, bank))
    assert "one, two" in many.notes[0]
    assert own.notes != many.notes
    differ = {Part.TRAIN: 0, Part.VALID: 0, Part.TEST: 0}
    for one, other in zip(own.recitals, many.recitals):
        assert one.name == other.name
        same = np.array_equal(one.features, other.features)
        assert same or one.name.endswith("_1")  # number 0 is told what was played
        differ[Part(one.part[0])] += not same
    assert differ[Part.TRAIN] > 0
    assert differ[Part.VALID] == differ[Part.TEST] == 0
