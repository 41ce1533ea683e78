"""Planners: what turns the targets of an expressive net, step by step and without look-ahead, into keypoints.

A planner is named in its model's card (``extra["planner"]``) and registered here by the module that defines it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from inference.model_card import ModelCard
from skeleton.refusal import BadInput

State = dict[str, np.ndarray]
Tracks = dict[str, np.ndarray]


class Planner(Protocol):
    """Causal: the keypoints of a step depend on the targets up to that step alone."""

    def initial_state(self) -> State:
        """The state before the first step."""
        ...

    def plan(self, targets: np.ndarray, state: State) -> tuple[np.ndarray, Tracks, State]:
        """Plan consecutive steps.

        Parameters
        ----------
        targets : np.ndarray, float32 [steps, targets]
            In the order of the card's ``target_names``.
        state : dict of str to np.ndarray
            Not changed.

        Returns
        -------
        keypoints : np.ndarray, float32 [steps, points, 2]
        tracks : dict of str to np.ndarray [steps, ...]
            What the planner decided, such as ``bow_speed``.
        state : dict of str to np.ndarray
            Goes into the next call; splitting the steps anywhere gives the same motion.
        """
        ...


PLANNERS: dict[str, Callable[[ModelCard], Planner]] = {}


def planner_of(card: ModelCard) -> Planner | None:
    """The planner that a card names; None for a net that gives keypoints itself.

    Raises
    ------
    BadInput
        If it is unknown here.
    """
    if not card.target_names:
        return None
    name = str(card.extra.get("planner", ""))
    if name not in PLANNERS:
        known = ", ".join(PLANNERS) or "none"
        raise BadInput(f"the model needs the planner '{name}'; known: {known}")
    return PLANNERS[name](card)
