"""A kinematic violinist: from strokes and stops over a whole piece to a posture, and with it 50 joints, a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.musician import violin_swaying as swaying
from audio_to_body.musician.body import Body, draw_body
from audio_to_body.musician.bowing import BowHabits, BowMotion, Strokes, bow_motion, draw_bow_habits
from audio_to_body.musician.kinematics import low_pass, smooth_noise, smoothstep, travel
from audio_to_body.musician.performance import Performance
from audio_to_body.musician.violin_fingering import Stops
from audio_to_body.musician.violin_playing import Posture
from audio_to_body.musician.violin_posture import PosedViolinist, pose_violinist
from audio_to_body.musician.violin_ways import FIRST_POSITION, distance_from_nut

CROSSING = (0.05, 0.06)  # s that a string crossing takes, and more for each string
FASTEST_CROSSING = 12.0  # strings/s; a broken chord over four strings takes a quarter of a second
UNHURRIED = 0.35  # s that it takes at most when a rest gives time
CROSSING_EASE = 0.03  # s; in quick crossings to and fro the bow does not go the whole way
ELBOW_EASE = 0.16  # s; the elbow follows the string level slower than the hand (fast crossings come from the wrist)
SHIFT = 0.13  # s that a change of position takes, at least
FINGER_DROP = 0.035  # s before the note at which a finger meets the string
VIBRATO_FROM = 0.30  # s; shorter notes get none


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
        roll=float(np.radians(rng.uniform(15, 27))),
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
    pose : PosedViolinist
        All of it, and how violin and bow are turned.
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
    pose: PosedViolinist


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
    yaw, pitch, roll, rise = _torso(player, music, bow, times, rng)
    slope, heading, tilt = _violin_angles(player, music, times, rng)
    place, left_string, vibrato, stopped = _left_plan(player, music, stops, times, rng)
    down, over, reach = _finger_plan(music, stops, times, place, left_string)
    turn, nod, lean = _head(player, music, times, rng)
    posture = Posture(
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        rise=rise,
        slope=slope,
        heading=heading,
        tilt=tilt,
        turn=turn,
        nod=nod,
        lean=lean,
        position=bow.position,
        lift=bow.lift,
        string=string,
        level=low_pass(string, times, ELBOW_EASE),
        place=place,
        left_string=left_string,
        vibrato=vibrato,
        down=down.T,
        over=over.T,
        reach=reach.T,
    )
    pose = pose_violinist(player.body, posture)
    return ViolinTruth(
        joints=pose.joints,
        bow=bow,
        string=string,
        finger_position=stopped,
        contact=pose.contact,
        frog=pose.frog,
        tip=pose.tip,
        scroll=pose.scroll,
        button=pose.button,
        pose=pose,
    )


def _bowed_string(music: Performance, stops: Stops, times: np.ndarray) -> np.ndarray:
    """The string under the bow: changed just before each note, low to high through a chord."""
    if len(music) == 0:
        return np.full(len(times), 1.5)
    moments = music.onset.copy()
    for i in range(1, len(moments)):  # a chord is broken: its strings follow each other
        moments[i] = max(moments[i], moments[i - 1] + 0.03)
    strings = stops.string.astype(np.float64)
    silence = np.maximum(moments[1:] - np.maximum.accumulate(music.end)[:-1], 0.0)
    takes = CROSSING[0] + CROSSING[1] * np.abs(np.diff(strings)) + np.minimum(silence, UNHURRIED)
    depart = np.maximum(np.append(moments[1:] - takes, moments[-1] + 1e3), moments)
    return low_pass(_unhurried(travel(times, moments, depart, strings), times), times, CROSSING_EASE)


def _unhurried(string: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The same course, never faster than :data:`FASTEST_CROSSING`: late and early half each."""
    step = FASTEST_CROSSING * (times[1] - times[0]) if len(times) > 1 else 1.0
    if len(string) < 2 or np.abs(np.diff(string)).max() <= step:
        return string
    courses = []
    for course in (string, string[::-1]):
        limited = course.tolist()
        for i in range(1, len(limited)):
            limited[i] = min(max(limited[i], limited[i - 1] - step), limited[i - 1] + step)
        courses.append(np.array(limited))
    return (courses[0] + courses[1][::-1]) / 2


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
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Turn, lean to the front and to the side, rise: sway with phrase and stroke, lean into loudness, breathe."""
    loud = _loudness(music, times, 0.8)
    stroke = low_pass(bow.position - 0.5, times, 0.15)
    breathing = np.sin(2 * np.pi * times / rng.uniform(3.2, 4.5) + rng.uniform(0, 6))
    lift = _breath(music, times)
    waves = [smooth_noise(rng, times, *band) for band in ((0.05, 0.35), (0.06, 0.4), (0.06, 0.45))]
    yaw, pitch, roll = swaying.torso_angles(player.sway * swaying.liveliness(loud), loud, stroke, lift, waves)
    return yaw, pitch, roll, swaying.shoulder_rise(breathing, lift * player.sway)


def _violin_angles(
    player: Violinist, music: Performance, times: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slope, heading and tilt of the violin, radians."""
    loud, breath = _loudness(music, times, 0.5), _breath(music, times) * player.sway
    waves = [smooth_noise(rng, times, *band) for band in ((0.08, 0.5), (0.05, 0.3), (0.05, 0.3))]
    return swaying.violin_angles((player.slope, player.heading, player.roll), player.sway, loud, breath, waves)


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


def _head(
    player: Violinist, music: Performance, times: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Angles of the head: turned left, nodding a little, leaning onto the violin."""
    waves = [smooth_noise(rng, times, *band) for band in ((0.05, 0.4), (0.1, 0.6), (0.1, 0.5))]
    return swaying.head_angles(player.sway, _breath(music, times), waves)
