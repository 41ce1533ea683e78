"""Face signatures: whether the person in the box is the performer (Sec. 3.3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from audio_to_body.preprocessing.detectors.people import NOSE, SHOULDERS, Person, crop_square
from audio_to_body.skeleton.onnx_trust import check_graph
from audio_to_body.skeleton.refusal import BadInput

FACE_SQUARE = 1.2  # side of the square around the nose in which the face is looked for, in shoulder widths
FACE_PIXELS = 256  # that square is brought to this size
LARGEST_NETWORK = 1 << 30  # bytes; DeepFace takes half of it
FACE_MARGIN = 0.1  # around MediaPipe's face box, as a share of it


class FaceSignature(Protocol):
    """Turns a face into numbers that are near each other for the same person."""

    name: str
    threshold: float

    def signature(self, picture: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
        """Signature of the face in a box (left, top, right, bottom) of an RGB picture, float32 [n]."""
        ...


class FaceFinder:
    """MediaPipe's face detector in a square around the nose: its boxes fit better than dlib's."""

    def __init__(self) -> None:
        from mediapipe.python.solutions import face_detection

        self._detector = face_detection.FaceDetection(model_selection=0, min_detection_confidence=0.5)

    def find(self, picture: np.ndarray, person: Person) -> tuple[int, int, int, int] | None:
        """Box of a person's face: left, top, right, bottom in pixels; None where it is not seen."""
        import cv2

        nose, left, right = person.body[NOSE], person.body[SHOULDERS["left"]], person.body[SHOULDERS["right"]]
        if min(nose[2], left[2], right[2]) <= 0 or not np.isfinite([*nose, *left, *right]).all():
            return None
        # a turned torso has narrow shoulders; head and shoulders then lie farther apart than they are wide
        spread = max(np.linalg.norm(left[:2] - right[:2]), np.linalg.norm((left + right)[:2] / 2 - nose[:2]))
        crop, x0, y0 = crop_square(picture, float(nose[0]), float(nose[1]), FACE_SQUARE * float(spread))
        scale = len(crop)
        found = self._detector.process(cv2.resize(crop, (FACE_PIXELS, FACE_PIXELS))).detections
        if not found:
            return None
        best = max(found, key=lambda face: face.score[0]).location_data.relative_bounding_box
        margin = FACE_MARGIN * best.height
        return (
            round(x0 + (best.xmin - margin) * scale),
            round(y0 + (best.ymin - margin) * scale),
            round(x0 + (best.xmin + best.width + margin) * scale),
            round(y0 + (best.ymin + best.height + margin) * scale),
        )


class DlibSignature:
    """dlib's 128 numbers, by the models of ``face_recognition_models``: no download, 78 ms a face."""

    name = "dlib"
    threshold = 0.5  # the same person lies within 0.32, another one beyond 0.58

    def __init__(self) -> None:
        import dlib
        import face_recognition_models as models

        self._rectangle = dlib.rectangle
        self._landmarks = dlib.shape_predictor(models.pose_predictor_five_point_model_location())
        self._network = dlib.face_recognition_model_v1(models.face_recognition_model_location())

    def signature(self, picture: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
        """See :class:`FaceSignature`; float32 [128]."""
        shape = self._landmarks(picture, self._rectangle(*box))
        return np.array(self._network.compute_face_descriptor(picture, shape), np.float32)


class OnnxSignature:
    """A face network of the user's, such as DeepFace (Taigman et al. 2014), as ONNX.

    It takes one picture [1, height, width, 3] or [1, 3, height, width], RGB from 0 to 1, and gives one vector, which
    is brought to length 1.

    Parameters
    ----------
    path : Path

    Raises
    ------
    BadInput
        If the file is missing, is no such network, refers to other files or needs operators from elsewhere.
    """

    name = "deepface"
    threshold = 0.64  # euclidean, of unit vectors; what the deepface package uses for this network

    def __init__(self, path: Path):
        import onnxruntime

        try:
            if path.stat().st_size > LARGEST_NETWORK:
                raise BadInput(f"{path} is larger than {LARGEST_NETWORK >> 20} MB; no face network is")
            data = path.read_bytes()
        except OSError as error:
            raise BadInput(f"{path} cannot be read ({error.strerror}); --face takes dlib, none or a file") from None
        check_graph(data, str(path))
        try:
            self._session: Any = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises its own kinds for whatever is wrong with a file
            reason = str(error).splitlines()[0]
            raise BadInput(f"{path} cannot be read as an ONNX face network ({reason})") from None
        self._input = self._session.get_inputs()[0]
        shape = self._input.shape
        if len(shape) != 4 or 3 not in (shape[1], shape[3]):
            raise BadInput(f"{path} takes {shape}; a face network takes one picture with three colours")
        self._first = shape[1] == 3
        height, width = (shape[2], shape[3]) if self._first else (shape[1], shape[2])
        # 152 pixels are DeepFace's where the file leaves the size open
        self._size = tuple(side if isinstance(side, int) else 152 for side in (width, height))

    def signature(self, picture: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
        """See :class:`FaceSignature`."""
        import cv2

        left, top, right, bottom = box
        centre_x, centre_y, side = (left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top)
        face = cv2.resize(crop_square(picture, centre_x, centre_y, side)[0], self._size).astype(np.float32) / 255
        values = face.transpose(2, 0, 1)[None] if self._first else face[None]
        vector = np.asarray(self._session.run(None, {self._input.name: values})[0], np.float32).ravel()
        return vector / max(float(np.linalg.norm(vector)), 1e-9)
