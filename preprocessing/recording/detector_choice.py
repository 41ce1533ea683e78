"""Which detectors a recital goes through, as data that can be sent to another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio_to_body.preprocessing.detectors.faces import DlibSignature, FaceSignature, OnnxSignature
from audio_to_body.preprocessing.detectors.openpose_json import ARCHIVES, OpenPoseFiles, is_openpose
from audio_to_body.preprocessing.detectors.people import Detector
from audio_to_body.skeleton.refusal import BadInput

PEOPLE, SECOND = "people", "second"  # OpenPose's role and Mask R-CNN's (Sec. 3.3)


@dataclass(frozen=True)
class DetectorChoice:
    """The person's choice of detectors.

    Attributes
    ----------
    openpose_json : Path or None
        OpenPose's recorded results take MediaPipe's place: a folder or archive of one video, or a folder that holds
        one for each video, named after it.
    openpose_models : Path or None
        OpenPose's nets, run live, take MediaPipe's place.
    keypoint_rcnn : Path or None
        A second opinion on the body: COCO keypoint results (``.json``, or a folder with one for each video) or
        weights for torchvision's network (``.pth``).
    face : str
        ``"dlib"``, ``"none"``, or the path of an ONNX face network.
    json_fps : float or None
        Frames per second of recorded results; None for the video's own rate.
    hand_net : {"full", "lite"}
        MediaPipe's net for hands: the lite one is faster and loses more of them.
    """

    openpose_json: Path | None = None
    openpose_models: Path | None = None
    keypoint_rcnn: Path | None = None
    face: str = "dlib"
    json_fps: float | None = None
    hand_net: str = "full"

    def key(self) -> list[Any]:
        """What detections depend on."""
        return [str(value) for value in (self.openpose_json, self.openpose_models, self.keypoint_rcnn, self.face)] + [
            self.json_fps,
            self.hand_net,
        ]

    def describe(self) -> str:
        """The detectors' names, for the manifest and the report."""
        people = "mediapipe" if self.hand_net == "full" else f"mediapipe ({self.hand_net} hands)"
        if self.openpose_models:
            people = "openpose"
        if self.openpose_json:
            people = "openpose-json"
        names = [people]
        if self.keypoint_rcnn:
            names.append("keypoint-rcnn")
        if self.face != "none":
            names.append(f"face:{Path(self.face).name}")
        return ", ".join(names)

    def detectors(
        self,
        path: Path,
        fps: float,
        size: tuple[int, int] | None = None,
        shown: tuple[int, int] | None = None,
        mirror: bool = False,
    ) -> dict[str, Detector]:
        """The detectors for one video, by role.

        Parameters
        ----------
        path : Path
            The video.
        fps : float
            Its own frames per second.
        size : (int, int), optional
            Its own width and height in pixels.
        shown : (int, int), optional
            Width and height of the pictures that are looked at.
        mirror : bool
            Whether recorded results are of mirrored pictures; those that are looked at are turned round already.

        Raises
        ------
        BadInput
            If files that a detector needs are missing or of another kind.
        """
        rate = self.json_fps or fps
        chosen: dict[str, Detector] = {}
        if is_openpose(path):
            chosen[PEOPLE] = OpenPoseFiles(path, rate, mirror=mirror)
        elif self.openpose_json:
            own = _own(self.openpose_json, path, ("", *ARCHIVES))
            chosen[PEOPLE] = OpenPoseFiles(own, rate, size, shown, mirror)
        elif self.openpose_models:
            from audio_to_body.preprocessing.detectors.openpose_dnn import OpenPoseNets

            chosen[PEOPLE] = OpenPoseNets(self.openpose_models)
        else:
            from audio_to_body.preprocessing.detectors.mediapipe_pose import MediaPipeDetector

            chosen[PEOPLE] = MediaPipeDetector(hand_net=self.hand_net)
        if self.keypoint_rcnn:
            width = float((shown or size or (0, 0))[0]) if mirror else None
            chosen[SECOND] = _second(_own(self.keypoint_rcnn, path, (".json",)), rate, width)
        return chosen

    def signature(self) -> FaceSignature | None:
        """What signs faces; None for ``"none"``."""
        if self.face == "none":
            return None
        return DlibSignature() if self.face == "dlib" else OnnxSignature(Path(self.face))


def _second(path: Path, rate: float, mirror_width: float | None) -> Detector:
    from audio_to_body.preprocessing.detectors.keypoint_rcnn import CocoResults, KeypointRcnn

    return CocoResults(path, rate, mirror_width) if path.suffix.lower() == ".json" else KeypointRcnn(path)


def _own(given: Path, video: Path, endings: tuple[str, ...]) -> Path:
    """The results of one video: those given, or its own among those of several videos in a folder."""
    if not given.exists():
        raise BadInput(f"{given} does not exist; check the path of the recorded results")
    own = [given / f"{video.stem}{ending}" for ending in endings]
    return next((path for path in own if path.exists()), given)
