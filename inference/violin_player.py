"""The planner of expressive violin nets: targets to strokes to postures to keypoints, for any chunking the same."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from inference.bow_planner import FINGERS, PLAN, BowPlanner, Memory, PlannerSettings
from inference.model_card import ModelCard
from inference.planning import SETTINGS
from preprocessing.virtual.camera import FRAME_SIZE, Camera, draw_camera
from preprocessing.virtual.fingering import distance_from_nut
from preprocessing.virtual.kinematics import smooth_noise
from preprocessing.virtual.violin_posture import Pose, Posture, pose_violinist
from preprocessing.virtual.violinist import Violinist, draw_violinist
from skeleton.layouts import layout_named
from skeleton.refusal import BadInput
from skeleton.violin_targets import TARGET_NAMES

PLAYER_SEED, CAMERA_SEED, SWAY_SEED = 20, 7, 3  # a player of middle size, seen from the front
FILLED = 0.97  # share of the picture that player and bow fill
LOUD = 0.65  # loudness, 0 to 1, of a bow speed of one bow length per second


class ViolinPlayer:
    """Registered as the planner ``"violin"`` of :mod:`inference.planning`.

    Parameters
    ----------
    settings : PlannerSettings
    rate : float
        Steps per second.
    """

    def __init__(self, settings: PlannerSettings, rate: float) -> None:
        self.settings, self.rate = settings, rate
        self._planner = BowPlanner(settings, rate)
        self._player, self._camera = stage()

    @classmethod
    def of(cls, card: ModelCard) -> ViolinPlayer:
        """The player that a model card describes.

        Raises
        ------
        BadInput
            If the card's targets are not those that this planner reads, or its settings make no sense.
        """
        if tuple(card.target_names) != TARGET_NAMES:
            raise BadInput("the model's targets are not those of the violin's planner; it is of another version")
        return cls(PlannerSettings.from_dict(card.extra.get(SETTINGS, {})), card.rate)

    def initial_state(self) -> dict[str, np.ndarray]:
        """Nothing heard, the arm at rest."""
        heard = np.zeros((self._planner.kept, len(TARGET_NAMES)), np.float32)
        return {"heard": heard, "memory": Memory().packed()}

    def plan(
        self, targets: np.ndarray, state: dict[str, np.ndarray], shown: np.ndarray | None = None
    ) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Keypoints, tracks and new state of consecutive steps (:class:`inference.planning.Planner`)."""
        memory = Memory.unpacked(state["memory"])
        first = memory.step
        table, heard = self._planner.plan(targets, memory, state["heard"])
        steps = np.arange(len(targets)) if shown is None else shown
        table = table[steps]
        moments = (first + steps - self.settings.look_ahead) / self.rate
        pose = self.pose(table, moments)
        keypoints = self._camera.project(pose.joints).astype(np.float32)
        return keypoints, _tracks(table), {"heard": heard, "memory": memory.packed()}

    def pose(self, table: np.ndarray, moments: np.ndarray) -> Pose:
        """Joints, bow and violin of planned steps at their moments (seconds)."""
        return pose_violinist(self._player.body, posture_of(self._player, table, moments, self.settings.amplitude))


@lru_cache(maxsize=1)
def stage() -> tuple[Violinist, Camera]:
    """The player, and a camera that sees every place of the bow on every string."""
    player = draw_violinist(np.random.default_rng(PLAYER_SEED))
    position, string, lift = (a.ravel() for a in np.meshgrid([0.02, 0.5, 0.98], [0.0, 1.5, 3.0], [0.0, 1.0]))
    table = np.zeros((len(position), len(PLAN)))
    for name, values in (("position", position), ("string", string), ("level", string), ("lift", lift)):
        table[:, PLAN.index(name)] = values
    table[:, PLAN.index("place")] = 2.0
    pose = pose_violinist(player.body, posture_of(player, table, np.zeros(len(table)), 1.0))
    camera = draw_camera(np.random.default_rng(CAMERA_SEED), pose.joints, layout_named("violin"), "violin")
    return player, _fitted(camera, np.concatenate([pose.joints, pose.tip[:, None], pose.frog[:, None]], axis=1))


def _fitted(camera: Camera, points: np.ndarray) -> Camera:
    """The camera zoomed out and turned aside until all points are in the picture."""
    seen = camera.project(points).reshape(-1, 2)
    size = np.array(FRAME_SIZE)
    zoom = min(1.0, float((FILLED * size / np.ptp(seen, axis=0)).min()))
    middle_of_all = (seen.min(axis=0) + seen.max(axis=0)) / 2 - camera.middle
    return replace(camera, focal=camera.focal * zoom, middle=size / 2 - middle_of_all * zoom)


def posture_of(player: Violinist, table: np.ndarray, moments: np.ndarray, amplitude: float) -> Posture:
    """A violinist's posture for planned steps: the plan, and a body that sways, breathes and follows the bow.

    Parameters
    ----------
    player : Violinist
    table : np.ndarray [steps, plan]
        :data:`inference.bow_planner.PLAN`.
    moments : np.ndarray [steps]
        Seconds; the body's slow movement is a function of time alone.
    amplitude : float
    """
    of = {name: table[:, i] for i, name in enumerate(PLAN)}
    rng = np.random.default_rng(SWAY_SEED)
    loud = np.clip(LOUD * of["loud"], 0, 1)
    sway = player.sway * amplitude * (0.35 + 0.65 * np.clip(loud * 2, 0, 1))
    breath = of["breath"] * player.sway

    def noise(slowest: float, fastest: float) -> np.ndarray:
        return smooth_noise(rng, moments, slowest, fastest)

    trembling = 0.4 * noise(0.1, 0.5)
    fingers = [np.stack([of[f"{what}_{f}"] for f in range(1, FINGERS + 1)], axis=1) for what in ("down", "over")]
    reach = np.stack([of[f"reach_{f}"] for f in range(1, FINGERS + 1)], axis=1)
    return Posture(
        yaw=sway * 0.045 * noise(0.05, 0.35) - 0.05 * of["leaning"],
        pitch=0.03 + sway * (0.022 * noise(0.06, 0.4) + 0.05 * (loud - 0.5)) - 0.03 * of["breath"],
        roll=sway * 0.032 * noise(0.06, 0.45) + 0.03 * of["leaning"],
        rise=0.004 * np.sin(2 * np.pi * moments / 3.8) + 0.010 * breath,
        slope=player.slope + sway * (0.035 * noise(0.08, 0.5) + 0.10 * (loud - 0.5)) + 0.05 * breath,
        heading=player.heading + sway * 0.025 * noise(0.05, 0.3),
        tilt=player.roll + 0.02 * noise(0.05, 0.3),
        turn=np.radians(28) + player.sway * 0.05 * noise(0.05, 0.4),
        nod=0.10 + player.sway * 0.04 * noise(0.1, 0.6) - 0.05 * of["breath"],
        lean=np.radians(10) + player.sway * 0.02 * noise(0.1, 0.5),
        position=of["position"],
        lift=of["lift"],
        string=of["string"],
        level=of["level"],
        place=of["place"],
        left_string=of["left_string"],
        vibrato=of["vibrato"] * np.sin(2 * np.pi * player.vibrato * moments + trembling),
        down=fingers[0],
        over=fingers[1],
        reach=distance_from_nut(reach),
    )


def _tracks(table: np.ndarray) -> dict[str, np.ndarray]:
    """What the planner decided, for writers and the avatar."""
    of = {name: table[:, i].astype(np.float32) for i, name in enumerate(PLAN)}
    return {
        "bow_position": of["position"],  # 0 frog to 1 tip
        "bow_speed": of["speed"],  # bow lengths/s, positive down-bow
        "bow_lift": of["lift"],  # 0 on the string to 1 at rest
        "string": of["string"],  # 0 G to 3 E
        "finger_position": distance_from_nut(of["stop"]).astype(np.float32),  # m from the nut
    }
