"""What the expressive piano net gives, by name: shared by its training and its planner."""

from __future__ import annotations

from audio_to_body.skeleton.layouts import HANDS12

LOWEST_KEY, KEYS = 20, 88  # MIDI of the first key target, and how many; the piano itself begins at 21
COORDINATES = 2 * HANDS12.size
KEYS_AHEAD = 3  # frames that the keys run before the hands, so that a planner can lift a finger before it strikes

# two coordinates per point (px of the hands12 frame), then keys (0 up, 1 struck)
TARGET_NAMES = tuple(f"{point}_{axis}" for point in HANDS12.points for axis in "xy") + tuple(
    f"key_{LOWEST_KEY + key}" for key in range(KEYS)
)
assert len(TARGET_NAMES) == COORDINATES + KEYS
