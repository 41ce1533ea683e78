"""A net that puts the hands where the fingers' planner has them, so that players are tested without a trained one."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from audio_to_body.inference.piano.fingers import HOME
from audio_to_body.inference.piano.player import REST_POSE
from audio_to_body.inference.piano.touch import FRONT_END
from audio_to_body.inference.session import Step
from audio_to_body.musician.human_hands import ORIGIN
from audio_to_body.skeleton.piano_targets import DELAY, DELAYS, TARGET_NAMES

SHAPE = np.array([[0, 155], [70, 40], [14, -4], [-22, -10], [-41, 4], [-62, 35]], float)
REST = np.concatenate([SHAPE + [-228.0, 0], SHAPE * [-1.0, 1] + [64.0, 0]]) + ORIGIN


class StandIn:
    """As much of a session as a player asks for."""

    card = SimpleNamespace(
        target_names=list(TARGET_NAMES),
        layout="piano",
        upsample=1,
        video_fps=24,
        features=FRONT_END,
        delay_steps=DELAY,
        frame_size=[640, 480],
        point_names=["nose"] * 50,
        extra={REST_POSE: REST.ravel().tolist()},
    )

    def initial_state(self) -> dict[str, np.ndarray]:
        """The places of the last steps."""
        return {"places": np.tile(HOME, (DELAY + 1, 1)).astype(np.float32)}

    def run(self, features: np.ndarray, state: dict[str, np.ndarray]) -> Step:
        """Hands of their usual shape, at the delayed places."""
        told = features[:, 40:].reshape(len(features), 2, 6)[:, :, 0] * 100.0 + HOME
        places = np.concatenate([state["places"], told.astype(np.float32)])
        hands = REST.reshape(2, 6, 2)
        values = []
        for i in range(len(features)):
            for place in (places[i + 1 + DELAY - delay] for delay in DELAYS):
                moved = hands.copy()
                moved[..., 0] += (place - hands[:, 0, 0])[:, None]
                values.append(moved.ravel())
        return Step(np.array(values, np.float32).reshape(len(features), -1), {}, {"places": places[len(features) :]})
