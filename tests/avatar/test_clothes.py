"""Where the musician's clothes end."""

import numpy as np
import pytest

from audio_to_body.avatar.mannequin import mannequin
from audio_to_body.avatar.mannequin_parts import CUFF_RADIUS, hem


@pytest.mark.parametrize("detail", [0.7, 1.0])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_sleeve_ends_straight_and_wider_than_its_cuff(side, detail):
    """Two surfaces that graze each other meet in a ragged line; a sleeve's edge around a cuff is a clean one."""
    skeleton, meshes = mannequin(detail)
    vertices_of = {mesh.name: mesh.vertices for mesh in meshes}
    end = hem(skeleton, side)
    along = end - skeleton.at(f"{side}LowerArm")
    along /= np.linalg.norm(along)

    def around(vertices):
        ahead = (vertices - end) @ along
        return ahead, np.linalg.norm(vertices - end - ahead[:, None] * along, axis=1)

    ahead, radius = around(vertices_of["jacket"])
    assert ahead.max() < 0.003
    edge = np.abs(ahead - ahead.max()) < 0.012
    seen_cuff = around(vertices_of[f"{side} cuff"])[1].max()
    assert radius[edge].max() > seen_cuff + 0.002
    assert seen_cuff == pytest.approx(CUFF_RADIUS, abs=0.002)
