"""Which detectors a recital goes through, as data that can be sent to another process."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from audio_to_body.preprocessing.detectors.faces import DlibSignature, FaceSignature, OnnxSignature
from audio_to_body.preprocessing.detectors.people import Detector
from audio_to_body.preprocessing.detectors.registry import DETECTORS, DetectorEntry, Order


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
        names = [self._name(entry) for entry in self._asked().values()]
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
        entries, given = self._asked(), self._given()
        for entry in DETECTORS:
            if entry.is_source(path):
                entries[entry.role], given[entry.name] = entry, path
        chosen = {}
        for role, entry in entries.items():
            variant = getattr(self, entry.variant) if entry.variant else ""
            order = Order(path, given.get(entry.name), self.json_fps or fps, size, shown, mirror, variant)
            chosen[role] = entry.open(order)
        return chosen

    def signature(self) -> FaceSignature | None:
        """What signs faces; None for ``"none"``."""
        if self.face == "none":
            return None
        return DlibSignature() if self.face == "dlib" else OnnxSignature(Path(self.face))

    def _asked(self) -> dict[str, DetectorEntry]:
        """The detectors that the choice asks for, by role."""
        asked: dict[str, DetectorEntry] = {}
        for entry in DETECTORS:
            if not entry.asked_by or getattr(self, entry.asked_by):
                asked.setdefault(entry.role, entry)
        return asked

    def _given(self) -> dict[str, Path]:
        """What the person named for detectors, by their names."""
        return {entry.name: getattr(self, entry.asked_by) for entry in DETECTORS if entry.asked_by}

    def _name(self, entry: DetectorEntry) -> str:
        """A detector's name, with its nets where they are not the usual ones."""
        usual = {field.name: field.default for field in fields(self)}
        if not entry.variant or getattr(self, entry.variant) == usual[entry.variant]:
            return entry.name
        return f"{entry.name} ({getattr(self, entry.variant)} {entry.variant_of})"
