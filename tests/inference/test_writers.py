"""Writers: what they write can be read back, and is whole or absent."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pandas
import pytest

from audio_to_body.command_line import arguments
from audio_to_body.inference.prediction import predict
from audio_to_body.inference.writers import WRITERS, parse_formats
from audio_to_body.inference.writers.base import Source
from audio_to_body.skeleton.motion import Motion, load_motion
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Prop, Room
from audio_to_body.sound.ffmpeg import probe


@pytest.fixture(scope="module")
def motion(violin_session, song):
    return predict(song, violin_session)


def write(name, motion, folder, song):
    target = WRITERS[name].target(folder, "song")
    WRITERS[name].write(motion, target, Source(song))
    assert not [p for p in folder.iterdir() if p.name.endswith(".part")]
    return target


def test_npz(motion, tmp_path, song):
    again = load_motion(write("npz", motion, tmp_path, song))
    np.testing.assert_array_equal(again.points, motion.points)
    np.testing.assert_array_equal(again.tracks["loudness_db"], motion.tracks["loudness_db"])


def test_csv(motion, tmp_path, song):
    table = pandas.read_csv(write("csv", motion, tmp_path, song))
    assert list(table.columns[:3]) == ["frame", "seconds", "loudness_db"]
    assert len(table) == len(motion)
    wrist = motion.points[:, motion.skeleton.index("right_wrist")]
    np.testing.assert_allclose(table[["right_wrist_x", "right_wrist_y"]], wrist, atol=0.01)


def test_openpose_json(motion, tmp_path, song):
    folder = write("json", motion, tmp_path, song)
    files = sorted(folder.iterdir())
    assert len(files) == len(motion)
    assert files[3].name == "song_000000000003_keypoints.json"
    person = json.loads(files[3].read_text())["people"][0]
    body = np.array(person["pose_keypoints_2d"]).reshape(25, 3)
    np.testing.assert_allclose(body[:8, :2], motion.points[3, :8], atol=1e-3)
    np.testing.assert_array_equal(body[8:], 0)
    right = np.array(person["hand_right_keypoints_2d"]).reshape(21, 3)
    np.testing.assert_allclose(right[:, :2], motion.points[3, 29:], atol=1e-3)
    write("json", motion, tmp_path, song)  # a second time replaces its own


def in_metres(motion: Motion) -> Motion:
    """The same with a person and a bow in the room, and one key that is pressed once."""
    joints = np.random.default_rng(2).uniform(0, 1, (len(motion), 50, 3))
    joints[:, 2], joints[:, 5] = (-0.18, 1.4, 0.0), (0.18, 1.4, 0.0)
    still = np.tile([0.0, 0.6, 0.0, 0.8], (len(motion), 1))
    keys = np.zeros((len(motion), 88))
    keys[3, 60 - 21] = 0.009
    return replace(motion, room=Room(joints, np.full(50, 2), {"bow": Prop(joints[:, 4], still)}, keys))


def test_csv_in_metres(motion, tmp_path, song):
    deep = in_metres(motion)
    table = pandas.read_csv(write("csv", deep, tmp_path, song))
    wrist = deep.room.joints[:, motion.skeleton.index("right_wrist")]
    np.testing.assert_allclose(table[["right_wrist_x_m", "right_wrist_y_m", "right_wrist_z_m"]], wrist, atol=1e-5)
    np.testing.assert_allclose(table[["bow_x_m", "bow_y_m", "bow_z_m"]], wrist, atol=1e-5)
    np.testing.assert_allclose(table[["bow_qx", "bow_qy", "bow_qz", "bow_qw"]].iloc[0], [0, 0.6, 0, 0.8], atol=1e-5)
    assert [column for column in table if column.startswith("key_")] == ["key_60_m"]
    assert table["key_60_m"][3] == pytest.approx(0.009)


def test_openpose_json_in_metres(motion, tmp_path, song):
    deep = in_metres(motion)
    told = json.loads(sorted(write("json", deep, tmp_path, song).iterdir())[3].read_text())
    person = told["people"][0]
    body = np.array(person["pose_keypoints_3d"]).reshape(25, 4)
    np.testing.assert_allclose(body[:8, :3], deep.room.joints[3, :8], atol=1e-5)
    right = np.array(person["hand_right_keypoints_3d"]).reshape(21, 4)
    np.testing.assert_allclose(right[:, :3], deep.room.joints[3, 29:], atol=1e-5)
    np.testing.assert_allclose(told["props"]["bow"], [*deep.room.joints[3, 4], 0, 0.6, 0, 0.8], atol=1e-5)
    assert told["keys_down"] == {"60": 0.009}


def test_openpose_json_of_layouts_that_lack_points(tmp_path, song):
    hands = Motion(np.ones((2, 12, 2)) * 7, np.ones((2, 12)), 24, "hands12", (100, 100))
    folder = write("json", hands, tmp_path, song)
    person = json.loads(sorted(folder.iterdir())[0].read_text())["people"][0]
    assert not any(person["pose_keypoints_2d"])
    left = np.array(person["hand_left_keypoints_2d"]).reshape(21, 3)
    assert set(np.flatnonzero(left[:, 2])) == {0, 4, 8, 12, 16, 20}


def test_openpose_json_never_deletes_what_is_not_its_own(motion, tmp_path, song):
    (tmp_path / "song_json").mkdir()
    (tmp_path / "song_json" / "thesis.tex").write_text("mine")
    with pytest.raises(BadInput, match="other files"):
        write("json", motion, tmp_path, song)
    assert (tmp_path / "song_json" / "thesis.tex").read_text() == "mine"


def test_mp4_is_as_long_as_the_sound(motion, tmp_path, song):
    path = write("mp4", motion, tmp_path, song)
    media = probe(path)
    assert media.has_audio
    assert media.fps == 24
    video = cv2.VideoCapture(str(path))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == len(motion)
    # the container lasts as long as its longest track; AAC rounds up to a packet of 1,024 samples
    assert media.duration is not None
    assert abs(media.duration - 2.3) < 1 / 24 + 1024 / 44_100
    ok, first = video.read()
    assert ok
    assert first.std() > 10  # somebody is on the stage


def test_mp4_with_unknown_points(motion, tmp_path, song):
    points = motion.points.copy()
    points[5:10] = np.nan
    points[:, 40:] = np.nan
    holes = Motion(points, motion.confidence, 24, "violin", (640, 480))
    assert probe(write("mp4", holes, tmp_path, song)).has_audio


@pytest.mark.parametrize("name", ["mp4", "npz", "csv", "json"])
def test_a_folder_that_cannot_be_written_is_one_sentence(name, motion, tmp_path, song):
    target = tmp_path / "gone" / f"song{WRITERS[name].suffix}"
    with pytest.raises(BadInput, match="cannot be written"):
        WRITERS[name].write(motion, target, Source(song))


def test_the_help_of_play_names_the_formats_that_there_are():
    assert set(arguments.POINT_FORMATS) == {"mp4", "npz", "csv", "json"} <= set(WRITERS)


def test_formats():
    assert [w.format for w in parse_formats("npz, MP4,npz")] == ["npz", "mp4"]
    with pytest.raises(BadInput, match="unknown format 'avi'; known: mp4, npz, csv, json"):
        parse_formats("npz,avi")
    with pytest.raises(BadInput, match="no output format"):
        parse_formats(",")
