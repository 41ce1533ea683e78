"""Notes as rows, and a violinist who plays them."""

import numpy as np

from audio_to_body.inference.violin.bow_settings import BowSettings
from audio_to_body.inference.violin.memory import BowMemory
from audio_to_body.inference.violin.musician import CLOCKS, EVERY, RATE, NoteViolinist
from audio_to_body.inference.violin.planner import PLAN, ViolinPlanner
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import VIDEO_FPS


def notes_of(rows):
    """Notes of (begin s, end s, pitch, begins a stroke)."""
    begin, end, pitch, stroke = (np.array(column) for column in zip(*rows))
    return Notes(begin, end, pitch, stroke=stroke)


def scale(count=24, length=0.4, start=1.0, seed=0):
    rng = np.random.default_rng(seed)
    return [(start + i * length, start + (i + 1) * length, int(rng.integers(55, 85)), True) for i in range(count)]


def at(seconds):
    return round(seconds * VIDEO_FPS)


def played(rows, seconds, habits=None, latency="file", level=0.0):
    musician = NoteViolinist(habits or BowSettings(), latency)
    musician.tell(notes_of(rows))
    levels = np.full(at(seconds), -60.0)
    for begin, end, _, _ in rows:
        levels[at(begin) : at(end) + 1] = level
    musician.tell_levels(levels)
    return musician.play_to(at(seconds))


def planned(rows, seconds, latency="file", level=0.0):
    """The plan of every frame, by :data:`PLAN`'s names: of fingers ``[frames, 4]``."""
    planner = ViolinPlanner(BowSettings(), RATE, CLOCKS[latency].lead, CLOCKS[latency].chord)
    planner.hearing.tell(notes_of(rows), True)
    planner.hearing.tell_levels(np.full(at(seconds) + 1, level))
    table = planner.plan(at(seconds) * EVERY, BowMemory(), EVERY)
    of = {name: table[:, i] for i, name in enumerate(PLAN)}
    return of | {
        what: np.stack([of[f"{what}_{f}"] for f in range(1, 5)], axis=1) for what in ("down", "over", "reach")
    }
