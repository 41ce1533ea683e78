"""From what an expressive violin net hears to what a violinist does: strokes, string crossings, stops, rests.

The net tells, step by step, how fast the bow moves but not which way, where strokes and notes begin, which pitches
sound. The planner decides the rest as a player would: strokes alternate, the first after a rest is a down-bow begun
near the frog, the bow never leaves its hair, fingers and string crossings are ready when their note sounds, the arm
comes down in silence. It is causal: it looks ``look_ahead`` steps ahead of the moment that it gives out, which is
part of the model's delay. Every step is computed by itself, so any chunking gives the same motion.
"""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from preprocessing.virtual.fingering import FIRST_POSITION, Stop, next_stop
from preprocessing.virtual.kinematics import smoothstep
from skeleton.refusal import BadInput
from skeleton.violin_targets import LOWEST, column, columns

SOUNDING, SPEED, STROKE, NOTE, PLACE = (column(n) for n in ("sounding", "speed", "stroke", "note", "place"))
STRING, PITCH = columns("string"), columns("pitch")
FASTEST = 2.6  # bow lengths/s, 1.7 m/s: about what players reach in fast détaché
RETAKE_SPEED = 1.3  # bow lengths/s at which the lifted bow is set anew
RETAKE_REST = 0.16  # s of silence that lets the bow be lifted and set anew
HELD_BACK = 0.22  # s: a player who runs out of bow slows down to need this long for the rest
PEAK_STEPS = 3  # steps on either side that a peak must overtop
OFF_STEPS, ON_STEPS = 8, 3  # steps in a row that make silence, and sound
ON, OFF = 0.5, 0.35  # of the posterior of sounding
CHORD = 5  # steps within which note pulses are one event
PITCH_FROM, PITCH_TO = 2, 8  # steps after a note's beginning at which its pitch is read
STEADY = 12  # steps on either side over which the heard speed of a stroke is averaged
FINGERS = 4
MEMORY_BYTES = 16384  # the lists hold what lies ahead: at most one stroke and note in CHORD steps
CHECKSUM = 8  # characters before it
AT_REST = (0.0, 2.0, 3.5, 5.5)  # semitones above the hand's place over which idle fingers hover
OFF_CENTRE = 1.0  # pull to the middle of the bow: strokes away from it are shortened, towards it lengthened


@dataclass(frozen=True)
class PlannerSettings:
    """Habits of the planner; they stand in the model's card.

    Attributes
    ----------
    look_ahead : int
        Steps between hearing and moving, at least 20.
    amplitude : float
        Factor on the bow's speed; 1 is the training violinists'.
    smoothness : float
        Factor on the time that reversals, crossings, shifts and fingers take.
    speed_gain : float
        What makes the mean stroke as long as the truth's (a posterior mean is a little too small).
    stroke_threshold, note_threshold : float
        Height of a pulse that counts; a true one is 1 high. Notes under a slur give lower pulses of strokes, whence
        the higher threshold.
    shortest_stroke : float
        Seconds.
    centre : float
        Place on the bow about which it plays.
    start : float
        Place on the bow at which a down-bow after a rest begins.
    reversal : float
        Seconds from full speed to standing, at smoothness 1.
    """

    look_ahead: int = 32
    amplitude: float = 1.0
    smoothness: float = 1.0
    speed_gain: float = 1.0
    stroke_threshold: float = 0.7
    note_threshold: float = 0.3
    shortest_stroke: float = 0.08
    centre: float = 0.5
    start: float = 0.25
    reversal: float = 0.03

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> PlannerSettings:
        """Settings from a model's card; unknown names are ignored.

        Raises
        ------
        BadInput
            If a value is not a number in its range.
        """
        try:
            given = {f.name: float(values[f.name]) for f in fields(cls) if f.name in values}
            settings = cls(**{**given, "look_ahead": int(given.get("look_ahead", cls.look_ahead))})  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            raise BadInput(f"the model's planner has impossible settings ({error})") from None
        numbers = list(asdict(settings).values())
        if not 20 <= settings.look_ahead <= 200 or not all(0 < value < 1000 for value in numbers):
            raise BadInput(f"the model's planner has impossible settings ({settings.to_dict()})")
        return settings

    def to_dict(self) -> dict[str, Any]:
        """For a model's card."""
        return asdict(self)


# what the planner gives of each step, in this order
PLAN = (
    "position",
    "speed",
    "lift",
    "string",
    "level",
    "place",
    "left_string",
    "vibrato",
    "loud",
    "breath",
    "leaning",
    "stroke",
    "stop",
    *(f"{what}_{f}" for what in ("down", "over", "reach") for f in range(1, FINGERS + 1)),
)


@dataclass
class _Note:
    step: int
    string: int
    stop: int
    finger: int
    place: int


@dataclass
class Memory:
    """Everything that the planner remembers between two steps."""

    step: int = 0  # steps heard
    sounding: bool = False
    run: int = 0  # steps in a row that spoke against `sounding`
    sound: list[tuple[int, bool]] = field(default_factory=list)  # changes: from which step, sounding or not
    last_stroke: int = -1000  # last stroke heard
    strokes: list[int] = field(default_factory=list)  # heard, not played yet
    pending: list[int] = field(default_factory=list)  # notes heard, whose pitch is not read yet
    last_note: int = -1000
    notes: list[_Note] = field(default_factory=list)  # heard; the first is the one that is played
    stopped: Stop = field(default_factory=lambda: Stop(2, 0, 0, FIRST_POSITION))
    # what is played
    on: bool = False
    since: int = -1000  # step of the last change between sound and silence
    played: int = -1000  # step of the last stroke
    direction: int = -1
    position: float = 0.3
    travel: float = 1.0  # share of the way to the next beginning that the lifted bow has gone
    left_at: float = 0.3  # where on the bow the last stroke ended
    retake: bool = True
    height: float = 1.0
    string: float = 1.5
    level: float = 1.5
    place: float = float(FIRST_POSITION)
    loud: float = 0.0
    breath: float = 0.0
    leaning: float = 0.0  # the bow's place, smoothed, from its middle
    fingers: list[list[float]] = field(
        default_factory=lambda: [[0.0, 1.5, FIRST_POSITION + rest] for rest in AT_REST]
    )  # of each: how far down in time, string, semitones

    def packed(self) -> np.ndarray:
        """As bytes, uint8 [MEMORY_BYTES]: what a stream saves. Numbers come back exactly."""
        text = json.dumps(asdict(self)).encode()
        text = (b"%08x" % zlib.crc32(text) + text).ljust(MEMORY_BYTES)
        assert len(text) == MEMORY_BYTES
        return np.frombuffer(text, np.uint8)

    @classmethod
    def unpacked(cls, data: np.ndarray) -> Memory:
        """From :meth:`packed`.

        Raises
        ------
        ValueError
            If it is damaged.
        """
        text = data.astype(np.uint8).tobytes().rstrip()
        if b"%08x" % zlib.crc32(text[CHECKSUM:]) != text[:CHECKSUM]:
            raise ValueError("the planner's memory is damaged")
        values = json.loads(text[CHECKSUM:])
        values["notes"] = [_Note(**note) for note in values["notes"]]
        values["stopped"] = Stop(**values["stopped"])
        values["sound"] = [(int(step), bool(on)) for step, on in values["sound"]]
        return cls(**values)


def _smoothstep(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share**3 * (10 - 15 * share + 6 * share * share)


@dataclass(frozen=True)
class _Score:
    """What is heard, step by step: numbers that every step needs as lists, which Python reads fastest."""

    table: np.ndarray
    sounding: list[float]
    speed: list[float]
    strokes: list[bool]
    notes: list[bool]

    @classmethod
    def of(cls, table: np.ndarray, settings: PlannerSettings) -> _Score:
        table = table.astype(np.float64)
        return cls(
            table,
            table[:, SOUNDING].tolist(),
            table[:, SPEED].tolist(),
            _peaks(table[:, STROKE], settings.stroke_threshold),
            _peaks(table[:, NOTE], settings.note_threshold),
        )


class BowPlanner:
    """Targets in, plan out, step by step.

    Parameters
    ----------
    settings : PlannerSettings
    rate : float
        Steps per second.
    """

    def __init__(self, settings: PlannerSettings, rate: float) -> None:
        self.settings, self.rate = settings, rate
        self.kept = settings.look_ahead + 16  # steps of targets that are remembered
        self._shortest = max(round(settings.shortest_stroke * rate), 2)
        self._ramp = min(math.ceil(settings.reversal * rate), STEADY // 3)

    def plan(self, targets: np.ndarray, memory: Memory, heard: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Plan consecutive steps.

        Parameters
        ----------
        targets : np.ndarray [steps, targets]
        memory : Memory
            Changed.
        heard : np.ndarray [kept, targets]
            The steps before.

        Returns
        -------
        plan : np.ndarray, float64 [steps, plan]
            :data:`PLAN` of the moments ``look_ahead`` steps earlier.
        heard : np.ndarray [kept, targets]
            For the next call.
        """
        table = np.concatenate([heard, targets])
        score = _Score.of(table, self.settings)
        rows = []
        for newest in range(self.kept, len(table)):
            self._listen(score, newest, memory)
            rows.append(self._play(score, newest, memory))
            memory.step += 1
        return _plan_of(rows), table[len(targets) :]

    # ---- what is heard: row `newest` of the score is the newest step ----

    def _listen(self, score: _Score, newest: int, m: Memory) -> None:
        now = m.step
        self._hear_sound(score.sounding[newest], m, now)
        if m.sounding and score.strokes[newest]:
            self._add_stroke(now - PEAK_STEPS, m)
        if score.notes[newest] and now - PEAK_STEPS - m.last_note > CHORD:
            m.last_note = now - PEAK_STEPS
            m.pending.append(m.last_note)
        if m.pending and now - m.pending[0] >= PITCH_TO:
            begin = m.pending.pop(0)
            until = min(PITCH_TO, m.pending[0] - begin) if m.pending else PITCH_TO
            first = newest - (now - begin)
            rows = score.table[first + PITCH_FROM : min(first + max(until, PITCH_FROM + 1), newest) + 1]
            self._read_note(rows, begin, m)

    def _hear_sound(self, posterior: float, m: Memory, now: int) -> None:
        against = posterior < OFF if m.sounding else posterior > ON
        m.run = m.run + 1 if against else 0
        if m.run < (OFF_STEPS if m.sounding else ON_STEPS):
            return
        changed = now - m.run + 1
        m.sounding, m.run = not m.sounding, 0
        m.sound.append((changed, m.sounding))
        if m.sounding and changed - m.last_stroke >= self._shortest:
            self._add_stroke(changed, m)

    def _add_stroke(self, step: int, m: Memory) -> None:
        if step - m.last_stroke >= self._shortest:
            m.last_stroke = step
            m.strokes.append(step)

    def _read_note(self, rows: np.ndarray, begin: int, m: Memory) -> None:
        """The pitch by its posterior just after the note's beginning; the stop by the least effort."""
        sums = rows[:, PITCH].sum(axis=0)
        best = int(sums.argmax())
        if sums[best] < 0.15 * len(rows):
            return  # nothing is heard clearly: the hand stays
        likely = (rows[:, STRING].sum(axis=0) / len(rows)).tolist()
        place = float(rows[:, PLACE].sum()) / len(rows)
        pause = (begin - (m.notes[-1].step if m.notes else begin - self.rate)) / self.rate
        stop = next_stop(m.stopped, LOWEST + best, pause, likely, place)
        m.stopped = stop
        m.notes.append(_Note(begin, stop.string, stop.stop, stop.finger, stop.place))

    # ---- what is played: the moment `look_ahead` steps ago ----

    def _play(self, score: _Score, newest: int, m: Memory) -> list[float]:
        moment = m.step - self.settings.look_ahead
        at = newest - self.settings.look_ahead
        while m.sound and m.sound[0][0] <= moment:
            m.since, m.on = m.sound.pop(0)
            if not m.on:
                m.left_at, m.travel = m.position, 0.0
        coming = next((step for step, on in m.sound if on), None) if m.sound else None
        stroke = self._turn(moment, m)
        speed = self._move_bow(score.speed, newest, moment, coming, m)
        self._lift(moment, coming, m)
        note = self._move_left(moment, m)
        near = sum(score.speed[at - 2 : at + 3]) / 5
        ease = 1.0 / (0.6 * self.rate)
        m.loud += ease * ((min(max(near, 0.0), 1.5) if m.on else 0.0) - m.loud)
        m.breath = self._breathe(moment, coming, m)
        m.leaning += (m.position - 0.5 - m.leaning) / (0.15 * self.rate)
        vibrato = self._vibrato(moment, note, m)
        bow = [m.position, speed, m.height, m.string, m.level]
        body = [m.place, m.string, vibrato, m.loud, m.breath, m.leaning]
        down, over, reach = zip(*m.fingers)
        return [*bow, *body, float(stroke), float(note.stop if note else 0), *down, *over, *reach]

    def _turn(self, moment: int, m: Memory) -> bool:
        """Begin the strokes that are due: change direction, or begin down-bow after a rest."""
        begun = False
        while m.strokes and m.strokes[0] <= moment:
            m.played = m.strokes.pop(0)
            m.direction = 1 if m.retake else -m.direction
            m.retake, begun = False, True
        return begun

    def _move_bow(self, heard: list[float], newest: int, moment: int, coming: int | None, m: Memory) -> float:
        """Advance the bow by one step; returns its signed speed, bow lengths per second."""
        settings = self.settings
        if not m.on:
            silence = (moment - m.since) / self.rate
            ahead = math.inf if coming is None else max((coming - moment) / self.rate, 1.0 / self.rate)
            if m.retake or silence + min(ahead, 0.3) > RETAKE_REST:
                m.retake = True
                way = settings.start - m.left_at
                pace = max(1.0 / max(0.5, abs(way) / RETAKE_SPEED), (1.0 - m.travel) / ahead)
                m.travel = min(1.0, m.travel + pace / self.rate)
                m.position = m.left_at + way * _smoothstep(m.travel)
            return 0.0
        speed = max(self._heard_speed(heard, newest, moment, m), 0.0) * settings.speed_gain * settings.amplitude
        speed *= math.exp(-OFF_CENTRE * m.direction * (m.position - settings.centre))
        room = (0.985 - m.position) if m.direction > 0 else (m.position - 0.015)
        following = m.strokes[0] if m.strokes else None
        if room < 0.05 and following is None and moment - m.played > 0.3 * self.rate:
            self_turn = moment + 1  # out of bow under a long note: change it
            m.strokes.insert(0, self_turn)
            following = self_turn
        speed = min(speed, max(room, 0.0) / HELD_BACK, FASTEST)
        ramp = settings.reversal * settings.smoothness
        turning = (moment - m.played + 0.5) / self.rate
        ending = next((step for step, on in m.sound if not on), None) if m.sound else None
        for stop in (following, ending):
            if stop is not None:
                turning = min(turning, (stop - moment - 0.5) / self.rate)
        speed *= min(1.0, max(turning, 0.0) / ramp)
        m.position += m.direction * speed / self.rate
        return m.direction * speed

    def _heard_speed(self, heard: list[float], newest: int, moment: int, m: Memory) -> float:
        """How fast the stroke that is played sounds: a player settles on a speed and keeps it, mostly."""
        at = newest - self.settings.look_ahead
        first = max(at - STEADY, at + (m.played - moment) + self._ramp)
        last = at + STEADY
        for step in m.strokes[:1]:
            last = min(last, at + (step - moment) - self._ramp)
        for step, on in m.sound:
            if not on:
                last = min(last, at + (step - moment) - self._ramp)
        if last <= first:  # a stroke too short for both ramps
            first, last = first - 1, first + 1
        speeds = heard[first : min(last, newest) + 1]
        return sum(speeds) / len(speeds)

    def _lift(self, moment: int, coming: int | None, m: Memory) -> None:
        """On the string while it sounds; a little above it in short rests; down at the side in long ones."""
        wanted = 0.0
        if not m.on:
            silence = (moment - m.since) / self.rate
            # a little above the string, then ready beside it, then down at the player's side
            wanted = 0.12 * _smoothstep(silence / 0.25) + 0.33 * _smoothstep((silence - 0.4) / 1.0)
            wanted += 0.55 * _smoothstep((silence - 1.6) / 1.5)
            if coming is not None:
                wanted *= _smoothstep((coming - moment) / (self.settings.look_ahead - ON_STEPS))
        m.height = wanted

    def _move_left(self, moment: int, m: Memory) -> _Note | None:
        """String crossings, shifts and fingers on the way to the next notes; returns the note that is played."""
        slow = self.settings.smoothness
        while len(m.notes) > 1 and m.notes[1].step <= moment:
            m.notes.pop(0)
        current = m.notes[0] if m.notes and m.notes[0].step <= moment else None
        ahead = next((n for n in m.notes if n.step > moment), None) if m.notes else None
        string_goal, place_goal = m.string, m.place
        if current is not None:
            string_goal, place_goal = float(current.string), float(current.place)
        string_time = place_time = 0.0
        if ahead is not None:
            left = (ahead.step - moment) / self.rate
            if left <= (0.05 + 0.06 * abs(ahead.string - m.string)) * slow:
                string_goal, string_time = float(ahead.string), left
            if left <= 0.17 * slow:
                place_goal, place_time = float(ahead.place), max(left - 0.035, 0.0)
        m.string = self._approach(m.string, string_goal, string_time)
        m.place = self._approach(m.place, place_goal, place_time)
        elbow = ahead.string if ahead is not None else string_goal
        m.level += (elbow - m.level) / (0.16 * slow * self.rate)
        self._fingers(moment, current, ahead, m)
        return current

    def _approach(self, value: float, goal: float, seconds: float) -> float:
        """One step of an even movement that arrives in the given time; fast, but not as a jump, when it is over."""
        if value == goal:
            return value
        steps = max(seconds * self.rate, 1.0)
        reach = 40.0 / self.rate  # strings or semitones per step at most
        return value + min(max((goal - value) / steps, -reach), reach)

    def _fingers(self, moment: int, current: _Note | None, ahead: _Note | None, m: Memory) -> None:
        rise = 1.0 / (0.10 * self.settings.smoothness * self.rate)
        silent = not m.on and moment - m.since > 0.15 * self.rate
        soon = ahead is not None and (ahead.step - moment) / self.rate <= 0.135
        for f, finger in enumerate(m.fingers, start=1):
            active = None
            if soon and ahead is not None and ahead.finger == f:
                active = ahead
            elif current is not None and current.finger == f and not silent:
                active = current
            if active is None:
                if finger[0] > 0.0:
                    finger[0] = max(finger[0] - rise, 0.0)
                continue
            finger[0] = min(finger[0] + rise, 1.0)
            share = 1.0 if finger[0] <= 1.5 * rise else 1.0 / (0.025 * self.rate)
            finger[1] += share * (active.string - finger[1])
            finger[2] += share * (active.stop - finger[2])

    def _breathe(self, moment: int, coming: int | None, m: Memory) -> float:
        """The lift of chest and scroll before an entry, which falls with its first note."""
        wanted = 0.0
        if not m.on and coming is not None and moment - m.since > 0.3 * self.rate:
            wanted = 1.0
        return m.breath + (wanted - m.breath) / ((0.12 if wanted else 0.2) * self.rate)

    def _vibrato(self, moment: int, note: _Note | None, m: Memory) -> float:
        """Depth of the vibrato: long stopped notes, growing in, gone before the next note."""
        if note is None or note.finger == 0 or not m.on:
            return 0.0
        into = (moment - note.step) / self.rate
        left = (m.notes[1].step - moment) / self.rate if len(m.notes) > 1 else math.inf
        return _smoothstep((into - 0.12) / 0.25) * min(1.0, left / 0.08)


def _peaks(values: np.ndarray, threshold: float) -> list[bool]:
    """For each newest step, whether the one PEAK_STEPS before it is a peak.

    A peak is not below the threshold, above all of the steps before it and not below those after.
    """
    middle = values[PEAK_STEPS:-PEAK_STEPS]
    high = middle >= threshold
    for k in range(1, PEAK_STEPS + 1):
        high &= (values[PEAK_STEPS - k : -PEAK_STEPS - k] < middle) & (
            values[PEAK_STEPS + k : len(values) - PEAK_STEPS + k] <= middle
        )
    return [False] * (2 * PEAK_STEPS) + high.tolist()


def _plan_of(rows: list[list[float]]) -> np.ndarray:
    """:data:`PLAN` from rows that hold the fingers as they move; float64 [steps, plan]."""
    plan = np.array(rows, np.float64).reshape(-1, len(PLAN))
    string, place = plan[:, PLAN.index("string"), None], plan[:, PLAN.index("place"), None]
    down, over, reach = (plan[:, PLAN.index(f"{what}_1") :][:, :FINGERS] for what in ("down", "over", "reach"))
    down[:] = smoothstep(down)
    over[:] = down * over + (1 - down) * string
    reach[:] = down * reach + (1 - down) * np.maximum(place + np.array(AT_REST), 0.3)
    return plan
