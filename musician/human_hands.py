"""Human pianists' hands from videos with frame-exact notes: reading ``hands.npz``, finding the borders and the songs.

The file is made from the released data of the PianoMime project (github: sNiper-Qian/pianomime; its README says MIT).
Three things about it were measured here and shape what follows:

- ``clip_ends`` is one frame short: hands and notes both jump one frame after it (:func:`clip_borders` checks).
- The piano roll's columns count keys from 1: the keys that fingers press deep inside, as black keys are, and the gaps
  between neighbouring white keys are where they should be only if column 0 is MIDI 20.
- The clips of a song do not lie side by side; the songs are interleaved. :func:`song_of_clips` puts them together
  again: by hands that go on where another clip ended, and by passages that two clips share.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.musician.piano_keys import key_place
from audio_to_body.skeleton.files import read_arrays
from audio_to_body.skeleton.piano_targets import KEYS, LOWEST_KEY
from audio_to_body.skeleton.refusal import BadInput

SOURCE_FPS = 20.0  # frames/s of the file
HANDS, POINTS = 2, 6  # left and right; wrist and five fingertips
# the file's coordinates: 0 along a key towards the player, 1 along the keyboard towards high notes
PIXELS_PER_METRE = 1000.0  # of the hands12 frame: a pixel is a millimetre
ORIGIN = np.array([640.0, 150.0])  # px of the file's origin, which lies on the keys between E4 and F4
GOES_ON_M = 0.008  # m, mean over coordinates: two clips of one song meet closer than this ...
GOES_ON_RATIO = 0.5  # ... and at half the distance of the second-best candidate
PASSAGE = 4  # chords or notes in a row, exactly the same
SHARED_SHARE = 0.05  # of the shorter clip's passages that another clip of the same song has too


@dataclass(frozen=True)
class HandClips:
    """The contents of ``hands.npz``.

    Attributes
    ----------
    place : np.ndarray, float32 [frames, 2, 6, 2]
        Metres; hand (left, right), point (wrist, thumb ... little finger), coordinate (across, along the keyboard).
    roll : np.ndarray, bool [frames, 88]
        Keys that are down.
    starts, ends : np.ndarray, int64 [clips]
        First and exclusive last frame of each clip.
    """

    place: np.ndarray
    roll: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.ends)

    def clip(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Hands and piano roll of one clip."""
        span = slice(int(self.starts[number]), int(self.ends[number]))
        return self.place[span], self.roll[span]


def read_hands(path: str | os.PathLike[str]) -> HandClips:
    """Read ``hands.npz``.

    Raises
    ------
    BadInput
        If there is no such file or it does not hold hands, a piano roll and clip ends that fit together.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput(f"{path} does not exist; it should be the hands.npz of human pianists' hands")
    with read_arrays(path, "a file of human hands", "fetch it again") as file:
        keypoints, roll = file["keypoints_m"], file["pianoroll"].astype(bool)
        ends = file["clip_ends"].astype(np.int64)
        fps = float(file["fps"]) if "fps" in file else SOURCE_FPS
    frames = len(keypoints)
    fits = keypoints.shape[1:3] == (HANDS, POINTS) and keypoints.ndim == 4 and roll.shape == (frames, KEYS)
    if not fits or fps != SOURCE_FPS:
        raise BadInput(
            f"{path} holds hands {list(keypoints.shape)} and keys {list(roll.shape)} at {fps:g} frames/s; "
            f"expected [frames, {HANDS}, {POINTS}, 3], [frames, {KEYS}] and {SOURCE_FPS:g}"
        )
    if len(ends) == 0 or np.any(np.diff(ends, prepend=0) <= 0) or ends[-1] > frames:
        raise BadInput(f"{path} has clip ends that do not rise from 0 to its {frames} frames; fetch it again")
    place = np.ascontiguousarray(keypoints[..., :2], dtype=np.float32)
    if not np.isfinite(place).all():
        raise BadInput(f"{path} has hands that are not numbers; fetch it again")
    ends = clip_borders(place, ends)
    return HandClips(place, roll, np.concatenate([[0], ends[:-1]]), ends)


def clip_borders(place: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Exclusive ends of the clips where the hands really jump: at the given ends, or one frame later.

    Parameters
    ----------
    place : np.ndarray [frames, 2, 6, 2]
    ends : np.ndarray, int64 [clips]
        As the file gives them.

    Returns
    -------
    np.ndarray, int64 [clips]
    """
    inner = ends[:-1][ends[:-1] + 1 < len(place)]
    if len(inner) == 0:
        return ends
    jumps = [float(np.abs(place[inner + late] - place[inner + late - 1]).mean()) for late in (0, 1)]
    late = int(np.argmax(jumps))
    return np.minimum(ends + late, len(place))


def onsets(roll: np.ndarray) -> np.ndarray:
    """Frames in which a key goes down, bool [frames, 88]; keys that are down at the start go down there."""
    return roll & ~np.concatenate([np.zeros((1, roll.shape[1]), bool), roll[:-1]])


def song_of_clips(clips: HandClips) -> np.ndarray:
    """Which song each clip belongs to, int64 [clips], numbered in order of appearance.

    Two clips are of one song when one's last frame is the other's first (hands nearer than 8 mm, and each the other's
    best match by a factor of 2), or when more than 5 % of the shorter one's passages of 4 chords stand in the other,
    note for note. What shares neither cannot be known to be the same song from the file alone.
    """
    count = len(clips)
    first = clips.place[clips.starts].reshape(count, -1)
    last = clips.place[clips.ends - 1].reshape(count, -1)
    parent = np.arange(count)

    def root(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return int(number)

    if count > 2:
        gap = np.abs(last[:, None] - first[None]).mean(axis=2)
        np.fill_diagonal(gap, np.inf)
        follower, leader = gap.argmin(axis=1), gap.argmin(axis=0)
        two = np.sort(gap, axis=1)[:, :2]
        for clip in range(count):
            mutual = leader[follower[clip]] == clip
            if mutual and two[clip, 0] < GOES_ON_M and two[clip, 0] < GOES_ON_RATIO * two[clip, 1]:
                parent[root(clip)] = root(int(follower[clip]))
    passages = [_passages(clips.clip(number)[1]) for number in range(count)]
    for a in range(count):
        for b in range(a + 1, count):
            fewest = min(len(passages[a]), len(passages[b]))
            if fewest and len(passages[a] & passages[b]) > SHARED_SHARE * fewest:
                parent[root(a)] = root(b)
    roots = [root(number) for number in range(count)]
    numbers = {r: i for i, r in enumerate(dict.fromkeys(roots))}
    return np.array([numbers[r] for r in roots], np.int64)


def _passages(roll: np.ndarray) -> set[tuple[bytes, ...]]:
    struck = onsets(roll)
    chords = [struck[frame].tobytes() for frame in np.flatnonzero(struck.any(axis=1))]
    return {tuple(chords[i : i + PASSAGE]) for i in range(len(chords) - PASSAGE + 1)}


def notes_of(roll: np.ndarray) -> np.ndarray:
    """Notes of a piano roll, sorted by onset: float64 [n, 3] onset s, end s, MIDI pitch."""
    padded = np.concatenate(
        [np.zeros((1, roll.shape[1]), np.int8), roll.astype(np.int8), np.zeros((1, KEYS), np.int8)]
    )
    change = np.diff(padded, axis=0).T  # key by key, so that the n-th onset and the n-th end belong together
    key, start = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    order = np.lexsort((key, start))
    notes = np.stack([start / SOURCE_FPS, end / SOURCE_FPS, key + LOWEST_KEY], axis=1)
    return notes[order].astype(np.float64)


def key_along(pitch: np.ndarray) -> np.ndarray:
    """Metres of keys along the keyboard from the file's origin, the gap of E4 and F4; black keys in the gaps."""
    return key_place(np.asarray(pitch, np.int64), leaning=False)
