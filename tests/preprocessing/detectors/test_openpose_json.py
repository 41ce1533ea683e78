"""OpenPose's files: both body models, several people, archives, damage."""

from __future__ import annotations

import json
import shutil
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


def rewritten(folder: Path, change) -> Path:
    """Every JSON file with its people's numbers changed: ``change(x, y) -> (x, y)`` of points that were found."""
    for file in folder.iterdir():
        content = json.loads(file.read_text())
        for person in content["people"]:
            for key, values in person.items():
                if key.endswith("_2d"):
                    for at in range(0, len(values), 3):
                        if values[at + 2] > 0:
                            values[at], values[at + 1] = change(values[at], values[at + 1])
        file.write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize("scale", ["0 to 1", "-1 to 1"])
def test_scaled_coordinates_become_pixels(scale, tmp_path, player, write_openpose):
    points = player(6)
    folder = write_openpose(tmp_path / "a", [points])
    low = -1 if scale == "-1 to 1" else 0
    rewritten(folder, lambda x, y: (low + (1 - low) * x / 640, low + (1 - low) * y / 480))
    detector = OpenPoseFiles(folder, size=(640, 480))
    read = np.stack([people[0].points for people in frames_of(detector, 6)])
    np.testing.assert_allclose(read, points, atol=0.02)
    assert detector.remarks == [f"its coordinates run from {scale} and became pixels (the video's 640×480)"]
    alone = OpenPoseFiles(folder)
    assert alone.frame_size() == (1280, 720)
    np.testing.assert_allclose(frames_of(alone, 1)[0][0].points[:, 0], 2 * points[0, :, 0], atol=0.05)


def test_a_video_that_is_shown_smaller(tmp_path, player, write_openpose):
    points = player(3)
    detector = OpenPoseFiles(write_openpose(tmp_path / "a", [points]), size=(3840, 2160), shown=(1920, 1080))
    np.testing.assert_allclose(frames_of(detector, 1)[0][0].points[:, :2], points[0, :, :2] / 2, atol=1e-2)


def test_names_of_pictures_count_from_their_first(tmp_path, player, write_openpose):
    points = player(5)
    folder = write_openpose(tmp_path / "a", [points])
    for number, file in enumerate(sorted(folder.iterdir()), 1):
        file.rename(folder / f"frame{number:04d}_keypoints.json")
    detector = OpenPoseFiles(folder)
    assert detector.seconds == pytest.approx(5 / 24)
    np.testing.assert_allclose(frames_of(detector, 1)[0][0].points, points[0], atol=1e-3)


def test_keys_of_old_versions(tmp_path, player, write_openpose):
    points = player(2)
    folder = write_openpose(tmp_path / "a", [points])
    for file in folder.iterdir():
        file.write_text(file.read_text().replace("keypoints_2d", "keypoints"))
    np.testing.assert_allclose(frames_of(OpenPoseFiles(folder), 1)[0][0].points, points[0], atol=1e-3)


def test_damaged_files_lose_their_frames_alone(tmp_path, player, write_openpose):
    folder = write_openpose(tmp_path / "a", [player(10)])
    (folder / "video_000000000004_keypoints.json").write_text("")
    (folder / "video_000000000007_keypoints.json").write_text("[" * 100_000)
    detector = OpenPoseFiles(folder)
    assert [len(people) for people in frames_of(detector, 10)] == [1, 1, 1, 1, 0, 1, 1, 0, 1, 1]
    assert "2 of 10 files cannot be read and show nobody" in detector.remarks
    assert any("000000000004" in remark for remark in detector.remarks)
    for file in folder.iterdir():
        file.write_text("{")
    with pytest.raises(BadInput, match="not a result of OpenPose"):
        OpenPoseFiles(folder)


@pytest.mark.parametrize("wild", ["NaN", "null", "Infinity", "1e308", "-1e9"])
def test_one_wild_number_is_one_point_less(wild, tmp_path, player, write_openpose):
    folder = write_openpose(tmp_path / "a", [player(3)])
    first = folder / "video_000000000000_keypoints.json"
    content = json.loads(first.read_text())
    content["people"][0]["pose_keypoints_2d"][3] = "WILD"
    first.write_text(json.dumps(content).replace('"WILD"', wild))
    detector = OpenPoseFiles(folder)
    points = frames_of(detector, 1)[0][0].points
    assert np.isnan(points[1, :2]).all()
    assert points[1, 2] == 0
    assert np.isfinite(np.delete(points, 1, axis=0)).all()
    assert detector.frame_size() == (640, 480)


def test_a_macs_twins_are_no_second_video(tmp_path, player, write_openpose):
    folder = write_openpose(tmp_path / "a", [player(3)])
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
            archive.writestr(f"__MACOSX/._{file.name}", b"\0\5\26\7")
    assert [len(p) for p in frames_of(OpenPoseFiles(tmp_path / "a.zip"), 3)] == [1, 1, 1]
    (folder / "._video_000000000001_keypoints.json").write_bytes(b"\0\5\26\7")
    assert [len(p) for p in frames_of(OpenPoseFiles(folder), 3)] == [1, 1, 1]


def test_an_archive_that_never_ends_is_refused(tmp_path, monkeypatch, player, write_openpose):
    monkeypatch.setattr("audio_to_body.preprocessing.detectors.openpose_json.LARGEST_ARCHIVE", 1000)
    folder = write_openpose(tmp_path / "a", [player(5)])
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(folder, "deep")
    with pytest.raises(BadInput, match="unpacks to more than"):
        OpenPoseFiles(tmp_path / "a.tar.gz")


def test_a_bomb_among_the_files_is_one_damaged_file(tmp_path, player, write_openpose):
    folder = write_openpose(tmp_path / "a", [player(3)])
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            bomb = file.name.startswith("video_000000000001")
            archive.writestr(file.name, b" " * (17 << 20) if bomb else file.read_bytes())
    detector = OpenPoseFiles(tmp_path / "a.zip")
    assert [len(p) for p in frames_of(detector, 3)] == [1, 0, 1]
    assert any("larger than 16 MB" in remark for remark in detector.remarks)


def test_a_mirrored_recording_is_turned_round(tmp_path, player, write_openpose):
    points = player(2)
    read = frames_of(OpenPoseFiles(write_openpose(tmp_path / "a", [points]), size=(640, 480), mirror=True), 1)[0][0]
    np.testing.assert_allclose(read.left_hand[:, 0], 639 - points[0, 29:, 0], atol=1e-2)
    np.testing.assert_allclose(read.right_hand[:, 1], points[0, 8:29, 1], atol=1e-2)
    np.testing.assert_allclose(read.body[2, 0], 639 - points[0, 5, 0], atol=1e-2)  # the right shoulder was the left
    np.testing.assert_allclose(read.body[0, 0], 639 - points[0, 0, 0], atol=1e-2)


def test_frames_that_begin_late_or_come_seldom(tmp_path, player, write_openpose):
    points = player(8)
    folder = write_openpose(tmp_path / "a", [points])
    for file in sorted(folder.iterdir()):
        number = int(file.name.split("_")[1])
        if number % 2:
            file.unlink()
        else:
            file.rename(folder / f"video_{1234 + number:012d}_keypoints.json")
    alone = OpenPoseFiles(folder)
    assert alone.seconds == pytest.approx(7 / 24)
    np.testing.assert_allclose(frames_of(alone, 1)[0][0].points, points[0], atol=1e-3)
    assert alone.remarks == [
        "its frames begin with number 1234; the recital begins there",
        "only one frame in 2 has a file, and the others show nobody; run OpenPose on every frame",
    ]
    beside = OpenPoseFiles(folder, size=(640, 480))  # beside a video, a number is a frame of it
    assert frames_of(beside, 1) == [[]]
    assert len(frames_of(beside, 1, first=1234)[0]) == 1


def packed(folder: Path, kind: str) -> Path:
    """An archive of a folder, beside it."""
    return Path(shutil.make_archive(str(folder), {"tar.gz": "gztar", "tar": "tar", "zip": "zip"}[kind], folder))


@pytest.mark.parametrize("kind", ["tar.gz", "tar", "zip"])
def test_an_archive_is_opened_once(kind, tmp_path, player, write_openpose, openings):
    path = packed(write_openpose(tmp_path / "a", [player(5)]), kind)
    openings.clear()  # it was opened to be written
    assert is_openpose(path)
    assert is_openpose(path)
    for _ in range(2):
        assert [len(people) for people in frames_of(OpenPoseFiles(path), 5)] == [1] * 5
    assert openings == [path.name]


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_an_archive_that_was_written_anew_is_read_anew(kind, tmp_path, player, write_openpose):
    path = packed(write_openpose(tmp_path / "a", [player(5)]), kind)
    assert OpenPoseFiles(path).seconds == pytest.approx(5 / 24)
    assert packed(write_openpose(tmp_path / "a", [player(9)]), kind) == path
    assert OpenPoseFiles(path).seconds == pytest.approx(9 / 24)


def test_what_one_reader_renumbers_is_the_next_ones_as_it_was(tmp_path, player, write_openpose):
    folder = write_openpose(tmp_path / "a", [player(3)])
    (folder / "video_000000000000_keypoints.json").unlink()
    path = packed(folder, "zip")
    assert [len(p) for p in frames_of(OpenPoseFiles(path), 3)] == [1, 1, 0]
    assert [len(p) for p in frames_of(OpenPoseFiles(path, size=(640, 480)), 3)] == [0, 1, 1]


@pytest.mark.parametrize("opened", [is_openpose, OpenPoseFiles])
def test_an_archive_that_was_cut_short_is_told_of(opened, tmp_path, player, write_openpose):
    path = packed(write_openpose(tmp_path / "a", [player(20)]), "tar.gz")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadInput, match="cannot be read to its end"):
        opened(path)
