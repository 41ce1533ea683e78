"""Who is the performer, and which detector's points are taken (paper Sec. 3.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.preprocessing.detectors.people import BODY_SIZE, ELBOWS, SHOULDERS, WRISTS
from audio_to_body.preprocessing.recording.cleaning import Box, CleaningSettings
from audio_to_body.preprocessing.recording.detection import Faces, Found
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import HAND_SIZE
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput

TRACK_GAP = VIDEO_FPS  # frames after which a person who reappears counts as another
PRESENCE = 0.1  # worth of a frame without hands or pose, beside 1 with both
HELD = 0.8  # share of the frames in which the hand at the violin's neck is above its elbow
MORE = 1.5  # the bowing wrist travels so many times as far as the other
SAME_PERSON = 0.5  # mean distance of two detectors' body points, as a share of the box's size, up to which they agree


@dataclass(frozen=True)
class Performer:
    """The performer of a recital, as detected; cleaning has yet to judge.

    Attributes
    ----------
    keypoints : np.ndarray, float32 [frames, 50, 2]
    confidence : np.ndarray, float32 [frames, 50]
    boxes : np.ndarray, float32 [frames, 4]
    face_distances : np.ndarray, float32 [frames] or None
        NaN where no face was measured.
    reference_box : Box or None
        None when nobody was found in the whole recital.
    reference_frame : int
        The frame that lies nearest to the reference box and shows every part.
    """

    keypoints: np.ndarray
    confidence: np.ndarray
    boxes: np.ndarray
    face_distances: np.ndarray | None
    reference_box: Box | None
    reference_frame: int


def find_performer(
    people: Found,
    instrument: str,
    settings: CleaningSettings,
    second: Found | None = None,
    faces: Faces | None = None,
    reference_frame: int | None = None,
) -> Performer:
    """Follow the person of interest through a recital.

    Parameters
    ----------
    people : Found
        Of the detector in OpenPose's role: body and hands.
    instrument : str
    settings : CleaningSettings
        Its ``reference_box`` overrides the automatic choice.
    second : Found, optional
        Of the detector in Mask R-CNN's role: body and box.
    faces : Faces, optional
    reference_frame : int, optional
        Take the person who is surest in this frame as the performer.

    Raises
    ------
    BadInput
        If ``reference_frame`` shows nobody.
    """
    reference = settings.reference_box or reference_of(people, instrument, settings, reference_frame)
    frames = np.arange(len(people))
    if reference is None:
        empty = np.full((len(people), people.points.shape[2], 2), np.nan, np.float32)
        return Performer(empty, np.zeros(empty.shape[:2], np.float32), people.boxes[:, 0], None, None, 0)
    chosen = nearest_person(people.boxes, reference)
    points, boxes = people.points[frames, chosen], people.boxes[frames, chosen]
    if second is not None:
        points, boxes = with_second(points, boxes, second, reference)
    found = np.isfinite(points[..., 0]) & (points[..., 2] > 0)
    away = np.where(found.all(axis=1), _distance(boxes, reference), np.inf)
    return Performer(
        keypoints=np.ascontiguousarray(points[..., :2]),
        confidence=np.ascontiguousarray(points[..., 2]),
        boxes=boxes,
        face_distances=None if faces is None else face_distances(faces, chosen),
        reference_box=reference,
        reference_frame=int(away.argmin()),
    )


def reference_of(
    people: Found, instrument: str, settings: CleaningSettings, reference_frame: int | None = None
) -> Box | None:
    """The reference box: of the person present longest with both hands and the instrument's pose.

    Returns
    -------
    Box or None
        Median of that person's boxes; None when nobody was found.
    """
    if reference_frame is not None:
        if not 0 <= reference_frame < len(people) or not np.isfinite(people.boxes[reference_frame, 0]).all():
            raise BadInput(
                f"the reference frame {reference_frame} shows nobody; choose a frame that shows the performer"
            )
        return _as_box(people.boxes[reference_frame, 0])
    worth = np.where(plays(people.points, instrument), 1.0, PRESENCE)
    tracks = _tracks(people.boxes, settings)
    if not tracks:
        return None
    medians, values = [], []
    for track in tracks:
        frames, places = np.array(track).T
        medians.append(np.median(people.boxes[frames, places], axis=0))
        values.append(float(worth[frames, places].sum()))
    # a performer who was lost for a while has several tracks, all in one place
    totals = [
        sum(v for m, v in zip(medians, values) if _distance(m[None], _as_box(median))[0] < settings.box_distance)
        for median in medians
    ]
    return _as_box(medians[int(np.argmax(totals))])


def plays(points: np.ndarray, instrument: str) -> np.ndarray:
    """Whether people hold themselves as players do, with both hands seen: bool [frames, people].

    Parameters
    ----------
    points : np.ndarray [frames, people, 50, 3]
    instrument : str
    """
    hands = np.isfinite(points[:, :, BODY_SIZE::HAND_SIZE, 0]).all(axis=-1)
    with np.errstate(invalid="ignore"):
        pose: np.ndarray = instrument_named(instrument).part("posture")(points)
    return hands & pose


def holds_a_violin(points: np.ndarray) -> np.ndarray:
    """A violinist's left wrist is higher than the elbow; of points ``[frames, people, 50, 3]``."""
    y = points[..., 1]
    return y[..., WRISTS["left"]] < y[..., ELBOWS["left"]]


def sits_at_keys(points: np.ndarray) -> np.ndarray:
    """A pianist's wrists are lower than the shoulders; of points ``[frames, people, 50, 3]``."""
    y = points[..., 1]
    low = [y[..., WRISTS[side]] > y[..., SHOULDERS[side]] for side in ("left", "right")]
    return low[0] & low[1]


def looks_mirrored(points: np.ndarray, kept: np.ndarray) -> bool:
    """Whether a violinist holds the instrument with the right hand and bows with the left.

    The hand at the violin's neck stays above its elbow; the bowing one travels. Both must say so, and clearly.

    Parameters
    ----------
    points : np.ndarray [frames, 50, 2]
    kept : np.ndarray of bool [frames]
    """
    points = points[kept]
    if len(points) < VIDEO_FPS:
        return False
    raised, travel = {}, {}
    for side in ("left", "right"):
        wrist, elbow = points[:, WRISTS[side]], points[:, ELBOWS[side]]
        raised[side] = float((wrist[:, 1] < elbow[:, 1]).mean())
        travel[side] = float(np.nanmean(np.abs(np.diff(wrist, axis=0)).sum(axis=1)))
    return raised["right"] >= HELD and raised["right"] > raised["left"] and travel["left"] > MORE * travel["right"]


def nearest_person(boxes: np.ndarray, reference: Box) -> np.ndarray:
    """Number of the person of every frame whose box is nearest to the reference box in place and size.

    Parameters
    ----------
    boxes : np.ndarray [frames, people, 4]
    reference : Box

    Returns
    -------
    np.ndarray of int [frames]
    """
    size = _size(np.array(reference)[None])[0]
    difference = _distance(boxes, reference) + np.abs(np.log(_size(boxes) / size))
    return np.where(np.isnan(difference), np.inf, difference).argmin(axis=1)


def with_second(
    points: np.ndarray, boxes: np.ndarray, second: Found, reference: Box
) -> tuple[np.ndarray, np.ndarray]:
    """Choose between two detectors' bodies "based on the confidence and existence of points" (Sec. 3.3).

    The body with more points wins, then the surer one; its missing points come from the other, where both show the
    same person. The box is the second detector's; hands outside it are no hands.

    Parameters
    ----------
    points : np.ndarray [frames, 50, 3]
        Of the first detector.
    boxes : np.ndarray [frames, 4]
    second : Found
    reference : Box

    Returns
    -------
    points, boxes : np.ndarray
    """
    count = min(len(points), len(second))
    chosen = nearest_person(second.boxes[:count], reference)
    other = np.full((len(points), BODY_SIZE, 3), np.nan, np.float32)
    other[..., 2] = 0
    other[:count] = second.points[np.arange(count), chosen, :BODY_SIZE]
    other_boxes = np.full_like(boxes, np.nan)
    other_boxes[:count] = second.boxes[np.arange(count), chosen]
    first = points[:, :BODY_SIZE]
    here, there = (np.isfinite(body[..., 0]) & (body[..., 2] > 0) for body in (first, other))
    both = here & there
    apart = np.linalg.norm(first[..., :2] - other[..., :2], axis=-1)
    mean = np.where(both, np.nan_to_num(apart), 0).sum(axis=1) / np.maximum(both.sum(axis=1), 1)
    agree = both.any(axis=1) & (mean <= SAME_PERSON * _size(other_boxes))

    def sure(body: np.ndarray, found: np.ndarray) -> np.ndarray:
        return found.sum(axis=1) + np.where(found, body[..., 2], 0).sum(axis=1) / np.maximum(found.sum(axis=1), 1) / 2

    second_wins = sure(other, there) > sure(first, here)
    body = np.where(second_wins[:, None, None], other, first)
    spare = np.where(second_wins[:, None, None], first, other)
    gap = agree[:, None] & ~np.where(second_wins[:, None], there, here)
    body = np.where(gap[..., None], spare, body)
    boxes = np.where(np.isfinite(other_boxes).all(axis=1)[:, None], other_boxes, boxes)
    hands = points[:, BODY_SIZE:].copy()
    margin = 0.25 * _size(boxes)
    for part in (slice(0, HAND_SIZE), slice(HAND_SIZE, 2 * HAND_SIZE)):
        root = hands[:, part.start, :2]
        with np.errstate(invalid="ignore"):
            outside = (root < boxes[:, :2] - margin[:, None]) | (root > boxes[:, 2:] + margin[:, None])
        hands[outside.any(axis=1), part] = (np.nan, np.nan, 0)
    return np.concatenate([body, hands], axis=1).astype(np.float32), boxes.astype(np.float32)


def face_distances(faces: Faces, chosen: np.ndarray) -> np.ndarray:
    """Distance of the performer's face signature from the reference's in every frame, NaN where unknown.

    The reference is the signature that lies nearest to all others of the performer. A measurement speaks for the
    frames around it, up to half way to the next.

    Parameters
    ----------
    faces : Faces
    chosen : np.ndarray of int [frames]
        Number of the performer among the people of each frame.
    """
    distances = np.full(len(chosen), np.nan, np.float32)
    inside = faces.frames < len(chosen)
    own = np.flatnonzero(inside)[faces.places[inside] == chosen[faces.frames[inside]]]
    if len(own) == 0:
        return distances
    signatures = faces.signatures[own].astype(np.float64)
    candidates = signatures[:: max(1, len(signatures) // 200)]
    between = np.linalg.norm(candidates[:, None] - candidates[None], axis=-1)
    reference = candidates[np.median(between, axis=1).argmin()]
    measured = np.linalg.norm(signatures - reference, axis=1)
    half = faces.every // 2
    for frame, distance in zip(faces.frames[own], measured):
        distances[max(0, frame - half) : frame + faces.every - half] = distance
    return distances


def _tracks(boxes: np.ndarray, settings: CleaningSettings) -> list[list[tuple[int, int]]]:
    """People followed from frame to frame by their boxes: lists of (frame, place)."""
    tracks: list[list[tuple[int, int]]] = []
    open_tracks: list[list[tuple[int, int]]] = []
    for frame in range(len(boxes)):
        open_tracks = [track for track in open_tracks if frame - track[-1][0] <= TRACK_GAP]
        free = list(open_tracks)
        for place in range(boxes.shape[1]):
            if not np.isfinite(boxes[frame, place]).all():
                continue
            best, nearest = None, settings.box_distance
            for track in free:
                last = _as_box(boxes[track[-1]])
                away = float(_distance(boxes[frame, place][None], last)[0])
                if away < nearest:
                    best, nearest = track, away
            if best is None:
                tracks.append([(frame, place)])
                open_tracks.append(tracks[-1])
            else:
                best.append((frame, place))
                free.remove(best)
    return tracks


def _as_box(values: np.ndarray) -> Box:
    left, top, right, bottom = (float(value) for value in values)
    return left, top, right, bottom


def _size(boxes: np.ndarray) -> np.ndarray:
    """Square root of the area."""
    return np.sqrt(np.maximum((boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1]), 1.0))


def _distance(boxes: np.ndarray, reference: Box) -> np.ndarray:
    """Distance of the boxes' centres from the reference's, as a share of its size."""
    known = np.array(reference, np.float64)
    centre = (boxes[..., :2] + boxes[..., 2:]) / 2
    return np.linalg.norm(centre - (known[:2] + known[2:]) / 2, axis=-1) / _size(known[None])[0]
