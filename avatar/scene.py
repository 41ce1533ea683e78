"""What the writers write: the musician, the instruments and how they move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from audio_to_body.avatar.bones import Skeleton
from audio_to_body.avatar.kinematics import Pose, forward
from audio_to_body.avatar.mesh import Mesh
from audio_to_body.skeleton.instruments import imported, instrument_named
from audio_to_body.skeleton.room import Prop


@dataclass(frozen=True)
class RigMotion:
    """A musician's movement on a rig.

    Attributes
    ----------
    skeleton : Skeleton
        The rig's bones, with the performer's proportions.
    fps : float
    root : np.ndarray, float64 [frames, 3]
        Place of the hips in the room, metres; floor at y = 0, the musician faces +z.
    rotations : np.ndarray, float64 [frames, bones, 4]
        Each bone relative to its parent; identity is the rest pose; signs continuous.
    instrument : str
        Its name, or ``""`` for none.
    props : mapping of str to Prop
        By the names of the instrument's record, such as ``"violin"`` and ``"bow"`` (directions of
        :mod:`audio_to_body.avatar.violin_model`).
    keys : np.ndarray, float64 [frames, 88]
        How far each piano key's front is pressed down, metres; empty without a piano.
    bench_height : float
        Metres of the bench above the floor.
    tracks : mapping of str to np.ndarray [frames, ...]
        What retargeting decided, such as ``sounding`` or ``string``.
    calibration : avatar.retargeting.calibration.Calibration, optional
        How the performer's picture lies in the room; projects joints back to pixels.
    origin : np.ndarray [3], optional
        Where the origin of the motion's own room is in this one, metres: of motions that are known in metres.
    figure : tuple of Mesh
        Who is drawn, bound to the skeleton in its T pose; the project's mannequin where empty.
    """

    skeleton: Skeleton
    fps: float
    root: np.ndarray
    rotations: np.ndarray
    instrument: str = ""
    props: Mapping[str, Prop] = field(default_factory=dict)
    keys: np.ndarray = field(default_factory=lambda: np.zeros((0, 88)))
    bench_height: float = 0.475
    tracks: Mapping[str, np.ndarray] = field(default_factory=dict)
    calibration: Any = None
    origin: np.ndarray | None = None
    figure: tuple[Mesh, ...] = ()

    def __len__(self) -> int:
        return len(self.rotations)

    @cached_property
    def pose(self) -> Pose:
        """Joints in the room."""
        return forward(self.skeleton, self.root, self.rotations)

    def joint(self, name: str) -> np.ndarray:
        """A joint in the room over time, ``[frames, 3]``."""
        return self.pose.positions[:, self.skeleton.index(name)]


def prop_meshes(performance: RigMotion, name: str) -> tuple[Mesh, ...]:
    """Meshes of one of the performance's props in its own directions."""
    meshes: tuple[Mesh, ...] = imported(instrument_named(performance.instrument).props[name])()
    return meshes


def static_meshes(performance: RigMotion) -> tuple[Mesh, ...]:
    """What stands in the room and does not move."""
    if not performance.instrument or not instrument_named(performance.instrument).furniture:
        return ()
    meshes: tuple[Mesh, ...] = instrument_named(performance.instrument).part("furniture")(performance)
    return meshes
