"""Human pianists' hands as a dataset.

``python -m audio_to_body.preprocessing.published.pianomime HANDS.npz --out DATASET``.

The points are seen straight from above at one scale, 1000 px per metre, so that a pixel is a millimetre: x along
the keyboard towards the high notes, y along a key towards the player. There is no sound in the file: it is
synthesised from the notes. They have no velocity, so that a seeded one is drawn: a slow swell over 4 to 12 s, and a
little of each note's own. The split is by songs (:func:`audio_to_body.musician.human_hands.song_of_clips`): as
far as notes and hands tell, no song is on both sides. The file names no songs; its authors speak of about 60, and
notes and hands tell 78 apart.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.musician.human_hands import (
    ORIGIN,
    PIXELS_PER_METRE,
    SOURCE_FPS,
    HandClips,
    notes_of,
    read_hands,
    song_of_clips,
)
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.manifest import MANIFEST, Manifest, RecitalEntry, write_manifest
from audio_to_body.preprocessing.recital_file import Reason, Recital, entry_of, read_recital, write_recital
from audio_to_body.preprocessing.recording.recital_sound import FEATURE_RATES
from audio_to_body.skeleton.folders import own_folder
from audio_to_body.skeleton.program import from_zero
from audio_to_body.skeleton.progress import progress_bar
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.sound.audio import mono, rms_normalise
from audio_to_body.sound.features import audio_features

FRAME_SIZE = (1250, 500)  # px: the 1.22 m of the keyboard with a margin, and the reach of the hands
TEST_SHARE = 0.2  # of the hours
SHORTEST_CLIP = 5.0  # s; the two slices below it hold a handful of notes
LONGEST_MOVE = 0.1  # of the frame width since the last frame, paper Sec. 3.3
DATA = "pianomime"
_VERSION = 2


def to_pixels(place: np.ndarray) -> np.ndarray:
    """Metres (across, along the keyboard) ``[..., 2]`` to pixels (x, y), float32."""
    return (place[..., ::-1] * PIXELS_PER_METRE + ORIGIN).astype(np.float32)


def at_video_rate(values: np.ndarray) -> np.ndarray:
    """From 20 to 24 frames/s by linear interpolation; the last moment is held."""
    frames = int(np.ceil(len(values) * VIDEO_FPS / SOURCE_FPS))
    position = np.minimum(np.arange(frames) * SOURCE_FPS / VIDEO_FPS, len(values) - 1)
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, len(values) - 1)
    share = (position - low).reshape((-1,) + (1,) * (values.ndim - 1)).astype(np.float32)
    return values[low] * (1 - share) + values[high] * share


def with_velocities(notes: np.ndarray, seed: Sequence[int]) -> np.ndarray:
    """Append a velocity 0 to 1 to notes [n, 3]: the file has none. Float64 [n, 4]."""
    rng = np.random.default_rng([*seed, 0x7E1])
    period, phase = rng.uniform(4, 12, 2), rng.uniform(0, 2 * np.pi, 2)
    onset = notes[:, 0]
    swell = sum(np.sin(2 * np.pi * onset / p + f) for p, f in zip(period, phase)) / 2
    velocity = rng.uniform(0.5, 0.75) + 0.12 * swell + rng.normal(0, 0.05, len(notes))
    return np.concatenate([notes, np.clip(velocity, 0.2, 1.0)[:, None]], axis=1)


def piano_from_notes(notes: np.ndarray, samples: int, seed: Sequence[int]) -> np.ndarray:
    """The sound of notes [n, 4] (onset s, end s, MIDI pitch, velocity): float32 [2, samples], RMS 0 dB."""
    from audio_to_body.musician.performance import Performance
    from audio_to_body.preprocessing.virtual.sampled_sound import piano_sound

    zeros = np.zeros(len(notes))
    music = Performance(
        onset=notes[:, 0],
        end=notes[:, 1],
        pitch=notes[:, 2].astype(np.int64),
        velocity=notes[:, 3],
        hand=zeros.astype(np.int64),
        slurred=zeros.astype(bool),
        strength=zeros,
        phrase=zeros.astype(np.int64),
    )
    return rms_normalise(piano_sound(music, samples, np.random.default_rng([*seed, 0x50D])))


def jumps(points: np.ndarray) -> np.ndarray:
    """Frames whose points moved farther than a tenth of the frame width since the last frame, bool [frames]."""
    moved = np.linalg.norm(np.diff(points, axis=0), axis=2).max(axis=1, initial=0.0)
    return np.concatenate([[False], moved > LONGEST_MOVE * FRAME_SIZE[0]])


def recital_of_clip(
    clips: HandClips, number: int, song: int, split: str, seed: int, rates: Sequence[int] = FEATURE_RATES
) -> Recital:
    """One clip as a recital: 24 frames/s, sound synthesised, features at every rate that the tables use."""
    place, roll = clips.clip(number)
    points = to_pixels(at_video_rate(place).reshape(-1, 12, 2))
    frames = len(points)
    notes = with_velocities(notes_of(roll), (seed, number))
    sound = mono(piano_from_notes(notes, frames * AUDIO_RATE // VIDEO_FPS, (seed, number)))
    reason = np.where(jumps(points), Reason.JUMP, Reason.KEPT).astype(np.uint8)
    return Recital(
        name=f"song{song:03d}_clip{number:03d}",
        keypoints=points,
        confidence=np.ones((frames, 12), np.float32),
        reason=reason,
        features={rate: audio_features(sound, rate, frames * rate // VIDEO_FPS) for rate in rates},
        frame_size=FRAME_SIZE,
        source=f"pianomime clip {number}, song {song}, sound synthesised from its notes",
        split=split,
        tracks={"notes": notes, "sound_seed": np.array([seed, number])},
    )


def split_songs(clips: HandClips, songs: np.ndarray, hours: float, seed: int) -> dict[int, str]:
    """Choose clips and split them by songs.

    Parameters
    ----------
    clips : HandClips
    songs : np.ndarray [clips]
        Song of each clip.
    hours : float
        How much; more than there is means all of it.
    seed : int
        Deals the songs.

    Returns
    -------
    dict of int to str
        Clip number to ``"train"`` or ``"test"``, every fifth hour for testing. Where not all is wanted, clips are
        taken song by song in turns, so that a small set still holds many songs.
    """
    rng = np.random.default_rng([seed, 0x50A6])
    seconds = (clips.ends - clips.starts) / SOURCE_FPS
    usable = np.flatnonzero(seconds >= SHORTEST_CLIP)
    order = rng.permutation(np.unique(songs[usable]))
    total = float(seconds[usable].sum())
    tested: list[int] = []
    for song in order:  # the smallest number of songs, in random order, that make up the share
        if sum(float(seconds[usable][songs[usable] == s].sum()) for s in tested) >= TEST_SHARE * total:
            break
        tested.append(int(song))
    chosen: dict[int, str] = {}
    for split, share in (("test", TEST_SHARE), ("train", 1 - TEST_SHARE)):
        queues = [[int(c) for c in usable if songs[c] == s] for s in order if (int(s) in tested) == (split == "test")]
        wanted, taken = share * hours * 3600, 0.0
        while taken < wanted and any(queues):
            for queue in queues:
                if queue and taken < wanted:
                    clip = queue.pop(0)
                    chosen[clip] = split
                    taken += float(seconds[clip])
    return chosen


def _settings(hands: Path, hours: float, seed: int, clips: HandClips) -> dict[str, Any]:
    available = float((clips.ends - clips.starts).sum()) / SOURCE_FPS / 3600
    return {
        "version": _VERSION,
        "hands": hands.name,
        "hours": min(hours, round(available, 4)),
        "seed": seed,
        "pixels_per_metre": PIXELS_PER_METRE,
        "velocity": "drawn: the file has none",
        "split": "by songs",
    }


def make_pianomime_dataset(
    hands_npz: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    hours: float | None = None,
    seed: int = 0,
    progress: bool = True,
) -> Dataset:
    """Make the dataset of human hands, or finish it, or open it when it is already whole.

    Parameters
    ----------
    hands_npz : path
    folder : path
        Where the dataset goes.
    hours : float, optional
        How much of the file to use; more than it holds, or None, means all of it.
    seed : int
        Of the split, the velocities and the sound.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Dataset

    Raises
    ------
    BadInput
        If the file is not of human hands, or the folder holds another dataset, cannot be written, or is
        being written by another run.
    """
    hands_npz, folder = Path(hands_npz), Path(folder)
    if hours is not None and not hours > 0:
        raise BadInput(f"{hours:g} hours of human hands cannot be made; ask for more than 0")
    clips = read_hands(hands_npz)
    settings = _settings(hands_npz, np.inf if hours is None else hours, seed, clips)
    if (folder / MANIFEST).is_file():
        found = Dataset(folder)
        if found.manifest.data == DATA and found.manifest.settings == settings:
            return found
        raise BadInput(f"{folder} already holds another dataset; choose another folder or delete it")
    chosen = split_songs(clips, songs := song_of_clips(clips), settings["hours"], seed)
    with own_folder(folder):
        entries: list[RecitalEntry] = []
        for number in progress_bar(sorted(chosen), shown=progress, desc="human hands", unit="clip"):
            made = folder / f"song{songs[number]:03d}_clip{number:03d}.npz"
            entry = _finished(made, chosen[number], (seed, number))
            if entry is None:
                entry = write_recital(
                    folder, recital_of_clip(clips, number, int(songs[number]), chosen[number], seed)
                )
            entries.append(entry)
        write_manifest(
            folder,
            Manifest(
                instrument="piano",
                layout="hands12",
                data=DATA,
                fps=float(VIDEO_FPS),
                frame_size=FRAME_SIZE,
                rates=list(FEATURE_RATES),
                reference=[],
                settings=settings,
                recitals=entries,
            ),
        )
    return Dataset(folder)


def _finished(path: Path, split: str, seed: tuple[int, int]) -> RecitalEntry | None:
    """The entry of a recital that an interrupted run has finished; None where it has to be made."""
    if not path.is_file():
        return None
    try:
        recital = read_recital(path)
    except BadInput:
        return None  # damaged: it is made again
    same = recital.split == split and tuple(recital.tracks.get("sound_seed", ())) == seed
    return entry_of(recital) if same else None


def recital_sound(recital: Recital) -> np.ndarray:
    """The sound that a recital's features were made of, synthesised again: float32 [2, samples], RMS 0 dB."""
    seed = tuple(int(value) for value in recital.tracks["sound_seed"])
    return piano_from_notes(recital.tracks["notes"], len(recital) * AUDIO_RATE // VIDEO_FPS, seed)


def _main(arguments: argparse.Namespace) -> int:
    dataset = make_pianomime_dataset(arguments.hands, arguments.out, arguments.hours, arguments.seed)
    for split in ("train", "test"):
        entries = [e for e in dataset.manifest.recitals if e.split == split]
        songs = {e.name.split("_")[0] for e in entries}
        minutes = sum(e.seconds for e in entries) / 60
        print(f"{split}: {len(entries)} clips of {len(songs)} songs, {minutes:.1f} min")
    print(f"dataset: {dataset.folder}")
    return 0


def cli() -> int:
    """Parse, make, report."""
    parser = argparse.ArgumentParser(
        prog="python -m audio_to_body.preprocessing.published.pianomime", description=__doc__
    )
    parser.add_argument("hands", metavar="HANDS.npz", help="the file of human hands (make data-pianomime)")
    parser.add_argument("--out", required=True, metavar="DATASET", help="folder for the dataset")
    parser.add_argument("--hours", type=float, help="how much of it (default: all, 3.07 h)")
    parser.add_argument("--seed", type=from_zero, default=0, help="of the split, velocities and sound (default: 0)")
    return run_command(_main, parser.parse_args())


if __name__ == "__main__":
    sys.exit(cli())
