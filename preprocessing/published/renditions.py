"""One clip of human hands, sounded in several ways: what the expressive piano net is trained on.

Rendition 0 is the dataset's own sound. The others play the same clip on another piano in another room: transposed
(the hands move along with the keys), detuned, pedalled, equalised, with noise. A net that has heard only one dry
sampled piano follows no real recording.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.musician.human_hands import PIXELS_PER_METRE
from audio_to_body.preprocessing.dataset import Recital
from audio_to_body.preprocessing.published.pianomime import piano_from_notes, recital_sound
from audio_to_body.skeleton.piano_targets import KEYS, LOWEST_KEY
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.sound.audio import mono, rms_normalise

SEMITONE = 0.1645 / 12 * PIXELS_PER_METRE  # px; an octave of keys measures 164.5 mm
FARTHEST = 5  # semitones of transposition
DETUNING = 0.12  # semitones, standard deviation
PEDAL_SHARE = 0.5  # of the renditions; the file's notes end when the finger leaves the key
PEDAL_SECONDS = (0.6, 2.5)  # between changes of the pedal
NOISE_DB = (-70.0, -35.0)  # relative to the music
TILT_DB = 6.0  # dB over the range of hearing, standard deviation: microphone and distance
RIPPLE_DB = 3.0  # dB of the equaliser's octave-wide waves, standard deviation


@dataclass(frozen=True)
class Rendition:
    """A clip as it sounds and moves once.

    Attributes
    ----------
    sound : np.ndarray, float32 [samples]
        Mono, RMS 0 dB.
    points : np.ndarray, float32 [frames, 12, 2]
        Pixels.
    notes : np.ndarray, float64 [n, 4]
        Onset s, end s (of the finger), MIDI pitch, velocity.
    """

    sound: np.ndarray
    points: np.ndarray
    notes: np.ndarray


def rendition(recital: Recital, number: int) -> Rendition:
    """A clip's rendition by number; the same number gives the same rendition.

    Parameters
    ----------
    recital : Recital
        Of the dataset of human hands.
    number : int
        0 is the dataset's own sound.
    """
    notes = recital.tracks["notes"]
    if number == 0:
        return Rendition(mono(recital_sound(recital)), recital.keypoints, notes)
    seed = [*(int(value) for value in recital.tracks["sound_seed"]), number]
    rng = np.random.default_rng([*seed, 0x4E4])
    shift = int(rng.integers(-FARTHEST, FARTHEST + 1))
    moved = notes.copy()
    moved[:, 2] += shift
    moved[:, 3] = np.clip(moved[:, 3] + rng.normal(0, 0.08) + rng.normal(0, 0.06, len(notes)), 0.15, 1.0)
    moved = moved[(moved[:, 2] >= LOWEST_KEY) & (moved[:, 2] < LOWEST_KEY + KEYS)]
    sounding = moved.copy()
    sounding[:, 2] += rng.normal(0, DETUNING)
    if rng.random() < PEDAL_SHARE:
        sounding[:, 1] = _pedalled(moved, len(recital) / VIDEO_FPS, rng)
    samples = len(recital) * AUDIO_RATE // VIDEO_FPS
    sound = _recorded(mono(piano_from_notes(sounding, samples, seed)), rng)
    points = recital.keypoints + np.array([shift * SEMITONE, 0.0], np.float32)
    return Rendition(rms_normalise(sound), points, moved)


def _pedalled(notes: np.ndarray, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Ends of notes held on until the pedal changes."""
    changes = np.cumsum(rng.uniform(*PEDAL_SECONDS, int(seconds / PEDAL_SECONDS[0]) + 2))
    return np.maximum(notes[:, 1], changes[np.minimum(np.searchsorted(changes, notes[:, 1]), len(changes) - 1)])


def _recorded(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a microphone makes of it: a tilted, rippled frequency response and pink noise."""
    from scipy import fft

    spectrum = fft.rfft(sound)
    octaves = np.log2(np.maximum(fft.rfftfreq(len(sound), 1 / AUDIO_RATE), 20.0) / 1000.0).astype(np.float32)
    response = np.float32(rng.normal(0, TILT_DB) / 5) * octaves
    for _ in range(3):
        wave = np.sin(octaves * np.float32(rng.uniform(1, 5)) + np.float32(rng.uniform(0, 2 * np.pi)))
        response += np.float32(rng.normal(0, RIPPLE_DB / 2)) * wave
    noise = rng.standard_normal((2, len(spectrum)), dtype=np.float32)
    pink = (noise[0] + 1j * noise[1]) * np.exp2(-octaves / 2)
    level = np.float32(10 ** (rng.uniform(*NOISE_DB) / 20))
    pink *= level * np.linalg.norm(spectrum) / max(float(np.linalg.norm(pink)), 1e-9)  # Parseval: powers compare
    return fft.irfft(spectrum * 10 ** (response / 20) + pink, len(sound)).astype(np.float32)


def key_activity(notes: np.ndarray, frames: int, rate: float = VIDEO_FPS) -> np.ndarray:
    """How freshly each key was struck: 1 at the onset, falling to a third while it is held, 0 when it is up.

    Parameters
    ----------
    notes : np.ndarray [n, 4]
    frames : int
    rate : float
        Steps per second.

    Returns
    -------
    np.ndarray, float32 [frames, 88]
    """
    activity = np.zeros((frames, KEYS), np.float32)
    for onset, end, pitch, _ in notes:
        first = min(int(np.ceil(onset * rate - 1e-6)), frames - 1)
        last = min(max(int(np.ceil(end * rate - 1e-6)), first + 1), frames)
        age = np.arange(last - first) / rate
        activity[first:last, int(pitch) - LOWEST_KEY] = 1 / 3 + 2 / 3 * np.exp(-age / KEY_DECAY)
    return activity


KEY_DECAY = 0.15  # s
