"""A live session kept: the sound on disk while it comes, the motion written when it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import localtime, strftime

import numpy as np

from audio_to_body.inference.frames import Frames, joined
from audio_to_body.inference.live.sources import SoundSource
from audio_to_body.inference.performance import SoundOutcome, write_motion
from audio_to_body.inference.prediction import motion_of
from audio_to_body.inference.session import Session
from audio_to_body.inference.writers import Writer
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.received import Samples

FULL_SCALE = 32_767
SAMPLE_BYTES = 2
FLUSHED_SECONDS = 0.5  # what is lost at most when the machine's power goes


class Recorder:
    """Keeps what is heard and what is played, and writes it at the end: also of a session that was interrupted.

    Parameters
    ----------
    folder : Path
    session : Session
    writers : sequence of Writer
        What is written of the motion, beside the sound as WAV.
    """

    def __init__(self, folder: Path, session: Session, writers: Sequence[Writer]) -> None:
        self.stem = strftime("live-%Y%m%d-%H%M%S", localtime())
        self.sound = folder / f"{self.stem}.wav"
        self._folder, self._session, self._writers = folder, session, writers
        self._frames: list[Frames] = []
        self._file = open(self.sound, "xb")  # noqa: SIM115 (it is written as long as the session lasts)
        self._channels = 0
        self._unflushed = 0
        self._failure: str | None = None

    def hear(self, piece: np.ndarray) -> None:
        """Keep a piece of sound, ``[channels, samples]`` or ``[samples]``."""
        if self._failure is not None:
            return
        piece = np.atleast_2d(piece)
        try:
            if not self._channels:
                self._channels = len(piece)
                self._file.write(Samples(AUDIO_RATE, self._channels).header())
            self._file.write((piece.clip(-1, 1) * FULL_SCALE).astype("<i2").T.tobytes())
            self._unflushed += piece.shape[1]
            if self._unflushed > FLUSHED_SECONDS * AUDIO_RATE:
                self._file.flush()
                self._unflushed = 0
        except OSError as error:
            self._failure = f"{self.sound} could not be written to its end ({error.strerror})"

    def play(self, frames: Frames) -> None:
        """Keep frames."""
        self._frames.append(frames)

    def finish(self) -> SoundOutcome:
        """Write everything; sound that no frame belongs to yet is left out."""
        done = SoundOutcome(self.sound)
        if self._failure is not None:
            done.refusals.append(self._failure)
        if not self._frames:
            self._file.close()
            self.sound.unlink(missing_ok=True)
            done.refusals.append("nothing was played, so nothing was recorded")
            return done
        motion = self._motion()
        self._close_sound(round(len(motion) / motion.fps * AUDIO_RATE))
        done.written.append(self.sound)
        targets = [(writer, writer.target(self._folder, self.stem)) for writer in self._writers]
        write_motion(done, motion, targets)
        return done

    def _motion(self) -> Motion:
        return motion_of(joined(self._frames), self._session.card)

    def _close_sound(self, samples: int) -> None:
        """End the file after so many samples, and say in its header how many there are."""
        header = len(Samples(AUDIO_RATE, self._channels).header())
        self._file.flush()
        size = min(os.fstat(self._file.fileno()).st_size, header + samples * SAMPLE_BYTES * self._channels)
        self._file.truncate(size)
        for place, length in ((4, size - 8), (header - 4, size - header)):
            self._file.seek(place)
            self._file.write(min(length, 0xFFFFFFFF).to_bytes(4, "little"))
        self._file.close()


class Taped(SoundSource):
    """A source whose sound a recorder hears too.

    Parameters
    ----------
    source : SoundSource
    recorder : Recorder
    """

    def __init__(self, source: SoundSource, recorder: Recorder) -> None:
        self.name = source.name
        self._source, self._recorder = source, recorder

    def pieces(self) -> Iterator[np.ndarray]:
        """See :meth:`SoundSource.pieces`."""
        for piece in self._source.pieces():
            if np.isfinite(piece).all():  # what is no sound is not played either
                self._recorder.hear(piece)
            yield piece

    def close(self) -> None:
        """See :meth:`SoundSource.close`."""
        self._source.close()
