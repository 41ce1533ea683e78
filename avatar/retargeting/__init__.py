"""Keypoints onto a rig (paper Sec. 5): one module per part of the body, one function per rule."""

from avatar.retargeting.live import LiveRetargeter
from avatar.retargeting.settings import RetargetSettings
from avatar.retargeting.whole import retarget

__all__ = ["LiveRetargeter", "RetargetSettings", "retarget"]
