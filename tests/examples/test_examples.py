"""Every example runs as a person starts it, on small inputs made here, and says what is true."""

from __future__ import annotations

import io
import json
import re
import runpy
import select
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audio_to_body import Motion, load, load_motion, predict
from audio_to_body.inference.live.frame import LiveFrame
from audio_to_body.inference.live.osc import OscSender
from audio_to_body.inference.writers import Source, parse_formats
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.motion import save_motion
from audio_to_body.sound.ffmpeg import probe
from tests.avatar.rigs import foreign_avatar
from tests.inference.conftest import melody, write_wave
from tests.models.small_recitals import small_dataset
from tests.scores.made import line as notes_in_line
from tests.scores.made import midi, put, track

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
TESTED = {  # by the tests below; one that stands nowhere fails the first test
    "01_array_from_a_file.py",
    "02_sound_of_your_own.py",
    "03_stream.py",
    "04_other_formats.py",
    "05_receive_json_lines.py",
    "06_receive_vmc.py",
    "07_receive_websocket.py",  # in tests/inference/live/test_outputs.py
    "08_avatar_of_your_own.py",
    "09_render.py",
    "10_own_recitals.py",
    "11_train_and_export.py",
    "12_compare_two_nets.py",
    "13_features.py",
    "14_notes.py",
    "15_metres.py",
    "16_score.py",
    "listen_and_look.ipynb",
}


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> Path:
    return write_wave(tmp_path_factory.mktemp("song") / "song.wav", melody(3.0))


@pytest.fixture
def run(monkeypatch, capsys):
    """Run an example as ``python examples/NAME ARGUMENTS``; what it printed."""

    def start(name: str, *arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        code: object = 0
        try:
            runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        except SystemExit as ended:
            code = ended.code
        told = capsys.readouterr()
        assert not code, told.err
        return told.out

    return start


def test_none_is_left_out():
    shipped = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".ipynb")}
    assert shipped == TESTED


TAKES_NOTHING = {"02_sound_of_your_own.py", "06_receive_vmc.py", "07_receive_websocket.py"}


@pytest.mark.parametrize("name", sorted(name for name in TESTED - TAKES_NOTHING if name.endswith(".py")))
def test_without_arguments_it_says_how_it_is_called(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [name])
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert name in said or "jsonl" in said


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("01_array_from_a_file.py", ["absent.wav"], "absent.wav does not exist"),
        ("02_sound_of_your_own.py", ["unasked"], "call it as python examples/02_sound_of_your_own.py"),
        ("07_receive_websocket.py", ["ws://127.0.0.1:1"], "nobody plays at ws://127.0.0.1:1"),
        ("06_receive_vmc.py", ["127.0.0.1", "99999999"], "cannot be listened at"),
        ("09_render.py", ["absent.wav", "out.mp4", "large"], "'large' is no video size"),
        ("15_metres.py", ["absent.npz"], "name a motion that is there"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(name, given, said, monkeypatch, capsys):
    if name[:2] in ("06", "07"):
        pytest.importorskip("pythonosc" if name[:2] == "06" else "websockets")
    monkeypatch.setattr(sys, "argv", [name, *given])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_array_from_a_file(run, song):
    lines = run("01_array_from_a_file.py", song).splitlines()
    wrist = predict(str(song), load("violin")).points[:, layout_named("violin").index("right_wrist")]
    assert len(lines) == 3
    for second, line in enumerate(lines):
        x, y = wrist[24 * second]
        assert line.startswith(f"{second:5.1f} s  right wrist at {x:5.1f}, {y:5.1f} px")


def test_sound_of_your_own(run):
    told = run("02_sound_of_your_own.py")
    assert re.findall(r"pitch (\d+):", told) == ["60", "62", "64", "65", "67", "69", "71", "72"]
    assert all(0 < float(place) < 1300 for place in re.findall(r"([\d.-]+) mm", told))  # on the keyboard


def test_stream(run, song):
    told = run("03_stream.py", song)
    usual, low = (int(ms) for ms in re.findall(r"at most (\d+) ms behind", told))
    assert low < usual < 600
    frames, apart = re.findall(r"(\d+) frames, at most ([\d.]+) px", told)[0]
    assert int(frames) == 72
    assert float(apart) < 0.001  # float32 sums over other blocks


def test_other_formats(run, song, tmp_path):
    assert run("04_other_formats.py", song, tmp_path).split() == [
        "song.bvh",
        "song.csv",
        "song.glb",
        "song.npz",
        "song_json",
    ]
    assert len(load_motion(tmp_path / "song.npz")) == 72
    assert (tmp_path / "song.glb").read_bytes()[:4] == b"glTF"
    assert "Frames: 72" in (tmp_path / "song.bvh").read_text()


def test_receive_json_lines():
    hello = {"point_names": ["left_hand_wrist", "right_hand_wrist"]}
    frame = {"time": 0.5, "points": [[1.0, 2.0], [3.0, 4.0]]}
    given = f"{json.dumps(hello)}\n{json.dumps(frame)}\n"
    command = [sys.executable, str(EXAMPLES / "05_receive_json_lines.py")]
    told = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60)
    assert told.stdout == "   0.500 s  left    1.0,    2.0 px  right    3.0,    4.0 px\n"
    assert told.returncode == 0


def test_receive_vmc():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-u", str(EXAMPLES / "06_receive_vmc.py"), "127.0.0.1", str(port)]
    sender = OscSender("127.0.0.1", port)
    sender.begin({"point_names": ["right_wrist"], "frame_size": [640, 480]})
    frame = LiveFrame(12, 0.5, np.array([[320.0, 480.0]], np.float32), {})
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as example:
        try:
            for _ in range(600):  # until it listens: UDP to nobody is lost
                sender.send(frame)
                if select.select([example.stdout], [], [], 0.1)[0]:
                    break
            lines = [example.stdout.readline() for _ in range(2)]
        finally:
            example.kill()
            sender.close()
    assert lines[0] == "   0.500 s\n"
    assert lines[1] == "    /VMC/Ext/Tra/Pos right_wrist 0.000 0.000 0.000 0.000 0.000 0.000 1.000\n"


def test_avatar_of_your_own(run, song, tmp_path):
    avatar = foreign_avatar(tmp_path / "theirs.glb", "mixamo")
    told = run("08_avatar_of_your_own.py", song, avatar, tmp_path / "out.glb")
    assert told.splitlines()[-1] == str(tmp_path / "out.glb")
    assert b"mixamorig:RightHand" in (tmp_path / "out.glb").read_bytes()


def test_render(run, tmp_path):
    short = write_wave(tmp_path / "short.wav", melody(0.3))
    run("09_render.py", short, tmp_path / "out.mp4", "160x96")
    video = probe(tmp_path / "out.mp4")
    assert video.has_audio
    assert video.video_size == (160, 96)


def test_own_recitals(run, song, make_video, tmp_path, monkeypatch):
    """A detector's recorded results stand in for MediaPipe; two frames lack a hand."""
    video = make_video("-f", "lavfi", "-i", "testsrc=s=640x480:r=24:d=3", "-i", str(song), "-shortest")
    motion = predict(str(song), load("violin"))
    points = np.tile(motion.points[:1], (72, 1, 1))
    points[10:12, motion.skeleton.left_hand] = np.nan
    (writer,) = parse_formats("json")
    still = Motion(points, np.where(np.isnan(points[..., 0]), 0, 1), 24, "violin", (640, 480))
    found = writer.target(tmp_path, video.stem)
    writer.write(still, found, Source(video))
    told = run("10_own_recitals.py", tmp_path / "mine", video, "--openpose-json", found, "--face", "none")
    assert "70 of 72 frames kept" in told
    assert "2 dropped: missing_part" in told


def test_train_and_export(run, song, tmp_path):
    made = small_dataset(tmp_path / "recitals").folder
    told = run("11_train_and_export.py", made, tmp_path / "run", song, 1)
    assert "best epoch 1" in told
    assert float(re.findall(r"differ by ([\d.e-]+) px", told)[0]) < 1e-3
    assert told.splitlines()[-1] == "72 frames played"


def test_compare_two_nets(run, song):
    told = run("12_compare_two_nets.py", song)
    manner = runpy.run_path(str(EXAMPLES / "12_compare_two_nets.py"))["manner"]
    for name, faithful in (("paper", True), ("expressive", False)):
        reach, speed = manner(predict(str(song), load("violin", faithful=faithful)))
        assert f"{name}: reach {reach:5.1f} px, speed {speed:6.1f} px/s" in told


def test_features(run, song):
    told = run("13_features.py", song)
    assert told.startswith("288 steps of 28 features at 96 steps/s\n")
    assert len(told.splitlines()[1].split(":", 1)[1].split()) == 28


def test_metres(run, song, tmp_path):
    for instrument, word in (("violin", "tip of the bow"), ("piano", "keys down")):
        motion = predict(str(song), load(instrument))
        save_motion(motion, tmp_path / "motion.npz")
        lines = run("15_metres.py", tmp_path / "motion.npz").splitlines()
        assert len(lines) == 3
        wrist = motion.room.joints[24, motion.skeleton.index("right_wrist")]
        assert f"right wrist {wrist[0]:6.3f} m to the left, {wrist[1]:.3f} m up, {wrist[2]:.3f} m ahead" in lines[1]
        assert all(word in line for line in lines)


def test_notes(run, tmp_path):
    """A sampled sound is not at hand everywhere: eight plain tones with harmonics are heard, most of them right."""
    rate, pitches = 44_100, [60, 62, 64, 65, 67, 69, 71, 72]
    t = np.arange(round(0.5 * rate)) / rate
    tones = []
    for pitch in pitches:
        hz = 440 * 2 ** ((pitch - 69) / 12)
        tones.append(sum(np.exp(-(3 + k) * t) * np.sin(2 * np.pi * k * hz * t) / k for k in range(1, 9)))
    scale = write_wave(tmp_path / "scale.wav", (0.3 * np.concatenate(tones)).astype(np.float32))
    told = run("14_notes.py", scale, "piano")
    found = [(float(at), int(pitch)) for at, pitch in re.findall(r"([\d.]+) to .* pitch +(\d+)", told)]
    right = sum(
        any(abs(at - 0.5 * i) < 0.05 and heard == pitch for at, heard in found) for i, pitch in enumerate(pitches)
    )
    assert right >= 6


def test_a_score_is_played(run, tmp_path):
    score = put(tmp_path, "tune.mid", midi(track(*notes_in_line([67, 69, 71, 72]), name="Violin", program=40)))
    told = run("16_score.py", score, "violin")
    assert [int(pitch) for pitch in re.findall(r"pitch +(\d+)", told)] == [67, 69, 71, 72]
    ways = re.findall(r"(up|down)-bow", told)
    assert all(one != other for one, other in zip(ways, ways[1:]))
    assert load_motion(tmp_path / "tune.npz").layout == "violin"


def test_the_notebook_plots_and_shows(song, tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason="the notebook needs nbclient (setup.py, test)")
    nbformat = pytest.importorskip("nbformat", reason="the notebook needs nbformat (setup.py, test)")
    monkeypatch.setenv("A2B_SOUND", str(song))
    monkeypatch.setenv("A2B_OUT", str(tmp_path))
    notebook = nbformat.read(EXAMPLES / "listen_and_look.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in shown)
    assert any("<video" in output.get("data", {}).get("text/html", "") for output in shown)
    assert probe(tmp_path / "song.mp4").has_audio
