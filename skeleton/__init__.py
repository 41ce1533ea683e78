"""The ground floor: keypoint layouts, rates and the Motion type. Imports numpy only."""

from audio_to_body.skeleton.layouts import LAYOUTS, Layout, layout_named
from audio_to_body.skeleton.motion import Motion, load_motion, save_motion
from audio_to_body.skeleton.room import Prop, Room

__all__ = ["LAYOUTS", "Layout", "Motion", "Prop", "Room", "layout_named", "load_motion", "save_motion"]
