"""Pictures of a performance into a video."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future

import numpy as np

from audio_to_body.avatar.render import DRAWN_DETAIL, Renderer
from audio_to_body.avatar.scene import RigMotion
from audio_to_body.pictures.sound_track import SoundTrack
from audio_to_body.pictures.video_writer import SHADED, even, video_writer
from audio_to_body.skeleton.progress import progress_bar
from audio_to_body.skeleton.workers import worker_pool

WORTH_HELP = 96  # frames: a helping process takes about a second to start
AHEAD = 2  # pictures that the helper has in hand


def write_video(
    performance: RigMotion,
    path: str | os.PathLike[str],
    audio: str | os.PathLike[str] | SoundTrack | None,
    size: tuple[int, int],
    view: str,
    progress: bool | Callable[[int, int], object],
    helped: bool = False,
) -> None:
    """Draw every frame and encode it; ``size`` is brought to even numbers.

    ``helped``: a second process draws every other picture; only for programs that may be started again under
    another name (``if __name__ == "__main__"``), as Python's ``spawn`` does.
    """
    size = (even(size[0]), even(size[1]))
    renderer = Renderer(performance, size, view)
    helped = helped and len(performance) >= WORTH_HELP and (os.cpu_count() or 1) > 1
    drawing = _HelpedDrawing(renderer, view) if helped else None
    pictures = renderer.frames() if drawing is None else drawing.frames()
    try:
        with video_writer(path, size, performance.fps, audio, coding=SHADED) as writer:
            bar = progress_bar(pictures, shown=progress is True, total=len(performance), unit="frame")
            for done, picture in enumerate(bar, start=1):
                writer.write(picture)
                if callable(progress):
                    progress(done, len(performance))
    finally:
        if drawing is not None:
            drawing.close()
        renderer.close()


_helper: list[Renderer] = []  # in the helping process


def _open_helper(performance: RigMotion, size: tuple[int, int], view: str, detail: float) -> None:
    _helper.append(Renderer(performance, size, view, detail))


def _help(frame: int) -> np.ndarray:
    return _helper[0].draw(frame)


class _HelpedDrawing:
    """A renderer and a second process: what the helper has not begun or does not finish is drawn here."""

    def __init__(self, renderer: Renderer, view: str, detail: float = DRAWN_DETAIL) -> None:
        self.renderer = renderer
        self.received = 0  # pictures
        self.pool = worker_pool(1, _open_helper, (renderer.performance, renderer.size, view, detail))
        self.ready: Future[np.ndarray] = self.pool.submit(_help, 0)

    def frames(self) -> Iterator[np.ndarray]:
        """All pictures in order."""
        count = len(self.renderer.performance)
        given: dict[int, Future[np.ndarray]] = {}
        following = 1
        for frame in range(count):
            picture = None
            try:
                while self.ready.done() and len(given) < AHEAD:
                    following = max(following, frame + 1)
                    if following >= count:
                        break
                    given[following] = self.pool.submit(_help, following)
                    following += 2
                if frame in given:
                    picture = given.pop(frame).result()
                    self.received += 1
            except BrokenExecutor:
                self.ready, given = Future(), {}  # never done: nothing more is given away
            yield self.renderer.draw(frame) if picture is None else picture

    def close(self) -> None:
        """End the helper."""
        self.pool.shutdown(wait=True, cancel_futures=True)
