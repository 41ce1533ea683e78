"""Where the camera stands: a direction by name, and as near as figure and instrument stay whole in the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audio_to_body.avatar.scene import RigMotion, prop_meshes
from audio_to_body.geometry.quaternion_arrays import to_matrix
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.refusal import BadInput

FRAMES_SURVEYED = 120  # for framing, spread over the performance
MARGIN = 0.93  # of the picture's half width and height that figure and instrument fill
AROUND_HEAD = 0.10  # m: hair, and room above it
AROUND_HANDS = 0.06  # m
SLACK_BELOW = 0.93  # of the room that a tall picture leaves: more below, where the legs are, than above
CENTRED = 0.5


@dataclass(frozen=True)
class View:
    """Where the camera stands.

    Attributes
    ----------
    eye, target : (float, float, float)
        Metres in the room.
    fov : float
        Field of view of the picture's shorter side, degrees.
    below : float
        Share of the room left in a tall picture that lies below what it must show.
    """

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    fov: float = 28.0
    below: float = SLACK_BELOW


# their directions and fields of view count; how near the camera stands is fitted to who plays
VIOLIN_VIEWS = {
    "front": View((0.05, 1.42, 3.0), (0.05, 1.22, 0.1), 25.0),
    "three-quarter": View((-1.45, 1.75, 2.6), (0.08, 1.24, 0.15), 24.0),
    "left": View((2.2, 1.6, 1.9), (0.06, 1.24, 0.1), 24.0),
}
PIANO_VIEWS = {
    "front": View((0.0, 2.83, 1.10), (0.0, 0.82, -0.20), 27.0),  # from lower down the fallboard hides the keys
    "three-quarter": View((-1.60, 2.20, 0.55), (0.0, 0.82, 0.05), 27.0),
    "keys": View((0.0, 2.55, 0.80), (0.0, 0.72, 0.10), 30.0, CENTRED),
}


def views_of(performance: RigMotion) -> Mapping[str, View]:
    """The views of a performance's instrument; a musician without one is filmed as a violinist, who stands too."""
    if not performance.instrument:
        return VIOLIN_VIEWS
    views: Mapping[str, View] = instrument_named(performance.instrument).part("views")
    return views


def named_view(name: str, performance: RigMotion, size: tuple[int, int]) -> View:
    """A view by its name, fitted to a performance and a picture.

    Raises
    ------
    BadInput
        If the instrument has no view of that name.
    """
    known = views_of(performance)
    if name not in known:
        raise BadInput(f"there is no view '{name}'; choose one of: {', '.join(known)}")
    return fitted(known[name], seen_places(performance, name), size)


def seen_places(performance: RigMotion, view: str = "") -> np.ndarray:
    """What a picture must show, over the whole performance: ``[n, 3]`` places in the room, metres.

    Head, arms, hands and hips; violin and bow; all keys of a piano, whose case may leave the picture. The view of the
    keys needs no more than hands and keys.
    """
    frames = np.unique(np.linspace(0, len(performance) - 1, FRAMES_SURVEYED).astype(int))
    joints = performance.pose.positions[frames]
    names = performance.skeleton.names
    hands = joints[:, [i for i, n in enumerate(names) if "Hand" in n or n.endswith(("Proximal", "Distal"))]]
    places = [_around(hands.reshape(-1, 3), AROUND_HANDS)]
    if view != "keys":
        body = [i for i, n in enumerate(names) if n == "hips" or n.endswith(("Shoulder", "UpperArm", "LowerArm"))]
        head = performance.skeleton.index("head")
        tip = performance.skeleton.tips[head] - performance.skeleton.rest[head]
        places += [joints[:, body].reshape(-1, 3), _around(joints[:, head] + 0.55 * tip, AROUND_HEAD)]
    for name, prop in performance.props.items():
        corners = _corners(np.concatenate([mesh.vertices for mesh in prop_meshes(performance, name)]))
        turned = np.einsum("fij,nj->fni", to_matrix(prop.rotation[frames]), corners)
        places.append((turned + prop.translation[frames][:, None]).reshape(-1, 3))
    if performance.keys.size:
        from audio_to_body.avatar.piano_model import KEYS, key_pivot, keys

        shapes = keys()
        for key in (0, KEYS - 1):
            places.append(_corners(shapes[key].vertices) + key_pivot(key))
    return np.concatenate(places)


def fitted(view: View, places: np.ndarray, size: tuple[int, int]) -> View:
    """The view from the same side, as near as all places stay in the picture, and centred on them.

    Parameters
    ----------
    view : View
        Whose direction and field of view count.
    places : np.ndarray [n, 3]
    size : (int, int)
        Width and height of the picture, px.
    """
    forward = np.subtract(view.target, view.eye).astype(float)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    shorter = np.tan(np.radians(view.fov) / 2)
    halves = MARGIN * shorter * np.array(size) / min(size)
    ahead = places @ forward
    nearest = np.inf
    for axis, half in zip((right, up), halves):
        across = places @ axis
        # seen from (at, behind) a place is inside if |across - at| <= half * (ahead - behind)
        nearest = min(nearest, float((across + half * ahead).min() - (across - half * ahead).max()) / (2 * half))
    eye = nearest * forward
    for axis, half, share in zip((right, up), halves, (CENTRED, view.below)):
        eye = eye + axis * _beside(places @ axis, ahead - nearest, half, share)
    return View((eye[0], eye[1], eye[2]), tuple(eye + forward), view.fov, view.below)  # type: ignore[arg-type]


def _beside(across: np.ndarray, ahead: np.ndarray, half: float, share: float) -> float:
    """Where the camera stands along an axis of the picture; ``share`` of the room that is left lies before it all.

    Parameters
    ----------
    across, ahead : np.ndarray [n]
        Places along the axis, and how far before the camera.
    half : float
        Half of the picture at distance 1.
    share : float
        0.5 (``CENTRED``) centres.
    """
    low, high = float((across - half * ahead).max()), float((across + half * ahead).min())
    for _ in range(40):  # bisection: the further along, the less room before
        middle = 0.5 * (low + high)
        seen = (across - middle) / ahead
        before, behind = half + seen.min(), half - seen.max()
        low, high = (middle, high) if before > share * (before + behind) else (low, middle)
    return 0.5 * (low + high)


def _around(places: np.ndarray, radius: float) -> np.ndarray:
    ways = np.concatenate([np.eye(3), -np.eye(3)]) * radius
    around: np.ndarray = (places[:, None] + ways).reshape(-1, 3)
    return around


def _corners(vertices: np.ndarray) -> np.ndarray:
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    return np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
