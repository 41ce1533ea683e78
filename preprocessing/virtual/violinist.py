"""A kinematic violinist in 3-D: from strokes and stops to 50 joints a frame.

Room directions: x to the player's left, y up, z to the front. The violin lies on the left shoulder and points to the
front left; the right hand draws the bow at a right angle to the strings, in a plane that tilts with the string.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.virtual.body import Body, Torso, draw_body, pose_torso
from preprocessing.virtual.bowing import BOW_LENGTH, BowHabits, BowMotion, Strokes, bow_motion, draw_bow_habits
from preprocessing.virtual.fingering import FIRST_POSITION, STRING_LENGTH, Stops, distance_from_nut
from preprocessing.virtual.hands import ROOTS, hand_points
from preprocessing.virtual.kinematics import across, low_pass, smooth_noise, smoothstep, travel, two_bones, unit
from preprocessing.virtual.performance import Performance

BRIDGE = 0.195  # m from the end button along the violin
BOWED_POINT = 0.030  # m from the bridge towards the fingerboard, where the hair meets the string
STRING_HEIGHT = 0.048  # m of the strings above the violin's middle plane at the bridge
STRING_GAPS = (0.0055, 0.0115)  # m between strings at the nut and at the bridge
STRING_TILT = np.radians([24.0, 8.0, -8.0, -24.0])  # angle of the bow on G, D, A, E against the violin's own plane
CROSSING = 0.09  # s that a string crossing takes
SHIFT = 0.13  # s that a change of position takes, at least
FINGER_DROP = 0.035  # s before the note at which a finger meets the string
VIBRATO_FROM = 0.30  # s; shorter notes get none
VIBRATO_SWAY = 0.0035  # m of fingertip travel along the string
REST_DROP = np.array([-0.05, -0.30, -0.10])  # m the bow hand hangs lower, farther right and back, when at rest


@dataclass(frozen=True)
class Violinist:
    """One player: body, posture and habits.

    Attributes
    ----------
    body : Body
    bow : BowHabits
    heading : float
        Angle of the violin to the left of straight ahead, radians.
    slope : float
        Angle of the scroll above the horizontal, radians.
    roll : float
        How far the violin leans down to the player's right, radians.
    sway : float
        Amplitude of torso movement, 1 is typical.
    vibrato : float
        Hz.
    """

    body: Body
    bow: BowHabits
    heading: float
    slope: float
    roll: float
    sway: float
    vibrato: float


def draw_violinist(rng: np.random.Generator) -> Violinist:
    """A violinist with a size, a posture and habits of their own."""
    return Violinist(
        body=draw_body(rng),
        bow=draw_bow_habits(rng),
        heading=float(np.radians(rng.uniform(24, 36))),
        slope=float(np.radians(rng.uniform(-4, 8))),
        roll=float(np.radians(rng.uniform(18, 32))),
        sway=float(rng.uniform(0.6, 1.5)),
        vibrato=float(rng.uniform(5.2, 6.3)),
    )


@dataclass(frozen=True)
class ViolinTruth:
    """What the violinist did.

    Attributes
    ----------
    joints : np.ndarray [frames, 50, 3]
        Metres in the room, in the order of the violin layout.
    bow : BowMotion
    string : np.ndarray [frames]
        0 G to 3 E, fractional while the bow crosses.
    finger_position : np.ndarray [frames]
        Metres from the nut at which the sounding string is stopped; 0 for open strings.
    contact, frog, tip : np.ndarray [frames, 3]
        Where the hair meets the string, and both ends of the hair.
    scroll, button : np.ndarray [frames, 3]
        Both ends of the violin.
    """

    joints: np.ndarray
    bow: BowMotion
    string: np.ndarray
    finger_position: np.ndarray
    contact: np.ndarray
    frog: np.ndarray
    tip: np.ndarray
    scroll: np.ndarray
    button: np.ndarray


def play_violin(
    player: Violinist,
    music: Performance,
    strokes: Strokes,
    stops: Stops,
    times: np.ndarray,
    rng: np.random.Generator,
) -> ViolinTruth:
    """Move a violinist through a performance.

    Parameters
    ----------
    player : Violinist
    music : Performance
    strokes : Strokes
        Of that performance.
    stops : Stops
        Of that performance.
    times : np.ndarray [frames]
        Seconds of the frames, evenly spaced.
    rng : np.random.Generator
    """
    bow = bow_motion(strokes, times)
    string = _bowed_string(music, stops, times)
    torso = _torso(player, music, bow, times, rng)
    along, normal, right = _violin_axes(player, torso, music, times, rng)
    button = torso.place(np.array([0.30 * player.body.shoulders, 0.035, 0.055]))
    contact, hair, frog = _bow(button, along, normal, right, string, bow)
    right_elbow, right_wrist, right_hand = _bow_arm(player, torso, frog, hair, along, bow, string)
    left_elbow, left_wrist, left_hand, stopped = _left_arm(
        player, torso, button, along, normal, right, music, stops, times, rng
    )
    nose = torso.place(_head(player, music, times, rng))
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
    return ViolinTruth(
        joints=joints,
        bow=bow,
        string=string,
        finger_position=stopped,
        contact=contact,
        frog=frog,
        tip=frog - BOW_LENGTH * hair,
        scroll=button + 0.59 * along,
        button=button,
    )


def _bowed_string(music: Performance, stops: Stops, times: np.ndarray) -> np.ndarray:
    """The string under the bow: changed just before each note, low to high through a chord."""
    if len(music) == 0:
        return np.full(len(times), 1.5)
    moments = music.onset.copy()
    for i in range(1, len(moments)):  # a chord is broken: its strings follow each other
        moments[i] = max(moments[i], moments[i - 1] + 0.03)
    depart = np.maximum(np.append(moments[1:] - CROSSING, moments[-1] + 1e3), moments)
    return travel(times, moments, depart, stops.string.astype(np.float64))


def _loudness(music: Performance, times: np.ndarray, seconds: float) -> np.ndarray:
    """Slow loudness of the performance, 0 in silence to 1."""
    if len(music) == 0:
        return np.zeros(len(times))
    at = np.searchsorted(music.onset, times, side="right") - 1
    own = np.maximum(at, 0)
    level = np.where((at >= 0) & (times < music.end[own] + 0.2), music.velocity[own], 0.0)
    return low_pass(level, times, seconds)


def phrase_starts(music: Performance) -> np.ndarray:
    """Seconds at which phrases begin."""
    if len(music) == 0:
        return np.zeros(0)
    return music.onset[np.concatenate([[True], np.diff(music.phrase) != 0])]


def _breath(music: Performance, times: np.ndarray) -> np.ndarray:
    """The lift before a phrase: rises over half a second, falls with the first note."""
    lift = np.zeros(len(times))
    for start in phrase_starts(music):
        low, high = np.searchsorted(times, [start - 0.7, start + 0.5])
        offset = times[low:high] - start
        lift[low:high] = np.maximum(
            lift[low:high], smoothstep((offset + 0.65) / 0.5) * (1 - smoothstep((offset + 0.08) / 0.45))
        )
    return lift


def _torso(
    player: Violinist, music: Performance, bow: BowMotion, times: np.ndarray, rng: np.random.Generator
) -> Torso:
    """Sway with phrase and stroke, lean into loud passages, breathe."""
    loud = _loudness(music, times, 0.8)
    alive = 0.35 + 0.65 * np.clip(loud * 2, 0, 1)
    sway = player.sway * alive
    stroke = low_pass(bow.position - 0.5, times, 0.15)
    breathing = np.sin(2 * np.pi * times / rng.uniform(3.2, 4.5) + rng.uniform(0, 6))
    lift = _breath(music, times)
    yaw = sway * 0.045 * smooth_noise(rng, times, 0.05, 0.35) - 0.05 * stroke
    pitch = 0.03 + sway * (0.022 * smooth_noise(rng, times, 0.06, 0.4) + 0.05 * (loud - 0.5)) - 0.03 * lift
    roll = sway * 0.032 * smooth_noise(rng, times, 0.06, 0.45) + 0.03 * stroke
    rise = 0.004 * breathing + 0.010 * lift * player.sway
    return pose_torso(player.body, yaw, pitch, roll, rise)


def _violin_axes(
    player: Violinist, torso: Torso, music: Performance, times: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Directions of the violin: towards the scroll, up from its top, and to the right from the G to the E string."""
    loud = _loudness(music, times, 0.5)
    slope = player.slope + player.sway * (0.035 * smooth_noise(rng, times, 0.08, 0.5) + 0.10 * (loud - 0.5))
    slope = slope + 0.05 * _breath(music, times) * player.sway
    heading = player.heading + player.sway * 0.025 * smooth_noise(rng, times, 0.05, 0.3)
    local = np.stack([np.sin(heading) * np.cos(slope), np.sin(slope), np.cos(heading) * np.cos(slope)], axis=1)
    along = torso.along(local)
    up = across(np.einsum("fij,j->fi", torso.rotation, np.array([0.0, 1.0, 0.0])), along)
    flat_right = np.cross(along, up)  # to the player's right
    roll = player.roll + 0.02 * smooth_noise(rng, times, 0.05, 0.3)
    normal = np.cos(roll)[:, None] * up + np.sin(roll)[:, None] * flat_right
    return along, normal, np.cross(along, normal)


def _bow(
    button: np.ndarray, along: np.ndarray, normal: np.ndarray, right: np.ndarray, string: np.ndarray, bow: BowMotion
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Contact point, direction of the hair from tip to frog, and the frog's end of the hair."""
    side = (string - 1.5) * STRING_GAPS[1]
    arch = STRING_HEIGHT - 0.004 * (string - 1.5) ** 2 / 2.25
    contact = button + (BRIDGE + BOWED_POINT) * along + side[:, None] * right + arch[:, None] * normal
    tilt = np.interp(string, np.arange(4), STRING_TILT)
    hair = np.cos(tilt)[:, None] * right + np.sin(tilt)[:, None] * normal
    raised = contact + (0.05 * np.minimum(bow.lift, 0.5))[:, None] * normal
    return contact, hair, raised + (bow.position * BOW_LENGTH)[:, None] * hair


def _bow_arm(
    player: Violinist,
    torso: Torso,
    frog: np.ndarray,
    hair: np.ndarray,
    along: np.ndarray,
    bow: BowMotion,
    string: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right elbow, wrist and hand. The bow hand hangs over the stick, bent at the frog, flat at the tip."""
    scale = player.body.hand
    over = across(np.cross(hair, along), hair)  # up from the stick
    over = over * np.sign(np.sum(over * torso.rotation[:, :, 1], axis=1))[:, None]
    grip = frog + 0.035 * hair + 0.022 * over  # the thumb's place on the stick
    relaxed = np.clip(bow.lift * 1.6 - 0.5, 0.0, 1.0)
    grip = grip + smoothstep(relaxed)[:, None] * torso.along(REST_DROP)
    dip = 0.62 - 0.42 * bow.position
    palm_forward = unit(along * 0.75 - hair * 0.30 - dip[:, None] * over)
    thumb_side = across(-hair, palm_forward)
    back = np.cross(palm_forward, thumb_side)
    back = back * np.sign(np.sum(back * over, axis=1))[:, None]
    palm = np.stack([palm_forward, thumb_side, back], axis=1)
    middle_root = np.einsum("j,fji->fi", ROOTS[2] * scale, palm)
    wrist = grip + 0.030 * over - 0.012 * palm_forward - middle_root
    height = np.interp(string, [0, 3], [0.75, -0.05])
    pole = torso.along(np.array([-0.75, -0.35, -0.40])) + height[:, None] * torso.along(np.array([-0.25, 0.9, 0.0]))
    elbow, wrist = two_bones(torso.right_shoulder, wrist, player.body.upper_arm, player.body.forearm, pole)
    grip = (
        wrist - 0.030 * over + 0.012 * palm_forward + middle_root
    )  # where the arm did not reach, the bow follows it
    offsets = ((-0.006, -0.016), (-0.050, -0.004), (-0.016, -0.012), (0.008, -0.012), (0.030, 0.004))
    tips = np.stack([grip + a * hair + b * over + 0.012 * palm_forward for a, b in offsets], axis=1)
    return elbow, wrist, hand_points(wrist, palm, tips, scale, thumb_back=back)


def _left_arm(
    player: Violinist,
    torso: Torso,
    button: np.ndarray,
    along: np.ndarray,
    normal: np.ndarray,
    right: np.ndarray,
    music: Performance,
    stops: Stops,
    times: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Left elbow, wrist and hand, and where the sounding string is stopped (metres from the nut)."""
    scale = player.body.hand
    place, string, vibrato, stopped = _left_plan(player, music, stops, times, rng)
    nut = BRIDGE + STRING_LENGTH
    sway = vibrato * VIBRATO_SWAY

    def on_string(which: np.ndarray, from_nut: np.ndarray, height: np.ndarray) -> np.ndarray:
        gap = np.interp(from_nut, [0, STRING_LENGTH], STRING_GAPS)
        level = STRING_HEIGHT - 0.012 * (1 - from_nut / STRING_LENGTH)
        return (
            button
            + (nut - from_nut)[:, None] * along
            + ((which - 1.5) * gap)[:, None] * right
            + (level + height)[:, None] * normal
        )

    hand_at = distance_from_nut(place)
    # high positions bring the hand around the violin's shoulder: higher and farther to the right
    high = np.clip((hand_at - 0.11) / 0.12, 0, 1)
    upward = unit(normal * 0.9 + right * (0.18 - 0.1 * (string - 1.5) / 1.5)[:, None] - along * 0.10)
    thumb_side = across(along, upward)
    back = np.cross(thumb_side, upward)
    palm = np.stack([upward, thumb_side, back], axis=1)
    reach_over = 0.030 - 0.006 * (1.5 - string)
    index_root = (
        on_string(np.full_like(string, 3.0), hand_at, -0.020 + 0.018 * high)
        + (reach_over * scale + 0.01 * high)[:, None] * right
        + (sway * 0.8)[:, None] * along
    )
    wrist = index_root - scale * np.einsum("j,fji->fi", ROOTS[1], palm)
    pole = torso.along(np.array([0.15, -1.0, 0.1])) + (0.25 * (string - 1.5) / 1.5)[:, None] * torso.along(
        np.array([1.0, 0.0, 0.0])
    )
    elbow, wrist = two_bones(torso.left_shoulder, wrist, player.body.upper_arm, player.body.forearm, pole)
    down, string_of, reach_of = _finger_plan(music, stops, times, place, string)
    tips = np.empty((len(times), 5, 3))
    for f in range(4):
        height = 0.018 * (1 - down[:, f])
        tips[:, f + 1] = on_string(string_of[:, f], reach_of[:, f], height) + (sway * down[:, f])[:, None] * along
    tips[:, 0] = on_string(
        np.full_like(string, -0.6), np.maximum(hand_at - 0.005, 0.01), np.full_like(string, -0.012)
    )
    tips[:, 0] -= 0.012 * right
    return elbow, wrist, hand_points(wrist, palm, tips, scale, thumb_back=-right), stopped


def _left_plan(
    player: Violinist, music: Performance, stops: Stops, times: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Per frame: hand's place (semitones), string it leans to, vibrato (-1 to 1), metres of the stop from the nut."""
    if len(music) == 0:
        still = np.full(len(times), float(FIRST_POSITION))
        return still, np.full(len(times), 1.5), np.zeros(len(times)), np.zeros(len(times))
    moments = np.maximum.accumulate(music.onset)
    ready = moments - FINGER_DROP
    depart = np.maximum(np.append(ready[1:] - SHIFT, ready[-1] + 1e3), ready)
    place = travel(times, ready, depart, stops.place.astype(np.float64))
    string = low_pass(travel(times, ready, depart, stops.string.astype(np.float64)), times, 0.05)
    at = np.clip(np.searchsorted(moments, times, side="right") - 1, 0, None)
    length = music.end[at] - music.onset[at]
    into = times - music.onset[at]
    sounding = (into >= 0) & (into < length) & (length > VIBRATO_FROM) & (stops.finger[at] > 0)
    depth = np.where(sounding, smoothstep(into / 0.2) * np.clip((length - into) / 0.08, 0, 1), 0.0)
    drift = 0.4 * smooth_noise(rng, times, 0.1, 0.5)
    vibrato = depth * np.sin(2 * np.pi * (player.vibrato * times) + drift)
    stopped = np.where(into >= 0, distance_from_nut(stops.stop[at]), 0.0)
    return place, string, vibrato, stopped


def _finger_plan(
    music: Performance, stops: Stops, times: np.ndarray, place: np.ndarray, string: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per frame and finger 1-4: how far it is down (0 to 1), over which string, metres from the nut."""
    frames = len(times)
    down = np.zeros((frames, 4))
    over = np.repeat(string[:, None], 4, axis=1)
    rest = distance_from_nut(np.maximum(place[:, None] + np.array([0.0, 2.0, 3.5, 5.5]), 0.3))
    reach = rest.copy()
    for f in range(4):
        notes = np.flatnonzero(stops.finger == f + 1)
        if len(notes) == 0:
            continue
        start = music.onset[notes] - FINGER_DROP
        end = np.maximum(music.end[notes], start + 0.08)
        before = np.clip(np.searchsorted(start, times, side="right") - 1, 0, len(notes) - 1)
        after = np.minimum(before + 1, len(notes) - 1)
        held = np.where(times >= start[before], 1 - smoothstep((times - end[before]) / 0.10), 0.0)
        coming = smoothstep(1 - (start[after] - times) / 0.10) * (start[after] >= times)
        near = np.where(coming > held, after, before)
        down[:, f] = np.maximum(held, coming)
        weight = down[:, f]
        over[:, f] = weight * stops.string[notes][near] + (1 - weight) * over[:, f]
        reach[:, f] = weight * distance_from_nut(stops.stop[notes][near]) + (1 - weight) * rest[:, f]
    return down, over, reach


def _head(player: Violinist, music: Performance, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The nose from the neck, in the chest's directions: head turned left, chin on the violin, nodding a little."""
    turn_left = np.radians(28) + player.sway * 0.05 * smooth_noise(rng, times, 0.05, 0.4)
    nod = 0.10 + player.sway * 0.04 * smooth_noise(rng, times, 0.1, 0.6) - 0.05 * _breath(music, times)
    lean = np.radians(10) + player.sway * 0.02 * smooth_noise(rng, times, 0.1, 0.5)
    height, depth = player.body.nose[1], player.body.nose[2]
    forward = depth * np.cos(nod) + height * np.sin(nod) * 0.5
    up = height * np.cos(nod) - depth * np.sin(nod)
    return np.stack(
        [forward * np.sin(turn_left) + up * np.sin(lean), up * np.cos(lean), forward * np.cos(turn_left)], axis=1
    )
