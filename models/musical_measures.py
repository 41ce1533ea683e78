"""What a musician would look at, beside pixels: hits, bow reversals, speed, the hands' place, calm, amplitude.

Every measure compares predicted keypoints with the truth's on the same frames; baselines are measured alike. Where
the dataset knows the movement without the detector's noise (virtual recitals), that is the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from audio_to_body.models.data_split import Part
from audio_to_body.models.net_recitals import RecitalSteps
from audio_to_body.models.recital_data import TrainingData
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import Layout, layout_named
from audio_to_body.skeleton.rates import VIDEO_FPS

ATTACK_FRAMES = 3  # a reversal counts as hit within this distance (TGM2B's bowing-attack F1)
SMALLEST_STROKE = 0.05  # of the shoulder width: shorter swings are the detector's tremble
SMOOTHING_FRAMES = 3  # running mean before differences are taken
SWAY_SECONDS = 4.0  # movement slower than this is posture, not a stroke
CHANCE_SHIFTS = 16  # circular shifts whose mean F1 is what chance reaches


@dataclass(frozen=True)
class MusicalMeasures:
    """Measures over test recitals; NaN where the layout or the data cannot tell.

    Attributes
    ----------
    pck_10, pck_20 : float
        Share of points within 0.1 and 0.2 of the shoulder width.
    attack_f1 : float
        Reversals of the right wrist along the bow's direction, within 3 frames of the truth's (violin).
    attack_chance : float
        What the same reversals reach when shifted in time at random.
    wrist_speed : float
        Correlation of the wrist's speed with the truth's (violin: right wrist; piano: mean of both).
    place_pitch : float
        Correlation of the left hand's place (violin) or both hands' mean place (piano) with the sounding pitch.
    place_pitch_truth : float
        The same for the truth.
    jerk : float
        Mean jerk over points and frames, as a share of the truth's.
    motion_energy : float
        Mean squared speed over points and frames, as a share of the truth's.
    stroke_amplitude : float
        Deviation of the right wrist along the bow's direction (violin; piano: of both wrists along the keyboard),
        slow sway removed, as a share of the truth's.
    """

    pck_10: float
    pck_20: float
    attack_f1: float
    attack_chance: float
    wrist_speed: float
    place_pitch: float
    place_pitch_truth: float
    jerk: float
    motion_energy: float
    stroke_amplitude: float


def measure_part(data: TrainingData, predictions: Sequence[np.ndarray], part: Part = Part.TEST) -> MusicalMeasures:
    """Measures of a net or baseline over a part, recitals weighted by their frames.

    Parameters
    ----------
    data : TrainingData
    predictions : sequence of np.ndarray [frames, points, 2]
        One per recital of ``data``.
    part : Part
    """
    layout = layout_named(data.layout)
    found: list[tuple[int, MusicalMeasures]] = []
    for recital, predicted in zip(data.recitals, predictions):
        for first, end in recital.runs(part):
            if end - first > 2 * VIDEO_FPS:
                span = slice(first, end)
                measures = measure_run(
                    best_truth(recital)[span],
                    predicted[span],
                    recital.kept[span],
                    layout,
                    sounding_pitch(recital.notes, recital.frames)[span],
                )
                found.append((end - first, measures))
    return _averaged(found)


def best_truth(recital: RecitalSteps) -> np.ndarray:
    """The movement without the detector's noise where the dataset knows it, else as detected."""
    return recital.truth if recital.clean is None else recital.clean


def measure_run(
    truth: np.ndarray, predicted: np.ndarray, kept: np.ndarray, layout: Layout, pitch: np.ndarray
) -> MusicalMeasures:
    """Measures of consecutive frames.

    Parameters
    ----------
    truth, predicted : np.ndarray [frames, points, 2]
    kept : np.ndarray, bool [frames]
        Frames whose truth was seen.
    layout : Layout
    pitch : np.ndarray [frames]
        MIDI pitch that sounds, NaN where none does.
    """
    truth, predicted = truth.astype(np.float64), predicted.astype(np.float64)
    width = shoulder_width(truth[kept], layout)
    apart = np.linalg.norm(predicted - truth, axis=-1)[kept]
    # jumps of a detector would count as movement: differences are taken only between frames that were seen
    steady = kept if kept.sum() > VIDEO_FPS else np.ones(len(kept), bool)
    energies = [motion_energy(points, steady) for points in (predicted, truth)]
    jerks = [_mean_size(points, 3, steady) for points in (predicted, truth)]
    bowed = instrument_named(layout.instrument).bowed
    wrists = _wrists(layout)
    tracked = [wrists[1]] if bowed else list(wrists)
    axis = principal_axis(truth[steady][:, tracked].reshape(-1, 2) - _centre(truth[steady][:, tracked]))
    strokes = [(points[:, tracked] @ axis).mean(axis=1) for points in (predicted, truth)]
    speeds = [np.linalg.norm(_velocity(points[:, tracked]), axis=-1).mean(axis=1) for points in (predicted, truth)]
    f1 = chance = float("nan")
    if bowed and np.isfinite(width):
        attacks = [reversals(stroke, SMALLEST_STROKE * width) for stroke in strokes]
        f1 = attack_f1(attacks[0], attacks[1])
        shifts = np.linspace(0, len(truth), CHANCE_SHIFTS + 2)[1:-1].astype(int)
        chance = float(np.mean([attack_f1((attacks[0] + s) % len(truth), attacks[1]) for s in shifts]))
    places = [hand_place(points, truth, layout) for points in (predicted, truth)]
    sounds = np.isfinite(pitch)
    return MusicalMeasures(
        pck_10=float((apart < 0.1 * width).mean()) if np.isfinite(width) else float("nan"),
        pck_20=float((apart < 0.2 * width).mean()) if np.isfinite(width) else float("nan"),
        attack_f1=f1,
        attack_chance=chance,
        wrist_speed=correlation(speeds[0], speeds[1]),
        place_pitch=correlation(places[0][sounds], pitch[sounds]),
        place_pitch_truth=correlation(places[1][sounds], pitch[sounds]),
        jerk=_share(jerks[0], jerks[1]),
        motion_energy=_share(energies[0], energies[1]),
        stroke_amplitude=_share(*(float(_without_sway(stroke).std()) for stroke in strokes)),
    )


def shoulder_width(points: np.ndarray, layout: Layout) -> float:
    """Mean distance of the shoulders, px; NaN where the layout has none."""
    if not (layout.has("left_shoulder") and layout.has("right_shoulder")) or len(points) == 0:
        return float("nan")
    across = points[:, layout.index("left_shoulder")] - points[:, layout.index("right_shoulder")]
    return float(np.linalg.norm(across, axis=-1).mean())


def motion_energy(points: np.ndarray, kept: np.ndarray) -> float:
    """Mean squared speed over points and kept frames, (px/frame)²."""
    change = _differences(points, 1, kept)
    return float(np.square(change).sum(axis=-1).mean()) if len(change) else float("nan")


def principal_axis(vectors: np.ndarray) -> np.ndarray:
    """Unit vector along which vectors ``[n, 2]`` vary most."""
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    return directions[:, -1]


def reversals(place: np.ndarray, smallest: float) -> np.ndarray:
    """Frames at which a movement along a line turns round.

    Parameters
    ----------
    place : np.ndarray [frames]
        Position along the line, px.
    smallest : float
        Swings shorter than this do not count, px.

    Returns
    -------
    np.ndarray of int
    """
    smooth = _smoothed(place)
    turns: list[int] = []
    low = high = 0  # frames of the extremes since the last turn
    direction = 0
    for frame, value in enumerate(smooth):
        if value < smooth[low]:
            low = frame
        if value > smooth[high]:
            high = frame
        if direction <= 0 and value - smooth[low] >= smallest:
            if direction < 0:
                turns.append(low)
            direction, high = 1, frame
        elif direction >= 0 and smooth[high] - value >= smallest:
            if direction > 0:
                turns.append(high)
            direction, low = -1, frame
        if direction > 0 and value >= smooth[high]:
            high = low = frame
        elif direction < 0 and value <= smooth[low]:
            low = high = frame
    return np.array(turns, dtype=int)


def attack_f1(predicted: np.ndarray, truth: np.ndarray, reach: int = ATTACK_FRAMES) -> float:
    """F1 of moments: each predicted one may hit one true one within ``reach`` frames.

    Returns
    -------
    float
        NaN where neither has any; 0 where one has none.
    """
    if len(predicted) == 0 and len(truth) == 0:
        return float("nan")
    hits, at = 0, 0
    predicted, truth = np.sort(predicted), np.sort(truth)
    for moment in predicted:  # both in order: the earliest free one within reach is the best choice
        while at < len(truth) and truth[at] < moment - reach:
            at += 1
        if at < len(truth) and truth[at] <= moment + reach:
            hits, at = hits + 1, at + 1
    return 2 * hits / (len(predicted) + len(truth))


def hand_place(points: np.ndarray, truth: np.ndarray, layout: Layout) -> np.ndarray:
    """Place of the left hand along the line on which it moves most (violin), or of both hands along the keyboard.

    Parameters
    ----------
    points : np.ndarray [frames, points, 2]
        Whose place.
    truth : np.ndarray [frames, points, 2]
        Gives the line, so that both are measured along the same one.

    Returns
    -------
    np.ndarray [frames]
        Px; the line points toward where the truth's fingers are for higher pitch on average: its sign is free.
    """
    instrument = instrument_named(layout.instrument)
    hands = [layout.left_hand] if instrument.bowed else [layout.left_hand, layout.right_hand]
    chosen = [list(hand) for hand in hands]
    centres = np.stack([truth[:, hand].mean(axis=1) for hand in chosen], axis=1)
    axis = principal_axis((centres - centres.mean(axis=0)).reshape(-1, 2))
    if instrument.keyed:  # the performer's right is where the pitch rises
        across = centres[:, 1].mean(axis=0) - centres[:, 0].mean(axis=0)
        axis = axis if axis @ across >= 0 else -axis
    return np.stack([points[:, hand].mean(axis=1) @ axis for hand in chosen], axis=1).mean(axis=1)


def sounding_pitch(notes: np.ndarray | None, frames: int) -> np.ndarray:
    """Mean MIDI pitch that sounds in every frame, NaN where none does or nothing is known.

    Parameters
    ----------
    notes : np.ndarray [n, 4] or None
        Onset s, end s, MIDI pitch, velocity.
    frames : int
    """
    sums, counts = np.zeros(frames), np.zeros(frames)
    for onset, end, pitch, _ in np.zeros((0, 4)) if notes is None else notes:
        span = slice(max(int(np.ceil(onset * VIDEO_FPS)), 0), max(int(np.ceil(end * VIDEO_FPS)), 0))
        sums[span] += pitch
        counts[span] += 1
    with np.errstate(invalid="ignore"):
        return np.where(counts > 0, sums / counts, np.nan)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's correlation; 0 where one of them does not vary, NaN for fewer than three values."""
    if len(a) < 3:
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    size = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / size) if size > 1e-9 else 0.0


def _wrists(layout: Layout) -> tuple[int, int]:
    """Indices of the left and right wrist: the body's, else the hands'."""
    left, right = (
        ("left_wrist", "right_wrist") if layout.has("left_wrist") else ("left_hand_wrist", "right_hand_wrist")
    )
    return layout.index(left), layout.index(right)


def _centre(points: np.ndarray) -> np.ndarray:
    """Mean over frames, repeated for each: what ``points.reshape(-1, 2)`` varies around."""
    return np.broadcast_to(points.mean(axis=0), points.shape).reshape(-1, 2)


def _smoothed(values: np.ndarray, frames: int = SMOOTHING_FRAMES) -> np.ndarray:
    """Running mean over the first axis; the ends are held."""
    half = frames // 2
    padded = np.pad(values, [(half, half)] + [(0, 0)] * (values.ndim - 1), mode="edge")
    sums = np.cumsum(np.concatenate([np.zeros_like(padded[:1]), padded]), axis=0)
    return (sums[2 * half + 1 :] - sums[: -(2 * half + 1)]) / (2 * half + 1)


def _velocity(points: np.ndarray) -> np.ndarray:
    return np.gradient(_smoothed(points), axis=0)


def _differences(points: np.ndarray, order: int, kept: np.ndarray) -> np.ndarray:
    """Differences of smoothed points over runs of frames that were all seen."""
    reach = order + 2 * (SMOOTHING_FRAMES // 2)
    seen = np.convolve(kept.astype(int), np.ones(reach + 1, int), mode="valid") == reach + 1
    half = SMOOTHING_FRAMES // 2
    return np.diff(_smoothed(points)[half : len(points) - half], n=order, axis=0)[seen]


def _mean_size(points: np.ndarray, order: int, kept: np.ndarray) -> float:
    change = _differences(points, order, kept)
    return float(np.linalg.norm(change, axis=-1).mean()) if len(change) else float("nan")


def _without_sway(place: np.ndarray) -> np.ndarray:
    return place - _smoothed(place, round(SWAY_SECONDS * VIDEO_FPS) | 1)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 1e-9 else float("nan")


def _averaged(found: list[tuple[int, MusicalMeasures]]) -> MusicalMeasures:
    """Mean over runs, weighted by frames; a run that cannot tell a measure does not count for it."""
    values = {}
    for name in (f.name for f in fields(MusicalMeasures)):
        told = [(weight, getattr(m, name)) for weight, m in found if np.isfinite(getattr(m, name))]
        total = sum(weight for weight, _ in told)
        values[name] = sum(weight * value for weight, value in told) / total if total else float("nan")
    return MusicalMeasures(**values)
