"""OpenPose's files: both body models, several people, archives, damage."""

from __future__ import annotations

import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from audio_to_body.preprocessing.detectors.openpose_json import OpenPoseFiles, is_openpose, parse_people
from audio_to_body.skeleton.refusal import BadInput


def frames_of(detector: OpenPoseFiles, count: int, first: int = 0) -> list:
    return list(detector.people([None] * count, first))


def test_points_come_back_in_order(tmp_path, player, write_openpose):
    points = player(10)
    points[3, 12] = (np.nan, np.nan, 0)
    found = frames_of(OpenPoseFiles(write_openpose(tmp_path / "a", [points])), 10)
    assert [len(people) for people in found] == [1] * 10
    read = np.stack([people[0].points for people in found])
    np.testing.assert_allclose(read, points, atol=1e-3)
    assert np.isnan(read[3, 12, :2]).all()
    assert read[3, 12, 2] == 0


def test_several_people_and_missing_frames(tmp_path, player, write_openpose):
    folder = write_openpose(tmp_path / "a", [player(10), player(10, 1, (30, 60), 0.5)])
    (folder / "video_000000000004_keypoints.json").unlink()
    assert [len(p) for p in frames_of(OpenPoseFiles(folder), 12)] == [2, 2, 2, 2, 0, 2, 2, 2, 2, 2, 0, 0]


def test_another_rate_takes_the_nearest_frame(tmp_path, player, write_openpose):
    points = player(30)
    points[:, 0, 0] = np.arange(30)
    found = frames_of(OpenPoseFiles(write_openpose(tmp_path / "a", [points]), fps=30), 24)
    seen = [round(float(people[0].body[0, 0])) for people in found]
    assert seen == [round(i * 30 / 24) for i in range(24)]
    later = frames_of(OpenPoseFiles(tmp_path / "a", fps=30), 4, first=20)
    assert [round(float(p[0].body[0, 0])) for p in later] == seen[20:]


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_archives(tmp_path, player, write_openpose, kind):
    folder = write_openpose(tmp_path / "a", [player(5)])
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in folder.iterdir():
                archive.write(file, f"deep/{file.name}")
    else:
        with tarfile.open(path, "w:gz") as archive:
            archive.add(folder, "deep")
    assert is_openpose(path)
    assert [len(p) for p in frames_of(OpenPoseFiles(path), 5)] == [1] * 5
    assert OpenPoseFiles(path).frame_size() == (640, 480)
    assert OpenPoseFiles(path).seconds == pytest.approx(5 / 24)


def test_coco_bodies_are_read():
    body = np.arange(54, dtype=float) + 1
    people = parse_people(json.dumps({"people": [{"pose_keypoints_2d": body.tolist()}]}).encode(), "x")
    np.testing.assert_allclose(people[0].body, body[:24].reshape(8, 3))
    assert np.isnan(people[0].left_hand[:, 0]).all()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "not a result of OpenPose"),
        ('{"people": [{"pose_keypoints_2d": [1, 2, 3, 4]}]}', "has 4 numbers, OpenPose writes 75 or 54"),
        ('{"people": [{"hand_left_keypoints_2d": [1, 2, 3]}]}', "has 3 numbers, OpenPose writes 63"),
        ('{"people": [{"pose_keypoints_2d": "abc"}]}', "has 3 numbers"),
        ('{"persons": []}', "not a result of OpenPose"),
        ("[]", "not a result of OpenPose"),
    ],
)
def test_damage_is_told_with_the_file(text, sentence):
    with pytest.raises(BadInput, match=sentence) as refusal:
        parse_people(text.encode(), "video_000000000007_keypoints.json")
    assert "000000000007" in str(refusal.value)


def test_a_folder_without_results_is_refused(tmp_path: Path):
    with pytest.raises(BadInput, match="holds no OpenPose results"):
        OpenPoseFiles(tmp_path)
    (tmp_path / "x.tar").write_bytes(b"no tar")
    with pytest.raises(BadInput, match="cannot be opened"):
        OpenPoseFiles(tmp_path / "x.tar")


def test_results_of_two_videos_in_one_folder_are_refused(tmp_path, player, write_openpose):
    write_openpose(tmp_path / "a", [player(3)], "front")
    write_openpose(tmp_path / "a", [player(5)], "side")
    with pytest.raises(BadInput, match=r"mixes the results of 2 videos \(front, side"):
        OpenPoseFiles(tmp_path / "a")


def test_the_real_results(shared_data):
    path = shared_data / "openpose_json" / "AK_Pakad_Bag_Front.tar.gz"
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    detector = OpenPoseFiles(path)
    found = frames_of(detector, 1425)
    complete = [bool(people) and bool(np.isfinite(people[0].points).all()) for people in found]
    assert sum(complete) == 1424  # in one frame OpenPose saw nobody
    assert detector.frame_size() == (1920, 1080)
