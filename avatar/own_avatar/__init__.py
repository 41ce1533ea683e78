"""Onto one's own avatar: any humanoid GLB or VRM, its bones found by name, its rest pose respected.

The avatar's joints are read in its rest pose, stretched into a T, and become a skeleton with the project's bone
names: retargeting then solves for these proportions. Written rotations go back to the avatar's own rest pose.
"""

from audio_to_body.avatar.own_avatar.figure import figure
from audio_to_body.avatar.own_avatar.nodes import world_rest
from audio_to_body.avatar.own_avatar.reading import OwnAvatar, read_avatar
from audio_to_body.avatar.own_avatar.writing import write_avatar_glb

__all__ = ["OwnAvatar", "figure", "read_avatar", "world_rest", "write_avatar_glb"]
