"""The avatar's formats for ``infer_onnx.py``: what inference's writers do for skeletons, for the 3-D musician."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from audio_to_body.avatar import export
from audio_to_body.avatar.formats import FORMATS, AvatarFormat, Order
from audio_to_body.avatar.scene import RigMotion
from audio_to_body.inference.writers.base import Source, Writer
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput


class _Retargeted:
    """Retargets a motion once, however many formats are written of it."""

    def __init__(self) -> None:
        self._motion: Motion | None = None
        self._performance: RigMotion | None = None

    def __call__(self, motion: Motion) -> RigMotion:
        if motion is not self._motion or self._performance is None:
            self._performance, self._motion = export.performed(motion), motion
        return self._performance


class AvatarWriter(Writer):
    """One of the avatar's formats as a format of ``audio-to-body play``.

    Parameters
    ----------
    kind : AvatarFormat
    performed : callable
        Puts a motion onto the project's own rig.
    avatar, bones, size
        As :class:`audio_to_body.avatar.formats.Order`.
    """

    def __init__(
        self,
        kind: AvatarFormat,
        performed: Callable[[Motion], RigMotion],
        avatar: Path | None = None,
        bones: Path | None = None,
        size: tuple[int, int] | None = None,
    ) -> None:
        self.format, self.suffix, self.has_sound = kind.name, f".{kind.name}", kind.has_sound
        self._kind, self._performed, self._avatar, self._bones, self._size = kind, performed, avatar, bones, size

    def write(self, motion: Motion, target: Path, source: Source) -> None:
        """Write the motion; see :meth:`audio_to_body.inference.writers.base.Writer.write`."""
        order = Order(
            motion,
            partial(self._performed, motion),
            avatar=self._avatar,
            bones=self._bones,
            sound=source.sound_for_video if self.has_sound else None,
            size=self._size,
            progress=source.progress or False,
        )
        try:
            for remark in self._kind.write(order, target):
                source.remark(remark)
        except BadInput:
            raise
        except ValueError as error:  # a motion that cannot be retargeted
            raise BadInput(f"{target} was not written: {error}") from None


def avatar_writers(
    avatar: Path | None = None,
    video: bool = False,
    bones: Path | None = None,
    size: tuple[int, int] | None = None,
) -> list[Writer]:
    """The avatar's writers.

    Parameters
    ----------
    avatar : Path, optional
        A humanoid GLB or VRM of one's own, for the GLB and the video.
    video : bool
        Whether the 3-D musician's video takes the place of the drawn one's.
    bones : Path, optional
        Which of the avatar's nodes are which bones, where their names do not tell.
    size : (int, int), optional
        Width and height of the video in px.
    """
    retargeted = _Retargeted()
    chosen = [kind for kind in FORMATS.values() if video or not kind.has_sound]
    return [AvatarWriter(kind, retargeted, avatar, bones, size) for kind in chosen]
