"""A motion written in blocks is the file of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.inference.frames import joined
from audio_to_body.inference.prediction import motion_of
from audio_to_body.inference.score_playing import played
from audio_to_body.inference.session import load
from audio_to_body.scores.piece import Marks, Part
from audio_to_body.skeleton.motion import load_motion, save_motion
from audio_to_body.skeleton.motion_blocks import save_blocks
from audio_to_body.skeleton.notes import Notes


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_blocks_make_the_file_of_the_whole(instrument, tmp_path, monkeypatch):
    monkeypatch.setattr("audio_to_body.inference.score_playing.BLOCK_SECONDS", 4)
    onset = 0.5 + 0.4 * np.arange(30)
    part = Part("part", -1, Notes(onset, onset + 0.3, 60 + np.arange(30) % 12), Marks.none(30))
    session = load(instrument, "cpu")
    blocks = list(played(part, session))
    assert len(blocks) > 2
    save_motion(motion_of(joined(blocks), session.card), tmp_path / "whole.npz")
    count = save_blocks((motion_of(block, session.card) for block in blocks), tmp_path / "blocks.npz")
    with np.load(tmp_path / "whole.npz") as whole, np.load(tmp_path / "blocks.npz") as parts:
        assert set(whole) == set(parts)
        for name in whole:
            np.testing.assert_array_equal(parts[name], whole[name])
    assert len(load_motion(tmp_path / "blocks.npz")) == count


def test_a_block_that_does_not_go_on_leaves_nothing(tmp_path):
    session = load("violin", "cpu")
    part = Part("part", -1, Notes([0.5], [1.0], [69]), Marks.none(1))
    block = motion_of(next(played(part, session)), session.card)
    other = motion_of(next(played(part, load("piano", "cpu"))), load("piano", "cpu").card)
    with pytest.raises(ValueError, match="other arrays"):
        save_blocks([block, other], tmp_path / "x.npz")
    with pytest.raises(ValueError, match="one block at least"):
        save_blocks([], tmp_path / "x.npz")
    assert list(tmp_path.iterdir()) == []
