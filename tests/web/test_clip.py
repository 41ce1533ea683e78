"""The clip for AR Quick Look that the page makes, read by USD's own library."""

from __future__ import annotations

import struct
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest

from audio_to_body import load
from audio_to_body.avatar.bones import Skeleton
from audio_to_body.avatar.export import performed
from audio_to_body.avatar.kinematics import forward
from audio_to_body.avatar.piano_model import key_angle
from audio_to_body.avatar.retargeting.live import LiveFollower
from audio_to_body.avatar.usdz import ADVISED_CLIP, write_performance_usdz
from audio_to_body.inference.live.warm_up import example_motion, warm_up_sound
from audio_to_body.skeleton.motion import Motion, load_motion
from audio_to_body.skeleton.rates import AUDIO_RATE
from tests.inference.conftest import write_wave
from tests.web.driving import NEEDS_A_BROWSER, drive

pytest.importorskip("pxr", reason="usd-core is not installed")
pytestmark = NEEDS_A_BROWSER
NEAR = 1e-3  # m


@pytest.fixture(scope="module", params=["violin", "piano"])
def taken(request, address, music, tmp_path_factory) -> tuple[str, Path]:
    """A clip and the npz of the same take."""
    folder = tmp_path_factory.mktemp("taken")
    seen = drive(
        "take", address, instrument=request.param, file=str(music), formats=["npz", "usdz"], folder=str(folder)
    )
    assert seen["names"] == ["music.npz", "music.usdz"]
    assert not seen["errors"]
    return request.param, folder


def bones_of(motion: Motion, instrument: str) -> tuple[Skeleton, np.ndarray, list]:
    """The figure's joints in its room, as Python poses them on a motion, and the poses."""
    follower = LiveFollower(example_motion(load(instrument)))
    assert motion.room is not None
    poses = [follower.push(motion.room[i : i + 1]) for i in range(len(motion))]
    root = np.array([pose.root for pose in poses])
    turns = np.array([pose.rotations for pose in poses])
    return follower.skeleton, forward(follower.skeleton, root, turns).positions, poses


def test_joints_instruments_and_keys_move_as_in_the_npz_of_the_same_take(taken):
    from pxr import Usd, UsdGeom, UsdSkel

    instrument, folder = taken
    motion = load_motion(folder / "music.npz")
    skeleton, joints, poses = bones_of(motion, instrument)
    stage = Usd.Stage.Open(str(folder / "music.usdz"))
    assert stage.GetTimeCodesPerSecond() == motion.fps
    assert stage.GetEndTimeCode() == len(motion) - 1
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    cache = UsdSkel.Cache()
    cache.Populate(UsdSkel.Root(stage.GetPrimAtPath("/Recital/Musician")), Usd.PrimDefaultPredicate)
    query = cache.GetSkelQuery(UsdSkel.Skeleton(stage.GetPrimAtPath("/Recital/Musician/Rig")))
    assert [str(path).rpartition("/")[2] for path in query.GetJointOrder()] == list(skeleton.names)
    for code in range(0, len(motion), 7):
        where = query.ComputeJointSkelTransforms(code)
        places = np.array([matrix.ExtractTranslation() for matrix in where])
        assert np.linalg.norm(places - joints[code], axis=-1).max() < NEAR
        for name, (place, turn) in poses[code].props.items():
            world = UsdGeom.Xformable(stage.GetPrimAtPath(f"/Recital/{name}")).ComputeLocalToWorldTransform(code)
            np.testing.assert_allclose(world.ExtractTranslation(), np.asarray(place), atol=NEAR)
            got = world.ExtractRotationQuat()
            dot = abs(np.dot([*got.GetImaginary(), got.GetReal()], np.asarray(turn)))
            assert 2 * np.arccos(min(dot, 1.0)) < np.radians(0.5)
    if instrument == "piano":
        assert motion.room is not None
        pressed = np.flatnonzero(motion.room.keys.max(axis=0) > 0.005)
        assert len(pressed)
        for key in pressed:
            code = int(motion.room.keys[:, key].argmax())
            node = stage.GetPrimAtPath(f"/Recital/piano/key_{key + 21}")
            turn = UsdGeom.Xformable(node).GetLocalTransformation(code).ExtractRotationQuat()
            want = key_angle(motion.room.keys[code, key])
            assert -2 * np.arcsin(turn.GetImaginary()[0]) == pytest.approx(want, abs=1e-3)


def test_the_figure_has_the_skin_that_python_gives_it(taken, tmp_path):
    from pxr import Usd, UsdGeom, UsdSkel

    instrument, folder = taken
    write_performance_usdz(performed(example_motion(load(instrument))), tmp_path / "own.usdz")

    def skin(path: Path) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """Points, and how far bones pull each, by the parts' numbers of points."""
        stage = Usd.Stage.Open(str(path))
        found = {}
        for child in stage.GetPrimAtPath("/Recital/Musician").GetChildren():
            if not child.IsA(UsdGeom.Mesh):
                continue
            points = np.array(UsdGeom.Mesh(child).GetPointsAttr().Get())
            binding = UsdSkel.BindingAPI(child)
            indices = np.array(binding.GetJointIndicesPrimvar().Get()).reshape(-1, 4)
            weights = np.array(binding.GetJointWeightsPrimvar().Get()).reshape(-1, 4)
            pulls = np.zeros((len(points), 60))
            for k in range(4):
                np.add.at(pulls, (np.arange(len(points)), indices[:, k]), weights[:, k])
            found[len(points)] = (points, pulls)
        return found

    ours, theirs = skin(folder / "music.usdz"), skin(tmp_path / "own.usdz")
    assert ours.keys() == theirs.keys()
    assert sum(ours) > 10_000
    for size in ours:
        np.testing.assert_allclose(ours[size][0], theirs[size][0], atol=1e-5)  # m
        np.testing.assert_allclose(ours[size][1], theirs[size][1], atol=2e-2)  # GLB keeps weights as bytes


def test_the_clip_follows_the_rules_and_sounds(taken):
    from pxr import Usd

    validation = pytest.importorskip("pxr.UsdValidation", reason="this usd-core has no validators")
    path = taken[1] / "music.usdz"
    data = path.read_bytes()
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        layer, sound = package.infolist()
        assert layer.filename.endswith(".usda"), "what is opened comes first"
        for info in (layer, sound):
            assert info.compress_type == zipfile.ZIP_STORED
            name, extra = struct.unpack("<HH", data[info.header_offset + 26 : info.header_offset + 30])
            assert (info.header_offset + 30 + name + extra) % 64 == 0
        with wave.open(package.open(sound)) as heard:
            assert heard.getframerate() == AUDIO_RATE
            assert heard.getnframes() / AUDIO_RATE == pytest.approx(6.0, abs=0.4)
            samples = np.frombuffer(heard.readframes(heard.getnframes()), np.int16)
    own = warm_up_sound(6.0)
    assert np.corrcoef(samples[: len(own)], own[: len(samples)])[0, 1] > 0.99
    stage = Usd.Stage.Open(str(path))
    assert stage.GetPrimAtPath("/Recital/Sound").GetTypeName() == "SpatialAudio"
    registry = validation.ValidationRegistry()
    names = [known.name for known in registry.GetAllValidatorMetadata()]
    context = validation.ValidationContext(registry.GetOrLoadValidatorsByName(names))
    assert [error.GetMessage() for error in context.Validate(stage)] == []


def test_of_a_long_recording_ten_seconds_are_taken(address, tmp_path):
    from pxr import Usd

    write_wave(tmp_path / "long.wav", np.tile(warm_up_sound(6.0), 3)[None])
    seen = drive(
        "take", address, instrument="violin", file=str(tmp_path / "long.wav"), formats=["usdz"], folder=str(tmp_path)
    )
    stage = Usd.Stage.Open(str(tmp_path / "long.usdz"))
    assert stage.GetEndTimeCode() == ADVISED_CLIP * 24 - 1
    assert "of 18" in seen["status"]
    assert "Apple advises" in seen["status"]


def test_an_iphone_is_told_that_there_is_no_live_room_and_offered_the_clip(address, music):
    seen = drive("quickLook", address, instrument="violin", file=str(music))
    assert "First choose a recording" in seen["early"]
    assert not seen["tooEarly"]
    assert seen["note"] == "It holds the whole recording."
    assert seen["link"]["rel"] == "ar"
    assert seen["link"]["children"] == ["IMG"], "Safari opens Quick Look from a link with one picture in it"
    assert seen["link"]["begins"] == "PK"
    assert seen["link"]["bytes"] > 1e6
    assert seen["shutOut"] == []
    assert seen["errors"] == []
