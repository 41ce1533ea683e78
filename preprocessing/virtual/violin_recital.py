"""A virtual violinist: bow strokes, stopped strings and movement, and the sound of them."""

from __future__ import annotations

import numpy as np

from audio_to_body.musician.bowing import plan_strokes
from audio_to_body.musician.performance import Performance, chord_notes
from audio_to_body.musician.staging import all_measured, violin_room
from audio_to_body.musician.violin_fingering import stop_violin
from audio_to_body.musician.violinist import draw_violinist, play_violin
from audio_to_body.preprocessing.virtual.plans import Playing, RecitalPlan
from audio_to_body.preprocessing.virtual.sampled_sound import violin_sound
from audio_to_body.skeleton.layouts import layout_named


def play(plan: RecitalPlan, music: Performance, times: np.ndarray, sound: np.ndarray | None = None) -> Playing:
    """Play the music of a plan; see :class:`Playing`."""
    rng = plan.generator("musician")
    player = draw_violinist(rng)
    chord = chord_notes(music)
    strokes = plan_strokes(music, player.bow, plan.generator("bowing"))
    stops = stop_violin(music.pitch, music.onset, chord, phrased=False)  # else VERSION of the recitals rises
    violin = play_violin(player, music, strokes, stops, times, rng)
    if sound is None:
        opens = np.zeros(len(music), bool)
        opens[strokes.first_note] = True
        opens |= chord & opens[strokes.first_note[strokes.of_note]]
        sound = violin_sound(
            music, opens, player.vibrato, plan.samples, plan.generator("sound"), instrument=plan.instrument
        )
    tracks = {
        "bow_position": violin.bow.position.astype(np.float32),
        "bow_speed": violin.bow.speed.astype(np.float32),
        "string": violin.string.astype(np.float32),
        "finger_position": violin.finger_position.astype(np.float32),
    }
    room = violin_room(player.body, violin.pose, all_measured(layout_named("violin")))
    return Playing(violin.joints, sound, tracks, room)
