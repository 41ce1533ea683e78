"""Two recitals, made once for all tests of the room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from audio_to_body.musician.bowing import Strokes, plan_strokes
from audio_to_body.musician.performance import Performance, chord_notes
from audio_to_body.musician.pianist import Pianist, PianoTruth, draw_pianist, play_piano
from audio_to_body.musician.violin_fingering import Stops, stop_violin
from audio_to_body.musician.violinist import Violinist, ViolinTruth, draw_violinist, play_violin
from audio_to_body.preprocessing.virtual import recitals
from audio_to_body.preprocessing.virtual.plans import plan_recitals

FPS = 240  # frames/s: fine enough to look between video frames


@dataclass(frozen=True)
class ViolinScene:
    music: Performance
    strokes: Strokes
    stops: Stops
    player: Violinist
    times: np.ndarray
    truth: ViolinTruth


@dataclass(frozen=True)
class PianoScene:
    music: Performance
    player: Pianist
    times: np.ndarray
    truth: PianoTruth


@pytest.fixture(scope="session")
def violin_scene() -> ViolinScene:
    plan = plan_recitals("violin", 1.0, seed=3)[0]
    music = recitals.programme(plan)
    player = draw_violinist(np.random.default_rng(5))
    strokes = plan_strokes(music, player.bow, np.random.default_rng(6))
    chord = chord_notes(music)
    stops = stop_violin(music.pitch, music.onset, chord, phrased=False)
    times = np.arange(int(plan.seconds * FPS)) / FPS
    truth = play_violin(player, music, strokes, stops, times, np.random.default_rng(7))
    return ViolinScene(music, strokes, stops, player, times, truth)


@pytest.fixture(scope="session")
def piano_scene() -> PianoScene:
    plan = plan_recitals("piano", 1.0, seed=3)[0]
    music = recitals.programme(plan)
    player = draw_pianist(np.random.default_rng(5))
    times = np.arange(int(plan.seconds * FPS)) / FPS
    return PianoScene(music, player, times, play_piano(player, music, times, np.random.default_rng(7)))


@pytest.fixture(scope="session")
def violin_recital() -> recitals.VirtualRecital:
    return recitals.make_recital(plan_recitals("violin", 1.5, seed=11)[0])


@pytest.fixture(scope="session")
def piano_recital() -> recitals.VirtualRecital:
    return recitals.make_recital(plan_recitals("piano", 1.5, seed=11)[0])
