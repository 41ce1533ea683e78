"""Musician and instrument in the room, in metres: what a motion carries where its source knows three dimensions.

One room for everybody: x to the player's left, y up, z to where the player looks (right-handed); the origin is on the
floor below the hips. It stays there while the player moves: players stand or sit on one spot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from audio_to_body.skeleton.layouts import Layout
from audio_to_body.skeleton.refusal import BadInput

AXES = "x to the player's left, y up, z to where the player looks"
ORIGIN = "on the floor below the hips"
# how a joint is known: not; a camera, a sensor or the simulation itself saw it; a net says so; a model of body and
# instrument puts it where those leave it
UNKNOWN, MEASURED, PREDICTED, INFERRED = range(4)
KINDS = ("unknown", "measured", "predicted", "inferred")
KEYS, LOWEST_KEY = 88, 21  # of a piano, and the MIDI pitch of the first, A0
FARTHEST = 1e5  # m from the origin; also of millimetres that are taken for metres
DEEPEST_KEY = 0.05  # m; no key goes down farther
SHOULDERS = (0.15, 0.9)  # m between the shoulder joints of people, children too
HAND = (0.06, 0.35)  # m from the wrist to the tip of the middle finger
FRONT_SIZE, PIXELS_PER_METRE = (640, 480), 380.0  # of pictures of joints that nobody filmed
SMALLER_UNITS = (("millimetres", 1000.0), ("centimetres", 100.0))


@dataclass(frozen=True)
class Prop:
    """A rigid thing that moves as a whole.

    Attributes
    ----------
    translation : np.ndarray [frames, 3]
        Metres, in the room.
    rotation : np.ndarray [frames, 4]
        Unit quaternions x, y, z, w: the thing's own directions to the room's.
    """

    translation: np.ndarray
    rotation: np.ndarray

    def __getitem__(self, frames: slice) -> Prop:
        return Prop(self.translation[frames], self.rotation[frames])


NO_KEYS = np.zeros((0, 0), np.float32)


def _nothing() -> Mapping[str, Prop]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Room:
    """Where everything is, frame by frame.

    Attributes
    ----------
    joints : np.ndarray, float32 [frames, points, 3]
        Metres, in the order of the motion's layout; NaN where unknown.
    kinds : np.ndarray, uint8 [frames, points]
        How each joint is known, as numbers of :data:`KINDS`; ``[points]`` where it is the same in every frame.
    props : mapping of str to Prop
        ``violin``: origin at the end button in the middle of the ribs, x towards the scroll, y out of the top plate,
        z to the E string's side. ``bow``: origin at the frog's end of the hair, x along the hair to the tip, y from
        the hair to the stick. ``keyboard``: origin on the white keys' front edge, between E4 and F4, x to the
        player's left (the low notes), y up, z into the keys.
    keys : np.ndarray, float32 [frames, 88]
        How far each key's front is pressed down, metres, from A0; ``[frames, 0]`` where there are no keys.

    Raises
    ------
    BadInput
        If shapes do not fit each other, a joint is infinite, a prop's place or turn is not one, or keys are pressed
        farther than keys go.
    """

    joints: np.ndarray
    kinds: np.ndarray
    props: Mapping[str, Prop] = field(default_factory=_nothing)
    keys: np.ndarray = field(default_factory=lambda: NO_KEYS)

    def __post_init__(self) -> None:
        joints = _floats(self.joints, "joints")
        if joints.ndim != 3 or joints.shape[2] != 3:
            raise BadInput(f"joints in the room are [frames, points, 3] in metres, got {list(joints.shape)}")
        if (np.abs(joints) > FARTHEST).any():
            raise BadInput(
                "joints in the room are finite numbers of metres, or NaN where unknown; some are infinite or absurd"
            )
        known = np.isfinite(joints).all(axis=2)
        joints = np.where(known[..., None], joints, np.float32(np.nan))
        kinds = np.asarray(self.kinds)
        if kinds.dtype.kind not in "iu" or kinds.shape not in (joints.shape[:2], joints.shape[1:2]):
            raise BadInput(f"kinds of joints are whole numbers {list(joints.shape[:2])}, got {list(kinds.shape)}")
        if kinds.size and not 0 <= kinds.min() <= kinds.max() < len(KINDS):
            raise BadInput(f"kinds of joints are 0 to {len(KINDS) - 1} ({', '.join(KINDS)}), got {kinds.max()}")
        kinds = np.where(known, kinds, UNKNOWN).astype(np.uint8)
        keys = _floats(np.zeros((len(joints), 0)) if self.keys is NO_KEYS else self.keys, "keys")
        if keys.shape not in ((len(joints), KEYS), (len(joints), 0)):
            raise BadInput(f"keys are [{len(joints)}, {KEYS}] in metres, got {list(keys.shape)}")
        if not ((keys >= 0) & (keys <= DEEPEST_KEY)).all():
            raise BadInput(f"keys are pressed down by 0 to {DEEPEST_KEY} m; some are not")
        props = {name: _checked(name, prop, len(joints)) for name, prop in self.props.items()}
        for name, value in (("joints", joints), ("kinds", kinds), ("keys", keys), ("props", MappingProxyType(props))):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.joints)

    def __getitem__(self, frames: slice) -> Room:
        """Some of the frames."""
        props = {name: prop[frames] for name, prop in self.props.items()}
        return Room(self.joints[frames], self.kinds[frames], props, self.keys[frames])

    def keys_by_pitch(self) -> dict[int, np.ndarray]:
        """Metres ``[frames]`` that the keys are down which are ever pressed, by their MIDI pitches."""
        pressed = np.flatnonzero((self.keys > 0).any(axis=0))
        return {LOWEST_KEY + int(key): self.keys[:, key] for key in pressed}

    def from_the_front(self) -> np.ndarray:
        """The joints in pixels ``[frames, points, 2]`` of :data:`FRONT_SIZE`, from the front, without perspective."""
        if not (self.kinds > UNKNOWN).any():
            return np.full((*self.kinds.shape, 2), np.nan, np.float32)
        middle = np.nanmedian(self.joints[..., :2].reshape(-1, 2), axis=0)
        return np.array(FRONT_SIZE) / 2 + (self.joints[..., :2] - middle) * [PIXELS_PER_METRE, -PIXELS_PER_METRE]

    def check_people(self, layout: Layout) -> None:
        """Refuse joints that are no person's of that layout.

        Raises
        ------
        BadInput
            If there are not as many as the layout's points, none is known in any frame, or the person is a thousand
            times too large: in other units than metres.
        """
        if self.joints.shape[1] != layout.size:
            raise BadInput(
                f"the layout '{layout.name}' has {layout.size} joints in the room, got {self.joints.shape[1]}"
            )
        if len(self) and not (self.kinds > UNKNOWN).any():
            raise BadInput("no joint is known in any frame of the room; all are NaN")
        ends = ("left_shoulder", "right_shoulder") if layout.body else ("right_hand_wrist", "right_hand_middle_4")
        what, (least, most) = ("shoulders", SHOULDERS) if layout.body else ("wrist and middle fingertip", HAND)
        apart = np.linalg.norm(self.joints[:, layout.index(ends[0])] - self.joints[:, layout.index(ends[1])], axis=1)
        apart = apart[np.isfinite(apart)]
        if len(apart) == 0 or least <= (middle := float(np.median(apart))) <= most:
            return
        for unit, factor in SMALLER_UNITS:
            if least <= middle / factor <= most:
                raise BadInput(
                    f"the joints look like {unit} ({what} {middle:.0f} apart), the room is in metres: divide by "
                    f"{factor:.0f}"
                )
        raise BadInput(f"{what} are {middle:.3g} m apart in the room, which no person's are; joints are in metres")


def joined_rooms(parts: Sequence[Room]) -> Room:
    """Consecutive stretches as one.

    Parameters
    ----------
    parts : sequence of Room
        One at least, with the same props.
    """
    if len(parts) == 1:
        return parts[0]
    props = {
        name: Prop(
            np.concatenate([part.props[name].translation for part in parts]),
            np.concatenate([part.props[name].rotation for part in parts]),
        )
        for name in parts[0].props
    }
    return Room(
        np.concatenate([part.joints for part in parts]),
        np.concatenate([part.kinds for part in parts]),
        props,
        np.concatenate([part.keys for part in parts]),
    )


def _floats(values: np.ndarray, what: str) -> np.ndarray:
    values = np.asarray(values)
    if values.dtype.kind not in "fiu":
        raise BadInput(f"{what} in the room are numbers, got {values.dtype}")
    return values.astype(np.float32, copy=False)


def _checked(name: str, prop: Prop, frames: int) -> Prop:
    """A prop of finite places and unit quaternions whose signs are continuous."""
    place, turn = _floats(prop.translation, f"places of the {name}"), _floats(prop.rotation, f"turns of the {name}")
    if place.shape != (frames, 3) or turn.shape != (frames, 4):
        raise BadInput(
            f"the {name} needs places [{frames}, 3] and turns [{frames}, 4], "
            f"got {list(place.shape)} and {list(turn.shape)}"
        )
    finite = (np.abs(place) < FARTHEST).all() and (np.abs(turn) < 2).all()
    size = np.linalg.norm(turn, axis=1, keepdims=True) if finite else np.zeros(1)
    if not (np.abs(size - 1) < 0.01).all():
        raise BadInput(f"the {name} needs finite places in metres and unit quaternions x, y, z, w in every frame")
    return Prop(place, turn / size)
