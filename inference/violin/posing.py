"""How the violinist of a plan stands and sways, and the camera that sees the playing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from audio_to_body.geometry.vectors import Number, Numbers, Vector, rows, sine, within
from audio_to_body.inference.violin.memory import FINGERS
from audio_to_body.inference.violin.planner import PLAN
from audio_to_body.musician import violin_swaying as swaying
from audio_to_body.musician.camera import FRAME_SIZE, Camera, draw_camera
from audio_to_body.musician.kinematics import noise_waves
from audio_to_body.musician.violin_playing import Posture
from audio_to_body.musician.violin_posture import PosedViolinist, pose_violinist, posed_points, violinist_points
from audio_to_body.musician.violin_ways import distance_from_nut
from audio_to_body.musician.violinist import Violinist, draw_violinist
from audio_to_body.skeleton.layouts import layout_named

PLAYER_SEED, CAMERA_SEED, SWAY_SEED = 20, 7, 3  # a player of middle size, seen from the front
FILLED = 0.97  # share of the picture that player and bow fill
FEW = 8  # steps that are posed sooner one by one than as arrays
# Hz, slowest and fastest: trembling of the vibrato; yaw, pitch, roll of the torso; slope, heading, tilt of the
# violin; turn, nod, lean of the head
SWAY = (
    (0.1, 0.5),
    (0.05, 0.35),
    (0.06, 0.4),
    (0.06, 0.45),
    (0.08, 0.5),
    (0.05, 0.3),
    (0.05, 0.3),
    (0.05, 0.4),
    (0.1, 0.6),
    (0.1, 0.5),
)
PLAYER_SWAY = 1.05  # how much the torso moves; the virtual players' mean
LOUD = 0.65  # loudness, 0 to 1, of a bow speed of one bow length per second


def posed_plan(table: np.ndarray, moments: np.ndarray, amplitude: float) -> PosedViolinist:
    """Joints and instrument of planned steps ``[steps, plan]`` at their moments (seconds)."""
    player = stage()[0]
    if not 0 < len(table) <= FEW:
        return posed_points(rows(points_of(player, amplitude, [*table.T, moments, *sway_at(moments)])))
    frames = []
    for plan, moment in zip(table.tolist(), moments.tolist()):
        frames.append(rows(points_of(player, amplitude, [*plan, moment, *sway_at(moment)])))
    return posed_points(np.concatenate(frames))


@lru_cache(maxsize=1)
def stage() -> tuple[Violinist, Camera]:
    """The player, and a camera that sees every place of the bow on every string."""
    player = replace(draw_violinist(np.random.default_rng(PLAYER_SEED)), sway=PLAYER_SWAY)
    position, string, lift = (a.ravel() for a in np.meshgrid([0.02, 0.5, 0.98], [0.0, 1.5, 3.0], [0.0, 1.0]))
    table = np.zeros((len(position), len(PLAN)))
    for name, values in (("position", position), ("string", string), ("level", string), ("lift", lift)):
        table[:, PLAN.index(name)] = values
    table[:, PLAN.index("place")] = 2.0
    still = np.zeros(len(table))
    pose = pose_violinist(player.body, posture_of(player, table.T, still, sway_at(still), 1.0))
    camera = draw_camera(np.random.default_rng(CAMERA_SEED), pose.joints, layout_named("violin"), "violin")
    return player, _fitted(camera, np.concatenate([pose.joints, pose.tip[:, None], pose.frog[:, None]], axis=1))


def _fitted(camera: Camera, points: np.ndarray) -> Camera:
    """The camera zoomed out and turned aside until all points are in the picture."""
    seen = camera.project(points).reshape(-1, 2)
    size = np.array(FRAME_SIZE)
    zoom = min(1.0, float((FILLED * size / np.ptp(seen, axis=0)).min()))
    middle_of_all = (seen.min(axis=0) + seen.max(axis=0)) / 2 - camera.middle
    return replace(camera, focal=camera.focal * zoom, middle=size / 2 - middle_of_all * zoom)


def points_of(player: Violinist, amplitude: float, numbers: Sequence[Number]) -> list[Vector]:
    """Joints and instrument of planned steps from numbers: the plan's, the moment, the slow movements then."""
    plan, moment, sway = numbers[: len(PLAN)], numbers[len(PLAN)], numbers[len(PLAN) + 1 :]
    return violinist_points(player.body, posture_of(player, plan, moment, sway, amplitude))


def posture_of(player: Violinist, plan: Numbers, moment: Number, waves: Numbers, amplitude: float) -> Posture:
    """A violinist's posture for planned steps: the plan, and a body that sways, breathes and follows the bow.

    Parameters
    ----------
    player : Violinist
    plan : np.ndarray [plan, steps], or floats [plan] of one step
        :data:`audio_to_body.inference.violin.planner.PLAN`.
    moment : np.ndarray [steps], or float
        Seconds.
    waves : np.ndarray [movements, steps], or floats [movements]
        The body's slow movement at those moments: :func:`sway_at`.
    amplitude : float
    """
    of = dict(zip(PLAN, plan))
    loud = within(LOUD * of["loud"], 0.0, 1.0)
    sway = player.sway * amplitude * swaying.liveliness(loud)
    breath = of["breath"] * player.sway
    trembling, torso, violin, head = waves[0], waves[1:4], waves[4:7], waves[7:]
    yaw, pitch, roll = swaying.torso_angles(sway, loud, of["leaning"], of["breath"], torso)
    held = (player.slope, player.heading, player.roll)
    slope, heading, tilt = swaying.violin_angles(held, sway, loud, breath, violin)
    turn, nod, lean = swaying.head_angles(player.sway, of["breath"], head)
    down, over, reach = ([of[f"{what}_{f}"] for f in range(1, FINGERS + 1)] for what in ("down", "over", "reach"))
    return Posture(
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        rise=swaying.shoulder_rise(sine(2 * np.pi * moment / 3.8), breath),
        slope=slope,
        heading=heading,
        tilt=tilt,
        turn=turn,
        nod=nod,
        lean=lean,
        position=of["position"],
        lift=of["lift"],
        string=of["string"],
        level=of["level"],
        place=of["place"],
        left_string=of["left_string"],
        vibrato=of["vibrato"] * sine(2 * np.pi * player.vibrato * moment + 0.4 * trembling),
        down=down,
        over=over,
        reach=[distance_from_nut(metres) for metres in reach],
        pluck=of["pluck"],
        dip=of["dip"],
        contact=of["contact"],
        skew=swaying.bow_skew(of["position"], violin[1]),
        lifelike=True,
    )


def sway_at(moment: Number) -> Numbers:
    """The slow movements of :data:`SWAY` at a moment, ``[movements]`` of floats or of arrays."""
    frequency, phase = sway_waves()
    waves = np.sin(2 * np.pi * np.multiply.outer(moment, frequency) + phase)
    movements = waves.sum(axis=-1) / np.sqrt(frequency.shape[1] / 2)
    return movements.tolist() if type(moment) is float else movements.T


@lru_cache(maxsize=1)
def sway_waves() -> tuple[np.ndarray, np.ndarray]:
    """Frequencies (Hz) and phases of each slow movement's waves, both ``[movements, waves]``."""
    rng = np.random.default_rng(SWAY_SEED)
    drawn = [noise_waves(rng, slowest, fastest) for slowest, fastest in SWAY]
    return np.stack([frequency for frequency, _ in drawn]), np.stack([phase for _, phase in drawn])
