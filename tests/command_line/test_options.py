"""Options that would change nothing are refused, and where files go is said by one rule."""

from __future__ import annotations

import pytest

from audio_to_body.avatar.__main__ import main as avatar
from audio_to_body.command_line.play import main as play
from audio_to_body.models.__main__ import main as train
from audio_to_body.preprocessing.__main__ import main as prepare
from audio_to_body.preprocessing.virtual.__main__ import main as virtual
from audio_to_body.skeleton.motion import load_motion, save_motion
from audio_to_body.skeleton.refusal import BadInput
from tests.avatar.motions import piano_motion
from tests.inference.conftest import melody, write_wave


@pytest.fixture
def song(tmp_path):
    return write_wave(tmp_path / "song.wav", melody(1.0))


@pytest.fixture
def piece(tmp_path):
    save_motion(piano_motion(12), tmp_path / "piece.npz")
    return tmp_path / "piece.npz"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--rate", "48000"], "--rate tells of samples without a header; add --raw"),
        (["--channels", "1"], "--channels tells of samples"),
        (["--samples", "s16le"], "--samples tells of samples"),
        (["--render", "avatar", "--formats", "npz"], "--render says whom the mp4 shows"),
        (["--live", "--force"], "--force has nothing to do"),
        (["--live", "--size", "640x480"], "--size is of what is recorded; add --out or --formats"),
        (["--live", "--render", "avatar"], "--render is of what is recorded"),
        (["--live", "--microphone", "3"], "--microphone names what is heard"),
        (["--live", "--rate", "48000"], "--rate tells of samples"),
        (["--live", "--out", "a.mp4"], "a live session is kept as several; name a folder"),
    ],
)
def test_play_refuses_what_would_change_nothing(flags, said, song, tmp_path):
    out = [] if "--live" in flags else ["--out", str(tmp_path / "out")]
    with pytest.raises(BadInput, match=said):
        play([str(song), "--instrument", "violin", *flags, *out])
    assert [path.name for path in tmp_path.iterdir()] == ["song.wav"]


@pytest.mark.parametrize("flag", ["--raw", "--track=2"])
def test_the_microphone_is_no_file(flag):
    with pytest.raises(BadInput, match="the microphone needs none of it"):
        play(["--live", flag])


def test_live_sound_that_is_not_there_is_refused_before_anybody_is_opened(tmp_path, capsys):
    with pytest.raises(BadInput, match="does not exist; check the path"):
        play(["--live", str(tmp_path / "absent.wav")])
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("flags", [["--tempo", "90"], ["--sound"]])
def test_beside_a_recording_a_score_has_no_time_of_its_own(flags, song, tmp_path):
    with pytest.raises(BadInput, match=f"{flags[0]} is for a score that is played alone"):
        play([str(song), "--score", str(tmp_path / "piece.mid"), *flags])


def test_a_sound_font_that_is_not_there_is_refused_before_anything_is_played(tmp_path):
    with pytest.raises(BadInput, match=r"there is no sound font .*absent\.sf2"):
        play([str(tmp_path / "piece.mid"), "--sound", "--sound-font", str(tmp_path / "absent.sf2")])


def test_remarks_on_samples_without_a_header_name_their_file(song, tmp_path, capsys):
    raw = tmp_path / "song.pcm"
    raw.write_bytes(song.read_bytes()[44:])
    assert play([str(raw), "--raw", "--formats", "npz", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert "note: song.pcm: " in capsys.readouterr().err


@pytest.mark.parametrize("model", ["run", "run/net.npz"])
def test_a_run_is_exported_before_it_plays(model, song, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "net.npz").write_text("")
    with pytest.raises(BadInput, match=r"is no exported net; audio-to-body export .*run -o mine\.onnx makes one"):
        play([str(song), "--model", str(tmp_path / model), "--out", str(tmp_path / "out")])


def test_components_are_a_number_or_none(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        train([str(tmp_path), "--out", str(tmp_path / "run"), "--components", "many"])
    assert ended.value.code == 2
    assert "'many' is neither a number nor none" in capsys.readouterr().err


def test_a_score_is_not_lifted(tmp_path):
    with pytest.raises(BadInput, match="is a score, which is played in metres"):
        play([str(tmp_path / "piece.mid"), "--lift"])


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--unit", "m"], "--unit is for BVH; write one"),
        (["--names", "mixamo", "--formats", "usdz"], "--names is for GLB and BVH"),
        (["--audio", "song.wav"], "--audio is for MP4"),
        (["--view", "front"], "--view is for MP4"),
        (["--size", "640x480"], "--size is for MP4"),
        (["--start", "0"], "--start is for USDZ"),
        (["--names", "mixamo", "--avatar", "me.glb"], "yours keeps its own names"),
        (["--smoothness", "2"], "--smoothness is for motions in pixels"),
    ],
)
def test_avatar_refuses_what_would_change_nothing(flags, said, tmp_path, song, capsys):
    play([str(song), "--instrument", "violin", "--formats", "npz", "--out", str(tmp_path), "--quiet"])
    with pytest.raises(BadInput, match=said):
        avatar([str(tmp_path / "song.npz"), *flags])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["song.npz", "song.wav"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--openpose-json", "a", "--openpose-models", "b"], "both say where the people are"),
        (["--hands", "lite", "--openpose-json", "a"], "--hands chooses MediaPipe's net"),
        (["--json-fps", "25"], "--json-fps is of recorded results"),
        (["--track", "1", "--without-sound"], "--track chooses a sound"),
        (["--workers", "2", "--scheduler", "tcp://localhost:1"], "WORKERS are processes of this machine"),
    ],
)
def test_prepare_refuses_what_would_change_nothing(flags, said, tmp_path):
    with pytest.raises(BadInput, match=said):
        prepare(["a.mp4", "--instrument", "violin", "--out", str(tmp_path / "mine"), *flags])
    assert not (tmp_path / "mine").exists()


def test_test_recitals_have_a_length_where_there_are_some(tmp_path):
    with pytest.raises(BadInput, match="--test-seconds is of --test-recitals"):
        virtual(["--instrument", "violin", "--out", str(tmp_path / "mine"), "--test-seconds", "60"])


@pytest.mark.parametrize("workers", ["0", "-1", "two"])
@pytest.mark.parametrize("command", [prepare, virtual])
def test_no_workers_make_nothing(command, workers, tmp_path, capsys):
    given = ["--instrument", "violin", "--out", str(tmp_path / "mine"), "--workers", workers]
    with pytest.raises(SystemExit) as ended:
        command(["a.mp4", *given] if command is prepare else given)
    assert ended.value.code == 2
    assert f"argument --workers: '{workers}' is no whole number from 1" in capsys.readouterr().err


def test_play_writes_one_file_where_one_is_named(song, tmp_path, capsys):
    given = [str(song), "--instrument", "violin", "--quiet"]
    assert play([*given, "--out", str(tmp_path / "new" / "mine.npz")]) == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["mine.npz"]
    assert len(load_motion(tmp_path / "new" / "mine.npz")) > 0
    assert play([*given, "--out", str(tmp_path / "new" / "mine.npz")]) == 2
    assert "exists; overwrite it with --force" in capsys.readouterr().err
    (tmp_path / "folder.npz").mkdir()
    assert play([*given, "--out", str(tmp_path / "folder.npz"), "--formats", "npz"]) == 0
    assert [path.name for path in (tmp_path / "folder.npz").iterdir()] == ["song.npz"]


@pytest.mark.parametrize("name", ["mine.mov", "mine.fbx"])
def test_a_file_of_a_kind_that_is_not_written_is_no_folder(name, song, tmp_path):
    with pytest.raises(BadInput, match=r"is written; name a folder, or a file of mp4, npz"):
        play([str(song), "--instrument", "violin", "--out", str(tmp_path / name)])
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [(["other.wav"], "is one file and 2 are played"), (["--formats", "csv"], "is one file and --formats says csv")],
)
def test_one_file_takes_one_sound_in_one_format(more, said, song, tmp_path):
    with pytest.raises(BadInput, match=said):
        play([str(song), *more, "--instrument", "violin", "--out", str(tmp_path / "mine.npz")])


def test_avatar_writes_into_a_folder_where_one_is_named(piece, tmp_path, capsys):
    assert avatar([str(piece), "--out", str(tmp_path / "new")]) == 0
    assert avatar([str(piece), "--out", str(tmp_path / "new"), "--formats", "bvh"]) == 0
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["piece.bvh", "piece.glb"]
    assert avatar([str(piece), "--out", str(tmp_path / "deeper" / "x.bvh")]) == 0
    with pytest.raises(BadInput, match="names one file; name a folder to write --formats into"):
        avatar([str(piece), "-o", str(tmp_path / "x.glb"), "--formats", "bvh"])
    (tmp_path / "new" / "piece.bvh").unlink()
    (tmp_path / "new" / "piece.bvh").mkdir()
    with pytest.raises(BadInput, match=r"piece\.bvh is a folder; name a file"):
        avatar([str(piece), "--out", str(tmp_path / "new"), "--formats", "bvh"])


def test_avatar_of_a_sound_says_what_to_do(song, tmp_path):
    with pytest.raises(
        BadInput, match=r"song\.wav is a recording and no motion; audio-to-body play .*song\.wav --formats"
    ):
        avatar([str(song)])
    (tmp_path / "piece.mid").write_bytes(b"MThd")
    with pytest.raises(BadInput, match=r"piece\.mid is a score and no motion; audio-to-body play"):
        avatar([str(tmp_path / "piece.mid")])
    with pytest.raises(BadInput, match="is a folder and not a motion"):
        avatar([str(tmp_path)])
    (tmp_path / "letter.npz").write_text("Dear reader")
    with pytest.raises(BadInput, match="is damaged or is not a motion"):
        avatar([str(tmp_path / "letter.npz")])


@pytest.mark.parametrize("size", ["10000x480", "854x15", "5000x5000"])
def test_a_size_beyond_the_limit_is_told_the_limit(size, song, tmp_path):
    with pytest.raises(BadInput, match=f"a video of {size} cannot be made: its sides have 16 to 7680 pixels"):
        play([str(song), "--instrument", "violin", "--size", size, "--out", str(tmp_path / "out")])
