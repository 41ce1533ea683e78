"""One recital from video to file: what it holds, what is refused, how an interrupted run goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import audio_to_body.preprocessing.recording.detection as detection
from audio_to_body.pictures.video import Clip
from audio_to_body.preprocessing.recital_file import Reason, read_recital
from audio_to_body.preprocessing.recording.cleaning import CleaningSettings
from audio_to_body.preprocessing.recording.detector_choice import DetectorChoice
from audio_to_body.preprocessing.recording.recital import RecitalJob, make_recital
from audio_to_body.preprocessing.recording.recital_sound import FEATURE_RATES
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import decode_audio, mono, rms_normalise
from audio_to_body.sound.ffmpeg import probe
from audio_to_body.sound.librosa_features import librosa_features


@pytest.fixture
def job(music_video: Path, music_points: Path, tmp_path: Path) -> RecitalJob:
    choice = DetectorChoice(openpose_json=music_points, face="none")
    return RecitalJob(
        "tune", Clip(music_video), str(music_video), "violin", "train", tmp_path / "out", detectors=choice
    )


def test_a_recital_holds_points_reasons_and_features(job, music_video):
    job = replace(job, overlay=True)
    made = make_recital(job)
    recital = read_recital(job.out / "tune.npz")
    assert len(recital) == made.entry.frames == 72
    assert recital.frame_size == (160, 120)
    assert np.flatnonzero(recital.reason).tolist() == [10, 11]
    assert made.entry.dropped == {"missing_part": 2}
    assert {rate: len(table) for rate, table in recital.features.items()} == {r: 3 * r for r in FEATURE_RATES}
    # the streamed features are those of the whole sound
    whole = librosa_features(mono(rms_normalise(decode_audio(music_video))), 96)
    np.testing.assert_allclose(recital.features[96], whole, atol=2e-3)
    # the tone begins after one second
    assert recital.features[24][:23, 13].max() < -15
    assert recital.features[24][26:, 13].min() > -3
    assert cv2.imread(str(job.sheet_path)).shape[1] == 4 * 320
    overlay = probe(job.overlay_path)
    assert overlay.has_audio
    assert overlay.duration == pytest.approx(3.0, abs=1 / 24)
    assert job.is_finished()
    assert not replace(job, cleaning=CleaningSettings(jump_share=0.2)).is_finished()
    assert not list(job.out.glob("*.part"))


def test_a_clip_of_a_file(job):
    made = make_recital(replace(job, clip=replace(job.clip, start=0.5, end=2.0)))
    recital = read_recital(job.out / "tune.npz")
    assert made.entry.frames == 36
    onset = int(np.flatnonzero(recital.features[96][:, 13] > -5)[0])
    assert abs(onset / 96 - 0.5) < 0.03


def test_an_interrupted_run_goes_on_where_it_stopped(job, monkeypatch):
    monkeypatch.setattr(detection, "CHUNK_FRAMES", 24)
    seen = []

    def stop_at(frame: int) -> Callable[[int], None]:
        def progress(frames: int) -> None:
            seen.append(frames)
            if len(seen) == frame:
                raise KeyboardInterrupt

        return progress

    with pytest.raises(KeyboardInterrupt):
        make_recital(job, stop_at(60))
    assert not (job.out / "tune.npz").exists()
    seen.clear()
    make_recital(job, stop_at(-1))
    assert len(seen) == 24  # two of three chunks were kept
    resumed = read_recital(job.out / "tune.npz")
    make_recital(replace(job, name="again"))
    again = read_recital(job.out / "again.npz")
    np.testing.assert_array_equal(resumed.keypoints, again.keypoints)
    np.testing.assert_array_equal(resumed.reason, again.reason)
    # other thresholds need no new detection
    seen.clear()
    make_recital(replace(job, cleaning=CleaningSettings(minimum_confidence=0.5)), stop_at(-1))
    assert seen == []


def test_detections_of_a_changed_file_are_of_no_use(job, music_video, tmp_path):
    copy = tmp_path / "copy.mkv"
    copy.write_bytes(music_video.read_bytes())
    job = replace(job, clip=Clip(copy))
    make_recital(job)
    copy.write_bytes(music_video.read_bytes() + b"x")
    counted: list[int] = []
    make_recital(job, counted.append)
    assert sum(counted) == 72


def test_sound_shorter_than_picture_is_told(job, make_video):
    short = make_video(
        *["-f", "lavfi", "-i", "color=gray:s=160x120:r=24:d=4", "-f", "lavfi", "-i", "sine=d=2:r=44100"],
        *["-c:v", "libx264", "-c:a", "pcm_s16le"],
        suffix=".mkv",
    )
    made = make_recital(replace(job, clip=Clip(short)))
    assert made.entry.frames == 48
    assert made.remarks == ("the picture is 2.0 s longer than the sound; the surplus was left out",)


def test_what_cannot_become_a_recital_is_refused(job, make_video, music_video, music_points, tmp_path):
    gray = ["-f", "lavfi", "-i", "color=gray:s=160x120:r=24:d=1"]
    silent = make_video(*gray, "-c:v", "libx264")
    tiny = make_video(*gray, "-f", "lavfi", "-i", "sine=d=1", "-t", "0.03", "-c:a", "pcm_s16le", suffix=".mkv")
    streamed = make_video(
        *["-f", "lavfi", "-i", "testsrc=s=160x120:r=24:d=6", "-f", "lavfi", "-i", "sine=d=6"],
        *["-c:v", "libx264", "-c:a", "aac", "-movflags", "+faststart"],
    )
    truncated = tmp_path / "truncated.mp4"
    data = streamed.read_bytes()
    truncated.write_bytes(data[: len(data) // 2])
    refusals = {
        silent: "has no sound track",
        tiny: r"is shorter than one frame \(30 ms of sound\)",
        truncated: "is truncated: its header promises 6.0 s",
        tmp_path / "absent.mp4": "does not exist",
        music_points: "holds OpenPose's results, which have no sound",
    }
    for path, sentence in refusals.items():
        with pytest.raises(BadInput, match=sentence):
            make_recital(replace(job, clip=Clip(path)))
        assert not (job.out / "tune.npz").exists()


def test_nobody_and_nobody_whole(job, player, write_openpose, tmp_path):
    points = player(72)
    points[:] = np.nan
    empty = write_openpose(tmp_path / "empty", [points])
    with pytest.raises(BadInput, match="shows no person in any of its 72 frames"):
        make_recital(replace(job, detectors=replace(job.detectors, openpose_json=empty)))
    points = player(72)
    points[:, 29:] = (np.nan, np.nan, 0)
    handless = write_openpose(tmp_path / "handless", [points])
    with pytest.raises(
        BadInput, match=r"no frame with all 50 points of one performer \(72 of 72 frames: missing part"
    ):
        make_recital(replace(job, detectors=replace(job.detectors, openpose_json=handless)))


def test_openpose_results_without_a_video(job, music_points):
    made = make_recital(replace(job, clip=Clip(music_points), with_sound=False))
    recital = read_recital(job.out / "tune.npz")
    assert made.entry.frames == 72
    assert recital.features == {}
    assert np.count_nonzero(recital.reason == Reason.MISSING_PART) == 2


def test_the_violin_clip_comes_out_whole(violin_clip, tmp_path):
    job = RecitalJob("clip", Clip(violin_clip, end=3.0), str(violin_clip), "violin", "train", tmp_path)
    made = make_recital(job)
    recital = read_recital(tmp_path / "clip.npz")
    whole = np.isfinite(recital.keypoints).all(axis=(1, 2))
    assert len(recital) == 72
    assert whole.mean() >= 0.95
    assert made.entry.kept >= 0.95 * 72


@pytest.mark.parametrize("kind", ["gztar", "zip"])
@pytest.mark.parametrize("alone", [True, False])
def test_an_archive_of_points_is_opened_once_for_a_recital(kind, alone, job, music_points, tmp_path, openings):
    path = Path(shutil.make_archive(str(tmp_path / "tune"), kind, music_points))
    openings.clear()  # it was opened to be written
    if alone:
        job = replace(job, clip=Clip(path), detectors=DetectorChoice(face="none"), with_sound=False)
    else:
        job = replace(job, detectors=replace(job.detectors, openpose_json=path), with_sound=False)
    assert make_recital(job).entry.frames == 72
    assert openings.count(path.name) == 1  # the others are its own files
