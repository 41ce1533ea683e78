"""Many recitals: pool, cluster, broken ones, summary, report, and the command itself."""

from __future__ import annotations

import json
import multiprocessing
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.pictures.video import Clip
from audio_to_body.preprocessing.__main__ import cleaning_settings, main
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.pca import components_for
from audio_to_body.preprocessing.recording.collection import Outcome, make_all, open_output, unique_names
from audio_to_body.preprocessing.recording.detector_choice import DetectorChoice
from audio_to_body.preprocessing.recording.recital import RecitalJob
from audio_to_body.preprocessing.recording.report import drops_over_time
from audio_to_body.preprocessing.variance import explained_variance
from audio_to_body.skeleton.refusal import EXIT_REFUSED, BadInput


def test_a_list_of_recitals_becomes_a_dataset(music_video, music_points, tmp_path, capsys):
    (tmp_path / "list.csv").write_text(
        "source,instrument,start,end,split\n"
        f"{music_video},violin,,,train\n"
        f"{music_video},violin,1,,test\n"
        "absent.mp4,violin,,,\n"
        "https://example.org/other.mp4,piano,,,\n"
    )
    out = tmp_path / "dataset"
    command = [str(tmp_path / "list.csv"), "--instrument", "violin", "--out", str(out), "--face", "none"]
    command += ["--openpose-json", str(music_points), "--workers", "2"]
    assert main(command) == EXIT_REFUSED  # one is broken; the others are made
    printed = capsys.readouterr()
    assert "absent.mp4 does not exist" in printed.err
    names = [music_video.stem, f"{music_video.stem}_1s"]
    dataset = Dataset(out)
    assert [(e.name, e.split, e.frames, e.kept) for e in dataset.manifest.recitals] == [
        (names[0], "train", 72, 70),
        (names[1], "test", 48, 46),
    ]
    assert "2 missing part" in printed.out
    assert "absent" in printed.out
    assert "principal components capture 90%" in printed.out
    assert dataset.manifest.rates == [24, 48, 96, 144]
    page = (out / "report.html").read_text()
    assert page.count("data:image/jpeg") == 2
    assert page.count("data:image/png") == 3
    assert "absent.mp4 does not exist" in page
    # the aligned recitals agree in the stable points
    reference = np.array(dataset.manifest.reference)
    for recital in dataset:
        own = recital.aligned()[recital.kept][:, [1, 2, 5]].mean(axis=0)
        np.testing.assert_allclose(own, reference, atol=0.5)
    # again: nothing is done twice
    stamps = {name: (out / f"{name}.npz").stat().st_mtime_ns for name in names}
    assert main([*command[1:], str(music_video)]) == 0
    assert " done " in capsys.readouterr().out
    assert [e.name for e in Dataset(out).manifest.recitals] == names
    assert (out / f"{names[1]}.npz").stat().st_mtime_ns >= stamps[names[1]]


def test_one_broken_recital_alone_makes_no_dataset(tmp_path):
    out = tmp_path / "dataset"
    command = [
        sys.executable,
        "-m",
        "audio_to_body.preprocessing",
        "absent.mp4",
        "--instrument",
        "piano",
        "--out",
        str(out),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == EXIT_REFUSED
    assert "error: absent.mp4 does not exist; check the path" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(out.glob("manifest.json")) + list(out.glob("*.npz"))


def test_a_stopped_worker_loses_nothing(music_video, music_points, tmp_path):
    distributed = pytest.importorskip("distributed")
    choice = DetectorChoice(openpose_json=music_points, face="none")
    jobs = [
        RecitalJob(name, Clip(music_video), str(music_video), "violin", "train", tmp_path, detectors=choice)
        for name in ("a", "b", "c", "d")
    ]
    finished: list[str] = []
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny", "--nthreads", "1", "--no-dashboard"]
    with distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None, protocol="tcp://") as cluster:
        workers = [
            subprocess.Popen([*worker, cluster.scheduler_address], stderr=subprocess.DEVNULL) for _ in range(2)
        ]

        def on_finished(outcome: Outcome) -> None:
            if not finished:
                workers[0].send_signal(signal.SIGKILL)
            finished.append(outcome.name)

        try:
            outcomes = make_all(jobs, cluster.scheduler_address, finished=on_finished)
        finally:
            for process in workers:
                process.kill()
                process.wait()
    assert [outcome.refusal for outcome in outcomes] == [None] * 4
    assert sorted(finished) == ["a", "b", "c", "d"]
    arrays = [np.load(tmp_path / f"{job.name}.npz")["keypoints"] for job in jobs]
    assert all(np.array_equal(arrays[0], other, equal_nan=True) for other in arrays[1:])
    assert all(outcome.entry.frames == 72 for outcome in outcomes)


def test_a_killed_process_takes_no_recital_with_it(music_video, music_points, tmp_path):
    choice = DetectorChoice(openpose_json=music_points, face="none")
    jobs = [
        RecitalJob(name, Clip(music_video), str(music_video), "violin", "train", tmp_path, detectors=choice)
        for name in ("a", "b", "c", "d", "e")
    ]
    finished: list[str] = []
    killed: list[int] = []

    def on_finished(outcome: Outcome) -> None:
        finished.append(outcome.name)
        if not killed:
            process = multiprocessing.active_children()[0]
            killed.append(process.pid)
            process.kill()

    outcomes = make_all(jobs, workers=2, finished=on_finished)
    assert len(killed) == 1
    assert [(outcome.name, outcome.refusal) for outcome in outcomes] == [(job.name, None) for job in jobs]
    assert sorted(finished) == ["a", "b", "c", "d", "e"]
    arrays = [np.load(tmp_path / f"{job.name}.npz")["keypoints"] for job in jobs]
    assert all(np.array_equal(arrays[0], other, equal_nan=True) for other in arrays[1:])


def opened(folder, instrument="violin"):
    with open_output(folder, instrument) as earlier:
        return earlier


def test_the_folder_is_checked_first(tmp_path, music_video):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"cannot be written into: .*file is a file; name a folder"):
        opened(tmp_path / "file" / "below")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("")
    with pytest.raises(BadInput, match="is not empty and not a dataset"):
        opened(tmp_path / "home")
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["letter.txt"]
    assert opened(tmp_path / "new") is None
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("left", [["downloads/concert.mp4"], ["detections/a/progress"], [".DS_Store"], [".lock"]])
def test_what_a_run_left_that_was_broken_off_is_gone_on_with(left, tmp_path):
    for name in left:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert opened(tmp_path) is None
    assert all((tmp_path / name).is_file() for name in left if name != ".lock")


def test_the_same_command_may_be_given_again_after_all_failed(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.mp4").write_text("no video")
    for _ in range(2):
        with pytest.raises(BadInput, match="not one recital could be made"):
            main(["broken.mp4", "https://localhost:1/concert.mp4", "--instrument", "violin", "--out", "mine"])
        assert "broken.mp4" in capsys.readouterr().err


def test_a_dataset_is_made_by_one_run_at_a_time(music_video, music_points, tmp_path):
    command = [str(music_video), "--instrument", "violin", "--out", str(tmp_path / "mine"), "--face", "none"]
    command += ["--openpose-json", str(music_points)]
    with open_output(tmp_path / "mine", "violin"), pytest.raises(BadInput, match=r"is being written by another run"):
        main(command)
    assert main(command) == 0


def test_a_recital_of_another_instrument_is_not_taken_for_finished(tmp_path, music_video):
    job = RecitalJob("a", Clip(music_video), "a", "violin", "train", tmp_path)
    job.detections.mkdir(parents=True)
    (tmp_path / "a.npz").write_text("")
    (job.detections / "made.json").write_text(json.dumps(job.recipe()))
    assert job.is_finished()
    assert not replace(job, instrument="piano").is_finished()
    earlier = {name: value for name, value in job.recipe().items() if name != "instrument"}
    (job.detections / "made.json").write_text(json.dumps(earlier))  # as it was written until version 0.1
    assert job.is_finished()


def test_a_full_disk_ends_the_run_with_one_sentence(music_video, music_points, tmp_path, monkeypatch):
    import audio_to_body.preprocessing.recording.collection as collection

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(collection, "make_recital", full)
    choice = DetectorChoice(openpose_json=music_points, face="none")
    job = RecitalJob("a", Clip(music_video), "a", "violin", "train", tmp_path, detectors=choice)
    with pytest.raises(BadInput, match=r"the disk of .* is full; free some space and run the same command again"):
        collection.attempt(job)


def test_names_are_files_and_differ():
    assert unique_names(["a b/c", "a b/c", "..", "ü.x"]) == ["a_b_c", "a_b_c_2", "recital", "ü.x"]


def test_thresholds_from_the_command():
    assert cleaning_settings(["jump_share=0.2", "face_required=yes"], "1,2,3,4") == (
        cleaning_settings(["face_required=1", "jump_share=.2"], "1,2,3,4")
    )
    for change, box, sentence in (
        ("help", None, "no such threshold; there are jump_share=0.1"),
        ("jump_share=far", None, "'far' is no number"),
        ("jump_share=1", "1,2,3", "give left,top,right,bottom"),
        ("jump_share=1", "3,2,1,4", "is empty"),
    ):
        with pytest.raises(BadInput, match=sentence):
            cleaning_settings([change], box)


def test_thresholds_are_listed_when_asked_for(tmp_path, capsys):
    assert main(["a.mp4", "--out", str(tmp_path / "mine"), "--set", "help"]) == 0
    assert "jump_share=0.1\n" in capsys.readouterr().out
    assert not (tmp_path / "mine").exists()


def test_drops_over_time():
    reason = np.zeros(100, np.uint8)
    reason[:25] = 2
    reason[90:] = 5
    drops = drops_over_time(reason, 4)
    assert {r.name: v.tolist() for r, v in drops.items()} == {"MISSING_PART": [1, 0, 0, 0], "JUMP": [0, 0, 0, 0.4]}


def test_explained_variance_is_that_of_the_whole_data(tmp_path):
    from audio_to_body.preprocessing.dataset import align_recitals
    from audio_to_body.preprocessing.manifest import Manifest
    from audio_to_body.preprocessing.pca import fit_pca
    from audio_to_body.preprocessing.recital_file import Recital, write_recital

    rng = np.random.default_rng(0)
    manifest = Manifest("violin", "violin", "recitals", 24.0, (0, 0), [])
    for name in ("a", "b"):
        points = 300 + rng.normal(0, 1, (60, 50, 2)) + 20 * rng.normal(size=(60, 1, 1)) * rng.normal(size=(1, 50, 2))
        recital = Recital(
            name, points.astype(np.float32), np.ones((60, 50)), np.zeros(60, np.uint8), {}, (640, 480), ""
        )
        manifest.recitals.append(write_recital(tmp_path, recital))
    align_recitals(tmp_path, manifest)
    dataset = Dataset(tmp_path)
    captured = explained_variance(dataset)
    pca = fit_pca(np.concatenate([recital.aligned() for recital in dataset]), None)
    np.testing.assert_allclose(captured, np.cumsum(pca.variance) / pca.variance.sum(), atol=1e-4)
    assert components_for(captured) == pca.count_for()
