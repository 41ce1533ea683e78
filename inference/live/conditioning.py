"""What a whole file's sound is cured of (:mod:`audio_to_body.sound.levels`), while the sound still comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from audio_to_body.inference.live.sources import SoundSource
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.levels import GATE_RMS, Content, Levels, taken

MEMORY_SECONDS = 3.0  # the weight of a sound falls to 1/e in this time
JUDGED_SECONDS = 0.5  # of sound, before anything is judged
PATIENT_SECONDS = 5.0  # of nothing, before the person is told: music may begin with a rest


class Conditioned(SoundSource):
    """A source without constants and cancelling channels; where nothing is louder than the gate it is silent.

    Parameters
    ----------
    source : SoundSource
    tell : callable (str)
        Told what was found, once each.
    """

    def __init__(self, source: SoundSource, tell: Callable[[str], object] = lambda text: None) -> None:
        self.name = source.name
        self._source, self._tell = source, tell
        self._told: set[str] = set()
        self._waited = 0.0  # s of nothing

    def pieces(self) -> Iterator[np.ndarray]:
        """See :meth:`SoundSource.pieces`."""
        levels: Levels | None = None
        for piece in self._source.pieces():
            if piece.ndim == 1:
                piece = piece[None]
            if levels is None or len(levels.products) != len(piece):
                levels = Levels(len(piece))
            if not np.isfinite(piece).all():  # a broken driver's: for the loop to count
                yield piece
                continue
            levels.add(piece)
            content = levels.content() if levels.count >= JUDGED_SECONDS * AUDIO_RATE else Content(1.0)
            levels.fade(float(np.exp(-piece.shape[1] / AUDIO_RATE / MEMORY_SECONDS)))
            self._waited = 0.0 if content.heard else self._waited + piece.shape[1] / AUDIO_RATE
            self._remark(content)
            yield piece if content.plain else taken(piece, content)[None]

    def _remark(self, content: Content) -> None:
        if content.channel is not None and "channels" not in self._told:
            self._told.add("channels")
            self._tell(f"{self.name}: its channels cancel each other, so only one of them is heard")
        if content.offset and "offset" not in self._told:
            self._told.add("offset")
            self._tell(f"{self.name}: a constant offset of {content.offset:+.3f} of full scale is taken from it")
        if self._waited > PATIENT_SECONDS and "quiet" not in self._told:
            self._told.add("quiet")
            self._tell(
                f"{self.name}: nothing louder than {20 * np.log10(GATE_RMS):.0f} dB of full scale comes; "
                "the musician waits (is the microphone muted?)"
            )

    def close(self) -> None:
        """See :meth:`SoundSource.close`."""
        self._source.close()
