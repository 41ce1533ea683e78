"""Pictures of a performance into a video."""

from __future__ import annotations

import os

from avatar.render import Renderer
from avatar.scene import Performance
from preprocessing.sound_track import SoundTrack
from preprocessing.video_writer import even, video_writer


def write_video(
    performance: Performance,
    path: str | os.PathLike[str],
    audio: str | os.PathLike[str] | SoundTrack | None,
    size: tuple[int, int],
    view: str,
    progress: bool,
) -> None:
    """Draw every frame and encode it; ``size`` is brought to even numbers."""
    from tqdm import tqdm

    size = (even(size[0]), even(size[1]))
    renderer = Renderer(performance, size, view)
    try:
        with video_writer(path, size, performance.fps, audio) as writer:
            for picture in tqdm(renderer.frames(), total=len(performance), unit="frame", disable=not progress):
                writer.write(picture)
    finally:
        renderer.close()
