"""The registry of detectors: what it names exists, and one more line is one more detector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.preprocessing.detectors.openpose_json import OpenPoseFiles
from audio_to_body.preprocessing.detectors.people import Person, no_points
from audio_to_body.preprocessing.detectors.registry import DETECTORS, PEOPLE, SECOND, DetectorEntry, Order
from audio_to_body.preprocessing.recording import detector_choice
from audio_to_body.preprocessing.recording.detector_choice import DetectorChoice
from audio_to_body.skeleton.instruments import imported
from audio_to_body.skeleton.refusal import BadInput


class Scarecrow:
    """Sees one person, always in the same place."""

    name = "scarecrow"
    needs_pictures = True

    def __init__(self, order: Order):
        self.order = order

    @classmethod
    def for_video(cls, order: Order) -> Scarecrow:
        return cls(order)

    def people(self, pictures: Iterable[np.ndarray | None], first: int = 0) -> Iterator[list[Person]]:
        for _ in pictures:
            yield [Person(no_points(8))]


@pytest.mark.parametrize("entry", DETECTORS, ids=lambda entry: entry.name)
def test_every_line_names_what_there_is(entry):
    assert entry.role in (PEOPLE, SECOND)
    assert imported(entry.where).name == entry.name
    assert callable(imported(entry.where).for_video)
    named = {name for name in (entry.asked_by, entry.variant) if name}
    assert named <= {field.name for field in fields(DetectorChoice)}


def test_somebody_looks_for_people_unasked():
    assert [entry.name for entry in DETECTORS if entry.role == PEOPLE and not entry.asked_by] == ["mediapipe"]
    assert all(entry.asked_by for entry in DETECTORS if entry.role == SECOND)


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (DetectorChoice(face="none"), "mediapipe"),
        (DetectorChoice(hand_net="lite"), "mediapipe (lite hands), face:dlib"),
        (DetectorChoice(openpose_models=Path("m"), hand_net="lite", face="none"), "openpose"),
        (DetectorChoice(Path("j"), Path("m"), Path("k"), "a/b.onnx"), "openpose-json, keypoint-rcnn, face:b.onnx"),
    ],
)
def test_names_for_the_manifest(choice, told):
    assert choice.describe() == told


def test_results_of_each_video_are_found_in_a_folder(tmp_path, player, write_openpose):
    for name in ("one", "two"):
        write_openpose(tmp_path / name, [player(3)])
    choice = DetectorChoice(openpose_json=tmp_path)
    chosen = choice.detectors(Path("elsewhere/two.mp4"), 24.0, (640, 480))
    assert list(chosen) == [PEOPLE]
    assert isinstance(chosen[PEOPLE], OpenPoseFiles)
    assert chosen[PEOPLE].source == tmp_path / "two"
    alone = DetectorChoice(openpose_json=tmp_path / "one").detectors(tmp_path / "two", 24.0)[PEOPLE]
    assert isinstance(alone, OpenPoseFiles)
    assert alone.source == tmp_path / "two"  # a source that is results itself is not asked for others
    with pytest.raises(BadInput, match="check the path of the recorded results"):
        DetectorChoice(openpose_json=tmp_path / "none").detectors(Path("two.mp4"), 24.0)


def test_one_more_line_is_one_more_detector(monkeypatch):
    line = DetectorEntry("scarecrow", SECOND, f"{__name__}:Scarecrow", asked_by="keypoint_rcnn")
    monkeypatch.setattr(detector_choice, "DETECTORS", (line, *DETECTORS))
    choice = DetectorChoice(keypoint_rcnn=Path("field"), face="none")
    assert choice.describe() == "scarecrow, mediapipe"
    second = choice.detectors(Path("a.mp4"), 25.0, (640, 480), (320, 240), mirror=True)[SECOND]
    assert isinstance(second, Scarecrow)
    assert second.order == Order(Path("a.mp4"), Path("field"), 25.0, (640, 480), (320, 240), True)
