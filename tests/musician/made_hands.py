"""A small file of human hands in the form of ``hands.npz``, made so that what it holds is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audio_to_body.musician.human_hands import SOURCE_FPS, key_along
from audio_to_body.skeleton.piano_targets import LOWEST_KEY

CLIP = 130  # frames


def made_hands(path: Path, songs: int = 6, slices: int = 2, late: int = 1, seed: int = 0) -> np.ndarray:
    """Write the file; returns the song of each clip. Slices of a song go on in each other but lie apart.

    ``late`` frames of a clip lie behind the end that the file gives, as in the real one.
    """
    rng = np.random.default_rng(seed)
    order = [(song, part) for part in range(slices) for song in range(songs)]  # interleaved
    places, rolls = {}, {}
    for song in range(songs):
        total = CLIP * slices
        column = rng.integers(38, 52, total // 10).repeat(10)[:total]  # a note every half second
        along = key_along(column + LOWEST_KEY)
        smooth = np.convolve(np.pad(along, 20, mode="edge"), np.ones(41) / 41, mode="valid")
        place = np.zeros((total, 2, 6, 3), np.float32)
        place[:, 0, :, 1] = (smooth - 0.15)[:, None] + np.linspace(0.04, -0.06, 6) + 0.03 * song
        place[:, 1, :, 1] = (smooth + 0.15)[:, None] + np.linspace(-0.04, 0.06, 6) + 0.03 * song
        place[..., 0, 0] = 0.155
        place[:, :, 1:, 0] = 0.02 + 0.04 * song
        roll = np.zeros((total, 88), bool)
        roll[np.arange(total), column] = np.arange(total) % 10 < 8
        places[song], rolls[song] = place, roll
    starts = np.arange(len(order)) * CLIP
    spans = [slice(part * CLIP, (part + 1) * CLIP) for _, part in order]
    given = starts + CLIP - late
    given[-1] = len(order) * CLIP
    np.savez(
        path,
        keypoints_m=np.concatenate([places[s][span] for (s, _), span in zip(order, spans)]),
        pianoroll=np.concatenate([rolls[s][span] for (s, _), span in zip(order, spans)]),
        clip_ends=given,
        fps=np.array(SOURCE_FPS),
    )
    return np.array([song for song, _ in order])
