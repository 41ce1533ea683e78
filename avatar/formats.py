"""The avatar's formats: one writer each, in one registry from which commands take names, endings and abilities."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from audio_to_body.avatar.retargeting import RetargetSettings
    from audio_to_body.avatar.scene import RigMotion
    from audio_to_body.pictures.sound_track import SoundTrack
    from audio_to_body.skeleton.motion import Motion

Progress = Union[bool, Callable[[int, int], object]]


@dataclass(frozen=True)
class Order:
    """What is to be written, and how; each format takes what concerns it.

    Attributes
    ----------
    motion : Motion
    performed : callable
        The motion on the project's own rig.
    settings : RetargetSettings, optional
    fps : float, optional
        Of the animation, where it is not the motion's.
    avatar, bones : Path, optional
        A figure of one's own, and which of its nodes are which bones.
    names, unit : str
        Bone names and BVH's unit of length.
    start, seconds : float
        Of a clip.
    sound : path or SoundTrack, optional
    size : (int, int), optional
    view : str
    progress : bool or callable
        Of the video.
    """

    motion: Motion
    performed: Callable[[], RigMotion]
    settings: RetargetSettings | None = None
    fps: float | None = None
    avatar: Path | None = None
    bones: Path | None = None
    names: str = "vrm"
    unit: str = "cm"
    start: float = 0.0
    seconds: float | None = None
    sound: Path | SoundTrack | None = None
    size: tuple[int, int] | None = None
    view: str = "three-quarter"
    progress: Progress = False


class AvatarFormat(ABC):
    """Writes an order in one format.

    Attributes
    ----------
    name : str
        Of the format; its ending too.
    own_figure : bool
        Whether a figure of one's own plays in it.
    takes : tuple of str
        Which of an order's choices concern it, as the command calls them, and not every format.
    has_sound : bool
    """

    name: str
    own_figure: bool = False
    takes: tuple[str, ...] = ()
    has_sound: bool = False

    @abstractmethod
    def write(self, order: Order, path: Path) -> list[str]:
        """Write the file; returns what a person should know of it, a sentence each.

        Raises
        ------
        BadInput
            If it cannot be written.
        """


class Glb(AvatarFormat):
    """``.glb``: the musician with instrument and animation."""

    name = "glb"
    own_figure = True
    takes = ("names",)

    def write(self, order: Order, path: Path) -> list[str]:
        """See :meth:`AvatarFormat.write`."""
        from audio_to_body.avatar import export

        if order.avatar is None:
            export.write_glb(order.performed(), path, names=order.names)
            return []
        return export.write_glb(
            order.motion, path, fps=order.fps, avatar=order.avatar, bones=order.bones, settings=order.settings
        )


class Bvh(AvatarFormat):
    """``.bvh``: the skeleton and its movement."""

    name = "bvh"
    own_figure = True
    takes = ("names", "unit")

    def write(self, order: Order, path: Path) -> list[str]:
        """See :meth:`AvatarFormat.write`."""
        from audio_to_body.avatar import export

        if order.avatar is None:
            return export.write_bvh(order.performed(), path, unit=order.unit, names=order.names)
        return export.write_bvh(
            order.motion,
            path,
            fps=order.fps,
            unit=order.unit,
            names=order.names,
            avatar=order.avatar,
            bones=order.bones,
            settings=order.settings,
        )


class Usdz(AvatarFormat):
    """``.usdz``: the musician for AR Quick Look."""

    name = "usdz"
    takes = ("start", "seconds")

    def write(self, order: Order, path: Path) -> list[str]:
        """See :meth:`AvatarFormat.write`."""
        from audio_to_body.avatar import export

        return export.write_usdz(order.performed(), path, start=order.start, seconds=order.seconds)


class Mp4(AvatarFormat):
    """``.mp4``: a video of the 3-D musician, with the sound."""

    name = "mp4"
    own_figure = True
    takes = ("audio", "view", "size")
    has_sound = True

    def write(self, order: Order, path: Path) -> list[str]:
        """See :meth:`AvatarFormat.write`."""
        from audio_to_body.avatar import export

        return export.render_mp4(
            order.performed() if order.avatar is None else order.motion,
            path,
            order.sound,
            order.size or export.VIDEO_SIZE,
            view=order.view,
            fps=order.fps,
            progress=order.progress,
            settings=order.settings,
            helped=True,
            avatar=order.avatar,
            bones=order.bones,
        )


FORMATS: dict[str, AvatarFormat] = {each.name: each for each in (Glb(), Bvh(), Usdz(), Mp4())}
