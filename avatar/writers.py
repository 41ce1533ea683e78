"""The avatar's formats for ``infer_onnx.py``: what inference's writers do for skeletons, for the 3-D musician."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

from audio_to_body.avatar import export
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


class _AvatarWriter(Writer):
    def __init__(self, retargeted: _Retargeted, avatar: Path | None = None, bones: Path | None = None) -> None:
        self._retargeted, self._avatar, self._bones = retargeted, avatar, bones

    def write(self, motion: Motion, target: Path, source: Source) -> None:
        """Write the motion; see :meth:`audio_to_body.inference.writers.base.Writer.write`."""
        try:
            self._export(motion, target, source)
        except BadInput:
            raise
        except ValueError as error:  # a motion that cannot be retargeted
            raise BadInput(f"{target} was not written: {error}") from None

    @abstractmethod
    def _export(self, motion: Motion, target: Path, source: Source) -> None:
        """Write the file itself."""


class GlbWriter(_AvatarWriter):
    """``.glb``: the musician with instrument and animation."""

    format = "glb"
    suffix = ".glb"

    def _export(self, motion: Motion, target: Path, source: Source) -> None:
        if self._avatar is not None:
            for remark in export.write_glb(motion, target, avatar=self._avatar, bones=self._bones):
                source.remark(remark)
        else:
            export.write_glb(self._retargeted(motion), target)


class BvhWriter(_AvatarWriter):
    """``.bvh``: the skeleton and its movement."""

    format = "bvh"
    suffix = ".bvh"

    def _export(self, motion: Motion, target: Path, source: Source) -> None:
        export.write_bvh(self._retargeted(motion), target)


class UsdzWriter(_AvatarWriter):
    """``.usdz``: the musician for AR Quick Look."""

    format = "usdz"
    suffix = ".usdz"

    def _export(self, motion: Motion, target: Path, source: Source) -> None:
        for remark in export.write_usdz(self._retargeted(motion), target):
            source.remark(remark)


class AvatarVideoWriter(_AvatarWriter):
    """``.mp4`` of the 3-D musician, in place of the drawn one."""

    format = "mp4"
    suffix = ".mp4"
    has_sound = True

    def __init__(
        self, retargeted: _Retargeted, avatar: Path | None, bones: Path | None, size: tuple[int, int] | None
    ) -> None:
        super().__init__(retargeted, avatar, bones)
        self._size = size or export.VIDEO_SIZE

    def _export(self, motion: Motion, target: Path, source: Source) -> None:
        told = source.progress or False
        played = self._retargeted(motion) if self._avatar is None else motion
        for remark in export.render_mp4(
            played,
            target,
            source.sound_for_video,
            self._size,
            progress=told,
            helped=True,
            avatar=self._avatar,
            bones=self._bones,
        ):
            source.remark(remark)


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
    writers: list[Writer] = [kind(retargeted, avatar, bones) for kind in (GlbWriter, BvhWriter, UsdzWriter)]
    return [*writers, AvatarVideoWriter(retargeted, avatar, bones, size)] if video else writers
