"""From OpenPose's maps to people: peaks of the heat maps, joined along the part affinity fields (Cao et al. 2017).

Only the eight upper body points of the layouts are decoded, from either body model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.preprocessing.detectors.people import BODY_SIZE, no_points

PEAK_THRESHOLD = 0.05  # OpenPose's for BODY_25 and COCO
FIELD_THRESHOLD = 0.05  # a sample of the field along a limb agrees with it above this
FIELD_SHARE = 0.8  # of the samples must agree (OpenPose: 0.95; upper bodies are cut off by instruments)
FIELD_SAMPLES = 10
FEWEST_PARTS = 3  # of the eight; fewer are no person
MOST_PEAKS = 20  # of one part


@dataclass(frozen=True)
class BodyModel:
    """How a body net lays out its output.

    Attributes
    ----------
    name : str
    parts : int
        Heat maps of parts; one of the background follows, then the fields.
    fields : tuple of (first part, second part, channel)
        Limbs of the upper body and the x channel of their field, counted from the first field; y is the next one.
    """

    name: str
    parts: int
    fields: tuple[tuple[int, int, int], ...]


# the part pairs and channels of OpenPose's POSE_BODY_PART_PAIRS and POSE_MAP_INDEX, upper body only
BODY_25 = BodyModel(
    "BODY_25", 25, ((1, 2, 14), (1, 5, 22), (2, 3, 16), (3, 4, 18), (5, 6, 24), (6, 7, 26), (1, 0, 30))
)
COCO = BodyModel("COCO", 18, ((1, 2, 12), (1, 5, 20), (2, 3, 14), (3, 4, 16), (5, 6, 22), (6, 7, 24), (1, 0, 28)))
BODY_MODELS = {1 + 25 + 52: BODY_25, 1 + 18 + 38: COCO}  # by the number of output channels


def peaks(heat: np.ndarray, threshold: float = PEAK_THRESHOLD) -> np.ndarray:
    """Local maxima of a heat map, the highest first.

    Parameters
    ----------
    heat : np.ndarray [height, width]
    threshold : float

    Returns
    -------
    np.ndarray, float32 [n, 3]
        x, y (in map cells, refined by the parabola through the neighbours) and height.
    """
    padded = np.pad(heat, 1, constant_values=-np.inf)
    around = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    rows, columns = np.nonzero((heat >= around.max(axis=(2, 3))) & (heat > threshold))
    order = np.argsort(-heat[rows, columns], kind="stable")[:MOST_PEAKS]
    found = []
    for y, x in zip(rows[order], columns[order]):
        offset_x, offset_y = _summit(around[y, x, 1]), _summit(around[y, x, :, 1])
        found.append((x + offset_x, y + offset_y, heat[y, x]))
    return np.array(found, np.float32).reshape(-1, 3)


def _summit(three: np.ndarray) -> float:
    """Where the parabola through three neighbours has its summit, in cells from the middle one."""
    before, middle, after = three
    curve = 2 * middle - before - after
    return 0.0 if not np.isfinite(curve) or curve <= 0 else float(np.clip((after - before) / (2 * curve), -0.5, 0.5))


def limb_score(field_x: np.ndarray, field_y: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    """How well a field runs from one point to another: its mean along the line, 0 where too few samples agree."""
    vector = end[:2] - start[:2]
    length = float(np.linalg.norm(vector))
    if length < 1e-6:
        return 0.0
    samples = start[:2] + np.linspace(0, 1, FIELD_SAMPLES)[:, None] * vector
    x = np.clip(np.rint(samples[:, 0]).astype(int), 0, field_x.shape[1] - 1)
    y = np.clip(np.rint(samples[:, 1]).astype(int), 0, field_x.shape[0] - 1)
    along = (field_x[y, x] * vector[0] + field_y[y, x] * vector[1]) / length
    agree = along > FIELD_THRESHOLD
    return float(along[agree].mean()) if agree.mean() >= FIELD_SHARE else 0.0


def decode_bodies(maps: np.ndarray, model: BodyModel) -> list[np.ndarray]:
    """Upper bodies of everybody in a picture.

    Parameters
    ----------
    maps : np.ndarray [channels, height, width]
        The net's output, enlarged or not; the answer is in its cells.
    model : BodyModel

    Returns
    -------
    list of np.ndarray, float32 [8, 3]
        x, y and confidence of the body points; NaN, NaN, 0 where not found. Most complete first.
    """
    found = [peaks(maps[part]) for part in range(BODY_SIZE)]
    fields = maps[model.parts + 1 :]
    people: list[dict[int, int]] = []  # part to number of its peak
    for first, second, channel in model.fields:
        scores = np.array(
            [[limb_score(fields[channel], fields[channel + 1], a, b) for b in found[second]] for a in found[first]]
        ).reshape(len(found[first]), len(found[second]))
        while scores.size and scores.max() > 0:
            a, b = (int(i) for i in np.unravel_index(int(scores.argmax()), scores.shape))
            scores[a, :] = scores[:, b] = 0.0
            _join(people, first, a, second, b)
    bodies = []
    for person in people:
        if len(person) < FEWEST_PARTS:
            continue
        body = no_points(BODY_SIZE)
        for part, number in person.items():
            body[part] = found[part][number]
        bodies.append(body)
    return sorted(bodies, key=lambda body: -float(body[:, 2].sum()))


def _join(people: list[dict[int, int]], first: int, a: int, second: int, b: int) -> None:
    """Add a limb to the person who has its first end, else begin a person."""
    for person in people:
        if person.get(first) == a:
            person.setdefault(second, b)
            return
    people.append({first: a, second: b})


def decode_hand(maps: np.ndarray, threshold: float = PEAK_THRESHOLD) -> np.ndarray:
    """The highest peak of each of a hand's 21 heat maps, float32 [21, 3]; NaN, NaN, 0 below the threshold."""
    hand = no_points(21)
    for number in range(21):
        best = peaks(maps[number], threshold)
        if len(best):
            hand[number] = best[0]
    return hand
