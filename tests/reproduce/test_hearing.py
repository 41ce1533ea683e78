from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.inference.notes.session import load_notes
from audio_to_body.models.notes.checkpoint import NoteNet
from audio_to_body.models.notes.judged import JudgedSound
from audio_to_body.models.notes.parameters import initial_parameters
from audio_to_body.models.notes.settings import SETTINGS
from audio_to_body.reproduce.basic_pitch import BasicPitch
from audio_to_body.reproduce.hearing import GRID, HEADER, Hearing, hearer, pitch_right, rows, scores, table
from audio_to_body.reproduce.note_recordings import read_notes, real_sounds
from audio_to_body.reproduce.pretrained_notes import mean_of
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.refusal import BadInput

WRITTEN = Notes(onset=[0.0, 0.5], end=[0.5, 1.0], pitch=[60, 62])
SOUND = np.zeros(24_000, np.int16)


def test_a_pitch_is_right_where_it_is_written_and_forgiven_at_its_borders():
    grid = np.arange(0.0, 1.2, GRID)
    late = np.where(grid < 0.53, 60, 62)  # 30 ms late: within the border
    assert pitch_right(WRITTEN, late) == (100, 100)
    later = np.where(grid < 0.6, 60, 62)
    assert pitch_right(WRITTEN, later)[0] == pytest.approx(93, abs=1)


def test_scores_add_up_by_group():
    def hear(sound):
        return Hearing(WRITTEN.shifted(0.07), np.full(100, 60))

    found = scores(hear, [JudgedSound("a", SOUND, WRITTEN)] * 2 + [JudgedSound("b", SOUND, WRITTEN)])
    assert [own.near.right for own in found.values()] == [0, 0]
    assert [own.far.right for own in found.values()] == [4, 2]
    assert found["a"].counted == 200
    lines = rows("net", found, pitch=True)
    assert lines[0][:3] == ["net", "a", "4"]
    assert len(table(lines).splitlines()) == 4
    assert all(len(line) == len(HEADER) for line in lines)


def test_the_net_that_ships_hears_through_it():
    time = np.arange(24_000) / 24_000
    tone = sum(np.sin(2 * np.pi * 440 * h * time) / h for h in range(1, 9)) * np.exp(-3 * np.maximum(time - 0.3, 0))
    heard = hearer(load_notes("piano"))((6000 * tone * (time >= 0.3)).astype(np.int16))
    assert set(heard.notes.pitch) <= {69, 81}  # harmonics this strong may be an octave
    assert heard.notes.onset[heard.notes.pitch == 69] == pytest.approx([0.3], abs=0.02)
    assert (heard.sounding[40:60] == 69).all()


def test_notes_are_read_from_both_kinds_of_files(tmp_path):
    (tmp_path / "a.csv").write_text("start,end,pitch   # from somewhere\n0.1,0.4,60\n0.5,0.9,62\n")
    (tmp_path / "b.csv").write_text("start,pitch\n0.42,59\n")
    (tmp_path / "c.notes").write_text("# MIDI notes\n0.147\t72\t3.323\t63\n")
    assert read_notes(tmp_path / "a.csv").end.tolist() == [0.4, 0.9]
    assert read_notes(tmp_path / "b.csv").pitch.tolist() == [59]
    one = read_notes(tmp_path / "c.notes")
    assert (one.pitch[0], one.velocity[0]) == (72, 63)
    assert one.end[0] == pytest.approx(3.47)


def test_real_recordings_have_their_notes_inside(shared_data):
    for judged in real_sounds("violin", shared_data):
        assert len(judged.notes) > 50
        assert judged.notes.onset.max() < len(judged.sound) / 24_000


def test_the_mean_of_two_sittings_is_between_them():
    settings = SETTINGS["violin"]
    nets = [NoteNet(settings, initial_parameters(settings, np.random.default_rng(seed))) for seed in (0, 1)]
    mean = mean_of(nets).parameters["fc_w"]
    assert mean == pytest.approx((nets[0].parameters["fc_w"] + nets[1].parameters["fc_w"]) / 2)
    with pytest.raises(BadInput, match="one size"):
        mean_of([nets[0], replace(nets[1], settings=replace(settings, hidden=8))])


def test_basic_pitch_is_refused_where_it_is_not(tmp_path):
    with pytest.raises(BadInput, match=r"nmp\.onnx"):
        BasicPitch(tmp_path / "nmp.onnx")
