"""Skeleton videos: whole, in time with their sound, or not there at all."""

from __future__ import annotations

import wave

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audio_to_body.pictures.easel import LIT, Easel
from audio_to_body.pictures.shapes import Sketch
from audio_to_body.pictures.sound_track import sound_track
from audio_to_body.pictures.stage import Stage, backdrop, write_skeleton_video
from audio_to_body.pictures.video_writer import VideoWriter, even, parse_size, video_writer
from audio_to_body.pictures.violin_drawing import bow_tip, bow_ways
from audio_to_body.skeleton.layouts import PIANO, VIOLIN
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Prop, Room
from audio_to_body.sound.audio import decode_audio
from audio_to_body.sound.ffmpeg import probe
from tests.pictures.test_drawing import musician


def moving(layout, frames=30, **tracks) -> Motion:
    points = np.stack([musician(layout) + (0, 5 * np.sin(i / 5)) for i in range(frames)])
    return Motion(points, np.ones(points.shape[:2]), 24, layout.name, (640, 480), tracks)


def beep(path, seconds: float):
    t = np.arange(round(seconds * AUDIO_RATE)) / AUDIO_RATE
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(AUDIO_RATE)
        file.writeframes((9000 * np.sin(2 * np.pi * 440 * t)).astype("<i2").tobytes())
    return path


class Sink:
    """Stands for ffmpeg: keeps what is written to its standard input."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.stdin = self

    def write(self, data) -> None:
        self.sent.append(bytes(data))


def frames_in(path) -> int:
    return int(cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FRAME_COUNT))


@pytest.mark.parametrize("layout", [VIOLIN, PIANO], ids=lambda layout: layout.name)
def test_the_musician_is_framed(layout):
    motion = moving(layout)
    stage = Stage.for_motion(motion, 400)
    width, height = stage.size
    assert height == 400
    assert 4 / 3 - 0.01 <= width / height <= 16 / 9 + 0.01
    seen = motion.points * stage.zoom + stage.shift
    assert (seen > 0).all()
    assert (seen < (width, height)).all()
    assert np.ptp(seen[..., 1]) > 0.3 * height  # and fills the picture


@pytest.mark.parametrize("seconds", [0.05, 1.0, 1.37])
def test_the_video_is_as_long_as_the_sound(tmp_path, seconds):
    sound = beep(tmp_path / "a.wav", seconds)
    motion = moving(VIOLIN, steps_in(round(seconds * AUDIO_RATE), 24))
    write_skeleton_video(motion, tmp_path / "a.mp4", sound, height=120)
    assert frames_in(tmp_path / "a.mp4") == len(motion)
    media = probe(tmp_path / "a.mp4")
    assert media.has_audio
    # AAC comes in packets of 1,024 samples
    assert media.duration == pytest.approx(seconds, abs=1 / 24 + 1024 / AUDIO_RATE)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "a.wav"]


def test_the_loudness_strip_follows_the_music():
    loudness = np.full(30, -60.0, np.float32)
    loudness[15:] = 0.0
    motion = moving(VIOLIN, loudness_db=loudness)
    stage = Stage.for_motion(motion, 400)
    assert stage.strip is not None
    bars = stage.strip.sum(axis=0)
    quiet, loud = bars[: len(bars) // 2 - 5], bars[len(bars) // 2 + 5 :]
    assert loud.max() > 4 * quiet.max()
    easel = Easel(stage.background, stage.strip)
    sketch = stage.sketch(motion, slice(0, 1))
    lit = []
    for played in (0.0, 0.5, 1.0, 0.5):
        easel.paint(sketch, 0, played)
        lit.append((easel.picture[-len(stage.strip) :] == LIT).all(axis=-1).sum())
    assert lit[0] == 0 < lit[1] < lit[2]
    assert lit[3] == lit[1]  # and goes back, when the music is played again


def test_a_motion_of_unknown_points_is_an_empty_stage(tmp_path):
    motion = Motion(np.full((3, 50, 2), np.nan), np.zeros((3, 50)), 24, "violin", (640, 480))
    write_skeleton_video(motion, tmp_path / "a.mp4", height=120)
    assert frames_in(tmp_path / "a.mp4") == 3


def test_progress_is_told(tmp_path):
    told: list[tuple[int, int]] = []
    motion = moving(VIOLIN, 200)
    write_skeleton_video(motion, tmp_path / "a.mp4", height=60, progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (200, 200)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_ffmpegs_reason_is_in_the_message(tmp_path):
    with pytest.raises(BadInput, match="No such file or directory"):
        write_skeleton_video(moving(VIOLIN), tmp_path / "gone" / "a.mp4", height=60)
    not_sound = tmp_path / "text.wav"
    not_sound.write_text("no sound at all")
    with pytest.raises(BadInput, match=r"text\.wav is not a sound .*Invalid data found"):
        write_skeleton_video(moving(VIOLIN), tmp_path / "a.mp4", not_sound, height=60)
    assert [p.name for p in tmp_path.iterdir()] == ["text.wav"]


@example([(0.875, 0.25, 1.0), (0.0, 0.0, 1.0)], [0.0] * 6)  # its soft edge reaches a third pixel
@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-30, 90), st.floats(-30, 70), st.floats(0.5, 30)), min_size=2, max_size=6),
    st.lists(st.floats(0, 1), min_size=6, max_size=6),
)
def test_only_what_changed_is_painted_and_converted(discs, played):
    """Painted bit by bit or whole, converted bit by bit or whole: the same bytes reach the encoder."""
    background = backdrop((64, 48))
    strip = np.random.default_rng(0).random((9, 64)) < 0.5
    sketch = Sketch(len(discs))
    for which, (x, y, radius) in enumerate(discs):
        where = np.arange(len(discs)) == which
        place = np.tile([x, y], (len(discs), 1)).astype(float)
        sketch.disc(place, radius, (20, 200, 90), where=where)
        sketch.line(np.stack([place, place * 0.5], axis=1), (200, 30, 120), radius / 2, where=where)
    at_once, bit_by_bit = Sink(), Sink()
    whole, parts = VideoWriter(at_once, (64, 48)), VideoWriter(bit_by_bit, (64, 48))
    easel = Easel(background, strip)
    for frame in range(len(discs)):
        parts.write(easel.picture, easel.paint(sketch, frame, played[frame]))
        fresh = Easel(background, strip)
        fresh.paint(sketch, frame, played[frame])
        np.testing.assert_array_equal(easel.picture, fresh.picture)
        whole.write(fresh.picture)
    assert len(bit_by_bit.sent) == len(discs)
    assert bit_by_bit.sent == at_once.sent


def test_a_sound_encoded_beforehand_is_muxed(tmp_path):
    sound = beep(tmp_path / "a.wav", 1.37)
    motion = moving(VIOLIN, steps_in(round(1.37 * AUDIO_RATE), 24))
    with sound_track(sound) as track:
        write_skeleton_video(motion, tmp_path / "a.mp4", track, height=60)
    write_skeleton_video(motion, tmp_path / "b.mp4", sound, height=60)
    assert probe(tmp_path / "a.mp4").has_audio
    assert probe(tmp_path / "a.mp4").duration == pytest.approx(1.37, abs=1 / 24 + 1024 / AUDIO_RATE)
    np.testing.assert_array_equal(decode_audio(tmp_path / "a.mp4"), decode_audio(tmp_path / "b.mp4"))
    (tmp_path / "text.wav").write_text("no sound at all")
    with (
        pytest.raises(BadInput, match=r"text\.wav is not a sound .*Invalid data found"),
        sound_track(tmp_path / "text.wav") as track,
    ):
        write_skeleton_video(motion, tmp_path / "c.mp4", track, height=60)
    assert not (tmp_path / "c.mp4").exists()


def test_an_interrupted_writer_leaves_nothing(tmp_path):
    def interrupted():
        with video_writer(tmp_path / "a.mp4", (64, 48)) as writer:
            writer.write(np.zeros((48, 64, 3), np.uint8))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_colours_survive(tmp_path):
    frame = np.zeros((48, 64, 3), np.uint8)
    frame[:, :32], frame[:, 32:] = (200, 40, 30), (30, 60, 210)  # BGR
    with video_writer(tmp_path / "a.mp4", (64, 48)) as writer:
        for _ in range(3):
            writer.write(frame)
    ok, seen = cv2.VideoCapture(str(tmp_path / "a.mp4")).read()
    assert ok
    np.testing.assert_allclose(seen[24, 8], (200, 40, 30), atol=12)
    np.testing.assert_allclose(seen[24, 56], (30, 60, 210), atol=12)


def test_frames_of_another_size_are_refused(tmp_path):
    with pytest.raises(ValueError, match="uint8 frames"), video_writer(tmp_path / "a.mp4", (64, 48)) as writer:
        writer.write(np.zeros((64, 48, 3), np.uint8))
    with pytest.raises(ValueError, match="even"), video_writer(tmp_path / "a.mp4", (63, 48)):
        pass
    assert list(tmp_path.iterdir()) == []
    assert [even(n) for n in (0.2, 3, 4.9, 719.6)] == [2, 4, 4, 720]


def test_the_backdrop_is_calm():
    picture = backdrop((320, 240)).astype(int)
    assert np.abs(np.diff(picture, axis=1)).max() <= 2  # no steps that an eye could see
    assert picture[100, 160].sum() > picture[0, 0].sum()


def test_an_empty_sketch_paints_nothing():
    image = np.full((10, 10, 3), 7, np.uint8)
    Sketch(2).paint(image, 1)
    assert (image == 7).all()


def test_the_bow_stays_in_the_picture():
    frames = 60
    points = np.stack([musician(VIOLIN)] * frames)
    hand = [*VIOLIN.right_hand, VIOLIN.index("right_wrist")]
    points[:, hand] += np.linspace(0, 90, frames)[:, None, None] * (0.4, -0.9)  # up-bow: the tip rises
    stage = Stage.for_motion(Motion(points, np.ones(points.shape[:2]), 24, "violin", (640, 480)), 400)
    tip = bow_tip(points * stage.zoom + stage.shift, VIOLIN, stage.scale)
    assert np.isfinite(tip).all()
    assert (tip >= 0).all()
    assert (tip <= stage.size).all()


def test_a_bow_whose_place_is_known_is_drawn_where_it_is():
    """The camera looks along z from the front: the player's left is the picture's right, a metre is 300 px."""
    rng = np.random.default_rng(0)
    joints = rng.uniform(-0.5, 0.5, (2, len(VIOLIN.points), 3))
    points = joints[..., :2] * (300.0, -300.0) + (320.0, 240.0)
    turns = np.array([[0.0, 0.0, 0.0, 1.0], [0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)]])  # to the left; upright
    room = Room(joints, np.ones(len(VIOLIN.points), np.uint8), {"bow": Prop(np.zeros((2, 3)), turns)})
    np.testing.assert_allclose(bow_ways(points, room), [(0.74 * 300, 0.0), (0.0, -0.74 * 300)], atol=1e-3)


def test_a_bow_at_rest_hangs_from_the_hand_and_leaves_the_violin():
    pictures = {}
    for lift in (0.0, 0.4, 1.0):
        motion = moving(VIOLIN, 1, bow_lift=np.array([lift], np.float32), bow_speed=np.zeros(1, np.float32))
        stage = Stage.for_motion(motion, 400)
        pictures[lift] = stage.background.copy()
        stage.sketch(motion, slice(0, 1)).paint(pictures[lift], 0)
    np.testing.assert_array_equal(pictures[0.0], pictures[0.4])  # beside the string it still points across it
    changed = np.argwhere((pictures[0.0] != pictures[1.0]).any(axis=-1))
    points = motion.points[0] * stage.zoom + stage.shift
    hand, tip = points[VIOLIN.index("right_hand_index_3")], bow_tip(points[None], VIOLIN, stage.scale)[0]
    near_tip = np.linalg.norm(changed[:, ::-1] - tip, axis=1) < 8  # the bow is no longer there
    assert near_tip.sum() > 5
    below = changed[
        (changed[:, 0] > hand[1] + 15 * stage.scale) & (np.abs(changed[:, 1] - hand[0]) < 12 * stage.scale)
    ]
    assert len(below) > 20  # but here


@pytest.mark.parametrize("size", [(854, 480), (480, 854), (400, 400)])
@pytest.mark.parametrize("layout", [VIOLIN, PIANO], ids=lambda layout: layout.name)
def test_figure_and_instrument_are_whole_and_centred_in_any_size(layout, size):
    """Wide, tall and square: nothing of musician, bow or keyboard leaves the picture, and neither side is empty."""
    motion = moving(layout)
    stage = Stage.for_motion(motion, size=size)
    assert stage.size == size
    seen = (motion.points * stage.zoom + stage.shift).reshape(-1, 2)
    if layout is PIANO:
        corners = stage.instrument.corners
        seen = np.concatenate([seen, corners])
        middle = 0.5 * (corners[:, 0].min() + corners[:, 0].max())
        assert middle == pytest.approx(size[0] / 2, abs=0.08 * size[0])
        assert np.ptp(corners[:, 0]) > 0.5 * min(size[0], 1.5 * size[1])
    else:
        seen = np.concatenate([seen, bow_tip(motion.points * stage.zoom + stage.shift, layout, stage.scale)])
    assert (seen > 0).all()
    assert (seen < size).all()
    left, right = seen[:, 0].min(), size[0] - seen[:, 0].max()
    assert max(left, right) < 0.45 * size[0]


def test_a_tall_picture_shows_who_stands_on_a_floor():
    tall = Stage.for_motion(moving(VIOLIN), size=(240, 560))
    assert tall.floor is not None
    assert 0.6 * 560 < tall.floor < 560
    easel = Easel(tall.background)
    easel.paint(tall.sketch(moving(VIOLIN), slice(0, 1)), 0)
    covered = np.flatnonzero((easel.picture != tall.background).any(axis=(1, 2)))
    assert abs(covered.max() - tall.floor) <= 2  # the shoes end where the floor is
    assert Stage.for_motion(moving(VIOLIN), size=(480, 270)).floor is None


@pytest.mark.parametrize(
    ("text", "size"), [("1080x1920", (1080, 1920)), ("854X480", (854, 480)), (" 640×360 ", (640, 360))]
)
def test_sizes_are_read(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "x", "640", "640x", "8x480", "99999x480", "6000x6000", "-640x480", "²x³", "1e3x480"]
)
def test_what_is_no_size_is_refused(text):
    with pytest.raises(BadInput, match=r"no video size|cannot be made"):
        parse_size(text)
