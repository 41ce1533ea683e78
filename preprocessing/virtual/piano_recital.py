"""A virtual pianist: fingering and movement, and the sound of them."""

from __future__ import annotations

import numpy as np

from audio_to_body.musician.performance import Performance
from audio_to_body.musician.pianist import draw_pianist, play_piano
from audio_to_body.musician.piano_keys import pressed_keys
from audio_to_body.musician.staging import all_measured, piano_room
from audio_to_body.preprocessing.virtual.plans import Playing, RecitalPlan
from audio_to_body.preprocessing.virtual.sampled_sound import piano_sound
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.rates import VIDEO_FPS


def play(plan: RecitalPlan, music: Performance, times: np.ndarray, sound: np.ndarray | None = None) -> Playing:
    """Play the music of a plan; see :class:`Playing`."""
    rng = plan.generator("musician")
    player = draw_pianist(rng)
    piano = play_piano(player, music, times, rng)
    if sound is None:
        sound = piano_sound(music, plan.samples, plan.generator("sound"), instrument=plan.instrument)
    tracks = {
        "left_hand_place": piano.place[:, 0].astype(np.float32),
        "right_hand_place": piano.place[:, 1].astype(np.float32),
    }
    keys = pressed_keys(music.table(), 0, len(times), VIDEO_FPS)
    room = piano_room(piano.joints, player.seat, player.height, keys, all_measured(layout_named("piano")))
    return Playing(piano.joints, sound, tracks, room)
