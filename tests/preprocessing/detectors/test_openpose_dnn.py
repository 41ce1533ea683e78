"""OpenPose's nets in OpenCV: decoding of maps whose answer is known, and nets made here in Caffe's own format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audio_to_body.preprocessing.detectors.openpose_dnn import OpenPoseNets
from audio_to_body.preprocessing.detectors.part_affinity import (
    BODY_25,
    COCO,
    BodyModel,
    decode_bodies,
    decode_hand,
    peaks,
)
from audio_to_body.preprocessing.detectors.people import hand_box
from audio_to_body.skeleton.refusal import BadInput

PERSON = np.array([(40, 10), (40, 20), (30, 20), (25, 32), (28, 44), (50, 20), (56, 31), (55, 43)], float)


def maps_of(
    people: list[np.ndarray], model: BodyModel, channels: int, size: tuple[int, int] = (60, 120)
) -> np.ndarray:
    """Heat maps and fields as a perfect net would give them; NaN points are absent."""
    y, x = np.mgrid[: size[0], : size[1]].astype(float)
    maps = np.zeros((channels, *size), np.float32)
    for person in people:
        for part, point in enumerate(person):
            if np.isfinite(point).all():
                blob = 0.9 * np.exp(-((x - point[0]) ** 2 + (y - point[1]) ** 2) / (2 * 1.5**2))
                maps[part] = np.maximum(maps[part], blob)
        for first, second, channel in model.fields:
            a, b = person[first], person[second]
            if not np.isfinite([*a, *b]).all():
                continue
            along = (b - a) / np.linalg.norm(b - a)
            offset = np.stack([x - a[0], y - a[1]])
            t, away = offset[0] * along[0] + offset[1] * along[1], offset[0] * along[1] - offset[1] * along[0]
            limb = (t >= -1) & (t <= np.linalg.norm(b - a) + 1) & (np.abs(away) < 2)
            for axis in range(2):
                maps[model.parts + 1 + channel + axis][limb] = along[axis]
    return maps


@pytest.mark.parametrize(("model", "channels"), [(BODY_25, 78), (COCO, 57)])
def test_two_people_are_told_apart(model, channels):
    second = PERSON + (22.4, 5.3)  # close enough that their arms cross
    bodies = decode_bodies(maps_of([PERSON, second], model, channels), model)
    assert len(bodies) == 2
    bodies.sort(key=lambda body: body[1, 0])
    for body, truth in zip(bodies, (PERSON, second)):
        np.testing.assert_allclose(body[:, :2], truth, atol=0.35)
        assert (body[:, 2] > 0.7).all()


def test_a_hidden_wrist_is_missing_and_nobody_is_nobody():
    hidden = PERSON.copy()
    hidden[4] = np.nan
    (body,) = decode_bodies(maps_of([hidden], BODY_25, 78), BODY_25)
    assert np.flatnonzero(np.isnan(body[:, 0])).tolist() == [4]
    assert body[4, 2] == 0
    assert decode_bodies(np.zeros((78, 20, 20), np.float32), BODY_25) == []


def test_peaks_lie_between_cells():
    y, x = np.mgrid[:20, :30]
    heat = np.exp(-((x - 12.3) ** 2 + (y - 7.6) ** 2) / 4)
    found = peaks(heat)
    assert len(found) == 1
    np.testing.assert_allclose(found[0, :2], (12.3, 7.6), atol=0.25)


def test_a_hand_takes_its_highest_peaks():
    maps = np.zeros((22, 46, 46), np.float32)
    for number in range(20):  # the last point is not seen
        maps[number, 10 + number, 5 + number] = 0.6
    maps[3, 40, 40] = 0.4
    hand = decode_hand(maps)
    np.testing.assert_allclose(hand[3], (8, 13, 0.6), atol=0.3)
    assert np.isnan(hand[20, 0])


def test_hand_boxes_follow_openposes_rule():
    body = np.column_stack([PERSON * 10, np.ones(8)])
    x, y, side = hand_box(body, "right")
    np.testing.assert_allclose((x, y), PERSON[4] * 10 + 0.33 * (PERSON[4] - PERSON[3]) * 10)
    forearm, upper = (np.linalg.norm(PERSON[a] - PERSON[b]) * 10 for a, b in ((4, 3), (3, 2)))
    assert side == pytest.approx(1.8 * max(forearm, 0.9 * upper))
    body[3, 2] = 0
    assert hand_box(body, "right") is None


# A Caffe net in its own format: one convolution with stride 8


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    parts = bytearray()
    while True:
        parts.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(parts)


def write_net(prototxt: Path, weights: Path, kernel: np.ndarray, bias: np.ndarray) -> None:
    prototxt.parent.mkdir(parents=True, exist_ok=True)
    prototxt.write_text(
        f"""name: "made"
input: "image"
input_dim: 1 input_dim: 3 input_dim: 368 input_dim: 368
layer {{ name: "maps" type: "Convolution" bottom: "image" top: "maps"
  convolution_param {{ num_output: {len(kernel)} kernel_size: 8 stride: 8 }} }}
"""
    )
    layer = _field(1, b"maps") + _field(2, b"Convolution")
    layer += b"".join(_field(7, _blob(values)) for values in (kernel, bias))
    weights.write_bytes(_field(1, b"made") + _field(100, layer))


def _blob(values: np.ndarray) -> bytes:
    shape = _field(1, b"".join(_varint(side) for side in values.shape))
    return _field(7, shape) + _field(5, values.astype("<f4").tobytes())


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    """OpenPose's folder: neck, right and left shoulder answer to red, green and blue, hand point 0 to white."""
    folder = tmp_path_factory.mktemp("models")
    body, bias = np.random.default_rng(0).normal(0, 1e-5, (78, 3, 8, 8)), np.zeros(78)
    for part, colour in ((1, 2), (2, 1), (5, 0)):  # the net sees blue, green, red
        body[part] = -0.5 / 64
        body[part, colour] = 1 / 64
    bias[26 + 14], bias[26 + 22] = -0.9, 0.9  # the fields of both shoulders point away from the neck
    write_net(
        folder / "pose/body_25/pose_deploy.prototxt",
        folder / "pose/body_25/pose_iter_584000.caffemodel",
        body,
        bias,
    )
    hand = np.zeros((22, 3, 8, 8))
    hand[0] = 1 / 192
    write_net(folder / "hand/pose_deploy.prototxt", folder / "hand/pose_iter_102000.caffemodel", hand, np.zeros(22))
    return folder


def spot(picture: np.ndarray, x: float, y: float, colour: int | slice) -> None:
    """A soft spot of light."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    light = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 6.0**2))
    picture[..., colour] = np.maximum(
        picture[..., colour], light.astype(np.uint8)[(...,) + (None,) * (colour == ALL)]
    )


ALL = slice(None)


def test_a_body_is_found_where_it_is(models):
    picture = np.zeros((240, 320, 3), np.uint8)
    places = {1: (160, 100), 2: (110, 105), 5: (215, 103)}
    for colour, part in enumerate(places):
        spot(picture, *places[part], colour)
    ((person,),) = OpenPoseNets(models).people([picture])
    for part, place in places.items():
        np.testing.assert_allclose(person.body[part, :2], place, atol=2.5)  # a cell is 5 px
    assert np.isnan(person.body[[0, 3, 4, 6, 7], 0]).all()
    assert np.isnan(person.left_hand[:, 0]).all()  # without an arm there is no place to look


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_hand_is_found_where_it_is_on_both_sides(models, side):
    nets = OpenPoseNets(models)
    body = np.full((8, 3), np.nan, np.float32)
    shoulder, elbow, wrist = ((2, 3, 4), (5, 6, 7))[side == "left"]
    body[[shoulder, elbow, wrist]] = [(100, 100, 1), (100, 200, 1), (200, 200, 1)]
    picture = np.zeros((480, 640, 3), np.uint8)
    spot(picture, 263.5, 183.5, ALL)  # off the crop's middle, so that a forgotten mirror shows
    hand = nets._find_hand(picture, body, side)
    np.testing.assert_allclose(hand[0, :2], (263.5, 183.5), atol=2)


def test_missing_and_damaged_nets_are_told(tmp_path, models):
    with pytest.raises(BadInput, match="has no body net of OpenPose"):
        OpenPoseNets(tmp_path)
    for name in ("pose_deploy.prototxt", "pose_iter_584000.caffemodel"):
        (tmp_path / "pose/body_25").mkdir(parents=True, exist_ok=True)
        (tmp_path / "pose/body_25" / name).write_bytes(b"not a net")
    with pytest.raises(BadInput, match="cannot be read as OpenPose's body net"):
        OpenPoseNets(tmp_path)
