"""One score, several output files: read, chosen, performed, played, made to sound and written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from audio_to_body.inference.performance import Progress, SoundOutcome, check_target, write_motion
from audio_to_body.inference.prediction import motion_of
from audio_to_body.inference.score_playing import frames_of, play_part, played, prepared_for
from audio_to_body.inference.session import Session
from audio_to_body.inference.writers import Writer
from audio_to_body.inference.writers.npz import NpzWriter
from audio_to_body.pictures.sound_track import sound_track
from audio_to_body.scores import fluidsynth, sounding
from audio_to_body.scores.choosing import choose
from audio_to_body.scores.performing import performed
from audio_to_body.scores.piece import Part
from audio_to_body.scores.playable import playable
from audio_to_body.scores.reading import read_piece
from audio_to_body.skeleton.files import TEMPORARY, refused, replacing
from audio_to_body.skeleton.instruments import Instrument, instrument_named
from audio_to_body.skeleton.motion_blocks import save_blocks
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.received import Received


@dataclass(frozen=True)
class Order:
    """How a score is to be played.

    Attributes
    ----------
    instrument : str or None
        The piece decides when not named.
    parts : tuple of str
        Names or numbers; the one that suits when empty.
    seed : int
        Draws the player of written music, and the sound's room.
    tempo : float or None
        Quarter notes a minute of written music.
    sound : bool
        Whether the sound is written too, as a WAV file.
    font : Path or None
        A sound font; the one that comes with the installation when not named.
    by_fluidsynth : bool
        Whether FluidSynth plays the font.
    """

    instrument: str | None = None
    parts: tuple[str, ...] = ()
    seed: int = 0
    tempo: float | None = None
    sound: bool = False
    font: Path | None = None
    by_fluidsynth: bool = False


def perform_score(
    path: Path,
    order: Order,
    session_of: Callable[[str], Session],
    writers: Sequence[Writer],
    folder: Path,
    *,
    force: bool = False,
    taken: dict[Path, Path] | None = None,
    progress: Progress | None = None,
) -> SoundOutcome:
    """Play a score and write its motion in every format; what fails is told and the rest goes on.

    Parameters
    ----------
    path : Path
    order : Order
    session_of : callable
        Opens the net of an instrument by its name.
    writers, folder, force, taken, progress
        As :func:`audio_to_body.inference.performance.perform`.
    """
    done = SoundOutcome(path)
    targets: list[tuple[Writer, Path]] = []
    wav = folder / f"{path.stem}.wav"
    heard = order.sound or any(writer.has_sound for writer in writers)
    try:
        if not heard and (order.font is not None or order.by_fluidsynth):
            raise BadInput("a sound font makes sound, and none is asked for; add --sound, or mp4 to --formats")
        for writer in writers:
            targets.append((writer, writer.target(folder, path.stem)))
        for target in [target for _, target in targets] + ([wav] if order.sound else []):
            check_target(target, path, force, taken or {})
        part, instrument = prepared(path, order, done)
        session = session_of(instrument.name)
        playing = None if progress is None else lambda a, b: progress("playing", a, b)
        if [writer.format for writer in writers] == [NpzWriter.format] and not order.sound:  # hours fit in any memory
            save_blocks(
                (motion_of(block, session.card) for block in played(part, session, progress=playing)), targets[0][1]
            )
            done.written.append(targets[0][1])
            _take(taken, path, done.written)
            return done
        motion = play_part(part, session, playing)
    except BadInput as refusal:
        done.refusals.append(str(refusal))
        return done
    _take(taken, path, [*(target for _, target in targets), *([wav] if order.sound else [])])
    with ExitStack() as held:
        encoded = None
        if heard:
            try:
                with refused(TEMPORARY):
                    room = Path(held.enter_context(tempfile.TemporaryDirectory()))
                sounded = room / "sound.wav"
                make_sound(part, instrument, order, sounded)
                encoded = held.enter_context(sound_track(sounded))
                if order.sound:
                    _keep(sounded, wav)
                    done.written.append(wav)
            except BadInput as refusal:  # without a sound there are still motions to be written
                done.refusals.append(str(refusal))
                targets = [(writer, target) for writer, target in targets if not writer.has_sound]
        write_motion(done, motion, targets, encoded, progress, Received.of(path))
    return done


def _take(taken: dict[Path, Path] | None, path: Path, targets: Sequence[Path]) -> None:
    """Note what belongs to a score."""
    if taken is not None:
        taken.update({target.resolve(): path for target in targets})


def prepared(path: Path, order: Order, done: SoundOutcome) -> tuple[Part, Instrument]:
    """The part that is played, as it is performed, and by whom; remarks go to ``done``.

    Raises
    ------
    BadInput
        If the file cannot be read or nothing of it can be played.
    """
    piece = read_piece(path)
    choice = choose(piece, order.instrument, order.parts)
    instrument = instrument_named(choice.instrument)
    kept = playable(performed(piece, choice.part, instrument, order.seed, order.tempo), instrument)
    for sentence in [*piece.remarks, *choice.remarks, *kept.remarks(instrument)]:
        done.remark(sentence)
    if not len(kept.part):
        raise BadInput(
            f"none of the {len(choice.part)} notes of '{choice.part.name}' in {path} lies within the range of the "
            f"{instrument.name}; choose another --part or --instrument"
        )
    return prepared_for(instrument, kept.part, order.seed), instrument


def make_sound(part: Part, instrument: Instrument, order: Order, path: Path) -> None:
    """Write a part's sound, exactly as long as its motion."""
    samples = frames_of(part) * AUDIO_RATE // VIDEO_FPS
    write = fluidsynth.write_sound if order.by_fluidsynth else sounding.write_sound
    with refused(TEMPORARY):
        write(part, instrument, samples, path, sounding.font_of(order.font), order.seed)


def _keep(source: Path, target: Path) -> None:
    """Copy a file to its place."""
    import shutil

    with replacing(target) as aside:
        shutil.copyfile(source, aside)
