"""Keypoints onto a rig (paper Sec. 5): one module per part of the body, one function per rule."""

from audio_to_body.avatar.retargeting.live import LiveRetargeter
from audio_to_body.avatar.retargeting.settings import RetargetSettings
from audio_to_body.avatar.retargeting.whole import retarget

__all__ = ["LiveRetargeter", "RetargetSettings", "retarget"]
