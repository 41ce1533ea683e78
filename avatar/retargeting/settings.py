"""What a person may choose about retargeting, with the defaults this project prefers."""

from __future__ import annotations

from dataclasses import dataclass

from audio_to_body.skeleton.refusal import BadInput

HANDS = ("instrument", "paper")


@dataclass(frozen=True)
class RetargetSettings:
    """Settings of retargeting.

    Attributes
    ----------
    fit_arms : bool
        Scale the arms to the performer as the paper scales the spine (Sec. 5 "Body"); off keeps the rig's arms.
    smoothness : float
        1 is the default; 0 leaves the points as they are, 2 doubles the smoothing of slow movement.
    breathing : float
        Amplitude of breathing, 1 is typical, 0 none. The paper's avatar does not breathe.
    roll : float or None
        Degrees by which the violin leans down to the player's right; None takes what fits the bow hand best.
    yaw, pitch : float or None
        Degrees by which the camera stands to the performer's left and above; None estimates them (piano) or takes
        the picture's plane as the performer's own (violin), as the paper does.
    distance : float
        Metres from the camera to the performer, for the perspective; the picture does not say.
    sounding_db : float
        Loudness below the loudest at which the bow counts as silent, where a motion carries ``loudness_db``.
    hands : str
        ``instrument``: palms and fingers where bow, neck and keys need them. ``paper``: as Sec. 5 turns them, by the
        picture alone, where it shows whole hands (:mod:`audio_to_body.avatar.retargeting.paper_hands`).

    Raises
    ------
    BadInput
        If there are no such hands.
    """

    fit_arms: bool = True
    smoothness: float = 1.0
    breathing: float = 1.0
    roll: float | None = None
    yaw: float | None = None
    pitch: float | None = None
    distance: float = 3.4
    sounding_db: float = -38.0
    hands: str = HANDS[0]

    def __post_init__(self) -> None:
        if self.hands not in HANDS:
            raise BadInput(f"there are no hands '{self.hands}'; choose one of {', '.join(HANDS)}")
