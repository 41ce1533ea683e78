"""The planner of the expressive piano net: from hands and keys to hands that travel, strike and rest.

A net trained on squared error is right about where the hands are and vague about when they move: its hands tremble
and never quite arrive. The planner lets a hand stay while it is about right and travel when it is not, gives every
struck key to the finger that is nearest to it, lifts that finger, puts it on the key and leaves it there while the
key sounds. Causal: a frame depends on the targets up to it alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

import numpy as np

from audio_to_body.musician.human_hands import ORIGIN, PIXELS_PER_METRE, key_along
from audio_to_body.skeleton.piano_targets import COORDINATES, KEYS, KEYS_AHEAD, LOWEST_KEY
from audio_to_body.skeleton.refusal import BadInput

HANDS, POINTS, FINGERS = 2, 6, 5
FREE = -1.0  # a finger without a key

KEY_X = key_along(np.arange(LOWEST_KEY, LOWEST_KEY + KEYS)) * PIXELS_PER_METRE + ORIGIN[0]  # px
_BLACK = np.isin(np.arange(LOWEST_KEY, LOWEST_KEY + KEYS) % 12, (1, 3, 6, 8, 10))
KEY_Y = np.where(_BLACK, -8.0, 26.0) + ORIGIN[1]  # px; where human fingertips press black and white keys (median)

# metres above the keys, as audio_to_body.musician.pianist
HOVER, LIFT, DIP = 0.008, 0.016, 0.009
WRIST, WRIST_DIP, WRIST_RISE = 0.060, 0.012, 0.020


@dataclass(frozen=True)
class PlannerSettings:
    """Habits of the planner.

    Attributes
    ----------
    amplitude : float
        Stretches the hands' places about the mean pose; 1 is human.
    smoothness : float
        Stretches every time constant; 1 is human.
    gain : float
        What a net trained on squared error lacks in spread.
    slow, fast : float
        Hz; the hands follow the net with the slow cutoff when it is about where they are and with up to the fast one
        when it is not.
    reach : float
        px; at this distance from the net the cutoff is halfway between slow and fast.
    strike : float
        Freshness of a key at which it counts as struck.
    rise : float
        By how much it must have risen since it was last low.
    farthest : float
        px; a finger does not go farther for a key.
    pull : float
        Share of the way that the whole hand follows its fingers to their keys.
    """

    amplitude: float = 1.0
    smoothness: float = 1.0
    gain: float = 1.08
    slow: float = 0.35
    fast: float = 6.0
    reach: float = 45.0
    strike: float = 0.2
    rise: float = 0.12
    farthest: float = 38.0
    pull: float = 0.15

    look_ahead: ClassVar[int] = 0  # steps: the keys that come are the net's to foresee

    def to_dict(self) -> dict[str, Any]:
        """For a model's card."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> PlannerSettings:
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
class Memory:
    """What the planner remembers from frame to frame."""

    place: np.ndarray  # [2, 6, 2] px, the hands before their fingers strike; NaN before the first frame
    correction: np.ndarray  # [2] px along the keyboard, from fingers that found their keys
    low: np.ndarray  # [88] lowest freshness since the last strike
    since: np.ndarray  # [88] frames since the key was last struck
    sounding: np.ndarray  # [KEYS_AHEAD + 1, 88] the latest freshness values, newest first
    key: np.ndarray  # [2, 5] the finger's key, or FREE
    until: np.ndarray  # [2, 5] frames until the strike; negative: frames since
    weight: np.ndarray  # [2, 5] how far the finger has left the hand for its key, 0 to 1
    pulse: np.ndarray  # [2] weight behind the latest stroke
    quiet: np.ndarray  # [1] frames since anything was struck
    lean: np.ndarray  # [1] px, the register that the torso has turned to

    @classmethod
    def fresh(cls) -> Memory:
        """Before the first frame."""
        return cls(
            place=np.full((HANDS, POINTS, 2), np.nan),
            correction=np.zeros(HANDS),
            low=np.zeros(KEYS),
            since=np.full(KEYS, 99.0),
            sounding=np.zeros((KEYS_AHEAD + 1, KEYS)),
            key=np.full((HANDS, FINGERS), FREE),
            until=np.full((HANDS, FINGERS), -99.0),
            weight=np.zeros((HANDS, FINGERS)),
            pulse=np.zeros(HANDS),
            quiet=np.full(1, 99.0),
            lean=np.zeros(1),
        )

    def packed(self) -> dict[str, np.ndarray]:
        """As arrays, for a stream's state."""
        return {f.name: getattr(self, f.name).copy() for f in fields(self)}

    @classmethod
    def unpacked(cls, state: Mapping[str, np.ndarray]) -> Memory:
        """From :meth:`packed`."""
        return cls(**{f.name: np.array(state[f.name], np.float64) for f in fields(cls)})


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
    """Plans hands from the net's targets.

    Parameters
    ----------
    settings : PlannerSettings
    rate : float
        Frames per second.
    rest : np.ndarray [12, 2]
        The mean pose, px.
    """

    def __init__(self, settings: PlannerSettings, rate: float, rest: np.ndarray) -> None:
        self.settings, self.rate = settings, rate
        self.rest = np.asarray(rest, np.float64).reshape(HANDS, POINTS, 2)

    def plan(self, targets: np.ndarray, memory: Memory) -> Hands:
        """Plan consecutive frames; ``memory`` is brought up to date."""
        count = len(targets)
        hands = Hands(
            points=np.empty((count, HANDS * POINTS, 2)),
            wrist_height=np.empty((count, HANDS)),
            tip_height=np.empty((count, HANDS, FINGERS)),
            lean=np.empty(count),
            weight=np.empty(count),
            pressed=np.zeros((count, HANDS, FINGERS), np.int64),
        )
        for frame, row in enumerate(np.asarray(targets, np.float64)):
            self._frame(row, memory, hands, frame)
        return hands

    def _frame(self, row: np.ndarray, memory: Memory, hands: Hands, frame: int) -> None:
        wanted = self._wanted(row[:COORDINATES])
        self._listen(row[COORDINATES:], memory, wanted)
        self._travel(wanted, memory)
        points = memory.place.copy()
        points[..., 0] += memory.correction[:, None]
        hands.tip_height[frame] = self._strike(points, memory)
        active = np.exp(-memory.quiet[0] / (1.5 * self.rate))
        memory.pulse *= np.exp(-1 / (0.16 * self.rate))
        hands.wrist_height[frame] = WRIST - WRIST_DIP * memory.pulse + WRIST_RISE * (1 - active) * 0.5
        middle = points[:, :, 0].mean() - ORIGIN[0]
        memory.lean += (middle - memory.lean) * self._share(0.35)
        down = (memory.weight > 0.9) & (memory.until <= 0) & (memory.key != FREE)
        hands.pressed[frame] = np.where(down, memory.key + LOWEST_KEY, 0)
        hands.lean[frame] = memory.lean[0] / PIXELS_PER_METRE
        hands.weight[frame] = active
        hands.points[frame] = points.reshape(HANDS * POINTS, 2)

    def _share(self, hertz: float) -> float:
        """Share of the way that a low-pass of this cutoff goes in a frame."""
        return float(1 - np.exp(-2 * np.pi * hertz / self.settings.smoothness / self.rate))

    def _wanted(self, coordinates: np.ndarray) -> np.ndarray:
        """The net's hands, spread as wide as people's."""
        hands = coordinates.reshape(HANDS, POINTS, 2)
        wide = self.settings.gain * self.settings.amplitude
        middle, home = hands.mean(axis=1, keepdims=True), self.rest.mean(axis=1, keepdims=True)
        return hands - middle + home + wide * (middle - home)

    def _travel(self, wanted: np.ndarray, memory: Memory) -> None:
        """Let the hands stay when they are about right, and go when they are not."""
        if np.isnan(memory.place).any():
            memory.place[:] = wanted
            return
        settings = self.settings
        for hand in range(HANDS):
            away = wanted[hand].mean(axis=0) - memory.place[hand].mean(axis=0)
            far = float(np.hypot(*away))
            eager = far**2 / (far**2 + settings.reach**2)
            share = self._share(settings.slow + (settings.fast - settings.slow) * eager)
            shape = wanted[hand] - memory.place[hand] - away
            memory.place[hand] += share * away + self._share(1.2) * shape

    def _listen(self, fresh: np.ndarray, memory: Memory, wanted: np.ndarray) -> None:
        """Find the keys that are about to be struck and give each to a finger."""
        settings = self.settings
        memory.sounding = np.concatenate([fresh[None], memory.sounding[:-1]])
        memory.since += 1
        memory.quiet += 1
        struck = (fresh > settings.strike) & (fresh - memory.low > settings.rise) & (memory.since > 2)
        memory.low = np.where(struck, np.maximum(fresh, memory.low), np.minimum(memory.low, fresh))
        memory.until -= 1
        for key in np.flatnonzero(struck):
            memory.since[key] = 0
            self._give(int(key), memory, wanted)
        if struck.any():
            memory.quiet[0] = 0

    def _give(self, key: int, memory: Memory, wanted: np.ndarray) -> None:
        tips = np.where(np.isnan(memory.place).any(), wanted, memory.place)[:, 1:, 0] + memory.correction[:, None]
        likely = 0.5 * (tips + wanted[:, 1:, 0])  # the hand may be on its way
        cost = np.abs(likely - KEY_X[key])
        busy = (memory.key != FREE) & (memory.key != key) & (memory.until > -2)
        cost = cost + np.where(busy, 40.0, 0.0) + np.where(memory.key == key, -15.0, 0.0)
        hand, finger = np.unravel_index(int(np.argmin(cost)), cost.shape)
        if cost[hand, finger] <= self.settings.farthest:
            memory.key[memory.key == key] = FREE
            memory.key[hand, finger] = key
            memory.until[hand, finger] = KEYS_AHEAD

    def _strike(self, points: np.ndarray, memory: Memory) -> np.ndarray:
        """Move the fingers that have keys onto them; returns the fingertips' heights ``[2, 5]``."""
        now = memory.sounding[-1]  # the keys as they are in this frame
        has = memory.key != FREE
        key = np.where(has, memory.key, 0).astype(int)
        late = -memory.until
        released = has & (late > 1) & ((now[key] < 0.06) | (late > 1.2 * self.rate))
        memory.key[released] = FREE
        goal = np.where(has & ~released, np.interp(memory.until, [0.0, KEYS_AHEAD + 1.0], [1.0, 0.0]), 0.0)
        step = np.where(goal > memory.weight, 1.0, 0.3)  # quick to the key, slow off it
        memory.weight += step * (goal - memory.weight)
        memory.weight[~has | released] *= 0.6
        beat = has & (memory.until == 0)
        memory.pulse = np.maximum(memory.pulse, beat.any(axis=1).astype(float))
        tips = points[:, 1:]
        offset = np.where(has, KEY_X[key] - tips[..., 0], 0.0)
        deep = np.where(has, KEY_Y[key] - tips[..., 1], 0.0)
        self._follow(offset, has & ~released, memory)
        tips[..., 0] += memory.weight * offset
        tips[..., 1] += 0.7 * memory.weight * deep
        rising = np.where(has, np.interp(memory.until, [0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 0.7, 1.0, 0.5, 0.0]), 0.0)
        down = np.where(has & ~released & (memory.until <= 0), memory.weight, 0.0)
        return HOVER + LIFT * rising - (HOVER + DIP) * down

    def _follow(self, offset: np.ndarray, has: np.ndarray, memory: Memory) -> None:
        """The whole hand follows its fingers part of the way."""
        for hand in range(HANDS):
            if has[hand].any():
                goal = memory.correction[hand] + self.settings.pull * float(offset[hand][has[hand]].mean())
                memory.correction[hand] += self._share(1.2) * (np.clip(goal, -60, 60) - memory.correction[hand])
            else:
                memory.correction[hand] *= 1 - self._share(0.3)
