"""The ground floor: keypoint layouts, rates and the Motion type. Imports numpy only."""

from skeleton.layouts import LAYOUTS, Layout, layout_named
from skeleton.motion import Motion, load_motion, save_motion

__all__ = ["LAYOUTS", "Layout", "Motion", "layout_named", "load_motion", "save_motion"]
