"""One sound, one model, several output files: what is written where, and what would be overwritten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from audio_to_body.inference.casting import Casting
from audio_to_body.inference.prediction import check_length, predict
from audio_to_body.inference.session import Session
from audio_to_body.inference.stream import Stream
from audio_to_body.inference.writers import Writer
from audio_to_body.inference.writers.base import Source
from audio_to_body.pictures.sound_track import SoundTrack, sound_track
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import Decoding, Sound, decode_sound
from audio_to_body.sound.ffmpeg import check_readable
from audio_to_body.sound.received import Received

Progress = Callable[[str, int, int], object]  # what is being done, how much is done, of how much

# sound, session, how far it is, what a person should know: the motion of a musician
Musician = Callable[[Sound, Session, Optional[Callable[[int, int], object]], Callable[[str], object]], Motion]


@dataclass
class SoundOutcome:
    """What came of one sound.

    Attributes
    ----------
    sound : Path
    written : list of Path
    refusals : list of str
        One sentence per output that could not be made.
    remarks : list of str
        What a person should know of the sound and the outputs, each sentence once.
    motion : Motion or None
    """

    sound: Path
    written: list[Path] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    motion: Motion | None = None

    def remark(self, sentence: str) -> None:
        """Keep a remark, unless it was made already: two writers may have the same to say."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)


def by_ear(
    sound: Sound,
    session: Session,
    progress: Callable[[int, int], object] | None = None,
    remark: Callable[[str], object] = lambda sentence: None,
) -> Motion:
    """The motion of a musician who plays what is heard; there is nothing to remark."""
    return predict(sound, session, progress=progress)


def perform(
    sound: str | Path | Received,
    session: Session | Casting,
    writers: Sequence[Writer],
    folder: Path,
    *,
    force: bool = False,
    taken: dict[Path, Path] | None = None,
    progress: Progress | None = None,
    decoding: Decoding | None = None,
    track: int | None = None,
    then: Callable[[Motion], Motion] | None = None,
    musician: Musician = by_ear,
) -> SoundOutcome:
    """Play one sound and write its motion in every format; what fails is told and the rest goes on.

    Parameters
    ----------
    sound : path or Received
    session : Session or Casting
        Who plays; or who chooses that by the sound, which is remarked.
    writers : sequence of Writer
    folder : Path
        Where the outputs go; each is named after the sound.
    force : bool
        Overwrite outputs that exist.
    taken : dict of Path to Path, optional
        Outputs of this call so far and the sound each belongs to: two sounds of one stem never share an output.
        Updated in place.
    progress : callable, optional
    decoding : Decoding, optional
        Of the sound, where it has begun already.
    track : int, optional
        Which of the file's sound tracks, from 1; the default one when not given.
    then : callable, optional
        What is done with the motion before it is written.
    musician : callable, optional
        Makes the motion of the sound; by ear when not given.
    """
    given = sound if isinstance(sound, Received) else Received.of(sound)
    done = SoundOutcome(given.path)
    targets: list[tuple[Writer, Path]] = []
    try:
        check_readable(done.sound)
        for writer in writers:
            target = writer.target(folder, given.stem)
            check_target(target, done.sound, force, taken or {})
            targets.append((writer, target))
    except BadInput as refusal:
        done.refusals.append(given.told(str(refusal)))
        return done
    with ExitStack() as background:
        has_sound = any(writer.has_sound for writer in writers)
        try:
            encoded = background.enter_context(sound_track(done.sound, track)) if has_sound else None
            if decoding is not None and isinstance(session, Session):
                Stream(session)  # what it needs is loaded while the sound is being decoded
            playing = None if progress is None else lambda a, b: progress("playing", a, b)
            decoded = decode_sound(done.sound, track) if decoding is None else decoding.sound()
            check_length(decoded)  # before anything is said of what nobody will play
            for sentence in decoded.remarks:
                done.remark(sentence)
            if isinstance(session, Casting):
                cast = session.choose(decoded)
                done.remark(cast.remark)
                session = cast.session
            motion = musician(decoded, session, playing, done.remark)
            done.motion = motion if then is None else then(motion)
        except BadInput as refusal:
            done.refusals.append(given.told(str(refusal)))
            return done
        if taken is not None:
            taken.update({target.resolve(): done.sound for _, target in targets})
        write_motion(done, done.motion, targets, encoded, progress, given)
    return done


def write_motion(
    done: SoundOutcome,
    motion: Motion,
    targets: Sequence[tuple[Writer, Path]],
    encoded: SoundTrack | None = None,
    progress: Progress | None = None,
    given: Received | None = None,
) -> None:
    """Write a motion in every format; what fails is told in ``done`` and the rest goes on.

    Parameters
    ----------
    done : SoundOutcome
        Of the sound that was played; updated in place.
    motion : Motion
    targets : sequence of (Writer, Path)
    encoded : SoundTrack, optional
        The sound for videos, where it has been encoded already.
    progress : callable, optional
    given : Received, optional
        What messages call the sound, where that is not its path.
    """
    done.motion = motion
    for writer, target in targets:
        source = Source(done.sound, _named(progress, f"writing {writer.format}"), encoded, done.remark)
        try:
            writer.write(motion, target, source)
            done.written.append(target)
        except BadInput as refusal:
            done.refusals.append(str(refusal) if given is None else given.told(str(refusal)))


def _named(progress: Progress | None, what: str) -> Callable[[int, int], object] | None:
    return None if progress is None else lambda done, of: progress(what, done, of)


def check_target(target: Path, sound: Path, force: bool, taken: dict[Path, Path]) -> None:
    """Refuse an output that would overwrite its input, what another input wrote, or without force what exists."""
    if target.resolve() == sound.resolve():
        raise BadInput(f"{target} is the input itself and is never overwritten; write elsewhere with --out")
    if target.resolve() in taken:
        raise BadInput(f"{sound} and {taken[target.resolve()]} would both write {target}; play them into two folders")
    if target.exists() and not force:
        raise BadInput(f"{target} exists; overwrite it with --force or write elsewhere with --out")
