import numpy as np
import pytest

from audio_to_body.avatar import export
from audio_to_body.avatar.scene import RigMotion
from audio_to_body.skeleton.refusal import BadInput
from tests.avatar.motions import violin_motion

pytest.importorskip("panda3d", reason="Panda3D is not installed")


def test_pictures_show_a_musician_who_moves(violinist):
    from audio_to_body.avatar.render import Renderer

    renderer = Renderer(violinist, (320, 180), "front", detail=0.4)
    first, later = renderer.draw(0).copy(), renderer.draw(16).copy()
    renderer.close()
    assert first.shape == (180, 320, 3)
    background = first[5, 5].astype(int)
    assert (np.abs(first.astype(int) - background).sum(axis=2) > 40).mean() > 0.08
    assert (np.abs(first.astype(int) - later.astype(int)).sum(axis=2) > 30).mean() > 0.002
    # skin is warm, the jacket is blue: channels are in BGR order
    skin = first[(first[..., 2] > 170) & (first[..., 0] < first[..., 2] - 15)]
    assert len(skin) > 50


def test_the_shadow_follows_the_arm(violinist):
    from audio_to_body.avatar.lighting import KEY_DIRECTION, ShadowMap

    shadow = ShadowMap(np.array([0.0, 0.85, 0.25]), 2.9)
    rng = np.random.default_rng(0)
    ball = rng.normal(size=(4000, 3))
    ball = np.array([0.0, 1.0, 0.0]) + 0.2 * ball / np.linalg.norm(ball, axis=1, keepdims=True)
    shadow.draw([shadow.place(ball.astype(np.float32))])
    under = np.array([0.0, 1.0, 0.0]) - KEY_DIRECTION / KEY_DIRECTION[1]
    places = np.array([under, under + [0.8, 0.0, 0.0]], np.float32)
    lit = shadow.lit(shadow.place(places))
    assert lit[0] < 0.1
    assert lit[1] > 0.9


def test_video_has_every_frame(tmp_path):
    import cv2

    path = tmp_path / "audio_to_body.musician.mp4"
    export.render_mp4(violin_motion(10), path, size=(161, 90))
    capture = cv2.VideoCapture(str(path))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 10
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(24)
    capture.release()


def test_a_helping_process_draws_the_same_pictures(violinist, monkeypatch):
    from audio_to_body.avatar import video
    from audio_to_body.avatar.render import Renderer

    monkeypatch.setattr(video, "AHEAD", 3)
    renderer = Renderer(violinist, (160, 90), "front", detail=0.4)
    alone = [picture.copy() for picture in renderer.frames()]
    helped = video._HelpedDrawing(renderer, "front", detail=0.4)
    helped.ready.result()  # wait for the helper, so that it certainly draws
    together = list(helped.frames())
    helped.close()
    renderer.close()
    assert helped.received > len(alone) // 4
    np.testing.assert_array_equal(together, alone)


def test_a_helper_that_dies_is_done_without(violinist):
    from audio_to_body.avatar import video
    from audio_to_body.avatar.render import Renderer

    renderer = Renderer(violinist, (160, 90), "front", detail=0.4)
    helped = video._HelpedDrawing(renderer, "front", detail=0.4)
    helped.ready.result()
    for process in list(helped.pool._processes.values()):
        process.kill()
    assert len(list(helped.frames())) == len(violinist)
    helped.close()
    renderer.close()


def test_an_unknown_view_is_refused(violinist: RigMotion, tmp_path):
    with pytest.raises(BadInput, match="choose one of"):
        export.render_mp4(violinist, tmp_path / "x.mp4", view="below")
    assert not list(tmp_path.iterdir())


def test_a_shadow_has_an_even_edge():
    from audio_to_body.avatar.lighting import KEY_DIRECTION, ShadowMap

    rng = np.random.default_rng(0)
    around = rng.normal(size=(4000, 3))
    ball = (0.15 * around / np.linalg.norm(around, axis=1, keepdims=True)).astype(np.float32)
    shadow = ShadowMap(np.zeros(3), 2.9)
    line = np.linspace(-0.4, 0.4, 401)
    across = np.cross(KEY_DIRECTION, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    behind = (line[:, None] * across - 0.4 * KEY_DIRECTION).astype(np.float32)  # a line through the ball's shadow
    wall = np.concatenate([behind] * 90)  # as many vertices as detailed meshes have
    shadow.draw([shadow.place(ball), shadow.place(behind)])
    lit = shadow.lit(shadow.place(wall)).reshape(90, -1)
    assert (lit == lit[0]).all()
    lit = lit[0]
    assert lit[190:211].max() < 0.15  # dark in the middle
    assert lit[np.abs(line) > 0.25].min() > 0.97  # light beside it
    assert np.abs(np.diff(lit)).max() < 0.06  # 2 mm apart: no steps
    turns = np.abs(np.diff(np.sign(np.diff(lit[np.abs(np.diff(lit, prepend=0)) > 0.005])))).sum() / 2
    assert turns <= 2  # down once, up once


def test_what_stands_in_the_light_throws_no_shadow_on_itself():
    from audio_to_body.avatar.lighting import KEY_DIRECTION, ShadowMap

    rng = np.random.default_rng(1)
    facing = rng.normal(size=(30000, 3))
    facing /= np.linalg.norm(facing, axis=1, keepdims=True)
    shadow = ShadowMap(np.zeros(3), 2.9)
    placed = shadow.place((0.25 * facing).astype(np.float32))
    shadow.draw([placed])
    lit = shadow.lit(placed)
    assert lit[facing @ KEY_DIRECTION > 0.5].min() > 0.9
