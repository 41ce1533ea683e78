"""A kinematic pianist in 3-D: from notes to 50 joints a frame, and where each hand is along the keyboard.

Room directions: x to the player's left, y up, z to the front; origin between the hips. The keyboard lies across, high
notes to the player's right (negative x).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.geometry.vector_arrays import across, unit
from audio_to_body.musician.body import Body, draw_body, pose_torso
from audio_to_body.musician.hands import MIDDLE, ROOTS, hand_points
from audio_to_body.musician.kinematics import low_pass, smooth_noise, smoothstep, travel, two_bones
from audio_to_body.musician.performance import CHORD_GAP, Performance
from audio_to_body.musician.piano_fingering import REST_SPREAD, finger_piano
from audio_to_body.musician.piano_keys import BLACK_RAISE, BLACK_START, KEY_DIP, is_black, key_place
from audio_to_body.musician.violinist import phrase_starts

BLACK_DEPTH = (0.058, 0.070, 0.074, 0.072, 0.062)  # m from the front edge where fingers meet black keys, thumb first
KNUCKLE_DEPTH = 0.008  # m from the keys' front edge to the middle finger's knuckle on white keys
WRIST_TURN = np.radians(18)  # to either side; the rest of the forearm's angle the hand takes over
HAND_TURN = np.radians(24)  # against the keys, at most: the thumb must still reach them
AHEAD = 0.035  # s before a note at which the hand is over its keys
FASTEST_MOVE = 0.10  # s at least for the hand's way to new keys
STRIKE = 0.055  # s that a finger takes from its highest point to the key's bottom
PULLS = np.array(
    [2.2, 1.0, 1.0, 1.0, 1.2]
)  # of the fingers on the hand's place in chords: the short ones need it most
HOVER = 0.010  # m of resting fingertips above the keys
RAISE = 0.016  # m that a finger rises before it strikes


@dataclass(frozen=True)
class Pianist:
    """One player: body, seat and habits.

    Attributes
    ----------
    body : Body
    seat : float
        Metres from the hips to the keys' front edge.
    height : float
        Metres of the keys' surface above the hips.
    sway : float
        Amplitude of torso movement, 1 is typical.
    wrist : float
        Metres of the wrist above the keys.
    raise_fingers : float
        How high the fingers rise before they strike, relative to a typical player.
    """

    body: Body
    seat: float
    height: float
    sway: float
    wrist: float
    raise_fingers: float


def draw_pianist(rng: np.random.Generator) -> Pianist:
    """A pianist with a size, a seat and habits of their own."""
    body = draw_body(rng)
    return Pianist(
        body=body,
        seat=float(rng.uniform(0.30, 0.36) * body.trunk / 0.473),
        height=float(rng.uniform(0.12, 0.18)),
        sway=float(rng.uniform(0.6, 1.5)),
        wrist=float(rng.uniform(0.045, 0.07)),
        raise_fingers=float(rng.uniform(0.7, 1.4)),
    )


@dataclass(frozen=True)
class PianoTruth:
    """What the pianist did.

    Attributes
    ----------
    joints : np.ndarray [frames, 50, 3]
        Metres in the room, in the order of the piano layout.
    place : np.ndarray [frames, 2]
        Metres along the keyboard of the left and the right hand, rising with pitch.
    finger : np.ndarray, int64 [notes]
        0 thumb to 4 little finger for each note.
    """

    joints: np.ndarray
    place: np.ndarray
    finger: np.ndarray


def play_piano(player: Pianist, music: Performance, times: np.ndarray, rng: np.random.Generator) -> PianoTruth:
    """Move a pianist through a performance.

    Parameters
    ----------
    player : Pianist
    music : Performance
        Notes with hands.
    times : np.ndarray [frames]
        Seconds of the frames, evenly spaced.
    rng : np.random.Generator
    """
    plans = [_HandPlan(player, music, times, side, rng) for side in (1, 0)]  # left, right
    middle = np.mean([low_pass(plan.place, times, 0.7) for plan in plans], axis=0)
    torso = _torso(player, music, middle, times, rng)
    parts = []
    for plan, shoulder, sign in zip(plans, (torso.left_shoulder, torso.right_shoulder), (1.0, -1.0)):
        parts.append(_arm(player, plan, shoulder, sign, times))
    (left_elbow, left_wrist, left_hand), (right_elbow, right_wrist, right_hand) = parts
    nod = 0.30 + player.sway * 0.05 * smooth_noise(rng, times, 0.1, 0.6)
    look = -0.35 * np.clip(middle / 0.4, -1, 1) + player.sway * 0.06 * smooth_noise(rng, times, 0.05, 0.3)
    height, depth = player.body.nose[1], player.body.nose[2]
    nose = torso.place(
        np.stack(
            [
                np.sin(look) * (depth + 0.02),
                height * np.cos(nod) - depth * np.sin(nod),
                (depth * np.cos(nod) + height * np.sin(nod) * 0.6) * np.cos(look),
            ],
            axis=1,
        )
    )
    body = [
        nose,
        torso.neck,
        torso.right_shoulder,
        right_elbow,
        right_wrist,
        torso.left_shoulder,
        left_elbow,
        left_wrist,
    ]
    joints = np.concatenate([np.stack(body, axis=1), left_hand, right_hand], axis=1)
    finger = np.zeros(len(music), np.int64)
    for plan in plans:
        finger[plan.notes] = plan.finger
    return PianoTruth(joints, np.stack([plan.place for plan in plans], axis=1), finger)


def _torso(player, music, middle, times, rng):  # type: ignore[no-untyped-def]
    """Lean towards the register played, forward in loud passages, sway with the phrase, breathe."""
    level = np.zeros(len(times))
    if len(music):
        at = np.clip(np.searchsorted(music.onset, times, side="right") - 1, 0, None)
        level = np.where((times >= music.onset[0]) & (times < music.end[at] + 0.3), music.velocity[at], 0.0)
    loud = low_pass(level, times, 0.9)
    sway = player.sway * (0.4 + 0.6 * np.clip(loud * 2, 0, 1))
    lift = np.zeros(len(times))
    for start in phrase_starts(music):
        lift = np.maximum(lift, np.exp(-0.5 * ((times - start + 0.15) / 0.3) ** 2))
    yaw = sway * 0.03 * smooth_noise(rng, times, 0.05, 0.3) - 0.12 * middle
    pitch = 0.10 + sway * (0.035 * smooth_noise(rng, times, 0.06, 0.4) + 0.07 * (loud - 0.5)) - 0.03 * lift
    roll = 0.22 * middle + sway * 0.025 * smooth_noise(rng, times, 0.06, 0.4)
    rise = 0.004 * np.sin(2 * np.pi * times / rng.uniform(3.2, 4.5)) + 0.006 * lift
    return pose_torso(player.body, yaw, pitch, roll, rise)


class _HandPlan:
    """One hand's way along the keyboard and its fingers' strokes.

    Attributes
    ----------
    notes : np.ndarray of int
        The hand's notes in the performance.
    finger : np.ndarray of int
        0 thumb to 4 little finger of each.
    place : np.ndarray [frames]
        Metres along the keyboard of the middle finger's rest place.
    depth : np.ndarray [frames]
        0 on white keys to 1 when black keys pull the hand in.
    press : np.ndarray [frames]
        Weight behind the current stroke, 0 to 1: lowers the wrist.
    raised : np.ndarray [frames]
        0 at the keys to 1 with the hand lifted in a long rest.
    tip_place, tip_depth, tip_height : np.ndarray [frames, 5]
        Where each fingertip should be: along, into and above the keys, metres.
    """

    def __init__(self, player: Pianist, music: Performance, times: np.ndarray, side: int, rng: np.random.Generator):
        self.player = player
        self.left = side == 1
        home = -0.22 if self.left else 0.22
        self.notes = np.flatnonzero(music.hand == side)
        own = music.select(self.notes)
        self.finger = np.zeros(len(own), np.int64)
        frames = len(times)
        if len(own) == 0:
            self.place = np.full(frames, home)
            self.depth, self.press = np.zeros(frames), np.zeros(frames)
            self.raised = np.ones(frames)
            self._rest_tips(frames)
            return
        key = key_place(own.pitch)
        dark = is_black(own.pitch)
        head = np.flatnonzero(np.concatenate([[True], np.diff(own.onset) > CHORD_GAP]))
        groups = np.split(np.arange(len(own)), head[1:])
        ordered = [g[np.argsort(key[g])][:5] for g in groups]
        chosen = finger_piano(
            [own.pitch[g] for g in ordered], own.onset[head], [own.end[g] for g in ordered], self.left
        )
        for g, f in zip(ordered, chosen):
            self.finger[g] = f
        spread = self._spread(player)
        wrist = np.array([np.average(key[g] - spread[f], weights=PULLS[f]) for g, f in zip(ordered, chosen)])
        wanted_depth = np.array([np.mean(np.where(dark[g], 1.0, 0.15)) for g in ordered])
        thumb_on_black = np.array([bool(np.any(dark[g] & (f == 0))) for g, f in zip(ordered, chosen)])
        wanted_depth = np.where(thumb_on_black, 1.3, wanted_depth)
        arrive = own.onset[head] - AHEAD
        finish = np.maximum.reduceat(own.end, head)
        self._way(times, arrive, finish, wrist, wanted_depth, home)
        self._weight(times, own, head)
        self._fingers(times, own, key, dark, spread)

    def _spread(self, player: Pianist) -> np.ndarray:
        spread = REST_SPREAD * player.body.hand
        return -spread if self.left else spread

    def _way(self, times, arrive, finish, wrist, wanted_depth, home):  # type: ignore[no-untyped-def]
        following = np.append(arrive[1:], arrive[-1] + 1e3)
        gap = following - arrive
        # leave when the notes end, but early enough to be on time, and not before half of the time has gone
        leave = np.clip(np.minimum(finish, following - FASTEST_MOVE), arrive + 0.35 * gap, following)
        # a long way asks for an early start
        way = np.abs(np.diff(wrist, append=wrist[-1]))
        early = following - np.clip(0.10 + 0.9 * way, 0.10, 0.45)
        leave = np.clip(np.minimum(leave, early), arrive + 0.12 * gap, following)
        first, last = max(arrive[0] - 1.0, -1.0), finish[-1] + 0.6
        arrive = np.concatenate([[-10.0], arrive, [last + 1.0]])
        leave = np.concatenate([[first], np.minimum(leave, last), [last + 2.0]])
        self.place = travel(times, arrive, leave, np.concatenate([[home], wrist, [home]]))
        self.depth = travel(times, arrive, leave, np.concatenate([[0.0], wanted_depth, [0.0]]))
        quiet = np.full(len(times), np.inf)
        sounding_until = np.concatenate([[-10.0], np.maximum.accumulate(finish)])
        at = np.searchsorted(arrive[1:-1], times, side="right")
        since = times - sounding_until[at]
        until = np.append(arrive[1:-1], np.inf)[at] - times
        rest = since + until
        lifted = np.minimum(smoothstep(since / 0.5), smoothstep(until / 0.5)) * np.clip((rest - 0.35) / 1.5, 0, 1)
        self.raised = np.where(quiet > 0, np.maximum(lifted, 0.0), 0.0)
        # an arc over a wide leap
        moving = np.abs(np.gradient(self.place, times)) if len(times) > 1 else np.zeros(len(times))
        self.raised = np.maximum(self.raised, 0.5 * np.clip(moving / 1.2, 0, 1))

    def _weight(self, times: np.ndarray, own: Performance, head: np.ndarray) -> None:
        """The wrist sinks with a stroke, deeper when loud, and comes up before the next."""
        moment = own.onset[head]
        loud = np.maximum.reduceat(own.velocity, head)
        at = np.clip(np.searchsorted(moment, times + 0.03, side="right") - 1, 0, None)
        since = times + 0.03 - moment[at]
        rise = smoothstep(since / 0.06) * np.exp(-np.maximum(since - 0.06, 0) / 0.18)
        self.press = np.where(since >= 0, loud[at] * rise, 0.0)

    def _rest_tips(self, frames: int) -> None:
        spread = self._spread(self.player)
        self.tip_place = self.place[:, None] + spread[None, :]
        self.tip_depth = np.zeros((frames, 5)) + self._natural_depth()[None, :]
        self.tip_height = np.full((frames, 5), HOVER)

    def _natural_depth(self) -> np.ndarray:
        """Metres from the keys' front edge where relaxed fingertips lie, thumb first."""
        return np.array([0.014, 0.044, 0.052, 0.048, 0.030])

    def _fingers(self, times, own, key, dark, spread):  # type: ignore[no-untyped-def]
        frames = len(times)
        self._rest_tips(frames)
        inward = 0.032 * self.depth
        self.tip_depth = self.tip_depth + inward[:, None]
        self.tip_height += 0.02 * self.raised[:, None]
        for f in range(5):
            notes = np.flatnonzero(self.finger == f)
            if len(notes) == 0:
                continue
            strike = own.onset[notes]
            finish = np.maximum(own.end[notes], strike + 0.06)
            finish = np.minimum(finish, np.append(strike[1:] - STRIKE * 1.2, np.inf))
            finish = np.maximum(finish, strike + 0.02)
            before = np.clip(np.searchsorted(strike, times, side="right") - 1, 0, None)
            after = np.clip(np.searchsorted(strike, times, side="right"), None, len(notes) - 1)
            played = times >= strike[before]
            held = np.where(played, 1 - smoothstep((times - finish[before]) / 0.07), 0.0)
            ahead = np.where(strike[after] > times, strike[after] - times, np.inf)
            over = smoothstep(1 - (ahead - AHEAD) / 0.12)  # the finger is over its key before it strikes
            near = np.where(over > held, after, before)
            weight = np.maximum(over, np.where(played, 1 - smoothstep((times - finish[before]) / 0.12), 0.0))
            white_depth = np.clip(self.tip_depth[:, f], 0.010, BLACK_START - 0.006)
            depth = np.where(dark[notes][near], BLACK_DEPTH[f], white_depth)
            level = np.where(dark[notes][near], BLACK_RAISE, 0.0)
            down = np.maximum(held, smoothstep(1 - ahead / STRIKE))
            lift = RAISE * self.player.raise_fingers * smoothstep(1 - np.abs(ahead - STRIKE - 0.03) / 0.07)
            self.tip_place[:, f] = weight * key[notes][near] + (1 - weight) * self.tip_place[:, f]
            self.tip_depth[:, f] = weight * depth + (1 - weight) * self.tip_depth[:, f]
            height = HOVER + level * weight + lift
            self.tip_height[:, f] = (1 - down) * np.maximum(height, self.tip_height[:, f]) + down * (level - KEY_DIP)


def _arm(player: Pianist, plan: _HandPlan, shoulder: np.ndarray, sign: float, times: np.ndarray):  # type: ignore[no-untyped-def]
    """Elbow, wrist and hand of one side; ``sign`` is 1 for the left."""
    scale = player.body.hand
    surface, edge = player.height, player.seat
    # the hand turns with the forearm, which comes from an elbow beside the body
    inward = shoulder[:, 0] + 0.09 * sign + plan.place  # from the hand towards the player's left to the elbow
    forearm = np.arctan2(inward, player.body.forearm + 0.05)
    angle = np.clip(forearm - np.clip(0.45 * forearm, -WRIST_TURN, WRIST_TURN), -HAND_TURN, HAND_TURN)
    height = player.wrist - 0.014 * plan.press + 0.035 * plan.raised
    dip = 0.16 + 0.2 * (plan.press - 0.3) * 0.1
    forward = unit(np.stack([-np.sin(angle), -dip, np.cos(angle)], axis=1))
    down_side = np.array([-sign, 0.10, 0.0])  # the thumb's side, a little higher
    thumb_side = across(np.broadcast_to(down_side, forward.shape), forward)
    back = np.cross(thumb_side, forward) if sign > 0 else np.cross(forward, thumb_side)
    palm = np.stack([forward, thumb_side, back], axis=1)
    x = -plan.place
    knuckle_depth = KNUCKLE_DEPTH + 0.032 * plan.depth
    root = np.stack([x, surface + height - 0.006, edge + knuckle_depth], axis=1)
    wrist = root - scale * np.einsum("j,fji->fi", ROOTS[MIDDLE], palm)
    pole = np.broadcast_to(np.array([0.30 * sign, -0.9, -0.15]), wrist.shape)
    elbow, wrist = two_bones(shoulder, wrist, player.body.upper_arm, player.body.forearm, pole)
    tips = np.stack([-plan.tip_place, surface + plan.tip_height, edge + plan.tip_depth], axis=2)
    return elbow, wrist, hand_points(wrist, palm, tips, scale, thumb_back=0.6 * palm[:, 1] + 0.8 * back)
