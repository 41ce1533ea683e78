"""One table of who plays what sounds: counts add up, what is known is not played again, dashes where none tells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.models.key_presses import KeyPresses
from audio_to_body.models.notes.judged import JudgedSound
from audio_to_body.models.notes.scores import Agreement
from audio_to_body.reproduce import musicians
from audio_to_body.reproduce.heard import Hearing
from audio_to_body.reproduce.musicians import COLUMNS, Kept, lines_of, main, players, sounds_of, table
from audio_to_body.reproduce.players import Player, Tally, fingered, hearer
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.refusal import BadInput

WRITTEN = Notes(np.array([0.2, 0.5]), np.array([0.4, 0.9]), np.array([60, 62]))
SOUND = JudgedSound("a group", np.zeros(24_000, np.int16), WRITTEN)
TALLY = Tally(
    KeyPresses(Agreement(1, 2, 3), Agreement(2, 2, 3), Agreement(1, 2, 3), 1, 2, 30.0), Agreement(4, 5, 6), 1, 2, 3, 4
)


def silent(text: str) -> None:
    """Say nothing."""


def test_tallies_add_up_and_come_back_from_json():
    assert Tally.from_dict(TALLY.to_dict()) == TALLY
    both = TALLY + TALLY
    assert both.presses.close == Agreement(2, 4, 6)
    assert both.turns == Agreement(8, 10, 12)
    assert (both.kept, both.slurred, both.right, both.sounding) == (2, 4, 6, 8)
    assert both.presses.seconds == 60.0


def test_what_is_known_is_not_played_again(tmp_path):
    asked = []
    player = Player("one", "net", lambda judged: asked.append(judged) or TALLY)
    kept = Kept(tmp_path, "code")
    assert kept.measure(player, SOUND) == kept.measure(player, SOUND) == TALLY
    assert len(asked) == 1
    other = replace(SOUND, notes=WRITTEN.shifted(0.1))
    for changed in (
        (player, other),
        (replace(player, made_of="another"), SOUND),
        (replace(player, name="two"), SOUND),
    ):
        kept.measure(*changed)
    Kept(tmp_path, "other code").measure(player, SOUND)
    assert len(asked) == 5
    assert kept.measure(player, SOUND) == TALLY
    assert len(asked) == 5


def test_a_line_for_every_group_and_player_with_dashes_where_nothing_tells(tmp_path):
    bowed = Player("bow", "b", lambda judged: Tally(turns=Agreement(4, 5, 6), kept=1, slurred=2))
    keys = Player("keys", "k", lambda judged: Tally(KeyPresses(Agreement(1, 1, 2), Agreement(2, 2, 2), seconds=60.0)))
    lines = lines_of("violin", [bowed, keys], [SOUND, SOUND], Kept(tmp_path, ""), silent)
    assert lines[0] == "| a group | 4 | bow | – | – | – | – | – | – | 0.73 | 0.80 | 0.67 | 0.50 | – | – |"
    assert lines[1] == "| a group | 4 | keys | 0.67 | 1.00 | 0.50 | 1.00 | – | 0.0 | – | – | – | – | – | – |"
    rows = table(lines).splitlines()
    assert {row.count("|") for row in rows} == {len(COLUMNS) + 4}


def test_a_hearer_is_measured_by_its_notes_and_pitches():
    def hear(sound: np.ndarray) -> Hearing:
        return Hearing(WRITTEN.shifted(0.07), np.full(100, 60))

    tally = hearer("ear", hear, "").measure(SOUND)
    assert (tally.presses.close.right, tally.presses.near.right) == (0, 2)
    assert tally.sounding == 60
    assert tally.right == pytest.approx(20, abs=4)


@pytest.mark.parametrize("instrument", ["piano", "violin"])
def test_everybody_who_ships_plays(instrument):
    """A second of silence: nobody presses, turns or hears anything."""
    who = players(instrument, None)
    assert len({player.name for player in who}) == len(who) == {"piano": 5, "violin": 6}[instrument]
    for player in who:
        tally = player.measure(replace(SOUND, sound=np.zeros(24_000, np.int16)))
        assert tally.presses.close.heard == tally.turns.heard == 0, player.name
        assert max(tally.presses.close.written, tally.turns.written) > 0, player.name


def test_what_is_not_at_hand_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("A2B_NOTE_BANK", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    assert sounds_of("violin", 2, None, None, told.append) == []
    assert [line.split(":")[0] for line in told] == ["left out"] * 3
    monkeypatch.delenv("A2B_SHARED", raising=False)
    with pytest.raises(BadInput, match="nothing to judge by"):
        main(["--clips", "0", "--out", str(tmp_path / "t.md"), "--kept", str(tmp_path)])


def test_a_bank_without_its_notes_is_told_of(tmp_path, monkeypatch):
    monkeypatch.setenv("A2B_NOTE_BANK", str(tmp_path))
    monkeypatch.setattr(musicians, "held_out_sounds", lambda instrument, clips: [SOUND])
    (tmp_path / "vsco.ogg").touch()
    told: list[str] = []
    assert sounds_of("violin", 2, None, None, told.append) == [SOUND]
    assert "notes.npz" in told[0]
    (tmp_path / "notes.npz").touch()
    assert sounds_of("violin", 2, None, None, told.append) == [SOUND]
    assert sum("notes.npz" in line for line in told) == 1


def test_a_recording_that_lies_in_two_folders_is_judged_once(tmp_path, monkeypatch):
    (tmp_path / "data" / "violin_real").mkdir(parents=True)
    where = {
        None: ["real: first", "real: second"],
        tmp_path / "data" / "violin_real": ["real: second", "real: third"],
    }
    monkeypatch.setattr(
        "audio_to_body.reproduce.musicians.bach_sounds",
        lambda folder, audio=None: [replace(SOUND, group=group) for group in where[audio]],
    )
    monkeypatch.setattr("audio_to_body.reproduce.musicians.real_sounds", lambda *asked, **named: [])
    found = sounds_of("violin", 0, tmp_path, tmp_path, silent)
    assert [judged.group for judged in found] == ["real: first", "real: second", "real: third"]


def test_the_table_is_written_where_one_works_and_that_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("A2B_SHARED", raising=False)
    player = Player(
        "keys", "k", lambda judged: Tally(KeyPresses(Agreement(1, 1, 2), Agreement(2, 2, 2), seconds=60.0))
    )
    monkeypatch.setattr("audio_to_body.reproduce.musicians.players", lambda *asked: [player])
    monkeypatch.setattr("audio_to_body.reproduce.musicians.sounds_of", lambda *asked: [SOUND])
    assert main([]) == 0
    assert "written: tables/results/evaluate.md" in capsys.readouterr().out.replace("\\", "/")
    assert "| a group | 2 | keys |" in (tmp_path / "tables" / "results" / "evaluate.md").read_text()


def test_a_value_is_made_once_and_comes_back(tmp_path):
    kept, made = Kept(tmp_path, "code"), []
    assert kept.value("strings", lambda: made.append(1) or [0.5]) == [0.5]
    assert kept.value("strings", lambda: made.append(1) or [0.6]) == [0.5]
    assert len(made) == 1


def test_the_pitch_under_the_finger_is_told_every_10_ms():
    whole_tone = 0.325 * (1 - 2 ** (-2 / 12))
    tracks = {"string": np.ones(24), "finger_position": np.repeat([0.0, whole_tone], 12)}
    pitch = fingered(tracks, SOUND)
    assert len(pitch) == 100
    assert (pitch[:47] == 62).all()
    assert (pitch[50:] == 64).all()
