"""Keypoints onto a rig (paper Sec. 5), one module per part of the body, one function per rule.

Joints that are known in metres are followed as they are (:mod:`audio_to_body.avatar.retargeting.following`).
"""

from audio_to_body.avatar.retargeting.live import LiveFollower, LiveRetargeter
from audio_to_body.avatar.retargeting.settings import RetargetSettings
from audio_to_body.avatar.retargeting.whole import retarget, taken_as_it_is

__all__ = ["LiveFollower", "LiveRetargeter", "RetargetSettings", "retarget", "taken_as_it_is"]
