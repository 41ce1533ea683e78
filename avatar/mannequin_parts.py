"""The musician's shapes: trunk, clothes, head with face and hair, hands with five fingers, as fields of distance."""

from __future__ import annotations

import numpy as np

from audio_to_body.avatar.bones import SIDES, Skeleton, finger_bones
from audio_to_body.avatar.surface import Ellipsoid, Field, RoundCone, carve, union

SLEEVE_ENDS = 0.12  # of the forearm before the wrist
SLEEVE_RADIUS, CUFF_RADIUS = 0.0385, 0.0340  # m, at their ends
HEM_ROUND = 0.002  # m


def _v(*values: float) -> np.ndarray:
    return np.array(values, float)


def _mirrored(sign: float, *values: float) -> np.ndarray:
    return np.array(values, float) * [sign, 1.0, 1.0]


def torso_parts(s: Skeleton) -> list[RoundCone | Ellipsoid]:
    """Jacket: trunk, shoulders and sleeves."""
    parts: list[RoundCone | Ellipsoid] = [
        Ellipsoid(_v(0, 0.965, 0.0), _v(0.162, 0.095, 0.122), "hips"),
        Ellipsoid(_v(0, 1.065, 0.004), _v(0.14, 0.13, 0.108), "spine"),
        Ellipsoid(_v(0, 1.2, 0.0), _v(0.15, 0.14, 0.112), "chest"),
        Ellipsoid(_v(0, 1.315, -0.014), _v(0.168, 0.115, 0.112), "upperChest"),
        RoundCone(_v(0, 1.375, -0.024), _v(0, 1.44, -0.026), 0.088, 0.06, "upperChest"),
    ]
    for side, sign in zip(SIDES, (1.0, -1.0)):
        elbow, wrist = s.at(f"{side}LowerArm"), s.at(f"{side}Hand")
        shoulder = s.at(f"{side}UpperArm")
        parts += [
            RoundCone(
                _mirrored(sign, 0.05, 1.405, -0.022),
                shoulder + _mirrored(sign, -0.02, 0, 0),
                0.06,
                0.062,
                f"{side}Shoulder",
            ),
            Ellipsoid(_mirrored(sign, 0.07, 1.33, 0.05), _v(0.078, 0.06, 0.045), "upperChest"),
            RoundCone(shoulder, shoulder + 0.45 * (elbow - shoulder), 0.06, 0.051, f"{side}UpperArm"),
            RoundCone(shoulder + 0.45 * (elbow - shoulder), elbow, 0.051, 0.043, f"{side}UpperArm"),
            RoundCone(elbow, elbow + 0.3 * (wrist - elbow), 0.043, 0.044, f"{side}LowerArm"),
            RoundCone(elbow + 0.3 * (wrist - elbow), hem(s, side), 0.044, SLEEVE_RADIUS, f"{side}LowerArm"),
        ]
    return parts


def hem(s: Skeleton, side: str) -> np.ndarray:
    """Where a sleeve ends, in the middle of the forearm."""
    elbow, wrist = s.at(f"{side}LowerArm"), s.at(f"{side}Hand")
    place: np.ndarray = wrist - SLEEVE_ENDS * (wrist - elbow)
    return place


def cut_sleeves(s: Skeleton, jacket: Field) -> Field:
    """The jacket with sleeves that end straight: a cuff comes out of an edge; surfaces that graze meet raggedly."""
    for side in SIDES:
        jacket = carve(jacket, _beyond(hem(s, side), s.at(f"{side}LowerArm")), HEM_ROUND)
    return jacket


def _beyond(end: np.ndarray, start: np.ndarray) -> Field:
    """All that lies behind the end of a way, as a field of distance."""
    along = (end - start) / np.linalg.norm(end - start)

    def field(points: np.ndarray) -> np.ndarray:
        behind: np.ndarray = (end - points) @ along
        return behind

    return field


def collar_parts(s: Skeleton) -> list[RoundCone | Ellipsoid]:
    """Shirt collar and cuffs."""
    parts: list[RoundCone | Ellipsoid] = [RoundCone(_v(0, 1.43, -0.026), _v(0, 1.485, -0.02), 0.068, 0.06, "neck")]
    for side in SIDES:
        elbow, wrist = s.at(f"{side}LowerArm"), s.at(f"{side}Hand")
        parts.append(
            RoundCone(
                wrist - 0.2 * (wrist - elbow), wrist - 0.065 * (wrist - elbow), 0.032, CUFF_RADIUS, f"{side}LowerArm"
            )
        )
    return parts


def leg_parts(s: Skeleton) -> list[RoundCone | Ellipsoid]:
    """Trousers."""
    parts: list[RoundCone | Ellipsoid] = [Ellipsoid(_v(0, 0.925, -0.005), _v(0.155, 0.1, 0.115), "hips")]
    for side, sign in zip(SIDES, (1.0, -1.0)):
        hip, knee, foot = s.at(f"{side}UpperLeg"), s.at(f"{side}LowerLeg"), s.at(f"{side}Foot")
        parts += [
            Ellipsoid(_mirrored(sign, 0.075, 0.9, -0.045), _v(0.085, 0.09, 0.085), "hips"),
            RoundCone(hip, knee, 0.086, 0.061, f"{side}UpperLeg"),
            RoundCone(knee, knee + 0.35 * (foot - knee), 0.061, 0.063, f"{side}LowerLeg"),
            RoundCone(knee + 0.35 * (foot - knee), foot + _v(0, 0.0, 0.005), 0.063, 0.054, f"{side}LowerLeg"),
        ]
    return parts


def shoe_parts(s: Skeleton) -> list[RoundCone | Ellipsoid]:
    """Shoes, soles flat on the floor."""
    parts: list[RoundCone | Ellipsoid] = []
    for side in SIDES:
        foot, toes = s.at(f"{side}Foot"), s.at(f"{side}Toes")
        parts += [
            RoundCone(foot + _v(0, 0.01, 0.0), foot + _v(0, -0.045, -0.02), 0.042, 0.038, f"{side}Foot"),
            RoundCone(foot + _v(0, -0.035, 0.0), toes + _v(0, 0.018, -0.01), 0.042, 0.04, f"{side}Foot"),
            RoundCone(toes + _v(0, 0.016, -0.01), toes + _v(0, 0.006, 0.075), 0.041, 0.027, f"{side}Toes"),
        ]
    return parts


def head_field() -> Field:
    """Skull, face and neck."""
    skull: list[Field] = [
        Ellipsoid(_v(0, 1.65, -0.012), _v(0.072, 0.085, 0.093)),
        Ellipsoid(_v(0, 1.604, 0.024), _v(0.0585, 0.076, 0.066)),
        RoundCone(_v(-0.022, 1.56, 0.034), _v(0.022, 1.56, 0.034), 0.034, 0.034),
        RoundCone(_v(0, 1.541, 0.068), _v(0, 1.556, 0.058), 0.0155, 0.024),
    ]
    face = union(skull, 0.04)
    neck = RoundCone(_v(0, 1.40, -0.03), _v(0, 1.56, -0.014), 0.058, 0.05)
    base = union([face, neck], 0.02)
    lids: list[Field] = []
    for sign in (1.0, -1.0):
        base = carve(base, Ellipsoid(_mirrored(sign, 0.032, 1.627, 0.104), _v(0.022, 0.0125, 0.02)), 0.02)
        lids += [
            Ellipsoid(_mirrored(sign, 0.0315, 1.625, 0.0735), _v(0.0135, 0.0105, 0.0125)),
            Ellipsoid(_mirrored(sign, 0.0725, 1.612, -0.006), _v(0.0085, 0.03, 0.019), tilt=-0.2),
        ]
    features: list[Field] = [
        RoundCone(_v(0, 1.632, 0.083), _v(0, 1.600, 0.1035), 0.0055, 0.009),
        RoundCone(_v(-0.0085, 1.596, 0.0945), _v(0.0085, 1.596, 0.0945), 0.007, 0.007),
        RoundCone(_v(-0.012, 1.5705, 0.0815), _v(0.012, 1.5705, 0.0815), 0.005, 0.005),
    ]
    return union([base, *lids, *features], 0.013)


def hair_field() -> Field:
    """Hair combed back into a low knot."""
    cap = union(
        [
            Ellipsoid(_v(0, 1.662, -0.02), _v(0.081, 0.085, 0.098)),
            Ellipsoid(_v(0, 1.615, -0.05), _v(0.073, 0.078, 0.065)),
            Ellipsoid(_v(0, 1.595, -0.125), _v(0.034, 0.032, 0.03)),
        ],
        0.02,
    )
    # the hairline: free forehead, temples and neck
    face = Ellipsoid(_v(0, 1.575, 0.082), _v(0.069, 0.128, 0.098), tilt=0.16)
    return carve(cap, face, 0.012)


_BROW = ((0.0145, 1.6495), (0.031, 1.6545), (0.047, 1.6485))  # x, y of an eyebrow from the nose outwards, metres
_LASHES = ((0.0195, 1.6215), (0.0315, 1.6165), (0.0435, 1.6205))
_UPPER_LIP = ((-0.0205, 1.5715), (-0.006, 1.5758), (0.0, 1.5745), (0.006, 1.5758), (0.0205, 1.5715))
_LOWER_LIP = ((-0.0185, 1.5705), (0.0, 1.5665), (0.0185, 1.5705))


def _drawn_on(
    face: Field, line: tuple[tuple[float, float], ...], sign: float, radii: tuple[float, ...], sink: float
) -> list[RoundCone | Ellipsoid]:
    """A line drawn on the face, as round cones whose middles lie ``sink`` metres under the skin."""
    xs, ys = np.array(line).T
    share = np.linspace(0, 1, 4 * len(line) - 3)
    at = np.linspace(0, 1, len(line))
    points = np.column_stack([sign * np.interp(share, at, xs), np.interp(share, at, ys), np.full(len(share), 0.14)])
    for _ in range(60):  # march from in front onto the skin
        points[:, 2] -= 0.7 * (face(points) + sink)
    radius = np.interp(share, np.linspace(0, 1, len(radii)), radii)
    return [RoundCone(points[i], points[i + 1], radius[i], radius[i + 1]) for i in range(len(share) - 1)]


def brow_parts(face: Field) -> list[RoundCone | Ellipsoid]:
    """Eyebrows and the lashes of lowered lids: a face that listens."""
    parts: list[RoundCone | Ellipsoid] = []
    for sign in (1.0, -1.0):
        parts += _drawn_on(face, _BROW, sign, (0.0026, 0.0031, 0.0018), 0.0002)
        parts += _drawn_on(face, _LASHES, sign, (0.0018, 0.0024, 0.0016), 0.0004)
    return parts


def lip_parts(face: Field) -> list[RoundCone | Ellipsoid]:
    """Lips."""
    return _drawn_on(face, _UPPER_LIP, 1.0, (0.0018, 0.0034, 0.0032, 0.0034, 0.0018), 0.0022) + _drawn_on(
        face, _LOWER_LIP, 1.0, (0.0018, 0.0042, 0.0018), 0.0024
    )


FINGER_RADII = np.array(
    [
        [0.0125, 0.0105, 0.009],
        [0.0096, 0.0086, 0.0074],
        [0.0098, 0.0088, 0.0076],
        [0.0093, 0.0083, 0.0072],
        [0.0082, 0.0072, 0.0064],
    ]
)  # m, at the root of each bone
TIP_SHARE = 0.82  # radius of a fingertip relative to its last bone's root


def hand_parts(s: Skeleton, side: str) -> tuple[list[RoundCone], list[RoundCone]]:
    """Palm, and fingers (each a list of round cones along its bones)."""
    wrist = s.at(f"{side}Hand")
    knuckles = [s.at(finger_bones(side, f)[0]) for f in range(5)]
    hand = f"{side}Hand"
    forearm = s.at(f"{side}LowerArm")
    stub = f"{side}LowerArm"  # the wrist's own skin stays in the cuff when the hand bends
    palm = [
        RoundCone(
            wrist - 0.16 * (wrist - forearm), wrist - 0.03 * (wrist - forearm), 0.0255, 0.0245, stub, (1.0, 1.2, 0.95)
        ),
        RoundCone(
            wrist - 0.03 * (wrist - forearm),
            wrist + 0.15 * (knuckles[2] - wrist),
            0.0235,
            0.0225,
            hand,
            (1.0, 1.2, 0.95),
        ),
    ]
    for f in range(1, 5):
        start = wrist + 0.22 * (knuckles[f] - wrist)
        palm.append(RoundCone(start, knuckles[f], 0.0165, 0.0118, hand))
    down = _v(0, -0.006, 0)
    palm.append(
        RoundCone(
            wrist + 0.3 * (knuckles[4] - wrist) + down,
            wrist + 0.8 * (knuckles[4] - wrist) + down,
            0.0145,
            0.011,
            hand,
        )
    )
    palm.append(RoundCone(knuckles[0] + 0.2 * (wrist - knuckles[0]), knuckles[0], 0.0165, 0.0165, hand))
    fingers = []
    for f in range(5):
        for segment, bone in enumerate(finger_bones(side, f)):
            i = s.index(bone)
            near = FINGER_RADII[f, segment]
            far = FINGER_RADII[f, segment + 1] if segment < 2 else near * TIP_SHARE
            tip = s.tips[i]
            if segment == 2:  # the bone's end is the fingertip itself, the round cap must not reach beyond it
                tip = tip - (tip - s.rest[i]) / np.linalg.norm(tip - s.rest[i]) * far
            fingers.append(RoundCone(s.rest[i], tip, near, far, bone))
            if f == 0 and segment == 0:
                fingers.append(RoundCone(s.rest[i] + down, 0.5 * (s.rest[i] + tip), 0.0165, 0.013, bone))
    return palm, fingers
