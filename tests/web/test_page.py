"""The page in a real browser: the same bones as on the Python side, and what a visitor can do."""

from __future__ import annotations

import base64
import io
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from audio_to_body import load, predict
from audio_to_body.avatar.gltf_reading import read_glb
from audio_to_body.avatar.retargeting.live import LiveFollower
from audio_to_body.command_line.page import page_server
from audio_to_body.inference.live.warm_up import example_motion, warm_up_sound
from audio_to_body.reproduce.strip_pieces import PLUCKED, piece_named
from audio_to_body.skeleton.motion import load_motion
from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in
from audio_to_body.sound.audio import decode_sound
from tests.inference.conftest import write_wave
from tests.web.driving import NEEDS_A_BROWSER, drive, pixels

NEAR, TURNED = 1e-3, np.radians(1.0)  # m of a joint, rad of a bone: what the page may differ by
SECONDS = 12
RECORDINGS = {
    "violin": ("bach_violin/audio/john-garner_bwv1002_mov6.mp3", "violin_real/Wohlfahrt_Op45-01_org_1.ogg"),
    "piano": ("piano_audio/cut_liszt.mp3", "piano_real/chopin_igoshina.ogg"),
}
pytestmark = NEEDS_A_BROWSER


def cut(recording: Path, folder: Path) -> Path:
    """A recording's beginning as WAV of floats: whole numbers browser and ffmpeg scale a little apart."""
    import soundfile

    samples = np.array(decode_sound(recording).samples)
    first = samples.reshape(-1, samples.shape[-1])[:, : SECONDS * AUDIO_RATE]
    soundfile.write(folder / "cut.wav", first.T, AUDIO_RATE, subtype="FLOAT")
    return folder / "cut.wav"


def plucked(folder: Path) -> Path:
    """A plucked scale, which the bow waits above, as WAV of floats."""
    import soundfile

    soundfile.write(folder / "plucked.wav", piece_named(PLUCKED)[0].T, AUDIO_RATE, subtype="FLOAT")
    return folder / "plucked.wav"


def expected(instrument: str, wav: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Joints in the player's room, bones of the figure, violin and bow (place and turn), as Python makes them."""
    session = load(instrument)
    motion = predict(wav, session)
    assert motion.room is not None
    follower = LiveFollower(example_motion(session))
    poses = [follower.push(motion.room[i : i + 1]) for i in range(len(motion))]
    names = ("violin", "bow") if instrument == "violin" else ()
    props = [[np.concatenate(pose.props[name]) for name in names] for pose in poses]
    shaped = np.array(props).reshape(len(poses), len(names), 7)
    return motion.room.joints, np.array([pose.rotations for pose in poses]), shaped


def turned_apart(got: np.ndarray, wanted: np.ndarray) -> float:
    """The largest angle between quaternions, radians."""
    return float((2 * np.arccos(np.clip(np.abs((got * wanted).sum(axis=-1)), 0.0, 1.0))).max(initial=0.0))


@pytest.mark.parametrize(
    ("instrument", "number"), [(name, number) for name in RECORDINGS for number in range(len(RECORDINGS[name]))]
)
def test_every_frame_of_real_recordings_is_as_python_makes_it(address, shared_data, tmp_path, instrument, number):
    as_python(address, instrument, cut(shared_data / RECORDINGS[instrument][number], tmp_path))


def test_every_frame_of_plucking_is_as_python_makes_it(address, tmp_path):
    as_python(address, "violin", plucked(tmp_path))


def as_python(address: str, instrument: str, wav: Path) -> None:
    """Hold all frames of the page to those of Python."""
    seen = drive("golden", address, instrument=instrument, file=str(wav))
    assert not seen["elsewhere"]
    assert not seen["errors"]
    joints, bones, props = expected(instrument, wav)
    rows = np.frombuffer(base64.b64decode(seen["rows"]), np.float32).reshape(len(joints), -1)
    count = bones.shape[1]
    got_bones = rows[:, 3 : 3 + 4 * count].reshape(len(rows), count, 4)
    got_joints = rows[:, -150:].reshape(len(rows), 50, 3)
    assert np.linalg.norm(got_joints - joints, axis=-1).max() < NEAR
    assert turned_apart(got_bones, bones) < TURNED
    got_props = rows[:, 3 + 4 * count :][:, : 7 * props.shape[1]].reshape(len(rows), -1, 7)
    assert np.linalg.norm(got_props[..., :3] - props[..., :3], axis=-1).max(initial=0.0) < NEAR
    assert turned_apart(got_props[..., 3:], props[..., 3:]) < TURNED


def test_the_picture_shows_the_moment_of_the_sound(address, music):
    moments = [1.0, 2.5, 2.51, 4.0]
    seen = drive("stepped", address, instrument="violin", file=str(music), moments=moments)
    assert not seen["errors"]
    _, bones, _ = expected("violin", music)
    names = LiveFollower(example_motion(load("violin"))).skeleton.names
    own = bones[:, names.index("rightLowerArm")]
    for one in seen["seen"]:
        frame = one["moment"] * 24
        low, share = int(frame), frame % 1
        mixed = own[low] * (1 - share) + own[low + 1] * share * np.sign(own[low] @ own[low + 1])
        close = abs(np.dot(mixed / np.linalg.norm(mixed), one["turn"]))
        assert 2 * np.arccos(min(close, 1.0)) < TURNED
        assert pixels(one["picture"])[..., :3].reshape(-1, 3).std(axis=0).min() > 5  # not blank
    assert seen["cost"]["triangles"] < 200_000
    assert seen["cost"]["calls"] < 150


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_the_microphone_is_played(address, music, instrument):
    seen = drive("microphone", address, instrument=instrument, file=str(music))
    assert not seen["errors"]
    assert seen["finite"]
    assert seen["stopped"]
    assert seen["frames"] > 48
    assert 0.1 < seen["latency"] < 0.8
    assert seen["computing"] > 0


def test_a_refused_microphone_is_explained(address):
    assert "refused" in drive("refused", address)["status"]


def test_files_that_cannot_be_played_are_explained(address, tmp_path):
    (tmp_path / "words.wav").write_text("no sound at all")
    (tmp_path / "nothing.mp3").write_bytes(b"")
    (tmp_path / "words.glb").write_text("no figure at all")
    write_wave(tmp_path / "short.wav", np.zeros((1, 100), np.float32))
    names = ["words.wav", "nothing.mp3", "short.wav", "words.glb"]
    said = drive("wrong", address, files=[str(tmp_path / name) for name in names])["said"]
    for words, text in zip(
        ("cannot be decoded", "empty", "shorter than one frame", "cannot be read|not a GLB"), said
    ):
        assert any(word in text for word in words.split("|")), text


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_what_is_taken_home_is_read_by_the_python_side(address, music, tmp_path, instrument):
    formats = ["npz", "bvh", "glb"]
    seen = drive("take", address, instrument=instrument, file=str(music), formats=formats, folder=str(tmp_path))
    assert seen["names"] == [f"music.{one}" for one in formats]
    assert not seen["errors"]
    motion, own = load_motion(tmp_path / "music.npz"), predict(music, load(instrument))
    assert motion.room is not None
    assert own.room is not None
    np.testing.assert_allclose(motion.points, own.points, atol=0.5)  # px
    np.testing.assert_allclose(motion.room.joints, own.room.joints, atol=NEAR)
    np.testing.assert_allclose(motion.room.keys, own.room.keys, atol=NEAR)
    np.testing.assert_allclose(motion.confidence, own.confidence)
    assert set(motion.room.props) == set(own.room.props)
    text = (tmp_path / "music.bvh").read_text()
    assert f"Frames: {len(own)}\n" in text
    assert len(text.split("MOTION")[1].strip().splitlines()) == len(own) + 2
    tree, _ = read_glb(tmp_path / "music.glb")
    (animation,) = tree["animations"]
    assert len(animation["channels"]) > 50
    assert tree["skins"]


def test_the_second_visit_needs_no_network(address, music):
    assert drive("offline", address, file=str(music))["frames"] == steps_in(round(6.3 * AUDIO_RATE), 24)


def test_a_first_visit_fetches_little_and_every_package_brings_its_licence(dist):
    from audio_to_body.scripts.build_page import compressed_size

    assert compressed_size(dist) < 8e6  # bytes
    for package in (dist / "packages").iterdir():
        assert (package / "LICENSE").stat().st_size > 100
        assert f"packages/{package.name}/LICENSE" in (dist / "licences.html").read_text()


def test_for_a_stream_there_is_nothing_but_the_figure(address):
    seen = drive("transparent", address)
    picture = pixels(seen["picture"])
    assert seen["shown"] == 0
    assert picture[4, 4, 3] == 0
    assert picture[..., 3].max() == 255


def test_a_live_session_of_the_python_program_is_shown(address, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    write_wave(tmp_path / "long.wav", np.tile(warm_up_sound(6.0), 20)[None])
    server = f"ws://127.0.0.1:{port}"
    command = [sys.executable, "-m", "audio_to_body", "play", "--live", str(tmp_path / "long.wav")]
    with subprocess.Popen(
        [*command, "--instrument", "violin", "--send", server], stdout=subprocess.DEVNULL
    ) as playing:
        try:
            seen = drive("server", address, server=server)
        finally:
            playing.terminate()
    assert seen["errors"] == []
    assert seen["moves"]
    assert seen["hips"] == pytest.approx([0.0, 0.95, 0.0], abs=0.12)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(address, scheme):
    assert drive("access", address, scheme=scheme)["found"] == []


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_live_playing_keeps_nothing(address, instrument):
    """The heap after every minute of playing, swept."""
    heap = drive("kept", address, instrument=instrument, minutes=3)["heap"]
    assert len(heap) == 3
    assert heap[2] - heap[0] < 1, heap  # MB; frames that stayed would be more than 8, and it varies by 0.2


def test_without_a_built_page_one_sentence_tells_how(tmp_path, capsys):
    from audio_to_body.command_line.page import main
    from audio_to_body.skeleton.refusal import run_command

    assert run_command(main, ["--no-open", "--folder", str(tmp_path)]) == 2
    assert "make page" in capsys.readouterr().err


def test_the_server_says_what_kinds_files_are(tmp_path):
    from urllib.request import urlopen

    (tmp_path / "index.html").write_text("x")
    (tmp_path / "net.wasm").write_bytes(io.BytesIO(b"\0asm").getvalue())
    server = page_server(tmp_path, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with urlopen(f"http://127.0.0.1:{server.server_port}/net.wasm") as answer:
        assert answer.headers["Content-Type"] == "application/wasm"
    server.shutdown()
