from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from audio_to_body.musician.body import draw_body
from audio_to_body.musician.violin_posture import Posture, pose_violinist

FRAMES = 40
ROUNDING = 1e-12  # metres; sines of one number and of many may differ in their last bit


def postures(seed: int) -> Posture:
    rng = np.random.default_rng(seed)
    values = {name: rng.uniform(-0.3, 0.3, FRAMES) for name in Posture._fields}
    for name in ("position", "lift"):
        values[name] = rng.uniform(0, 1, FRAMES)
    for name in ("string", "level", "left_string"):
        values[name] = rng.uniform(0, 3, FRAMES)
    values["place"] = rng.uniform(1, 15, FRAMES)
    values["down"], values["over"] = rng.uniform(0, 1, (4, FRAMES)), rng.uniform(0, 3, (4, FRAMES))
    values["reach"] = rng.uniform(0, 0.2, (4, FRAMES))
    return Posture(**values)


@pytest.mark.parametrize("seed", [0, 1])
def test_one_frame_in_floats_is_that_frame_of_many(seed: int) -> None:
    body, many = draw_body(np.random.default_rng(seed)), postures(seed)
    whole = pose_violinist(body, many)
    for frame in range(FRAMES):
        values = {name: values[..., frame].tolist() for name, values in many._asdict().items()}
        one = pose_violinist(body, Posture(**values))
        for part in fields(whole):
            expected = getattr(whole, part.name)[frame : frame + 1]
            np.testing.assert_allclose(getattr(one, part.name), expected, rtol=0, atol=ROUNDING)
