"""OpenPose's nets run live by OpenCV, with the user's own ``.caffemodel`` files (Sec. 3.3; slow on a CPU)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.preprocessing.detectors.part_affinity import BODY_MODELS, decode_bodies, decode_hand
from audio_to_body.preprocessing.detectors.people import Person, crop_square, hand_box, no_points
from audio_to_body.preprocessing.detectors.registry import Order
from audio_to_body.skeleton.layouts import HAND_SIZE
from audio_to_body.skeleton.refusal import BadInput

BODY_HEIGHT = 368  # px the picture is brought to, OpenPose's default
HAND_PIXELS = 368
STRIDE = 8  # picture pixels per cell of the maps
HAND_CHANNELS = HAND_SIZE + 1
# where OpenPose's own model folder keeps its nets: prototxt and weights, the preferred one first
BODY_FILES = (
    ("pose/body_25/pose_deploy.prototxt", "pose/body_25/pose_iter_584000.caffemodel"),
    ("pose/coco/pose_deploy_linevec.prototxt", "pose/coco/pose_iter_440000.caffemodel"),
)
HAND_FILES = (("hand/pose_deploy.prototxt", "hand/pose_iter_102000.caffemodel"),)


class OpenPoseNets:
    """OpenPose's body net (BODY_25 or COCO) and hand net.

    Parameters
    ----------
    folder : Path
        OpenPose's ``models`` folder with the weights downloaded into it.

    Raises
    ------
    BadInput
        If nets are missing or cannot be read.
    """

    name = "openpose"
    needs_pictures = True

    def __init__(self, folder: Path):
        self._body = _net(folder, BODY_FILES, "body")
        self._hand = _net(folder, HAND_FILES, "hand")

    @classmethod
    def for_video(cls, order: Order) -> OpenPoseNets:
        """See :class:`audio_to_body.preprocessing.detectors.registry.DetectorEntry`."""
        assert order.given is not None
        return cls(order.given)

    def people(self, pictures: Iterable[np.ndarray | None], first: int = 0) -> Iterator[list[Person]]:
        """See :class:`audio_to_body.preprocessing.detectors.people.Detector`."""
        for picture in pictures:
            if picture is None:
                raise ValueError("OpenPose's nets need pictures")
            people = []
            for body in self._bodies(picture):
                left, right = (self._find_hand(picture, body, side) for side in ("left", "right"))
                people.append(Person(body, left, right, score=float(body[:, 2].mean())))
            yield people

    def _bodies(self, picture: np.ndarray) -> list[np.ndarray]:
        height, width = picture.shape[:2]
        wide = max(STRIDE, round(width * BODY_HEIGHT / height / STRIDE) * STRIDE)
        maps = _forward(self._body, picture, wide, BODY_HEIGHT)
        model = BODY_MODELS.get(len(maps))
        if model is None:
            raise BadInput(f"OpenPose's body net gives {len(maps)} maps; BODY_25 gives 78 and COCO 57")
        bodies = decode_bodies(maps, model)
        for body in bodies:
            body[:, 0] = (body[:, 0] + 0.5) * width / maps.shape[2] - 0.5
            body[:, 1] = (body[:, 1] + 0.5) * height / maps.shape[1] - 0.5
        return bodies

    def _find_hand(self, picture: np.ndarray, body: np.ndarray, side: str) -> np.ndarray:
        box = hand_box(body, side)
        if box is None:
            return no_points(HAND_SIZE)
        crop, left, top = crop_square(picture, *box)
        # the net knows right hands; OpenPose shows it left ones in a mirror
        maps = _forward(self._hand, crop[:, ::-1] if side == "left" else crop, HAND_PIXELS, HAND_PIXELS)
        if len(maps) != HAND_CHANNELS:
            raise BadInput(f"OpenPose's hand net gives {len(maps)} maps, not {HAND_CHANNELS}")
        hand = decode_hand(maps)
        scale = len(crop) / maps.shape[2]
        x = (hand[:, 0] + 0.5) * scale - 0.5
        hand[:, 0] = left + (len(crop) - 1 - x if side == "left" else x)
        hand[:, 1] = top + (hand[:, 1] + 0.5) * scale - 0.5
        return hand


def _net(folder: Path, candidates: tuple[tuple[str, str], ...], what: str) -> Any:
    import cv2

    for prototxt, weights in candidates:
        if (folder / weights).is_file() and (folder / prototxt).is_file():
            try:
                return cv2.dnn.readNetFromCaffe(str(folder / prototxt), str(folder / weights))
            except cv2.error as error:
                reason = str(error).strip().splitlines()[-1]
                raise BadInput(f"{folder / weights} cannot be read as OpenPose's {what} net ({reason})") from None
    wanted = " or ".join(f"{prototxt} with {Path(weights).name}" for prototxt, weights in candidates)
    raise BadInput(
        f"{folder} has no {what} net of OpenPose (wanted: {wanted}); download it with OpenPose's getModels"
    )


def _forward(net: Any, picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """The net's maps of a picture, enlarged to half the input's resolution, float32 [channels, height, width]."""
    import cv2

    # x / 256 - 0.5 in BGR, as OpenPose was trained
    blob = cv2.dnn.blobFromImage(np.ascontiguousarray(picture), 1 / 256, (width, height), (128,) * 3, swapRB=True)
    net.setInput(blob)
    maps = net.forward()[0]
    size = (maps.shape[2] * STRIDE // 2, maps.shape[1] * STRIDE // 2)
    return np.stack([cv2.resize(channel, size, interpolation=cv2.INTER_CUBIC) for channel in maps])
