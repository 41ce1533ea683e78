"""Sound in pieces of any size, frames as they become due: the same numbers as the whole sound at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from audio_to_body.inference.frames import Frames, joined
from audio_to_body.inference.front_ends import NOTE_STREAM, front_end_of, is_told_notes
from audio_to_body.inference.planning import LOW, USUAL
from audio_to_body.inference.session import Session, Step
from audio_to_body.skeleton.instruments import imported
from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.features import windows_at
from audio_to_body.sound.level import FixedLevel, RunningLevel
from audio_to_body.sound.samples import checked

BLOCK_STEPS = 2048  # steps computed at once: bounds the memory of hours of sound
BLOCK_WINDOWS = 64  # windows cut out at once: they stay in the processor's cache
BLOCK_SAMPLES = 20 * AUDIO_RATE  # samples taken in at once: a block of steps; posed in small blocks they take longer
DECIBEL_PER_NEPER = 10.0 / np.log(10.0)  # the features' energy is ln(mean square)
STATE_VERSION = 1


@dataclass(frozen=True)
class Heard:
    """Consecutive steps of a stream whose sound is known.

    Attributes
    ----------
    first : int
        Number of the first step.
    features : np.ndarray, float32 [steps, features]
        What the net takes.
    """

    first: int
    features: np.ndarray


class Stream:
    """One sound being played into a session; several streams may share the session.

    :meth:`push` and :meth:`finish` are three stages one after the other: :meth:`hear`, :meth:`think`, :meth:`show`.
    No stage touches what another one remembers, so that each may run in a thread of its own, as long as each takes
    the blocks in their order.

    Parameters
    ----------
    session : Session
    gain : float, optional
        Factor that brings the sound to an RMS of 0 dB, where it is known
        (:func:`audio_to_body.sound.audio.rms_gain`): the frames are then those of
        :func:`audio_to_body.inference.prediction.predict`. Without it the level is followed causally
        (:class:`audio_to_body.sound.level.RunningLevel`), as live sound needs.
    latency : str
        For nets that are told notes (:mod:`audio_to_body.inference.note_stream`): ``"usual"``; ``"low"``,
        which hears and plans less surely; or ``"file"``, as far ahead as it helps, which is what ``predict`` does.
        Other nets have one latency, which is the usual one.

    Examples
    --------
    >>> stream = Stream(session)
    >>> for chunk in chunks:  # any number of samples at 44.1 kHz, [samples] or [channels, samples]
    ...     for time, points in zip((frames := stream.push(chunk)).times, frames.points):
    ...         show(time, points)
    >>> rest = stream.finish()
    """

    def __new__(cls, session: Session, gain: float | None = None, latency: str = USUAL) -> Stream:
        """A stream of the kind that the session's net needs."""
        if cls is Stream and is_told_notes(session.card):
            return super().__new__(imported(NOTE_STREAM))
        return super().__new__(cls)

    def __init__(self, session: Session, gain: float | None = None, latency: str = USUAL) -> None:
        if latency == LOW and not is_told_notes(session.card):
            raise BadInput("low latency is for nets that are told notes; this one has a single latency")
        self.session, self.latency = session, latency
        self._front = front_end_of(session.card)
        if session.card.target_names and not is_told_notes(session.card):
            raise BadInput("the model gives targets that nobody here makes motion of; it is of another version")
        self._level = RunningLevel() if gain is None else FixedLevel(gain)
        self._net = session.initial_state()
        self._before: np.ndarray | None = None  # static features of the last step
        self._loudness = np.zeros(0, np.float32)  # of frames whose points are still to come
        self._step = 0  # the next step
        self._received = 0  # samples
        self._finished = False
        self._moments = np.zeros(0, np.int64)  # first samples of the windows of steps from `_moments_from` on
        self._moments_from = 0
        self._window_offset = int(self._front.starts(np.zeros(1, np.int64), self.rate)[0])
        # the sound from `_origin` on: nothing before the next step's window is ever needed again
        self._origin = min(0, self._window_offset)
        self._mono = np.zeros(-self._origin, np.float32)
        self._power = np.zeros(-self._origin, np.float32)  # mean square over the channels, sample by sample

    @property
    def rate(self) -> float:
        """Network steps per second."""
        return self.session.card.rate

    @property
    def window_ms(self) -> float:
        """How far a step's window reaches beyond its moment."""
        return 1000.0 * self._look_ahead / AUDIO_RATE

    @property
    def hop_ms(self) -> float:
        """Longest wait of a sound for the next step."""
        return 1000.0 / self.rate

    @property
    def delay_ms(self) -> float:
        """The delay the net was trained with (paper Sec. 4)."""
        return 1000.0 * self.session.card.delay_steps / self.rate

    @property
    def latency_ms(self) -> float:
        """From a sound to the frame that shows it, at most: window + hop + trained delay, computing not counted."""
        return self.window_ms + self.hop_ms + self.delay_ms

    @property
    def seconds(self) -> float:
        """Sound received so far."""
        return self._received / AUDIO_RATE

    @property
    def finished(self) -> bool:
        """Whether :meth:`finish` was called; a finished stream takes no more sound."""
        return self._finished

    @property
    def _look_ahead(self) -> int:
        return self._window_offset + self._front.window

    def push(self, samples: np.ndarray) -> Frames:
        """Take sound in and give the frames that became due.

        Parameters
        ----------
        samples : np.ndarray [samples] or [channels, samples]
            At 44.1 kHz, full scale 1; any number, none too.

        Returns
        -------
        Frames

        Raises
        ------
        BadInput
            If the shape is wrong or a sample is not a number; the stream is then as it was before.
        ValueError
            If the stream has been finished.
        """
        return joined([self.show(heard, self.think(heard)) for heard in self.hear(samples)])

    def finish(self) -> Frames:
        """Let silence follow and give the frames up to the sound's end: ``steps_in(samples, fps)`` in all."""
        return joined([self.show(heard, self.think(heard)) for heard in self.hear_end()])

    def hear(self, samples: np.ndarray) -> Iterator[Heard]:
        """The first stage of :meth:`push`, block after block; one block at least, which may have no steps."""
        if self._finished:
            raise ValueError("the stream has been finished; open another for more sound")
        mono, power = checked(samples)
        for first in range(0, max(len(mono), 1), BLOCK_SAMPLES):
            part = slice(first, first + BLOCK_SAMPLES)
            self._mono = np.concatenate([self._mono, mono[part]])
            self._power = np.concatenate([self._power, power[part]])
            self._received += len(mono[part])
            yield from self._advance(self._steps_due())

    def hear_end(self) -> Iterator[Heard]:
        """The first stage of :meth:`finish`."""
        if self._finished:
            raise ValueError("the stream has been finished already")
        card = self.session.card
        frames = steps_in(self._received, card.video_fps)
        steps = (frames - 1) * card.upsample + 1 + card.delay_steps if frames else 0
        missing = 0
        if steps:
            last = int(self._front.starts(np.array([steps - 1]), self.rate)[0]) + self._front.window
            missing = max(0, last - self._received)
        silence = np.zeros(missing, np.float32)
        self._mono, self._power = np.concatenate([self._mono, silence]), np.concatenate([self._power, silence])
        yield from self._advance(max(0, steps - self._step))
        self._finished = True

    def _starts(self, first: int, count: int) -> np.ndarray:
        """First samples of the windows of consecutive steps; many are computed at once and kept."""
        at = first - self._moments_from
        if at < 0 or at + count > len(self._moments):
            self._moments_from, at = first, 0
            self._moments = self._front.starts(np.arange(first, first + count + BLOCK_STEPS), self.rate)
        return self._moments[at : at + count]

    def _steps_due(self) -> int:
        """How many steps have their whole window among the samples received."""
        # moments are (received - look ahead) / rate apart; one more is tried because of rounding
        guess = max(self._step, int((self._received - self._look_ahead) * self.rate // AUDIO_RATE) + 2)
        starts = self._starts(self._step, guess + 1 - self._step)
        return int(np.searchsorted(starts, self._received - self._front.window, side="right"))

    def _advance(self, count: int) -> Iterator[Heard]:
        end = self._step + count
        for first in range(self._step, max(end, self._step + 1), BLOCK_STEPS):
            yield self._listen(first, min(BLOCK_STEPS, end - first))
        self._forget()

    def _listen(self, first: int, count: int) -> Heard:
        """Compute the features of consecutive steps."""
        front = self._front
        if not count:
            return Heard(first, np.zeros((0, front.count), np.float32))
        starts = self._starts(first, count) - self._origin
        gains = self._level.gains(self._power, starts + front.window)
        blocks = range(0, count, BLOCK_WINDOWS)
        static = [self._static(starts[i : i + BLOCK_WINDOWS], gains[i : i + BLOCK_WINDOWS]) for i in blocks]
        features = front.join(static[0] if len(static) == 1 else np.concatenate(static), self._before)
        self._before = static[-1][-1]
        self._step = first + count
        return Heard(first, features)

    def _static(self, starts: np.ndarray, gains: np.ndarray) -> np.ndarray:
        windows = windows_at(self._mono, starts, self._front.window)
        windows *= gains[:, None]
        return self._front.static(windows)

    def think(self, heard: Heard) -> Any:
        """The second stage: the net; nothing where there is no step."""
        if not len(heard.features):
            return None
        step = self.session.run(heard.features, self._net)
        self._net = step.state
        return step

    def show(self, heard: Heard, step: Step | None) -> Frames:
        """The third stage: the frames that a block completes."""
        card, first, count = self.session.card, heard.first, len(heard.features)
        frame = -(-max(first - card.delay_steps, 0) // card.upsample)
        if step is None:
            none = np.zeros((0, len(card.point_names), 2), np.float32)
            return Frames(frame, card.video_fps, none, {"loudness_db": np.zeros(0, np.float32)})
        shown = np.arange(frame * card.upsample + card.delay_steps - first, count, card.upsample)
        tracks = {name: values[shown] for name, values in step.tracks.items()}
        points = step.values[shown]
        energy = heard.features[-first % card.upsample :: card.upsample, self._front.energy]
        self._loudness = np.concatenate([self._loudness, decibels(energy)])
        loudness, self._loudness = self._loudness[: len(shown)], self._loudness[len(shown) :]
        return Frames(frame, card.video_fps, points, {**tracks, "loudness_db": loudness})

    def _forget(self) -> None:
        """Drop the sound that no later window reaches."""
        start = int(self._starts(self._step, 1)[0])
        past = min(max(0, start - self._origin), len(self._mono))
        past = min(past, self._level.needed_from)
        self._mono, self._power = self._mono[past:], self._power[past:]
        self._origin += past
        self._level.shift(past)

    def state(self) -> dict[str, np.ndarray]:
        """Everything that the rest of the stream depends on; ``np.savez(file, **state)`` keeps it.

        Returns
        -------
        dict of str to np.ndarray
            Copies.
        """
        counts = np.array([STATE_VERSION, self._step, self._received, self._origin, int(self._finished)], np.int64)
        kept: dict[str, np.ndarray] = {
            "counts": counts,
            "mono": self._mono.copy(),
            "power": self._power.copy(),
            "loudness": self._loudness.copy(),
            "level": self._level.state(),
        }
        if self._before is not None:
            kept["before"] = self._before.copy()
        kept |= {f"net_{name}": value.copy() for name, value in self._net.items()}
        return kept

    @classmethod
    def restored(cls, session: Session, state: Mapping[str, np.ndarray]) -> Stream:
        """A stream that goes on where :meth:`state` was taken.

        Raises
        ------
        BadInput
            If the state is not one of a stream of this model.
        """
        try:
            stream = cls(session, None, str(state.get("latency", USUAL)))
            stream._restore(state)
        except (KeyError, ValueError, TypeError, ArithmeticError, IndexError) as error:
            raise BadInput(f"this is not the state of a stream of this model ({error})") from None
        return stream

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        version, step, received, origin, finished = (int(value) for value in state["counts"])
        if version != STATE_VERSION:
            raise ValueError(f"its version is {version}, not {STATE_VERSION}")
        self._level = _level_of(np.asarray(state["level"], np.float64))
        self._step, self._received, self._origin = step, received, origin
        self._finished = bool(finished)
        self._mono = np.array(state["mono"], np.float32)
        self._power = np.array(state["power"], np.float32)
        self._loudness = np.array(state["loudness"], np.float32)
        self._before = np.array(state["before"], np.float32) if "before" in state else None
        self._net = {name: _like(state[f"net_{name}"], value) for name, value in self._net.items()}
        self._check()

    def _check(self) -> None:
        start = int(self._front.starts(np.array([self._step]), self.rate)[0]) if self._step >= 0 else -1
        fits = min(self._step, self._received) >= 0 and self._mono.ndim == 1 and self._origin <= start
        fits = fits and len(self._mono) == len(self._power) and self._loudness.ndim == 1
        # a finished stream has silence behind its sound
        held = self._origin + len(self._mono)
        fits = fits and (held >= self._received if self._finished else held == self._received)
        if not fits:
            raise ValueError("its parts do not fit together")
        if self._before is not None and self._before.shape != (_statics(self),):
            raise ValueError("its features are another model's")


def _statics(stream: Stream) -> int:
    return stream._front.static(np.zeros((1, stream._front.window), np.float32)).shape[1]


def _like(value: np.ndarray, pattern: np.ndarray) -> np.ndarray:
    value = np.array(value, dtype=np.asarray(pattern).dtype)
    if value.shape != np.shape(pattern):
        raise ValueError(f"a state is {list(value.shape)}, not {list(np.shape(pattern))}")
    return value


def _level_of(state: np.ndarray) -> FixedLevel | RunningLevel:
    return FixedLevel.restored(state) if len(state) == 1 else RunningLevel.restored(state)


def decibels(energy: np.ndarray) -> np.ndarray:
    """Logarithms of mean squares as levels, float32."""
    return (energy * np.float32(DECIBEL_PER_NEPER)).astype(np.float32)
