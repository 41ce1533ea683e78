"""Sounds with written notes by which a net is judged while it is being trained, in one file that travels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.inference.notes.card import NORMAL, by_half_steps
from audio_to_body.inference.notes.picking import Picker, notes_of
from audio_to_body.models.notes.scores import Agreement, agreement
from audio_to_body.models.notes.settings import DELAYS, HALVES, NoteSettings
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.note_bands import HOP
from audio_to_body.sound.note_features import note_features

TOLERANCES = (0.05, 0.1)  # seconds
THRESHOLD = 0.5


@dataclass(frozen=True)
class JudgedSound:
    """A sound at 24 kHz (int16 [samples]) and the notes written for it; ``group`` is what scores are added up by."""

    group: str
    sound: np.ndarray
    notes: Notes


def save_judged(path: str | Path, sounds: Sequence[JudgedSound]) -> None:
    """Write sounds and their notes to one npz."""
    arrays: dict[str, np.ndarray] = {"groups": np.array(json.dumps([sound.group for sound in sounds]))}
    for i, judged in enumerate(sounds):
        arrays[f"sound_{i}"] = judged.sound
        for name in ("onset", "end", "pitch", "velocity", "stroke"):
            arrays[f"{name}_{i}"] = getattr(judged.notes, name)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def load_judged(path: str | Path) -> list[JudgedSound]:
    """Read them back.

    Raises
    ------
    BadInput
        If there is no such file or it is of another kind.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            groups = json.loads(str(file["groups"]))
            names = ("onset", "end", "pitch", "velocity", "stroke")
            notes = [Notes(**{name: file[f"{name}_{i}"] for name in names}) for i in range(len(groups))]
            return [JudgedSound(group, file[f"sound_{i}"], notes[i]) for i, group in enumerate(groups)]
    except (OSError, KeyError, ValueError) as error:
        raise BadInput(f"{path} holds no sounds to judge by ({error})") from None


class Judge:
    """Judges a net by some sounds; their features are computed once.

    Parameters
    ----------
    settings : NoteSettings
    sounds : sequence of JudgedSound
    """

    def __init__(self, settings: NoteSettings, sounds: Sequence[JudgedSound]) -> None:
        self.settings, self.sounds = settings, sounds
        self.features = [by_net_steps(settings, judged.sound) for judged in sounds]

    def scores(self, answers: Sequence[np.ndarray], head: str = NORMAL) -> dict[str, list[Agreement]]:
        """Agreement at 50 and 100 ms by group.

        Parameters
        ----------
        answers : sequence of np.ndarray [steps, keys, outputs]
            Probabilities for :attr:`features`.
        """
        found: dict[str, list[Agreement]] = {}
        for judged, answer in zip(self.sounds, answers):
            heard = picked(self.settings, answer, head)
            sums = found.setdefault(judged.group, [Agreement()] * len(TOLERANCES))
            found[judged.group] = [
                total + agreement(heard, judged.notes, tolerance) for total, tolerance in zip(sums, TOLERANCES)
            ]
        return found


def by_net_steps(settings: NoteSettings, sound: np.ndarray) -> np.ndarray:
    """Features of int16 sound at 24 kHz as the net takes them, float32 [steps, 2 * columns, 2], ends included."""
    longest = max(DELAYS.values()) + 2 * HALVES
    silence = np.zeros(longest * HOP, np.float32)
    features = note_features(settings.front, np.concatenate([sound / np.float32(32768.0), silence]), resampled=True)
    whole = len(features) // HALVES
    return features[: whole * HALVES].reshape(whole, HALVES * settings.columns, 2)


def answers_of_head(settings: NoteSettings, answers: np.ndarray, head: str) -> np.ndarray:
    """``[steps, keys, outputs]`` at 24/s to one head's ``[2 * steps, keys, parts]`` at 48/s."""
    return by_half_steps(answers, len(DELAYS), list(DELAYS).index(head), HALVES)


def picked(settings: NoteSettings, answers: np.ndarray, head: str = NORMAL, threshold: float = THRESHOLD) -> Notes:
    """The notes that a net's probabilities ``[steps, keys, outputs]`` tell."""
    picker = Picker(settings.parts, settings.keys[0], threshold, DELAYS[head])
    return notes_of([picker.push(answers_of_head(settings, answers, head)), picker.finish()])


def told(scores: dict[str, list[Agreement]]) -> str:
    """One line: F1 at every tolerance, and precision and recall at the first."""
    parts = []
    for group, values in scores.items():
        both = "/".join(f"{value.f1:.3f}" for value in values)
        parts.append(f"{group} {both} (P {values[0].precision:.2f} R {values[0].recall:.2f})")
    return ", ".join(parts)
