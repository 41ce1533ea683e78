"""Strips of frames: one tile a moment, what is missing named in red, all notes of the pieces where they belong."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from audio_to_body.inference.piano.from_notes import play_notes
from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import load
from audio_to_body.reproduce import strips
from audio_to_body.reproduce.strip_drawing import GAP, LEFT, RIGHT, STRINGS, WIDTH, piano_tile, stage_of
from audio_to_body.reproduce.strip_pieces import PIECES, boogie, fugue, piece_named
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput, run_command
from tests.inference.conftest import melody


@pytest.fixture(scope="module")
def motion():
    return play_notes(boogie(2), load("piano", "cpu"))


def count(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((picture == np.array(colour, np.uint8)).all(axis=-1).sum())


def red(tile: np.ndarray) -> int:
    """Pixels of the words above the pictures that are red; letters are soft at their edges."""
    words = tile[:18].astype(int)
    return int((words[..., 2] - words[..., :2].max(axis=-1) > 60).sum())


def test_moments_are_beginnings_spread_over_the_part():
    onset = np.array([0.0, 0.02, 1.0, 2.0, 3.0, 4.0, 5.0])
    notes = Notes(onset, onset + 0.1, np.full(7, 60))
    assert strips.moments_of(notes, 0.0, 4.5, 3).tolist() == [0.0, 2.0, 4.0]
    assert strips.moments_of(notes, 0.0, 9.0, 99).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    with pytest.raises(BadInput, match="no note begins"):
        strips.moments_of(notes, 6.0, 9.0, 3)


def test_a_sheet_has_a_tile_for_every_moment(motion):
    sheet = strips.strips(motion, boogie(2), 0.0, 3.0, 5, 2)
    tile = strips.strips(motion, boogie(2), 0.0, 3.0, 1, 1)
    assert sheet.shape[1] == 2 * (WIDTH + GAP) + GAP
    assert sheet.shape[0] >= 3 * (tile.shape[0] - GAP - 150)  # the part that is shown follows the hands
    png = cv2.imdecode(np.frombuffer(strips.small_png(sheet), np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(png.astype(int) - sheet).mean() < 6


def test_what_sounds_without_a_key_is_named(motion):
    moment = float(boogie(2).onset[0])
    stage = stage_of(motion, np.array([moment]))
    right = piano_tile(motion, stage, moment, boogie(2))
    silent = replace(motion, tracks={**motion.tracks, "keys_pressed": np.zeros_like(motion.tracks["keys_pressed"])})
    missing = piano_tile(silent, stage, moment, boogie(2))
    assert red(right) == 0 < red(missing)
    assert min(count(right, LEFT), count(right, RIGHT)) > 100  # both hands play
    assert count(missing[-100:], LEFT) == count(missing[-100:], RIGHT) == 0


def test_pieces_can_be_played_by_two_hands():
    for name in PIECES:
        sound, notes = piece_named(name)
        assert sound.shape[1] == pytest.approx((notes.end.max() + 1.5) * AUDIO_RATE, abs=1)
        assert np.abs(sound[:, : AUDIO_RATE // 2]).max() < 0.01 < np.abs(sound).max()
        assert notes.pitch.min() >= 21
        assert notes.pitch.max() <= 108
    voices = fugue()
    first, answer = (voices.onset[voices.pitch == p].min() for p in (72, 79))
    assert answer - first == pytest.approx(2 * 16 * 60 / 76 / 4)  # two bars later, a fifth higher
    with pytest.raises(BadInput, match="no piece"):
        piece_named("sonata")


def test_a_violin_and_what_is_refused(capsys):
    """What bow and fingers do stands under the violinist; a motion that does not tell it is refused."""
    motion = predict(melody(3.0), load("violin", "cpu"))
    onset = np.arange(0.5, 2.5, 0.25)
    notes = Notes(onset, onset + 0.2, np.full(len(onset), 69))
    bowed = np.where(np.arange(len(motion)) // 6 % 2, 0.5, -0.5)
    playing = {"bow_speed": bowed, "bow_lift": np.zeros(len(motion)), "string": np.full(len(motion), 1.5)}
    playing = {**motion.tracks, **playing}
    sheet = strips.strips(replace(motion, tracks=playing), notes, 0.0, 3.0, 2, 2)
    assert sheet.shape[1] == 2 * (WIDTH + GAP) + GAP
    assert min(count(sheet, LEFT), count(sheet, RIGHT), count(sheet, STRINGS[1]), count(sheet, STRINGS[2])) > 50
    without = strips.strips(replace(motion, tracks=playing), None, 0.0, 3.0, 3, 3)  # where the bow turns
    assert without.shape[1] == 3 * (WIDTH + GAP) + GAP
    untold = {name: track for name, track in motion.tracks.items() if name != "string"}
    with pytest.raises(BadInput, match="does not tell what is played"):
        strips.strips(replace(motion, tracks=untold), notes, 0.0, 3.0, 2, 2)
    assert run_command(strips.main, ["boogie", "--columns", "0", "--out", "x.png"]) == 2
    assert "at least 1" in capsys.readouterr().err


def test_a_picture_that_is_there_is_kept_unless_told(tmp_path, capsys):
    there = tmp_path / "boogie.png"
    there.write_bytes(b"mine")
    assert run_command(strips.main, ["boogie", "--out", str(there)]) == 2
    assert "--force" in capsys.readouterr().err
    assert there.read_bytes() == b"mine"
    few = ["boogie", "--moments", "1", "--to", "3", "--out", str(there), "--force"]
    assert run_command(strips.main, few) == 0
    assert there.read_bytes()[:4] == b"\x89PNG"
