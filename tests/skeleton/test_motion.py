import numpy as np
import pytest

from audio_to_body.skeleton import Motion, load_motion, save_motion
from audio_to_body.skeleton.refusal import BadInput


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
