"""Performances that the avatar's tests share: retargeted once."""

from __future__ import annotations

import pytest

from audio_to_body.avatar.retargeting import retarget
from audio_to_body.avatar.scene import RigMotion
from tests.avatar.motions import piano_motion, violin_motion


@pytest.fixture(scope="session")
def violinist() -> RigMotion:
    return retarget(violin_motion(tracks=False))


@pytest.fixture(scope="session")
def pianist() -> RigMotion:
    return retarget(piano_motion())
