"""From notes that become known to keys that fingers press: every note a finger, no finger on two keys.

Time runs in steps, one per frame of the video. A note is struck in the step nearest to its onset. At step ``s`` the
planner knows what begins up to ``s + ahead``; it decides what is struck in ``s``. What does not fit hands, or is too
far away, follows one step later, or is left. A finger needed elsewhere lets go of its key; the sound may ring on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from audio_to_body.inference.piano.fingers import LET_GO, Courses
from audio_to_body.inference.piano.in_time import FASTEST, WIDEST, in_time
from audio_to_body.inference.piano.keyboard import (
    ALL_FINGERS,
    FINGERS,
    HAND_OF,
    HANDS,
    HIGHEST,
    KEY_X,
    LOWEST,
    SPREAD,
)
from audio_to_body.inference.piano.ways import FITS
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import VIDEO_FPS

ANEW = 2  # steps from a key's stroke to its next: it must come up between them
LATEST = 1  # steps that a note may be struck too late where it cannot be struck in time
NEAREST = 0.5  # of a step
GIVES_WAY = 4  # steps before a stroke at which its finger, or one that it crosses, leaves another key
OPEN = 1e9  # the step at which a key is let go, while it is not known
_GIVES_UP = 2 * np.sqrt(LET_GO) * FITS  # px from a finger's usual place at which it lets go of its key


@dataclass
class Press:
    """A finger presses a key.

    Attributes
    ----------
    finger : int
        0 to 9, the left thumb first.
    pitch : int
        MIDI.
    start : int
        The first step in which the key is down.
    end : float
        The first step in which it is up again; :data:`OPEN` while that is not known.
    velocity : float
        1 to 127.
    place : float
        px along the keyboard; where the wrist is wanted.
    onset : float
        Seconds at which its note begins.
    """

    finger: int
    pitch: int
    start: int
    end: float
    velocity: float
    place: float
    onset: float


@dataclass
class Waiting:
    """A note that has no finger yet."""

    step: int
    pitch: int
    end: float  # s, infinite while it is not known
    velocity: float
    hand: int
    onset: float  # s
    late: bool = False
    finger: int = -1  # as printed, 1 to 5


@dataclass
class KeyPlanner:
    """Gives notes to fingers as they become known.

    Parameters
    ----------
    ahead : int
        Steps by which a decision waits for what follows.
    shown : int
        Steps by which what is shown runs behind what is decided: the frame ``step - shown`` is shown after a step.
    within : float
        Of a step: a note that begins this long after a step is still struck in it, 0.5 for the nearest.

    Attributes
    ----------
    step : int
        The next step to be decided.
    """

    ahead: int = 0
    shown: int = 1
    within: float = NEAREST
    step: int = 0
    looked: int = 0  # the next step to be taken into the courses
    courses: Courses = field(default_factory=Courses.fresh)
    waiting: list[Waiting] = field(default_factory=list)  # by step
    groups: list[list[Waiting]] = field(default_factory=list)  # struck together, in the courses, not decided
    ends: list[tuple[float, int]] = field(default_factory=list)  # s and pitch of keys that will be let go
    held: dict[int, Press] = field(default_factory=dict)  # the last press of every finger
    struck: dict[int, int] = field(default_factory=dict)  # step of every key's last stroke, decided or not

    def tell(
        self, notes: Notes, hand: np.ndarray | None = None, ended: bool = True, finger: np.ndarray | None = None
    ) -> None:
        """Notes that became known.

        Parameters
        ----------
        notes : Notes
        hand : np.ndarray, int64 [notes], optional
            Where a score gives it: 0 left, 1 right, -1 not given.
        ended : bool
            Whether their ends are known; else :meth:`tell_end` will say.
        finger : np.ndarray, int64 [notes], optional
            Where a score gives it: 1 thumb to 5, -1 not given.
        """
        for i in range(len(notes)):
            pitch = int(notes.pitch[i])
            if not LOWEST <= pitch <= HIGHEST:
                continue
            step = max(
                step_of(float(notes.onset[i]), self.within), self.looked
            )  # what lies before has been thought through
            end = float(notes.end[i]) if ended else np.inf
            given = -1 if hand is None else int(hand[i])
            printed = -1 if finger is None else int(finger[i])
            self.waiting.append(
                Waiting(step, pitch, end, float(notes.velocity[i]), given, float(notes.onset[i]), finger=printed)
            )
        self.waiting.sort(key=lambda note: (note.step, note.pitch))

    def tell_end(self, pitch: int, seconds: float) -> None:
        """The note that sounded at this pitch ended: its key is let go."""
        self.ends.append((seconds, pitch))
        self.ends.sort()

    def next(self) -> list[Press]:
        """Decide the next step: what is struck in it."""
        while self.looked <= self.step + self.ahead:
            self._look(self.looked)
            self.looked += 1
        pressed: list[Press] = []
        while self.groups and self.groups[0][0].step <= self.step:
            pressed += self._decide(self.groups.pop(0))
        self.step += 1
        return pressed

    def _look(self, step: int) -> None:
        """Take what happens in a step into the courses."""
        if self.waiting and self.waiting[0].step <= step:
            self._strike(step)
        while self.ends and self.ends[0][0] * VIDEO_FPS <= step:
            self._end(*self.ends.pop(0)[::-1])

    def _strike(self, step: int) -> None:
        """Take the notes that are struck in a step into the courses."""
        count = next((i for i, note in enumerate(self.waiting) if note.step > step), len(self.waiting))
        together, self.waiting = self.waiting[:count], self.waiting[count:]
        group = self._possible(step, together)
        if group:
            self.groups.append(group)
            self.courses.strike(
                step / VIDEO_FPS,
                np.array([note.pitch for note in group]),
                np.array([note.end for note in group]),
                np.array([note.hand for note in group]) if any(note.hand >= 0 for note in group) else None,
                np.array([note.finger for note in group]) if any(note.finger > 0 for note in group) else None,
            )

    def _possible(self, step: int, together: list[Waiting]) -> list[Waiting]:
        """Those of the notes that keys and ten fingers can strike in this step; others wait a step or are left."""
        group: dict[int, Waiting] = {}
        later: list[Waiting] = []
        for note in sorted(together, key=lambda n: -n.velocity):
            if note.pitch in group:
                continue
            too_soon = step - self.struck.get(note.pitch, -ANEW) < ANEW or self._must_come_up(note.pitch, step)
            if too_soon or len(group) == ALL_FINGERS:
                later.append(note)
            else:
                group[note.pitch] = note
        group = self._reached(step, group, later)
        for note in later:
            if not note.late:
                note.step, note.late = step + LATEST, True
                self.waiting.append(note)
        self.waiting.sort(key=lambda note: (note.step, note.pitch))
        self.struck.update(dict.fromkeys(group, step))
        return [group[pitch] for pitch in sorted(group)]

    def _reached(self, step: int, group: dict[int, Waiting], later: list[Waiting]) -> dict[int, Waiting]:
        """Those that hands are at in time, by any of the courses; the others are added to the later ones."""
        notes = [group[pitch] for pitch in sorted(group)]
        if any(note.hand >= 0 for note in notes):
            return group  # what a score gives to hands is played
        place, since = self.courses.believed(step / VIDEO_FPS)
        struck = in_time(
            [float(KEY_X[note.pitch]) for note in notes],
            [note.velocity for note in notes],
            [note.late for note in notes],
            zip(place.tolist(), (FASTEST * VIDEO_FPS * since).tolist()),
        )
        later += [note for note, now in zip(notes, struck) if not now]
        return {note.pitch: note for note, now in zip(notes, struck) if now}

    def _must_come_up(self, pitch: int, step: int) -> bool:
        """Whether a key was shown down in the frame before, so that it must be seen to come up first; lets it go."""
        if self.shown:
            return False
        down = [press for press in self.held.values() if press.pitch == pitch and press.end >= step]
        for press in down:
            press.end = float(step)
        return bool(down)

    def _end(self, pitch: int, seconds: float) -> None:
        """A key is let go: of the presses and the notes still to be decided that began before."""
        for note in (note for group in self.groups for note in group):
            if note.pitch == pitch and note.onset < seconds:
                note.end = min(note.end, seconds)
        for press in self.held.values():
            if press.pitch == pitch and press.onset < seconds:
                press.end = min(
                    press.end, max(press.start + 1, step_of(seconds, self.within), self.looked - self.shown)
                )
        self.courses.end(pitch, seconds)

    def _decide(self, group: list[Waiting]) -> list[Press]:
        """Put fingers on keys, and let go what they held."""
        taken, places = self.courses.decide()
        finger_of = {int(pitch): int(finger) for finger, pitch in enumerate(taken) if pitch}
        pressed = []
        for note in group:
            finger = finger_of[note.pitch]
            end = OPEN if np.isinf(note.end) else max(note.step + 1, step_of(note.end, self.within))
            place = float(places[HAND_OF[finger]])
            pressed.append(Press(finger, note.pitch, note.step, end, note.velocity, place, note.onset))
        alone = not self.waiting or self.waiting[0].step > group[0].step + LATEST
        alone = alone and (len(self.groups) == 0 or self.groups[0][0].step > group[0].step + LATEST)
        if self.ahead >= LATEST and alone:
            for hand in range(HANDS):
                _roll([press for press in pressed if HAND_OF[press.finger] == hand])
        for press in pressed:
            self._free(press)
        self.held.update({press.finger: press for press in pressed})
        return pressed

    def _free(self, new: Press) -> None:
        """Let go what a stroke needs: its finger, its key, and keys that its hand leaves behind."""
        for finger, press in self.held.items():
            left_behind = HAND_OF[finger] == HAND_OF[new.finger] and (
                abs(KEY_X[press.pitch] - SPREAD[finger] - new.place) >= _GIVES_UP[finger]
            )
            before = GIVES_WAY if _crossed(press, new) else 1
            if finger == new.finger and press.pitch != new.pitch:
                before = max(1, min(GIVES_WAY, (new.start - press.start) // 2))  # half of the time is the note's
            if finger == new.finger or press.pitch == new.pitch or left_behind or before > 1:
                press.end = min(press.end, max(press.start + 1, new.start - before, self.step - self.shown))


def _crossed(held: Press, new: Press) -> bool:
    """Whether a finger strikes beyond another one of its hand that still holds a key; thumbs may pass under."""
    if HAND_OF[held.finger] != HAND_OF[new.finger] or 0 in (held.finger % FINGERS, new.finger % FINGERS):
        return False
    outwards = (new.pitch - held.pitch) * (1 if HAND_OF[new.finger] else -1)
    return outwards * (new.finger - held.finger) < 0


def _roll(pressed: list[Press]) -> None:
    """Strike a hand's chord from below in two goes where it is wider than the hand."""
    if not pressed:
        return
    x = [float(KEY_X[press.pitch]) for press in pressed]
    if max(x) - min(x) <= WIDEST:
        return
    upper = [press for press, at in zip(pressed, x) if at > max(x) - WIDEST]
    lower = [press for press, at in zip(pressed, x) if at <= max(x) - WIDEST]
    for part in (lower, upper):
        place = float(np.mean([KEY_X[press.pitch] - SPREAD[press.finger] for press in part]))
        for press in part:
            press.place = place
    for press in upper:
        press.start += 1
        press.end = max(press.end, press.start + 1)
    for press in lower:
        press.end = press.start + 1


def step_of(seconds: float, within: float = NEAREST) -> int:
    """The step in which a moment is shown."""
    return int(np.floor(seconds * VIDEO_FPS + 1.0 - within))
