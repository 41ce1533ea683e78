"""Pictures by time: rates, offsets, clips, resuming, rotation."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.pictures.video import Clip, check_video, pictures
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.ffmpeg import ffmpeg_path

# white fills the picture from the left, 10 px a second, with a soft edge: a picture's mean tells its own time
CLOCK = "color=black:s=96x48:d=8:r={rate},format=yuv420p,geq=lum='16+219*clip(10*T-X,0,1)':cb=128:cr=128"


def times(clip: Clip, first: int = 0) -> np.ndarray:
    """The moment that every picture shows, seconds."""
    return np.array([picture.mean() / 255 * 96 / 10 for picture in pictures(clip, first=first)])


@pytest.fixture(scope="module")
def clock(make_video):
    def make(rate: str, *more: str) -> Path:
        return make_video(
            *[
                "-f",
                "lavfi",
                "-i",
                CLOCK.format(rate=rate),
                *more,
                "-c:v",
                "libx264",
                "-qp",
                "0",
                "-pix_fmt",
                "yuv420p",
            ]
        )

    return make


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "50", "60"])
def test_every_rate_is_shown_at_its_time(clock, rate):
    shown = times(Clip(clock(rate)))
    assert abs(len(shown) - 8 * 24) <= 1
    error = shown - np.arange(len(shown)) / 24
    # the nearest frame is at most half a source frame away; the last picture may be held
    assert np.abs(error[:-1]).max() <= 0.5 / float(Fraction(rate)) + 0.002
    assert abs(error.mean()) <= 0.25 / float(Fraction(rate))


def test_a_clip_and_a_resumed_run_show_the_same_pictures(clock):
    path = clock("30000/1001")
    whole = list(pictures(Clip(path)))
    later = list(pictures(Clip(path), first=100))
    assert len(later) == len(whole) - 100
    assert all(np.array_equal(a, b) for a, b in zip(later, whole[100:]))
    part = list(pictures(Clip(path, start=2.0, end=4.0)))
    assert len(part) == 48
    assert np.abs(times(Clip(path, start=2.0, end=4.0)) - 2.0 - np.arange(48) / 24).max() < 0.5 / 29.97 + 0.002


def test_a_phone_held_upright_gives_an_upright_picture(make_video, clock, tmp_path):
    path = tmp_path / "turned.mp4"
    turned = ["-display_rotation", "90", "-i", str(clock("24")), "-c", "copy", str(path)]
    subprocess.run([ffmpeg_path(), "-loglevel", "error", *turned], check=True)
    assert next(pictures(Clip(path))).shape == (96, 48, 3)


def test_square_pixels(make_video):
    path = make_video("-f", "lavfi", "-i", "testsrc=s=64x48:d=1:r=24", "-vf", "setsar=2/1", "-c:v", "libx264")
    assert next(pictures(Clip(path))).shape == (48, 128, 3)


def test_what_is_no_video_is_refused(make_video, tmp_path):
    sound = make_video("-f", "lavfi", "-i", "sine=d=1", suffix=".wav")
    with pytest.raises(BadInput, match="no picture"):
        check_video(Clip(sound))
    video = make_video("-f", "lavfi", "-i", "testsrc=s=64x48:d=1:r=24", "-c:v", "libx264")
    with pytest.raises(BadInput, match="starts at 9 s"):
        check_video(Clip(video, start=9.0))
    with pytest.raises(BadInput, match="is not after its start"):
        check_video(Clip(video, start=0.5, end=0.2))
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(video.read_bytes()[:400])
    with pytest.raises(BadInput, match="not a sound or video file"):
        check_video(Clip(broken))


def coloured(colour: str) -> list[str]:
    return ["-f", "lavfi", "-i", f"color=c={colour}:s=64x48:d=1:r=24"]


def test_the_default_picture_is_looked_at(make_video):
    flags = ["-map", "0", "-map", "1", "-disposition:v:0", "0", "-disposition:v:1", "default"]
    film = make_video(*coloured("red"), *coloured("blue"), *flags, suffix=".mkv")
    red, _, blue = next(pictures(Clip(film))).mean(axis=(0, 1))
    assert blue > 200 > 50 > red
    assert check_video(Clip(film)).video_tracks == 2


def test_a_mirrored_clip_is_turned_round(make_video):
    halves = ["-filter_complex", "[0][1]hstack", "-c:v", "libx264", "-qp", "0"]
    film = make_video(*coloured("red"), *coloured("blue"), *halves, suffix=".mkv")
    straight, turned = (next(pictures(Clip(film, mirror=mirror))) for mirror in (False, True))
    np.testing.assert_array_equal(turned, straight[:, ::-1])


def test_a_camcorders_stream_is_looked_at(make_video):
    named = ["-metadata", "service_name=Camera", "-f", "mpegts"]
    film = make_video(*coloured("red"), *named, suffix=".MTS")
    assert len(list(pictures(Clip(film)))) == pytest.approx(24, abs=1)
