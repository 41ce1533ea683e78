"""The command as a person types it: ``python infer_onnx.py audio.wav``."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from audio_to_body.command_line import play as infer_onnx
from audio_to_body.inference.performance import perform
from audio_to_body.inference.writers import Writer
from audio_to_body.skeleton.motion import load_motion
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.sound.ffmpeg import ffmpeg_path, probe
from tests.inference.conftest import melody, write_wave


def run(capsys, *arguments) -> tuple[int, str, str]:
    code = run_command(infer_onnx.main, [str(a) for a in arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_audio_becomes_video_and_motion(song, violin_model, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, song, "--model", violin_model)
    assert (code, err) == (0, "")
    assert "CPUExecutionProvider" in out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["song.mp4", "song.npz"]
    assert probe(tmp_path / "song.mp4").has_audio
    assert load_motion(tmp_path / "song.npz").layout == "violin"


def test_nothing_is_overwritten_unasked(song, violin_model, tmp_path, capsys):
    (tmp_path / "song.npz").write_text("precious")
    asked = (song, "--model", violin_model, "--out", tmp_path, "--formats", "npz,csv")
    code, _, err = run(capsys, *asked)
    assert code == 2
    assert "--force" in err
    assert [p.name for p in tmp_path.iterdir()] == ["song.npz"]
    assert (tmp_path / "song.npz").read_text() == "precious"
    assert run(capsys, *asked, "--force")[0] == 0
    assert len(load_motion(tmp_path / "song.npz")) > 0


def test_the_input_is_never_overwritten(song, violin_model, tmp_path, capsys):
    video = tmp_path / "song.mp4"
    command = [ffmpeg_path(), "-v", "error", "-i", str(song), "-c:a", "aac", str(video)]
    subprocess.run(command, check=True)
    before = video.read_bytes()
    code, _, err = run(capsys, video, "--model", violin_model, "--out", tmp_path, "--force")
    assert code == 2
    assert "the input itself" in err
    assert video.read_bytes() == before


def test_two_sounds_of_one_name_do_not_share_an_output(song, violin_model, tmp_path, capsys):
    (tmp_path / "b").mkdir()
    twin = write_wave(tmp_path / "b" / "song.wav", melody(1.0))
    code, _, err = run(capsys, song, twin, "--model", violin_model, "--out", tmp_path, "--formats", "npz", "--force")
    assert code == 2
    assert "would both write" in err
    assert load_motion(tmp_path / "song.npz").duration > 2


def test_one_failure_does_not_stop_the_others(song, violin_model, tmp_path, capsys):
    code, _, err = run(
        capsys, tmp_path / "no.wav", song, "--model", violin_model, "--out", tmp_path, "--formats", "npz"
    )
    assert code == 2
    assert err.count("error:") == 1
    assert (tmp_path / "song.npz").exists()


def wave_of(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("case", ["missing", "empty", "text", "truncated", "short", "folder", "silent video"])
def test_bad_sounds_are_one_sentence(case, song, violin_model, tmp_path, capsys):
    whole = song.read_bytes()
    if case == "missing":
        path = tmp_path / "no.wav"
    elif case == "empty":
        path = wave_of(tmp_path, "a.wav", b"")
    elif case == "text":
        path = wave_of(tmp_path, "a.wav", b"this is no sound\n" * 40)
    elif case == "truncated":
        path = wave_of(tmp_path, "a.wav", whole[: len(whole) // 2])
    elif case == "short":
        path = write_wave(tmp_path / "a.wav", melody(0.03))
    elif case == "folder":
        path = tmp_path
    else:
        path = tmp_path / "a.mkv"
        source = ["-f", "lavfi", "-i", "color=c=red:s=64x64:d=1"]
        subprocess.run([ffmpeg_path(), "-v", "error", *source, str(path)], check=True)
    out = tmp_path / "out"
    code, _, err = run(capsys, path, "--model", violin_model, "--out", out)
    assert code == 2
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--formats", "avi"), "unknown format 'avi'"),
        (("--device", "abacus"), "unknown device"),
        (("--instrument", "piano"), "plays the violin, not the piano"),
        (("--model", "missing.onnx"), "does not exist"),
    ],
)
def test_bad_arguments_are_one_sentence(arguments, words, song, violin_model, tmp_path, capsys):
    code, out, err = run(capsys, song, "--model", violin_model, "--out", tmp_path, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_instrument_is_one_sentence(song, tmp_path, capsys):
    code, _, err = run(capsys, song, "--instrument", "viola", "--out", tmp_path)
    assert code == 2
    assert err == "error: unknown instrument 'viola'; known: violin, piano\n"


def test_an_output_folder_that_cannot_be_written(song, violin_model, capsys):
    code, _, err = run(capsys, song, "--model", violin_model, "--out", song / "inside")
    assert code == 2
    assert "cannot be written" in err


def test_a_folder_that_was_made_for_nothing_is_gone_again(song, violin_model, tmp_path, capsys):
    made = tmp_path / "new" / "inner"
    assert run(capsys, tmp_path / "none.wav", "--model", violin_model, "--out", made)[0] == 2
    assert not made.parent.exists()
    (tmp_path / "there").mkdir()  # what was there stays
    assert run(capsys, tmp_path / "none.wav", "--model", violin_model, "--out", tmp_path / "there" / "new")[0] == 2
    assert list((tmp_path / "there").iterdir()) == []
    assert run(capsys, song, "--model", violin_model, "--out", made)[0] == 0
    assert (made / "song.npz").is_file()


def test_formats_that_ffmpeg_reads(song, violin_model, tmp_path, capsys):
    names = []
    for name in ("a.flac", "b.mp3", "c.ogg", "d.m4a", "e.aiff"):
        subprocess.run([ffmpeg_path(), "-v", "error", "-i", str(song), str(tmp_path / name)], check=True)
        names.append(tmp_path / name)
    code, _, err = run(capsys, *names, "--model", violin_model, "--out", tmp_path, "--formats", "npz")
    assert (code, err) == (0, "")
    plain = load_motion(tmp_path / "a.npz")
    for letter in "bcde":  # lossy or padded, but the same music
        other = load_motion(tmp_path / f"{letter}.npz")
        assert abs(len(other) - len(plain)) <= 3
        common = min(len(other), len(plain)) - 3
        assert np.abs(other.points[:common] - plain.points[:common]).mean() < 3.0


def test_help_imports_nothing_heavy(repository):
    """``--help`` answers at once: neither onnxruntime nor OpenCV nor pandas is loaded for it."""
    code = (
        "import sys\nfrom audio_to_body.command_line import play as infer_onnx\n"
        "try:\n infer_onnx.main(['--help'])\nexcept SystemExit: pass\n"
        "assert not {'onnxruntime', 'cv2', 'pandas', 'librosa', 'torch'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=repository, check=True, stdout=subprocess.DEVNULL)


def test_an_unknown_format_names_the_avatars_too(tmp_path, capsys):
    sound = tmp_path / "a.wav"
    sound.write_bytes(b"x")
    with pytest.raises(BadInput, match="unknown format 'gif'; known: mp4, npz, csv, json, glb, bvh, usdz"):
        infer_onnx.main([str(sound), "--formats", "gif,npz", "--out", str(tmp_path)])
    with pytest.raises(BadInput, match="add glb to --formats"):
        infer_onnx.main([str(sound), "--formats", "npz", "--avatar", "me.vrm"])


def test_what_writers_remark_is_told_once_per_file(song, violin_session, tmp_path):
    class Remarking(Writer):
        format, suffix = "odd", ".odd"

        def write(self, motion, target, source):
            target.write_text("")
            source.remark("the figure has no fingers")
            source.remark(f"{target.name} was cut")

    writers = [Remarking(), Remarking()]
    writers[1].suffix = ".odder"
    done = perform(song, violin_session, writers, tmp_path)
    assert done.remarks == ["the figure has no fingers", "song.odd was cut", "song.odder was cut"]
