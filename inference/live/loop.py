"""Sound in, frames out, until the sound ends or nobody is left to see it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from audio_to_body.inference.frames import Frames
from audio_to_body.inference.live.frame import LiveFrame, Posed, greeting, live_frames
from audio_to_body.inference.live.output import Output
from audio_to_body.inference.live.sources import SoundSource
from audio_to_body.inference.stream import Stream
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.samples import silenced

MEASURED = 24 * 600  # frames whose times are kept: the last ten minutes


class Avatar(Protocol):
    """Somebody who poses an avatar; the avatar's rooms lie above this one."""

    def describe(self) -> dict[str, Any]:
        """The bones, for :func:`audio_to_body.inference.live.frame.greeting`."""
        ...

    def pose(self, frame: LiveFrame) -> Posed:
        """The next frame's pose."""
        ...


@dataclass
class Report:
    """How a live session went.

    Attributes
    ----------
    frames : int
    seconds : float
        Of sound.
    compute_ms : deque of float
        From a piece of sound to the frames that it completed, per frame given.
    sent_ms : deque of float
        From the piece of sound to the last output, per frame.
    refused : int
        Pieces of sound in which samples were not numbers; these were heard as silence.
    """

    frames: int = 0
    seconds: float = 0.0
    compute_ms: deque[float] = field(default_factory=lambda: deque(maxlen=MEASURED))
    sent_ms: deque[float] = field(default_factory=lambda: deque(maxlen=MEASURED))
    refused: int = 0

    def percentile(self, share: float) -> tuple[float, float]:
        """Milliseconds that ``share`` per cent of the frames stay below: computing, and until sent."""
        if not self.sent_ms:
            return 0.0, 0.0
        compute, sent = np.array(self.compute_ms), np.array(self.sent_ms)
        return float(np.percentile(compute, share)), float(np.percentile(sent, share))


def play(
    source: SoundSource,
    stream: Stream,
    outputs: Sequence[Output],
    watch: Callable[[Frames], bool] | None = None,
    report: Report | None = None,
    keep: Callable[[Frames], object] | None = None,
    avatar: Avatar | None = None,
) -> Report:
    """Play a source through a stream into outputs.

    Parameters
    ----------
    source : SoundSource
    stream : Stream
    outputs : sequence of Output
        Opened and closed here.
    watch : callable (Frames) -> bool, optional
        Sees the frames after they have been sent; False ends the session (a preview's window was closed).
    report : Report, optional
        Filled while playing, for who wants to look before the end.
    keep : callable (Frames), optional
        Gets every frame, before it is sent.
    avatar : Avatar, optional
        Poses every frame before it is sent.

    Raises
    ------
    BadInput
        If an output cannot be opened or the source fails.
    """
    report = report or Report()
    opened: list[Output] = []
    hello = greeting(stream, None if avatar is None else avatar.describe())
    try:
        for output in outputs:
            output.begin(hello)
            opened.append(output)
        for piece in source.pieces():
            arrived = time.perf_counter()
            try:
                frames = stream.push(piece)
            except BadInput:  # a broken driver's NaN: time goes on, in silence where it was
                report.refused += 1
                frames = stream.push(silenced(piece))
            if keep is not None and len(frames):
                keep(frames)
            if not _send(frames, opened, arrived, report, avatar):
                return report
            report.seconds = stream.seconds
            if watch is not None and len(frames) and not watch(frames):
                return report
        rest = stream.finish()
        if keep is not None and len(rest):
            keep(rest)
        _send(rest, opened, time.perf_counter(), report, avatar)
        return report
    finally:
        source.close()
        for output in opened:
            output.close()


def _send(
    frames: Frames, outputs: Sequence[Output], arrived: float, report: Report, avatar: Avatar | None = None
) -> bool:
    """Send frames to all who still listen; False when there were some and all have gone."""
    if not len(frames):
        return True
    computed = 1000 * (time.perf_counter() - arrived)
    for frame in live_frames(frames):
        if avatar is not None:
            frame = replace(frame, posed=avatar.pose(frame))
        for output in outputs:
            if output.alive:
                output.send(frame)
        report.frames += 1
        report.compute_ms.append(computed / len(frames))
        report.sent_ms.append(1000 * (time.perf_counter() - arrived))
    return not outputs or any(output.alive for output in outputs)
