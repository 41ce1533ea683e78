"""What the expressive piano net gives, by name: shared by its training and its planner."""

from __future__ import annotations

from audio_to_body.skeleton.layouts import HANDS12

LOWEST_KEY, KEYS = 20, 88  # MIDI of the human hands' first key column, and how many; the piano itself begins at 21
COORDINATES = 2 * HANDS12.size

DELAY, SHORT_DELAY = 4, 0  # frames by which the hands run behind the keys: as a rule, and for low latency
EARLIER = DELAY - SHORT_DELAY

_AXES = tuple(f"{point}_{axis}" for point in HANDS12.points for axis in "xy")  # px of the hands12 frame
TARGET_NAMES = _AXES + tuple(f"{name}_early" for name in _AXES)
assert len(TARGET_NAMES) == 2 * COORDINATES
