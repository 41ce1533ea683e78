"""From the net's hands and the keys that fingers press to hands that set out, strike, hold and leave.

The net knows where pianists' hands are; the presses know where fingers must be and when. A hand goes with the net as
long as its fingers can reach their keys from there, and else as far as they need. A finger sets out for its key as
soon as the key is known and its own last note allows, is over it two frames before the stroke where there is time,
goes down as deep as the note is loud, and leaves when the note is over. Fingers without a key give way to those that
have one. Every frame depends on what is known at its time alone, however many are planned at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from audio_to_body.inference.piano.fingertips import heights, in_order, onto_keys, within_reach
from audio_to_body.inference.piano.keyboard import ALL_FINGERS, FINGERS, HAND_OF, HANDS
from audio_to_body.inference.piano.presses import Press
from audio_to_body.inference.piano.strokes import (
    END,
    LOUD,
    NEVER,
    PITCH,
    PLACE,
    READY,
    START,
    Around,
    around,
    arrival,
    asked_elsewhere,
    coming_of,
    let_go,
    progress,
    released,
    ways_to_strokes,
)
from audio_to_body.musician.human_hands import ORIGIN, PIXELS_PER_METRE
from audio_to_body.musician.kinematics import smoothstep
from audio_to_body.skeleton.refusal import BadInput

POINTS = 1 + FINGERS  # of a hand: the wrist, then the fingertips

SHORTEST_WAY, PX_A_FRAME = 5.0, 20.0  # frames that a hand's way takes at least, and how far it goes in another one
LEAVES = 5.0  # frames in which a finger goes back to its hand
RELAXES = 18.0  # frames in which an idle hand goes back to the net's place
WRIST, WRIST_DIP, WRIST_RISE = 0.060, 0.012, 0.020  # metres above the keys
PULSE_SECONDS, QUIET_SECONDS, LEAN_HERTZ, SHAPE_HERTZ, FOLLOW_HERTZ = 0.16, 1.5, 0.35, 1.2, 3.0
ACTIVE_HERTZ = 0.6  # at which the body leans into what is played
LEAP_FROM, LEAP_TO, LEAP_RISE = 80.0, 300.0, 0.045  # px of a hand's way from which it flies, and how high, metres


@dataclass(frozen=True)
class HandSettings:
    """Habits of the planner.

    Attributes
    ----------
    amplitude : float
        Stretches the hands' places about the mean pose where no key binds them; 1 is human.
    smoothness : float
        Stretches every time constant; 1 is human.
    gain : float
        What a net trained on errors lacks in spread.
    slow, fast : float
        Hz; the hands follow the net with the slow cutoff when it is about where they are and with up to the fast one
        when it is not.
    reach : float
        px; at this distance from the net the cutoff is halfway between slow and fast.
    slack : float
        px that fingers make up before the whole hand goes along.
    """

    amplitude: float = 1.0
    smoothness: float = 1.0
    gain: float = 1.05
    slow: float = 1.0
    fast: float = 3.0
    reach: float = 30.0
    slack: float = 90.0

    def to_dict(self) -> dict[str, Any]:
        """For a model's card."""
        return asdict(self)

    @property
    def look_ahead(self) -> int:
        """Steps beside the net's delay."""
        return 0

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> HandSettings:
        """Settings from a model card.

        Raises
        ------
        BadInput
            If one is unknown or not a number.
        """
        known = {f.name for f in fields(cls)}
        try:
            settings = cls(**{name: float(value) for name, value in values.items()})
            if not all(0 <= value < 1000 for value in settings.to_dict().values()):
                raise ValueError
            return settings
        except (TypeError, ValueError):
            raise BadInput(f"the piano planner's settings are numbers of {', '.join(sorted(known))}") from None


@dataclass
class HandMemory:
    """What the planner remembers from frame to frame, beside the presses."""

    place: np.ndarray  # [2, 6, 2] px, the hands as the net has them, smoothed; NaN before the first frame
    shift: np.ndarray  # [2] px, how far the hands have left those places for their fingers' keys
    lean: np.ndarray  # [1] px, the register that the torso has turned to
    active: np.ndarray  # [1] how much is played, as the body has followed

    @classmethod
    def fresh(cls) -> HandMemory:
        """Before the first frame."""
        return cls(np.full((HANDS, POINTS, 2), np.nan), shift=np.zeros(HANDS), lean=np.zeros(1), active=np.zeros(1))


@dataclass(frozen=True)
class Hands:
    """Planned hands of consecutive frames.

    Attributes
    ----------
    points : np.ndarray, float64 [frames, 12, 2]
        Pixels of the hands12 frame.
    wrist_height : np.ndarray [frames, 2]
        Metres above the keys.
    tip_height : np.ndarray [frames, 2, 5]
    lean : np.ndarray [frames]
        Metres to the high notes from the keyboard's middle: the register the torso turns to.
    weight : np.ndarray [frames]
        0 to 1, how much is played.
    pressed : np.ndarray, int64 [frames, 2, 5]
        MIDI pitch of the key that each finger holds down, 0 for none.
    """

    points: np.ndarray
    wrist_height: np.ndarray
    tip_height: np.ndarray
    lean: np.ndarray
    weight: np.ndarray
    pressed: np.ndarray


class HandPlanner:
    """Plans hands from the net's targets and the presses.

    Parameters
    ----------
    settings : HandSettings
    rate : float
        Frames per second.
    rest : np.ndarray [12, 2]
        The mean pose, px.
    known : int
        Frames before its stroke at which every press is known.
    """

    def __init__(self, settings: HandSettings, rate: float, rest: np.ndarray, known: int) -> None:
        self.settings, self.rate, self.known = settings, rate, known
        self.rest = np.asarray(rest, np.float64).reshape(HANDS, POINTS, 2)

    def plan(self, hands: np.ndarray, first: int, presses: Sequence[Press], memory: HandMemory) -> Hands:
        """Plan consecutive frames; ``memory`` is brought up to date.

        Parameters
        ----------
        hands : np.ndarray [frames, 24]
            The net's, px of the hands12 frame.
        first : int
            Number of the first frame.
        presses : sequence of Press
            Of every finger by their start, from the latest one before the first frame on.
        memory : HandMemory
        """
        frame = first + np.arange(len(hands))
        place = self._travel(np.asarray(hands, np.float64), memory)
        of_finger = around(presses, [p.finger for p in presses], ALL_FINGERS, frame, self.known)
        of_hand = around(presses, [int(HAND_OF[p.finger]) for p in presses], HANDS, frame, self.known)
        ways, starts = ways_to_strokes(of_finger)
        ends = let_go(of_finger, ways, starts)
        coming = coming_of(of_finger, ends, self.known, ways)
        leaving = self._leaving(of_finger, ends) * (1 - asked_elsewhere(of_finger, ends, coming, ways))
        shift, flight = self._shift(place[:, :, 0, 0], of_hand, of_finger, released(ends, ways))
        place[..., 0] += self._followed(shift, memory)[:, :, None]
        tips = place[:, :, 1:].reshape(len(hands), ALL_FINGERS, 2)
        bound = np.maximum(leaving, coming)
        tips = onto_keys(tips, of_finger, leaving, coming)
        held = (of_finger.frame < ends) & (of_finger.was(PITCH) > 0)
        quiet = of_hand.frame - of_hand.was(START)
        active = self._active(quiet.min(axis=1), memory)
        pulse = (0.5 + 0.5 * of_hand.was(LOUD)) * np.exp(-quiet / (PULSE_SECONDS * self.rate))
        high = WRIST - WRIST_DIP * pulse + 0.5 * WRIST_RISE * (1 - active)[:, None] + flight
        tips_high = heights(of_finger, held, leaving, coming) + np.where(held, 0.0, flight[:, HAND_OF])
        wrists, tips = within_reach(
            np.concatenate([place[:, :, 0], 1e3 * high[..., None]], axis=2),
            np.concatenate([tips, 1e3 * tips_high[..., None]], axis=2),
            bound,
            1e3 * flight,
        )
        place[:, :, 0] = wrists[..., :2]
        place[:, :, 1:] = in_order(tips[..., :2], bound, held).reshape(len(hands), HANDS, FINGERS, 2)
        return Hands(
            points=place.reshape(len(hands), HANDS * POINTS, 2),
            wrist_height=1e-3 * wrists[..., 2],
            tip_height=tips_high.reshape(-1, HANDS, FINGERS),
            lean=self._lean(place[..., 0].mean(axis=(1, 2)), memory),
            weight=active,
            pressed=np.where(held, of_finger.was(PITCH), 0).astype(np.int64).reshape(-1, HANDS, FINGERS),
        )

    def _share(self, hertz: float) -> float:
        """Share of the way that a low-pass of this cutoff goes in a frame."""
        return float(1 - np.exp(-2 * np.pi * hertz / self.settings.smoothness / self.rate))

    def _travel(self, hands: np.ndarray, memory: HandMemory) -> np.ndarray:
        """Let the hands stay when they are about right, and go when they are not; [frames, 2, 6, 2]."""
        settings = self.settings
        wanted = hands.reshape(-1, HANDS, POINTS, 2)
        middle = wanted.mean(axis=2)
        shape = wanted - middle[:, :, None]
        home = self.rest.mean(axis=1)
        middle = home + settings.gain * settings.amplitude * (middle - home)
        if np.isnan(memory.place).any() and len(hands):
            memory.place[:] = shape[0] + middle[0][:, None]
        now = memory.place.mean(axis=1)
        bent = memory.place - now[:, None]
        follow = self._share(SHAPE_HERTZ)
        nyquist = 2 * np.pi / settings.smoothness / self.rate
        places, shapes = np.empty_like(middle), np.empty_like(shape)
        for i in range(len(hands)):
            away = middle[i] - now
            far = np.square(away).sum(axis=1, keepdims=True)
            hertz = settings.slow + (settings.fast - settings.slow) * far / (far + settings.reach**2)
            now = now + (1 - np.exp(-nyquist * hertz)) * away
            bent = bent + follow * (shape[i] - bent)
            places[i], shapes[i] = now, bent
        memory.place[:] = bent + now[:, None]
        return shapes + places[:, :, None]

    def _shift(
        self, wrist: np.ndarray, of_hand: Around, of_finger: Around, free: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """How far the hands leave the net's places for their fingers' keys, px, and rise on it, m; [frames, 2]."""
        was, will = of_hand.was(PLACE), of_hand.will(PLACE)
        far = np.nan_to_num(np.abs(np.where(np.isfinite(was), was, wrist) - will))
        takes = np.minimum(READY + SHORTEST_WAY + far / PX_A_FRAME, self.known)
        set_out = np.maximum(of_hand.will(START) - takes, np.maximum(of_hand.was(START), free))
        set_out = np.minimum(set_out, of_hand.will(START))
        arrive = arrival(set_out, of_hand.will(START), far)
        known = np.isfinite(will)
        gone = np.where(known, progress((of_hand.frame - set_out) / np.maximum(arrive - set_out, 0.5), far), 0.0)
        course = np.where(np.isfinite(was), was, wrist) * (1 - gone) + np.where(known, will, 0.0) * gone
        last = of_finger.was(END).reshape(-1, HANDS, FINGERS).max(axis=2)
        bound = np.maximum(np.exp(-np.maximum(of_hand.frame - last, 0.0) / RELAXES), gone)
        away = course - wrist
        shift = bound * (away - np.clip(away, -self.settings.slack, self.settings.slack))
        leap = np.clip((far - LEAP_FROM) / (LEAP_TO - LEAP_FROM), 0.0, 1.0)
        return shift, LEAP_RISE * leap * 4 * gone * (1 - gone)

    def _followed(self, shift: np.ndarray, memory: HandMemory) -> np.ndarray:
        """The shift as a hand can follow that does not know what comes: it is not there at once, its fingers are."""
        return shift if self.known >= READY else self._low_passed(shift, FOLLOW_HERTZ, memory.shift)

    def _low_passed(self, wanted: np.ndarray, hertz: float, now: np.ndarray) -> np.ndarray:
        """``wanted`` [frames, n] as it is followed with a cutoff from ``now`` [n] on, which is brought up to date."""
        share, followed = self._share(hertz), np.empty_like(wanted)
        for column in range(len(now)):
            value = float(now[column])
            for i, goal in enumerate(wanted[:, column].tolist()):
                value += share * (goal - value)
                followed[i, column] = value
            now[column] = value
        return followed

    def _leaving(self, of_finger: Around, ends: np.ndarray) -> np.ndarray:
        """How much a finger is still on its last key, 0 to 1, [frames, 10]."""
        since = (of_finger.frame - ends) / (LEAVES * self.settings.smoothness)
        return np.where(of_finger.was(PITCH) > 0, 1 - smoothstep(since), 0.0)

    def _active(self, quiet: np.ndarray, memory: HandMemory) -> np.ndarray:
        """How much is played, 0 to 1 [frames], as a body leans into it; ``quiet`` frames since the last stroke."""
        wanted = np.exp(-np.minimum(quiet, NEVER) / (QUIET_SECONDS * self.rate))
        return self._low_passed(wanted[:, None], ACTIVE_HERTZ, memory.active)[:, 0]

    def _lean(self, middle: np.ndarray, memory: HandMemory) -> np.ndarray:
        return self._low_passed((middle - ORIGIN[0])[:, None], LEAN_HERTZ, memory.lean)[:, 0] / PIXELS_PER_METRE
