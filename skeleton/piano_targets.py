"""What the expressive piano net gives, by name: shared by its training and its planner."""

from __future__ import annotations

from audio_to_body.skeleton.layouts import HANDS12

LOWEST_KEY, KEYS = 20, 88  # MIDI of the human hands' first key column, and how many; the piano itself begins at 21
COORDINATES = 2 * HANDS12.size

# frames by which the hands run behind the keys: people are on their way long before a key goes down, and a net that
# may wait knows it. In files, live, and for low latency.
DELAYS = (12, 4, 0)
DELAY = DELAYS[0]

_AXES = tuple(f"{point}_{axis}" for point in HANDS12.points for axis in "xy")  # px of the hands12 frame
TARGET_NAMES = _AXES + tuple(f"{name}_{delay}" for delay in DELAYS[1:] for name in _AXES)
assert len(TARGET_NAMES) == len(DELAYS) * COORDINATES
