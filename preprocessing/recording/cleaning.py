"""Which frames are dropped, and why (paper Sec. 3.3): missing parts, boxes too far away, wrong faces, jumps.

Everything works from keypoints and confidences alone, so that detected and simulated recitals are cleaned alike;
boxes and face distances sharpen the judgement where a detector gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audio_to_body.preprocessing.recital_file import Reason
from audio_to_body.preprocessing.recording.alignment import stable_indices
from audio_to_body.skeleton.layouts import Layout
from audio_to_body.skeleton.rates import VIDEO_FPS

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels

_LOOK_BACK = 512  # runs of frames that a run may follow: bounds the work on an hour of bad detections


@dataclass(frozen=True)
class CleaningSettings:
    """Every threshold of the cleaning. Those without a paper section are ours: the paper names no number.

    Attributes
    ----------
    jump_share : float
        A point that moves farther than this share of the frame width in one frame jumps (Sec. 6: "farther from
        previous frame more than 10% of the width of frame").
    minimum_confidence : float
        A point below it counts as missing (Sec. 3.3: "in case part of points are still missing we exclude").
    box_distance : float
        Largest distance between the centres of a frame's box and the reference box, as a share of the reference
        box's size, the square root of its area (Sec. 3.3: "too far from the location of the box in the reference").
    box_scale : float
        A box that is this many times larger or smaller than the reference box is another person's.
    face_distance : float
        Largest distance of a face signature from the reference signature (Sec. 3.3: "face signature doesn't match").
        With dlib's 128 numbers the same face lies within 0.32, another one beyond 0.58.
    face_required : bool
        Whether a frame whose face could not be seen is dropped too.
    hand_distance : float
        Largest distance of a hand's root from the body's wrist, as a share of the shoulder width; a hand farther
        away belongs to another arm and counts as missing.
    torso_drift : float
        How much farther neck, nose and shoulders may lie after a gap, as a share of the jump limit per missed frame.
    torso_drift_limit : float
        The most that allowance grows to, as a multiple of the jump limit.
    limb_gap_frames : int
        Arms and hands may move one jump limit per missed frame, up to this many.
    restart_seconds : float
        A jump is believed to be the performer who now sits elsewhere only if the new place is kept longer than this
        on either side; a person who stands there for less is somebody else, or a fault.
    stretch_seconds : float
        How many seconds of frames must be gained to believe a path that skips detected frames and moves farther than
        one jump limit.
    stranger_seconds : float
        Frames rejected as a jump for at least this long in a row are reported as another person.
    reference_box : (left, top, right, bottom) or None
        Pixels; None takes the median box of the frames that have every point.
    fps : float
        Rate of the frames.
    """

    jump_share: float = 0.10
    minimum_confidence: float = 0.05
    box_distance: float = 0.40
    box_scale: float = 2.0
    face_distance: float = 0.50
    face_required: bool = False
    hand_distance: float = 0.60
    torso_drift: float = 0.10
    torso_drift_limit: float = 2.0
    limb_gap_frames: int = 10
    restart_seconds: float = 5.0
    stretch_seconds: float = 1.0
    stranger_seconds: float = 0.5
    reference_box: Box | None = None
    fps: float = VIDEO_FPS


def drop_reasons(
    keypoints: np.ndarray,
    confidence: np.ndarray,
    layout: Layout,
    frame_size: tuple[int, int],
    settings: CleaningSettings | None = None,
    boxes: np.ndarray | None = None,
    face_distances: np.ndarray | None = None,
) -> np.ndarray:
    """Why each frame is dropped (Sec. 3.3).

    A frame is judged against the last frame that was kept, not against its neighbour: one outlier drops itself, not
    the good frame after it. Of all ways to chain the frames without a jump the one that keeps most is taken, so that
    the first frame may be the bad one.

    Parameters
    ----------
    keypoints : np.ndarray, float [frames, points, 2]
        Pixels; NaN where unknown.
    confidence : np.ndarray, float [frames, points]
    layout : Layout
    frame_size : (int, int)
        Width and height in pixels.
    settings : CleaningSettings, optional
    boxes : np.ndarray, float [frames, 4], optional
        Left, top, right, bottom of the performer's box; NaN where nobody was found. By default the box of the body
        points.
    face_distances : np.ndarray, float [frames], optional
        Distance of each frame's face signature from the reference's; NaN where it was not measured.

    Returns
    -------
    np.ndarray, uint8 [frames]
        :class:`audio_to_body.preprocessing.recital_file.Reason` codes, 0 for a kept frame.

    Raises
    ------
    ValueError
        If the arrays do not fit the layout or each other.
    """
    settings = settings or CleaningSettings()
    keypoints = np.asarray(keypoints, np.float64)
    count = len(keypoints)
    if keypoints.shape != (count, layout.size, 2) or np.shape(confidence) != (count, layout.size):
        raise ValueError(
            f"layout '{layout.name}' needs keypoints [frames, {layout.size}, 2] and confidence of that size,"
            f" got {list(keypoints.shape)} and {list(np.shape(confidence))}"
        )
    reasons = np.zeros(count, np.uint8)
    if count == 0:
        return reasons
    present = np.isfinite(keypoints).all(axis=-1) & (np.asarray(confidence) >= settings.minimum_confidence)
    present &= ~_stray_hands(keypoints, layout, settings)
    nobody = ~present[:, list(layout.body)].any(axis=1) if layout.body else ~present.any(axis=1)
    complete = present.all(axis=1)

    _mark(reasons, nobody, Reason.NO_PERSON)
    _mark(reasons, ~complete, Reason.MISSING_PART)
    if layout.body:
        found = point_boxes(keypoints, present, layout) if boxes is None else np.asarray(boxes, np.float64)
        reference = settings.reference_box or reference_box(found, complete)
        if reference is not None:
            far, wrong_size = _away_from(found, reference, settings)
            _mark(reasons, far, Reason.BOX_TOO_FAR)
            _mark(reasons, wrong_size, Reason.WRONG_PERSON)
    if face_distances is not None:
        unseen = np.isnan(face_distances)
        wrong = np.where(unseen, settings.face_required, np.nan_to_num(face_distances) > settings.face_distance)
        _mark(reasons, wrong.astype(bool), Reason.WRONG_FACE)
    _mark_jumps(reasons, keypoints, layout, settings.jump_share * frame_size[0], settings)
    return reasons


def _mark(reasons: np.ndarray, where: np.ndarray, reason: Reason) -> None:
    """Give frames a reason unless they have an earlier one."""
    reasons[where & (reasons == Reason.KEPT)] = reason


def _stray_hands(keypoints: np.ndarray, layout: Layout, settings: CleaningSettings) -> np.ndarray:
    """Points of hands that lie away from their own wrist, bool [frames, points]."""
    stray = np.zeros(keypoints.shape[:2], bool)
    if not layout.has("left_shoulder"):
        return stray
    width = np.linalg.norm(
        keypoints[:, layout.index("left_shoulder")] - keypoints[:, layout.index("right_shoulder")], axis=-1
    )
    # the typical width: a turned torso has hardly any
    typical = np.nanmedian(width) if np.isfinite(width).any() else np.nan
    for side, hand in (("left", layout.left_hand), ("right", layout.right_hand)):
        away = np.linalg.norm(keypoints[:, hand[0]] - keypoints[:, layout.index(f"{side}_wrist")], axis=-1)
        with np.errstate(invalid="ignore"):
            stray[:, list(hand)] = (away > settings.hand_distance * typical)[:, None]
    return stray


def point_boxes(keypoints: np.ndarray, present: np.ndarray, layout: Layout) -> np.ndarray:
    """Boxes of the body points that are present, float64 [frames, 4]; NaN where there is none."""
    body = list(layout.body)
    points = np.where(present[:, body, None], keypoints[:, body], np.nan)
    boxes = np.full((len(points), 4), np.nan)
    some = np.isfinite(points).any(axis=(1, 2))
    boxes[some, :2] = np.nanmin(points[some], axis=1)
    boxes[some, 2:] = np.nanmax(points[some], axis=1)
    return boxes


def reference_box(boxes: np.ndarray, complete: np.ndarray) -> Box | None:
    """The box that stands for the performer: the median over frames with every point, else over all frames."""
    chosen = boxes[complete & np.isfinite(boxes).all(axis=1)]
    if len(chosen) == 0:
        chosen = boxes[np.isfinite(boxes).all(axis=1)]
    if len(chosen) == 0:
        return None
    left, top, right, bottom = (float(v) for v in np.median(chosen, axis=0))
    return left, top, right, bottom


def _away_from(boxes: np.ndarray, reference: Box, settings: CleaningSettings) -> tuple[np.ndarray, np.ndarray]:
    """Which boxes are too far from the reference box, and which are too large or too small."""
    known = np.array(reference, np.float64)
    size = float(np.sqrt(max((known[2] - known[0]) * (known[3] - known[1]), 1.0)))
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    with np.errstate(invalid="ignore"):
        distance = np.linalg.norm(centre - (known[:2] + known[2:]) / 2, axis=-1)
        ratio = np.sqrt(np.maximum(np.prod(boxes[:, 2:] - boxes[:, :2], axis=-1), 1.0)) / size
        far = distance > settings.box_distance * size
        wrong = (ratio > settings.box_scale) | (ratio < 1 / settings.box_scale)
    return far, wrong


def _mark_jumps(
    reasons: np.ndarray, keypoints: np.ndarray, layout: Layout, limit: float, settings: CleaningSettings
) -> None:
    """Mark the frames outside the best chain as jumps or, where they last, as another person."""
    usable = np.flatnonzero(reasons == Reason.KEPT)
    if len(usable) < 2:
        return
    torso = stable_indices(layout) + ([layout.index("nose")] if layout.has("nose") else [])
    reach = _Reach(keypoints, sorted(torso), limit, settings)
    linked = reach.allowed(usable[:-1], usable[1:])
    starts = np.concatenate([[0], np.flatnonzero(~linked) + 1])
    ends = np.concatenate([starts[1:], [len(usable)]])
    runs = [(usable[a], usable[b - 1], b - a) for a, b in zip(starts, ends)]
    chain, restarts = _best_chain(runs, reach, settings)
    stranger = settings.stranger_seconds * settings.fps
    for number, (a, b) in enumerate(zip(starts, ends)):
        if number not in chain:
            reasons[usable[a:b]] = Reason.WRONG_PERSON if b - a >= stranger else Reason.JUMP
        elif number in restarts:
            reasons[usable[a]] = Reason.JUMP  # the performer did move too far: that frame goes, the next ones stay


@dataclass(frozen=True)
class _Reach:
    """How far points may move between two frames."""

    keypoints: np.ndarray
    torso: Sequence[int]
    limit: float  # px in one frame
    settings: CleaningSettings

    def moved(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Distance of every point between pairs of frames, [pairs, points]."""
        return np.linalg.norm(self.keypoints[after] - self.keypoints[before], axis=-1)

    def allowed(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Whether the performer can have moved from one frame to the other, bool [pairs]."""
        gap = np.asarray(after) - np.asarray(before)
        limits = np.repeat(
            (self.limit * np.minimum(gap, self.settings.limb_gap_frames))[:, None], self.keypoints.shape[1], axis=1
        )
        drift = np.minimum(1 + self.settings.torso_drift * (gap - 1), self.settings.torso_drift_limit)
        limits[:, list(self.torso)] = (self.limit * drift)[:, None]
        return np.all(self.moved(before, after) <= limits, axis=1)

    def stretched(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Whether a point moved farther than one frame allows, bool [pairs]."""
        return np.any(self.moved(before, after) > self.limit, axis=1)


def _best_chain(
    runs: Sequence[tuple[int, int, int]], reach: _Reach, settings: CleaningSettings
) -> tuple[set[int], set[int]]:
    """The runs of frames that together keep most, and those of them that begin with a restart.

    Parameters
    ----------
    runs : sequence of (first frame, last frame, number of frames)
        Within a run nothing jumps.
    """
    firsts = np.array([run[0] for run in runs])
    lasts = np.array([run[1] for run in runs])
    gain = np.array([run[2] for run in runs], np.float64)
    restart = settings.restart_seconds * settings.fps
    stretch = settings.stretch_seconds * settings.fps
    best = gain.copy()
    previous = np.full(len(runs), -1)
    restarted = np.zeros(len(runs), bool)
    for number in range(1, len(runs)):
        earlier = np.arange(max(0, number - _LOOK_BACK), number)
        after = np.full(len(earlier), firsts[number])
        allowed = reach.allowed(lasts[earlier], after)
        # the neighbouring run skips no detected frame, but two neighbours are never allowed: that is why they are two
        cost = np.where(allowed, np.where(reach.stretched(lasts[earlier], after), stretch, 0.0), restart)
        value = best[earlier] - cost
        choice = int(value.argmax())
        if value[choice] > 0:
            best[number] += value[choice]
            previous[number] = earlier[choice]
            restarted[number] = not allowed[choice]
    chain: set[int] = set()
    restarts: set[int] = set()
    number = int(best.argmax())
    while number >= 0:
        chain.add(number)
        if restarted[number]:
            restarts.add(number)
        number = int(previous[number])
    return chain, restarts
