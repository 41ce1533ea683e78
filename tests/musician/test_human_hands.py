from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_to_body.musician.human_hands import (
    ORIGIN,
    PIXELS_PER_METRE,
    clip_borders,
    key_along,
    notes_of,
    read_hands,
    song_of_clips,
)
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.published.pianomime import (
    at_video_rate,
    make_pianomime_dataset,
    recital_sound,
    split_songs,
    to_pixels,
)
from audio_to_body.skeleton.piano_targets import LOWEST_KEY
from audio_to_body.skeleton.refusal import BadInput
from tests.musician.made_hands import CLIP, made_hands


@pytest.fixture(scope="module")
def hands_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("hands") / "hands.npz"
    return path, made_hands(path)


@pytest.fixture(scope="module")
def dataset(hands_file, tmp_path_factory):
    return make_pianomime_dataset(hands_file[0], tmp_path_factory.mktemp("set") / "all", progress=False)


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(((a[:, None] == a) == (b[:, None] == b)).all())


def test_borders_lie_where_the_hands_jump(hands_file):
    clips = read_hands(hands_file[0])
    assert (np.diff(clips.ends, prepend=0) == CLIP).all()


def test_borders_that_are_right_stay(tmp_path):
    made_hands(tmp_path / "hands.npz", late=0)
    clips = read_hands(tmp_path / "hands.npz")
    assert (clips.ends % CLIP == 0).all()
    assert (clip_borders(clips.place, clips.ends) == clips.ends).all()


def test_slices_of_a_song_are_found_apart_from_each_other(hands_file):
    path, songs = hands_file
    assert same_partition(song_of_clips(read_hands(path)), songs)


def test_no_song_is_on_both_sides(hands_file):
    clips = read_hands(hands_file[0])
    songs = song_of_clips(clips)
    for hours in (0.01, 1.0):
        for seed in range(5):
            chosen = split_songs(clips, songs, hours, seed)
            sides = {split: {int(songs[c]) for c, s in chosen.items() if s == split} for split in ("train", "test")}
            assert sides["train"]
            assert sides["test"]
            assert not sides["train"] & sides["test"]


def test_dataset_is_finished_not_made_anew(hands_file, dataset):
    entry = dataset.manifest.recitals[0]
    lost, kept = (dataset.folder / f"{e.name}.npz" for e in dataset.manifest.recitals[:2])
    before, stamp = lost.read_bytes(), kept.stat().st_mtime_ns
    lost.unlink()
    (dataset.folder / "manifest.json").unlink()
    again = make_pianomime_dataset(hands_file[0], dataset.folder, progress=False)
    assert again.manifest == dataset.manifest
    assert entry in again.manifest.recitals
    assert lost.read_bytes() == before  # the same bit for bit
    assert kept.stat().st_mtime_ns == stamp


def test_another_dataset_is_not_overwritten(hands_file, dataset):
    with pytest.raises(BadInput, match="another dataset"):
        make_pianomime_dataset(hands_file[0], dataset.folder, hours=0.01, progress=False)
    assert len(Dataset(dataset.folder)) == len(dataset)


def test_recital_has_every_rate_and_its_own_sound(dataset):
    recital = next(iter(dataset))
    assert {rate: len(f) for rate, f in recital.features.items()} == {
        rate: len(recital) * rate // 24 for rate in (24, 48, 96, 144)
    }
    sound = recital_sound(recital)
    assert np.sqrt(np.mean(np.square(sound))) == pytest.approx(1.0, rel=1e-3)
    assert (sound == recital_sound(recital)).all()


def test_motion_keeps_its_place_in_time():
    seconds = np.arange(100) / 20
    line = (0.1 * seconds)[:, None]
    moved = at_video_rate(line)
    assert moved[:, 0] == pytest.approx(np.minimum(0.1 * np.arange(120) / 24, 0.1 * seconds[-1]), abs=1e-6)


@given(st.integers(21, 108))
def test_keys_lie_as_on_a_piano(pitch):
    octave = key_along(np.array([pitch, pitch + 12]))
    assert np.diff(octave)[0] == pytest.approx(0.1645)
    neighbour = np.diff(key_along(np.array([pitch, pitch + 1])))[0]
    whites = pitch % 12 in (4, 11)  # E and B have no black key above
    assert neighbour == pytest.approx(0.0235 if whites else 0.01175)


def test_notes_of_a_roll():
    roll = np.zeros((40, 88), bool)
    roll[5:15, 40] = roll[0:40, 3] = roll[20:21, 40] = True
    notes = notes_of(roll)
    assert notes.tolist() == [
        [0.0, 2.0, LOWEST_KEY + 3],
        [0.25, 0.75, LOWEST_KEY + 40],
        [1.0, 1.05, LOWEST_KEY + 40],
    ]


def test_pixels_are_millimetres():
    pixels = to_pixels(np.array([[0.0, 0.0], [0.1, -0.2]]))
    assert pixels[0] == pytest.approx(ORIGIN)
    assert pixels[1] - pixels[0] == pytest.approx([-0.2 * PIXELS_PER_METRE, 0.1 * PIXELS_PER_METRE])


@pytest.mark.parametrize("harm", ["missing", "text", "shape", "ends", "nan"])
def test_files_that_are_not_hands_are_refused(tmp_path, hands_file, harm):
    path = tmp_path / "hands.npz"
    if harm == "text":
        path.write_text("no")
    elif harm != "missing":
        with np.load(hands_file[0]) as file:
            arrays = dict(file)
        if harm == "shape":
            arrays["pianoroll"] = arrays["pianoroll"][:, :80]
        elif harm == "ends":
            arrays["clip_ends"] = arrays["clip_ends"][::-1]
        else:
            arrays["keypoints_m"][5, 0, 0, 0] = np.nan
        np.savez(path, **arrays)
    with pytest.raises(BadInput, match="hands"):
        read_hands(path)


def test_the_real_file_splits_by_songs(shared_data):
    clips = read_hands(shared_data / "pianomime" / "hands.npz")
    jumps = np.abs(clips.place[clips.starts[1:]] - clips.place[clips.ends[:-1] - 1]).mean(axis=(1, 2, 3))
    assert np.median(jumps) > 0.03  # other hands; within a clip 3 mm
    songs = song_of_clips(clips)
    assert 50 < len(np.unique(songs)) < 110  # its authors speak of about sixty
