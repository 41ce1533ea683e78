import json

import numpy as np
import pytest

from audio_to_body.skeleton import Motion, Prop, Room, load_motion, save_motion
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import joined_rooms


def motion(frames: int = 5, **changes) -> Motion:
    rng = np.random.default_rng(3)
    values = {
        "points": rng.normal(size=(frames, 50, 2)) * 100,
        "confidence": rng.uniform(size=(frames, 50)),
        "fps": 24.0,
        "layout": "violin",
        "frame_size": (640, 480),
        "tracks": {"loudness_db": rng.normal(size=frames)},
    }
    return Motion(**{**values, **changes})


def test_round_trip_keeps_every_value(tmp_path):
    first = motion()
    save_motion(first, tmp_path / "m.npz")
    again = load_motion(tmp_path / "m.npz")
    np.testing.assert_array_equal(again.points, first.points)
    np.testing.assert_array_equal(again.confidence, first.confidence)
    np.testing.assert_array_equal(again.tracks["loudness_db"], first.tracks["loudness_db"])
    assert (again.fps, again.layout, again.frame_size) == (24.0, "violin", (640, 480))
    assert again.points.dtype == np.float32


def test_file_is_plain_numpy_with_names_and_units(tmp_path):
    save_motion(motion(), tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        assert list(file["point_names"][:2]) == ["nose", "neck"]
        assert "px" in str(file["meta"])
    assert list(tmp_path.iterdir()) == [tmp_path / "m.npz"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": np.zeros((5, 49, 2))}, r"points \[frames, 50, 2\], got \[5, 49, 2\]"),
        ({"confidence": np.zeros((4, 50))}, r"confidence \[5, 50\], got \[4, 50\]"),
        ({"fps": 0.0}, "frame rate above 0"),
        ({"layout": "cello"}, "unknown keypoint layout"),
        ({"tracks": {"bow": np.zeros(3)}}, "track 'bow' has 3 frames, the motion has 5"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        motion(**changes)


def test_damaged_file_is_refused(tmp_path):
    save_motion(motion(), tmp_path / "m.npz")
    whole = (tmp_path / "m.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"cut\.npz is damaged or is not a motion file"):
        load_motion(tmp_path / "cut.npz")
    with pytest.raises(FileNotFoundError):
        load_motion(tmp_path / "none.npz")


def test_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    save_motion(motion(), tmp_path / "m.npz")
    before = (tmp_path / "m.npz").read_bytes()

    def full_disk(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full_disk)
    with pytest.raises(BadInput, match="the disk is full"):
        save_motion(motion(9), tmp_path / "m.npz")
    assert (tmp_path / "m.npz").read_bytes() == before
    assert list(tmp_path.iterdir()) == [tmp_path / "m.npz"]


def room(frames: int = 5, **changes) -> Room:
    """A person of usual width whose joints, violin and bow lie about."""
    rng = np.random.default_rng(7)
    joints = rng.uniform(0, 1, (frames, 50, 3))
    joints[:, 2], joints[:, 5] = (-0.18, 1.4, 0.0), (0.18, 1.4, 0.0)
    turns = rng.normal(size=(frames, 4))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    props = {name: Prop(rng.uniform(0, 1, (frames, 3)), turns) for name in ("violin", "bow")}
    return Room(**{"joints": joints, "kinds": np.full(50, 2), "props": props, **changes})


def test_a_room_survives_the_file(tmp_path):
    keys = np.zeros((5, 88))
    keys[2, 39] = 0.008
    first = motion(room=room(keys=keys))
    save_motion(first, tmp_path / "m.npz")
    again = load_motion(tmp_path / "m.npz").room
    assert again is not None
    assert first.room is not None
    np.testing.assert_array_equal(again.joints, first.room.joints)
    np.testing.assert_array_equal(again.kinds, np.full((5, 50), 2))
    np.testing.assert_array_equal(again.keys, first.room.keys)
    assert set(again.props) == {"violin", "bow"}
    np.testing.assert_array_equal(again.props["bow"].translation, first.room.props["bow"].translation)
    np.testing.assert_allclose(again.props["bow"].rotation, first.room.props["bow"].rotation, atol=1e-6)


def test_the_file_says_units_axes_and_origin_of_the_room(tmp_path):
    save_motion(motion(room=room()), tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as file:
        told = json.loads(str(file["meta"]))["room"]
        assert file["joints"].shape == (5, 50, 3)
        assert file["place_violin"].shape == (5, 3)
        assert file["turn_bow"].shape == (5, 4)
        assert "keys_down" not in file
    assert told["unit"] == "m"
    assert "left" in told["axes"]
    assert "floor" in told["origin"]
    assert told["kinds"][1:] == ["measured", "predicted", "inferred"]


def test_a_file_of_version_1_is_read(tmp_path):
    """As the first version wrote it, array for array."""
    points = np.arange(300, dtype=np.float32).reshape(3, 50, 2)
    meta = {
        "version": 1,
        "fps": 24.0,
        "layout": "violin",
        "instrument": "violin",
        "frame_size": [640, 480],
        "units": "px, x right, y down",
    }
    np.savez_compressed(
        tmp_path / "old.npz",
        points=points,
        confidence=np.ones((3, 50), np.float32),
        point_names=np.array(motion().skeleton.points),
        meta=np.array(json.dumps(meta)),
        track_loudness_db=np.zeros(3, np.float32),
    )
    old = load_motion(tmp_path / "old.npz")
    np.testing.assert_array_equal(old.points, points)
    assert list(old.tracks) == ["loudness_db"]
    assert old.room is None


def test_joints_of_one_s_own_need_nothing_but_rate_and_layout(tmp_path):
    joints = np.array(room().joints)
    joints[3, 7] = np.nan
    meta = np.array(json.dumps({"fps": 30, "layout": "violin"}))
    np.savez(tmp_path / "own.npz", joints=joints, meta=meta)
    own = load_motion(tmp_path / "own.npz")
    assert own.room is not None
    np.testing.assert_array_equal(own.room.joints, joints)
    assert own.room.kinds[0, 0] == 1
    assert own.fps == 30
    # seen from the front: the player's left shoulder at the right, up is up
    right, left = own.points[0, 2], own.points[0, 5]
    assert left[0] - right[0] == pytest.approx(0.36 * 380, abs=0.1)
    assert left[1] == pytest.approx(right[1], abs=0.1)
    assert np.isnan(own.points[3, 7]).all()
    assert own.confidence[3, 7] == 0


def rewritten(path, **changes):
    """A motion file with some of its arrays changed."""
    with np.load(path) as file:
        arrays = {**dict(file), **changes}
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: {"joints": f["joints"] * 1000}, "look like millimetres .* divide by 1000"),
        (lambda f: {"joints": f["joints"] * 100}, "look like centimetres .* divide by 100"),
        (lambda f: {"joints": f["joints"] * 5}, "which no person's are"),
        (lambda f: {"joints": f["joints"] * np.nan}, "no joint is known in any frame"),
        (lambda f: {"joints": f["joints"][..., :2]}, r"joints in the room are \[frames, points, 3\]"),
        (lambda f: {"joints": f["joints"][:, :49], "joint_kinds": f["joint_kinds"][:, :49]}, "has 50 joints"),
        (lambda f: {"joints": f["joints"][:4], "joint_kinds": f["joint_kinds"][:4]}, r"needs places \[4, 3\]"),
        (lambda f: {"joints": np.where(f["joints"] > 0.9, np.inf, f["joints"])}, "some are infinite"),
        (lambda f: {"joint_kinds": f["joint_kinds"] + 5}, "kinds of joints are 0 to 3"),
        (lambda f: {"turn_bow": f["turn_bow"] * 2}, "unit quaternions"),
        (lambda f: {"place_bow": f["place_bow"] * np.nan}, "finite places"),
        (lambda f: {"keys_down": np.full((5, 88), 8.0)}, "keys are pressed down by 0 to 0.05 m"),
        (lambda f: {"keys_down": np.zeros((5, 61))}, r"keys are \[5, 88\]"),
        (
            lambda f: {"meta": np.array(str(f["meta"]).replace('"version": 2', '"version": 3'))},
            "version is 3, this program reads up to 2",
        ),
    ],
)
def test_a_room_that_is_none_is_refused_in_one_sentence(change, message, tmp_path):
    path = tmp_path / "m.npz"
    save_motion(motion(room=room()), path)
    with np.load(path) as file:
        changes = change(file)
    with pytest.raises(BadInput, match=message) as refusal:
        load_motion(rewritten(path, **changes))
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_joints_that_are_nan_are_unknown_and_the_rest_stays():
    joints = np.array(room().joints)
    joints[2, 7, 1] = np.nan
    holes = room(joints=joints)
    assert holes.kinds[2, 7] == 0
    assert np.isnan(holes.joints[2, 7]).all()
    assert (np.delete(holes.kinds.ravel(), 2 * 50 + 7) == 2).all()


def test_room_and_motion_have_as_many_frames():
    with pytest.raises(ValueError, match="the room has 4 frames, the motion has 5"):
        motion(room=room(4))


def test_frames_of_a_room_put_together_again_are_the_room():
    whole = room(6)
    parts = joined_rooms([whole[:1], whole[1:4], whole[4:]])
    np.testing.assert_array_equal(parts.joints, whole.joints)
    np.testing.assert_array_equal(parts.kinds, whole.kinds)
    np.testing.assert_array_equal(parts.props["bow"].rotation, whole.props["bow"].rotation)
