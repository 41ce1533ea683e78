"""The detectors: one line each, in one registry from which a recital's choice takes names, roles and classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from audio_to_body.preprocessing.detectors.people import Detector
from audio_to_body.skeleton.instruments import imported
from audio_to_body.skeleton.refusal import BadInput

PEOPLE, SECOND = "people", "second"  # OpenPose's role and Mask R-CNN's (Sec. 3.3)
_HERE = "audio_to_body.preprocessing.detectors"


@dataclass(frozen=True)
class Order:
    """A video that a detector is opened for; each class takes what concerns it.

    Attributes
    ----------
    video : Path
    given : Path or None
        What the person named for this detector: results, a folder of several videos' results, or weights.
    rate : float
        Of recorded results, frames/s.
    size : (int, int), optional
        The video's own width and height in pixels.
    shown : (int, int), optional
        Width and height of the pictures that are looked at.
    mirror : bool
        Whether recorded results are of mirrored pictures; those that are looked at are turned round already.
    variant : str
        Which of its nets the detector uses, where it has several.
    """

    video: Path
    given: Path | None
    rate: float
    size: tuple[int, int] | None = None
    shown: tuple[int, int] | None = None
    mirror: bool = False
    variant: str = ""

    def results(self, endings: tuple[str, ...]) -> Path:
        """The results of this video: those given, or its own (``<video's name><ending>``) in the folder given.

        Raises
        ------
        BadInput
            If what was given does not exist.
        """
        assert self.given is not None
        if self.given == self.video:  # no video, but results alone
            return self.given
        if not self.given.exists():
            raise BadInput(f"{self.given} does not exist; check the path of the recorded results")
        own = [self.given / f"{self.video.stem}{ending}" for ending in endings]
        return next((path for path in own if path.exists()), self.given)


@dataclass(frozen=True)
class DetectorEntry:
    """One detector.

    Attributes
    ----------
    name : str
        In the manifest and the report.
    role : str
        :data:`PEOPLE` or :data:`SECOND`.
    where : str
        Its class, ``"module:name"``, imported when it is wanted; ``for_video(order)`` of it gives a
        :class:`~audio_to_body.preprocessing.detectors.people.Detector`.
    asked_by : str
        Field of the recital's choice that asks for it; empty for the one that nobody has to ask for.
    takes : str
        ``"module:name"`` of what says whether a source is no video but this detector's results; empty for none.
    variant, variant_of : str
        Field of the choice that names one of its nets, and what they are nets for.
    """

    name: str
    role: str
    where: str
    asked_by: str = ""
    takes: str = ""
    variant: str = ""
    variant_of: str = ""

    def is_source(self, path: Path) -> bool:
        """Whether a source is this detector's results alone."""
        return bool(self.takes) and bool(imported(self.takes)(path))

    def open(self, order: Order) -> Detector:
        """The detector for one video.

        Raises
        ------
        BadInput
            If files that it needs are missing or of another kind.
        """
        return cast(Callable[[Order], Detector], imported(self.where).for_video)(order)


# of a role, the first that is asked for looks at the video
DETECTORS: tuple[DetectorEntry, ...] = (
    DetectorEntry(
        "openpose-json",
        PEOPLE,
        f"{_HERE}.openpose_json:OpenPoseFiles",
        asked_by="openpose_json",
        takes=f"{_HERE}.openpose_json:is_openpose",
    ),
    DetectorEntry("openpose", PEOPLE, f"{_HERE}.openpose_dnn:OpenPoseNets", asked_by="openpose_models"),
    DetectorEntry(
        "mediapipe", PEOPLE, f"{_HERE}.mediapipe_pose:MediaPipeDetector", variant="hand_net", variant_of="hands"
    ),
    DetectorEntry("keypoint-rcnn", SECOND, f"{_HERE}.keypoint_rcnn:KeypointRcnn", asked_by="keypoint_rcnn"),
)
