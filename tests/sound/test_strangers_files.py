"""Sound files as other programs write them: lengths that nobody states, several tracks, MPEG-TS, late starts."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import decode_audio, decode_sound
from audio_to_body.sound.ffmpeg import container_of, ffmpeg_path, probe, why_failed
from tests.sound.test_audio import convert, tone, write_wav

RED = ["-f", "lavfi", "-i", "color=c=red:s=64x64:d=4:r=10"]


def ffmpeg(*arguments) -> None:
    subprocess.run([ffmpeg_path(), "-v", "error", "-y", *map(str, arguments)], check=True)


@pytest.fixture
def music(tmp_path):
    """4 s of a tone that begins softly: the first packets are small, and a length guessed from them is too long."""
    sound = tone(4.0, AUDIO_RATE)
    sound[:, : AUDIO_RATE // 2] *= 0
    sound += np.random.default_rng(0).normal(0, 0.1, sound.shape) * (np.arange(sound.shape[1]) > 2 * AUDIO_RATE)
    write_wav(tmp_path / "music.wav", sound.clip(-1, 1), AUDIO_RATE)
    return tmp_path / "music.wav"


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("a.aac", ("-c:a", "aac")),
        ("a.mp3", ("-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0")),
        ("a.mp2", ()),
        ("a.ac3", ()),
    ],
)
def test_a_length_that_is_only_guessed_refuses_nothing(name, flags, music, tmp_path):
    convert(music, tmp_path / name, *flags)
    assert probe(tmp_path / name).duration is None
    assert decode_sound(tmp_path / name).seconds == pytest.approx(4.0, abs=0.1)


@pytest.mark.parametrize("marker", [0, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFF000])
def test_a_wave_files_marker_of_an_unknown_length(marker, music, tmp_path):
    data = bytearray(music.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = marker.to_bytes(4, "little")
    (tmp_path / "stream.wav").write_bytes(bytes(data))
    assert decode_sound(tmp_path / "stream.wav").seconds == pytest.approx(4.0, abs=0.01)


@pytest.mark.parametrize("name", ["late.mka", "late.m4a", "late.ogg"])
def test_a_sound_that_starts_late_is_no_truncated_one(name, music, tmp_path):
    ffmpeg("-itsoffset", "3", "-i", music, tmp_path / name)
    assert decode_sound(tmp_path / name).seconds == pytest.approx(4.0, abs=0.1)


def test_another_track_may_be_longer_than_the_sound(music, tmp_path):
    write_wav(tmp_path / "long.wav", tone(9.0, AUDIO_RATE), AUDIO_RATE)
    ffmpeg("-i", music, "-i", tmp_path / "long.wav", "-map", "0", "-map", "1", "-c:a", "flac", tmp_path / "two.mka")
    assert decode_sound(tmp_path / "two.mka", 1).seconds == pytest.approx(4.0, abs=0.1)
    whole = (tmp_path / "two.mka").read_bytes()
    (tmp_path / "cut.mka").write_bytes(whole[: len(whole) // 3])
    with pytest.raises(BadInput, match=r"truncated: its header promises 9\.0 s"):
        decode_sound(tmp_path / "cut.mka", 1)


def test_a_late_sound_is_played_on_its_pictures_clock(music, tmp_path):
    ffmpeg(*RED, "-itsoffset", "2", "-i", music, "-map", "0", "-map", "1", "-c:a", "aac", tmp_path / "late.mp4")
    sound = decode_sound(tmp_path / "late.mp4")
    assert sound.seconds == pytest.approx(6.0, abs=0.1)
    first = np.flatnonzero(np.abs(sound.samples) > 0.1)[0]
    assert first / AUDIO_RATE == pytest.approx(2.5, abs=0.05)  # 2 s late, and the music's own half second of rest


@pytest.mark.parametrize("name", ["camcorder.ts", "00001.MTS", "a.m2ts"])
def test_transport_streams_are_read(name, music, tmp_path):
    """The static ffmpeg died where the stream names its programs: it loaded the system's character sets."""
    named = ["-metadata", "service_name=Camera", "-metadata", "service_provider=Maker"]
    ffmpeg(*RED, "-i", music, "-map", "0", "-map", "1", "-c:a", "aac", *named, "-f", "mpegts", tmp_path / name)
    assert probe(tmp_path / name).video_size == (64, 64)
    assert decode_sound(tmp_path / name).seconds == pytest.approx(4.0, abs=0.1)


def test_a_crash_is_told_as_one():
    assert "SIGSEGV" in why_failed("", -11)
    assert "0xc0000005" in why_failed("", 0xC0000005)
    assert why_failed("one\nthe reason\n", 1) == "the reason"


@pytest.mark.skipif(sys.platform == "win32", reason="shell script")
def test_a_crash_reaches_the_person(music, tmp_path, monkeypatch):
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\nkill -SEGV $$\n")
    broken.chmod(0o755)
    monkeypatch.setattr("audio_to_body.sound.ffmpeg.ffmpeg_path", lambda: str(broken))
    with pytest.raises(BadInput, match="ffmpeg crashed on it: SIGSEGV; IMAGEIO_FFMPEG_EXE"):
        decode_sound(music)


@pytest.mark.skipif(sys.platform == "win32", reason="shell script")
def test_where_one_ffmpeg_crashes_the_one_on_the_path_reads_on(music, tmp_path, monkeypatch):
    broken, working = tmp_path / "broken" / "ffmpeg", tmp_path / "bin" / "ffmpeg"
    for path, says in ((broken, "kill -SEGV $$"), (working, f'exec "{ffmpeg_path()}" "$@"')):
        path.parent.mkdir()
        path.write_text(f"#!/bin/sh\n{says}\n")
        path.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(broken))
    monkeypatch.setenv("PATH", str(working.parent), prepend=os.pathsep)
    monkeypatch.setattr("audio_to_body.sound.ffmpeg._crashed", set())
    assert decode_sound(music).seconds == pytest.approx(4.0, abs=0.1)
    assert ffmpeg_path() == str(working)


@pytest.fixture
def two_tracks(music, tmp_path):
    """A silent first track, and the music as the default one; as screen recorders write them."""
    silent = ["-f", "lavfi", "-t", "4", "-i", "anullsrc=r=48000:cl=stereo"]
    flags = ["-disposition:a:0", "0", "-disposition:a:1", "default"]
    ffmpeg(*silent, "-i", music, "-map", "0", "-map", "1", "-c:a", "aac", *flags, tmp_path / "two.mkv")
    return tmp_path / "two.mkv"


def test_the_default_track_is_played(two_tracks):
    sound = decode_sound(two_tracks)
    assert np.abs(sound.samples).max() > 0.2
    assert sound.remarks == (
        "it has 2 sound tracks; track 2 is played (flagged as the default), --track N chooses another",
    )
    assert np.abs(decode_audio(two_tracks)).max() > 0.2


def test_a_track_is_chosen_by_its_number(two_tracks):
    silent = decode_sound(two_tracks, 1)
    assert not silent.samples.any()
    assert "nothing in it is louder than -60 dB" in silent.remarks[0]
    assert decode_sound(two_tracks, 2).remarks == ()
    for wrong in (0, 3, -1):
        with pytest.raises(BadInput, match="has 2 sound tracks, not a track"):
            decode_sound(two_tracks, wrong)


def test_a_title_cannot_pose_as_a_stream(music, tmp_path):
    title = "x\n  Duration: 09:00:00.00, start: 5\n  Stream #0:7: Video: h264, 640x480, 25 fps"
    convert(music, tmp_path / "a.flac", "-metadata", f"title={title}")
    media = probe(tmp_path / "a.flac")
    assert media.video_size is None
    assert media.duration == pytest.approx(4.0, abs=0.1)


def beginning(path) -> bytes:
    return path.read_bytes()[:16384]


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.m4a", "a.aac", "a.ts", "a.ogg", "a.webm", "a.aiff"])
def test_containers_are_known_by_their_beginning(name, music, tmp_path):
    convert(music, tmp_path / name)
    assert container_of(beginning(tmp_path / name))


@pytest.mark.parametrize("kind", ["s16le", "s32le", "f32le", "u8"])
def test_samples_are_no_container(kind, music, tmp_path):
    for place in ("0", "2"):
        ffmpeg("-ss", place, "-i", music, "-f", kind, tmp_path / "raw")
        assert container_of(beginning(tmp_path / "raw")) is None


def test_the_environment_is_passed_on(monkeypatch):
    from audio_to_body.sound.ffmpeg import ffmpeg_environment

    monkeypatch.setenv("SOMETHING", "kept")
    assert ffmpeg_environment()["SOMETHING"] == "kept"
    assert ffmpeg_environment()["GCONV_PATH"] == os.devnull


def test_samples_without_a_header_are_told_how_to_be_played(music, tmp_path):
    ffmpeg("-i", music, "-f", "s16le", tmp_path / "a.RAW")
    with pytest.raises(BadInput, match="samples without a header are played with --raw"):
        decode_sound(tmp_path / "a.RAW")


@pytest.mark.parametrize("named", ["/nowhere/ffmpeg", "notes.txt"])
def test_an_ffmpeg_that_cannot_be_run_is_one_sentence(named, music, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("no program")
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", named)
    with pytest.raises(BadInput, match=f"IMAGEIO_FFMPEG_EXE names {named}, which cannot be run"):
        decode_sound(music)
