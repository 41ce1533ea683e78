"""A video taken home from the page, opened by somebody else's readers."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.sound.audio import decode_sound, mono
from tests.web.driving import NEEDS_A_BROWSER, drive, pixels

pytestmark = NEEDS_A_BROWSER

MOMENTS = (1.0, 2.5, 4.0)  # s
ENCODER_DELAY = 0.06  # s by which a codec's own padding may shift the sound


@pytest.fixture(scope="module")
def video(address, music, tmp_path_factory):
    folder = tmp_path_factory.mktemp("video")
    # as large as the page's picture, so that both can be laid over each other
    how = {"file": str(music), "formats": ["video"], "folder": str(folder), "sizeOfPicture": True}
    taken = drive("take", address, instrument="violin", **how)
    assert not taken["errors"]
    return folder / taken["names"][0]


def frames_of(path) -> tuple[np.ndarray, np.ndarray]:
    """All frames and their times, s."""
    import cv2

    reader, frames, times = cv2.VideoCapture(str(path)), [], []
    while True:
        there, frame = reader.read()
        if not there:
            return np.array(frames), np.array(times)
        frames.append(frame)
        times.append(reader.get(cv2.CAP_PROP_POS_MSEC) / 1000)


def test_it_is_as_long_as_the_sound_and_nothing_is_missing(video, music):
    frames, times = frames_of(video)
    seconds = len(mono(decode_sound(music).samples)) / AUDIO_RATE
    assert len(frames) == round(seconds * VIDEO_FPS)
    np.testing.assert_allclose(np.diff(times), 1 / VIDEO_FPS, atol=0.002)  # WebM counts in milliseconds
    assert frames.std(axis=(1, 2, 3)).min() > 10  # none is blank


def test_its_kind_of_file_is_one_that_players_open_with_its_sound(video):
    """An MP4 with Opus in it is silent in many players."""
    asked = ["-show_entries", "stream=codec_name", "-of", "csv=p=0"]
    codecs = subprocess.run(
        ["ffprobe", "-v", "error", *asked, str(video)], capture_output=True, text=True, check=True
    )
    kinds = {".mp4": [{"h264", "aac"}], ".webm": [{"vp9", "opus"}, {"vp8", "opus"}]}
    assert set(codecs.stdout.split()) in kinds[video.suffix]


def test_its_sound_is_the_recordings(video, music):
    taken, own = (mono(decode_sound(path).samples) for path in (video, music))
    size = 1 << (len(taken) + len(own)).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(taken, size) * np.conj(np.fft.rfft(own, size)), size)
    at = int(likeness.argmax())
    late = (at if at < size // 2 else at - size) / AUDIO_RATE
    assert abs(late) < ENCODER_DELAY
    assert likeness.max() > 0.9 * np.linalg.norm(taken) * np.linalg.norm(own)


def test_every_moment_shows_what_the_page_shows_then(video, music, address):
    import cv2

    frames, _ = frames_of(video)
    stepped = drive("stepped", address, instrument="violin", file=str(music), moments=list(MOMENTS))["seen"]
    for moment, seen in zip(MOMENTS, stepped):
        page = cv2.resize(pixels(seen["picture"])[..., :3], frames[0].shape[1::-1], interpolation=cv2.INTER_AREA)
        apart = np.abs(frames.astype(np.int16) - page).mean(axis=(1, 2, 3))
        assert abs(int(apart.argmin()) - moment * VIDEO_FPS) <= 1
