"""The planner of expressive piano nets: targets to hands to a pianist to keypoints, the same for any chunking."""

from __future__ import annotations

import numpy as np

from audio_to_body.inference.model_card import ModelCard
from audio_to_body.inference.piano.planner import HandPlanner, Memory, PlannerSettings
from audio_to_body.inference.planning import SETTINGS
from audio_to_body.musician.hand_model import pose, reach_of, viewed_from
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.piano_targets import COORDINATES, TARGET_NAMES
from audio_to_body.skeleton.refusal import BadInput

REST_POSE = "rest_pose"  # in a card's extra: the mean of the twelve points, px of the hands12 frame
BREATH_SECONDS = 3.8


class PianoPlayer:
    """Registered as the planner ``"piano"`` of :mod:`audio_to_body.inference.planning`.

    Parameters
    ----------
    settings : PlannerSettings
    rate : float
        Steps per second.
    rest : np.ndarray [12, 2]
        The mean pose, px of the hands12 frame.
    """

    def __init__(self, settings: PlannerSettings, rate: float, rest: np.ndarray) -> None:
        self.rate = rate
        self._planner = HandPlanner(settings, rate, rest)
        self._camera = viewed_from()

    @classmethod
    def of(cls, card: ModelCard) -> PianoPlayer:
        """The player that a model card describes.

        Raises
        ------
        BadInput
            If the card's targets are not those that this planner reads, its layout is not the piano's, or its
            settings make no sense.
        """
        rest = np.asarray(card.extra.get(REST_POSE, ()), np.float64)
        if tuple(card.target_names) != TARGET_NAMES or rest.size != COORDINATES or not np.isfinite(rest).all():
            raise BadInput("the model's targets are not those of the piano's planner; it is of another version")
        if card.layout != layout_named("piano").name or card.upsample != 1:
            raise BadInput("the piano's planner plays 50 points at the video's rate; the model's card says otherwise")
        return cls(PlannerSettings.from_dict(card.extra.get(SETTINGS, {})), card.rate, rest)

    def initial_state(self) -> dict[str, np.ndarray]:
        """Nothing heard, hands at rest."""
        return {**Memory.fresh().packed(), "step": np.zeros(1)}

    def plan(
        self, targets: np.ndarray, state: dict[str, np.ndarray], shown: np.ndarray | None = None
    ) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Keypoints, tracks and new state of consecutive steps (:class:`audio_to_body.inference.planning.Planner`).

        Tracks: ``keys_pressed`` [steps, 10], the MIDI pitch under each finger (left thumb ... little, then right), 0
        for none; ``hands_mm`` [steps, 12, 2], the measured points in the plane of the keys.
        """
        memory = Memory.unpacked(state)
        hands = self._planner.plan(targets, memory)
        first = float(state["step"][0])
        seconds = (first + np.arange(len(targets))) / self.rate
        reach = reach_of(hands.points, hands.wrist_height, hands.tip_height)
        joints = pose(reach, hands.lean, np.sin(2 * np.pi * seconds / BREATH_SECONDS), hands.weight)
        tracks: dict[str, np.ndarray] = {
            "keys_pressed": hands.pressed.reshape(len(targets), -1).astype(np.int16),
            "hands_mm": hands.points.astype(np.float32),
        }
        after: dict[str, np.ndarray] = {**memory.packed(), "step": np.array([first + len(targets)])}
        points = self._camera.project(joints).astype(np.float32)
        if shown is not None:  # every step is a frame of the video
            points, tracks = points[shown], {name: values[shown] for name, values in tracks.items()}
        return points, tracks, after
