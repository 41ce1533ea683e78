"""From a net's answers at every step to notes: which begin where, how hard, and when they end.

A beginning is a step whose probability is the greatest within two steps and above a threshold, or on which a second
look (:mod:`audio_to_body.inference.notes.second_look`) is that sure; a parabola through its neighbours finds the
moment between steps. A note ends where its key is believed to be up twice in a row, or where it is struck again.
Answers may come in pieces of any size: the same notes are picked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from audio_to_body.inference.notes.bow_changes import BowChanges
from audio_to_body.inference.notes.card import NoteCard
from audio_to_body.inference.notes.second_look import BEFORE, CANDIDATE, SecondLook
from audio_to_body.skeleton.notes import LOUDEST, SOFTEST, Notes
from audio_to_body.sound.note_bands import STEP_RATE
from audio_to_body.sound.peaks import REACH, between_steps, greatest

HELD = 0.5  # probability below which a key is believed to be up
UP_STEPS = 2  # in a row that end a note
SHORTEST = 2  # steps that every note lasts


@dataclass(frozen=True)
class HeardNotes:
    """What became known of the notes.

    Attributes
    ----------
    begun : Notes
        Those whose beginning became known, by onset; their end is not known yet and stands at their onset.
    ended_pitch : np.ndarray, int64 [ended]
    ended_at : np.ndarray, float64 [ended]
        Seconds at which notes that had begun ended.
    until : float
        Seconds up to which all beginnings are known.
    sounding : np.ndarray, float32 [steps, keys]
        Probability that each key sounds, at the 48 steps/s that end at ``until``.
    """

    begun: Notes
    ended_pitch: np.ndarray
    ended_at: np.ndarray
    until: float
    sounding: np.ndarray


class Picker:
    """Notes of one sound, picked while the net's answers come.

    Parameters
    ----------
    parts : sequence of str
        What the net tells of a key, in its order: ``onset``, ``sounding``, ``held``, ``velocity`` and, of a violin,
        ``stroke`` and ``plucked``.
    lowest : int
        MIDI number of the first key.
    threshold : float
        Probability from which a step may be a beginning.
    delay : int
        Steps by which the answers run behind the sound.
    reach : int
        Steps within which a beginning is the greatest.
    lag : float
        Seconds that are added to every time: what a net is early by, measured.
    slur_weights : sequence of float, optional
        Of :class:`audio_to_body.inference.notes.bow_changes.BowChanges`; levels must then come with the answers.
        Without them a stroke is what the net holds for one with a probability of more than a half.
    second_look : SecondLook, optional
        Looks at candidates again; its probability is held against the threshold.
    """

    def __init__(
        self,
        parts: Sequence[str],
        lowest: int,
        threshold: float,
        delay: int,
        reach: int = REACH,
        lag: float = 0.0,
        slur_weights: Sequence[float] | None = None,
        second_look: SecondLook | None = None,
    ) -> None:
        self.parts, self.lowest, self.threshold, self.reach = tuple(parts), lowest, threshold, reach
        self.delay, self.lag = delay, lag
        self._part = {name: i for i, name in enumerate(self.parts)}
        self._look = second_look
        self._kept = reach if second_look is None else max(reach, BEFORE)  # steps before the next to be decided
        self._answers: np.ndarray | None = None  # these, and all after
        self._step = 0  # the next to be decided
        self._open: dict[int, int] = {}  # keys that are down, and the step since which
        self._bow = BowChanges(np.array(slur_weights)) if slur_weights else None

    @classmethod
    def of(cls, card: NoteCard, name: str) -> Picker:
        """As a net's file has it: of one of its heads."""
        head = card.head(name)
        return cls(
            card.parts,
            card.lowest,
            head.threshold,
            head.delay,
            head.reach,
            card.lag,
            head.slur_weights,
            head.looks_again,
        )

    @property
    def until(self) -> float:
        """Seconds of the sound up to which every note is known."""
        return float(self._time(self._step))

    def push(self, answers: np.ndarray, levels: np.ndarray | None = None) -> HeardNotes:
        """Take in probabilities, float32 [steps, keys, parts], and levels of these steps; give what became known.

        Levels are those of :func:`audio_to_body.inference.notes.bow_changes.band_levels`, for ``slur_weights``.
        """
        if self._bow is not None and levels is not None:
            self._bow.push(levels)
        if self._answers is None:  # nothing has begun before the sound: its first steps have silence before them
            self._answers = np.zeros((self._kept, *answers.shape[1:]), np.float32)
        known = np.concatenate([self._answers, answers])
        count = max(0, len(known) - self._kept - self.reach)
        onset = known[:, :, self._part["onset"]]
        begins = self._begins(known) if count else np.zeros((0, known.shape[1]), bool)
        steps, keys = np.nonzero(begins)
        rows = steps + self._kept
        moments = steps + between_steps(onset[rows - 1, keys], onset[rows, keys], onset[rows + 1, keys])
        ended = self._ends(known, begins)
        begun = self._notes(known[rows, keys], self._time(self._step + moments), keys, self._step + steps)
        sounding = known[self._kept : self._kept + count, :, self._part["sounding"]]
        self._answers = known[count:].copy()
        self._step += count
        if self._bow is not None:
            self._bow.forget(self._step - self.delay)
        pitches = np.array([key + self.lowest for key, _ in ended], np.int64)
        times = np.array([at for _, at in ended], np.float64)
        return HeardNotes(begun, pitches, times, self.until, sounding)

    def finish(self) -> HeardNotes:
        """No more answers come: decide the last steps and let every note end."""
        assert self._answers is not None or not self._step
        keys = 0 if self._answers is None else self._answers.shape[1]
        heard = self.push(np.zeros((self.reach, keys, len(self.parts)), np.float32))
        last = sorted(self._open)
        self._open.clear()
        pitches = np.concatenate([heard.ended_pitch, np.array(last, np.int64) + self.lowest])
        times = np.concatenate([heard.ended_at, np.full(len(last), heard.until)])
        return HeardNotes(heard.begun, pitches, times, heard.until, heard.sounding)

    def state(self) -> dict[str, np.ndarray]:
        """Everything that the notes to come depend on, for :meth:`restore`."""
        kept = {"step": np.array(self._step), "open": np.array(sorted(self._open.items()), np.int64).reshape(-1, 2)}
        if self._answers is not None:
            kept["answers"] = self._answers.copy()
        return kept if self._bow is None else kept | self._bow.state()

    def restore(self, state: Mapping[str, np.ndarray], keys: int) -> None:
        """Go on where :meth:`state` was taken, by a picker of as many keys.

        Raises
        ------
        ValueError, KeyError
            If it is damaged.
        """
        step, opened = int(state["step"]), np.array(state["open"], np.int64)
        answers = np.array(state["answers"], np.float32) if "answers" in state else None
        shape = (keys, len(self.parts))
        fits = step >= 0 and opened.ndim == 2 and opened.shape[1] == 2
        fits = fits and bool(((opened[:, 0] >= 0) & (opened[:, 0] < keys) & (opened[:, 1] <= step)).all())
        fits = fits and (
            answers is None
            or (
                answers.shape[1:] == shape
                and self._kept <= len(answers) <= self._kept + self.reach
                and bool(np.isfinite(answers).all())
            )
        )
        if not fits:
            raise ValueError("its notes are impossible")
        if self._bow is not None:
            self._bow.restore(state)
        self._step, self._answers, self._open = step, answers, {int(key): int(since) for key, since in opened}

    def _time(self, steps: np.ndarray | float) -> np.ndarray:
        """Seconds of the sound that answers speak of; nothing is before its beginning."""
        return np.maximum(0.0, (np.asarray(steps, np.float64) - self.delay) / STEP_RATE + self.lag)

    def _notes(self, answers: np.ndarray, times: np.ndarray, keys: np.ndarray, steps: np.ndarray) -> Notes:
        """Notes that begin, of their answers ``[notes, parts]`` at these steps."""
        part = self._part
        velocity = np.clip(answers[:, part["velocity"]] * LOUDEST, SOFTEST, LOUDEST)
        if "stroke" not in part:
            return Notes(times, times, keys + self.lowest, velocity)
        onset, stroke = answers[:, part["onset"]], answers[:, part["stroke"]]
        if self._bow is None:
            stroke = stroke > 0.5 * onset
        else:
            stroke = ~self._bow.slurred(steps - self.delay, onset, stroke)
        plucked = answers[:, part["plucked"]] > 0.5
        return Notes(times, times, keys + self.lowest, velocity, stroke=stroke, plucked=plucked)

    def _begins(self, known: np.ndarray) -> np.ndarray:
        """At which of the steps that are decided now which keys begin, bool [steps, keys]."""
        onset = known[self._kept - self.reach :, :, self._part["onset"]]
        if self._look is None:
            return greatest(onset, self.threshold, self.reach)
        begins = greatest(onset, CANDIDATE, self.reach)
        steps, keys = np.nonzero(begins)
        sure = self._look.probabilities(known, steps + self._kept, keys, self.parts) >= self.threshold
        begins[steps[~sure], keys[~sure]] = False
        return begins

    def _ends(self, known: np.ndarray, begins: np.ndarray) -> list[tuple[int, float]]:
        """Keys that go up at the steps being decided, and when; remembers those that go down."""
        up = known[:, :, self._part["held"]] < HELD
        gone = up[self._kept : self._kept + len(begins)].copy()
        for later in range(1, UP_STEPS):
            gone &= up[self._kept + later : self._kept + later + len(begins)]
        ended: list[tuple[int, float]] = []
        for i in range(len(begins)):
            if not (self._open or begins[i].any()):
                continue
            step = self._step + i
            for key in np.flatnonzero(begins[i]).tolist():
                if key in self._open:
                    ended.append((key, float(self._time(step - 1))))
                self._open[key] = step
            for key in [k for k, since in self._open.items() if gone[i, k] and step - since >= SHORTEST]:
                del self._open[key]
                ended.append((key, float(self._time(step))))
        return ended


def notes_of(heard: Sequence[HeardNotes]) -> Notes:
    """Whole notes of all that became known, by onset; a note whose end is missing ends where it was last known of."""
    from audio_to_body.skeleton.notes import joined

    begun = joined([part.begun for part in heard]).ordered()
    if not len(begun):
        return begun
    pitches = np.concatenate([part.ended_pitch for part in heard])
    times = np.concatenate([part.ended_at for part in heard])
    end = np.full(len(begun), heard[-1].until)
    for pitch in np.unique(begun.pitch):
        own = np.flatnonzero(begun.pitch == pitch)
        ends = np.sort(times[pitches == pitch])
        end[own[: len(ends)]] = ends[: len(own)]
    end = np.maximum(end, begun.onset)
    return Notes(begun.onset, end, begun.pitch, begun.velocity, stroke=begun.stroke, plucked=begun.plucked)
