"""What a net that hears notes should say of every key at every step, and how much each answer counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from audio_to_body.models.notes.settings import NoteSettings
from audio_to_body.skeleton.notes import LOUDEST, Notes
from audio_to_body.sound.note_bands import STEP_RATE

ONSET_REACH = 1.5  # steps from a note's beginning to where its triangle has fallen to 0
POSITIVE_WEIGHT = 3.0  # of a step with an onset beside one without: they are rare
CHANNELS = ("onset", "sounding", "held", "velocity", "stroke", "plucked")  # as kept: one byte each
FULL = 255


def written(notes: Notes, settings: NoteSettings, steps: int) -> np.ndarray:
    """Notes as bytes by step and key, before any delay.

    Parameters
    ----------
    notes : Notes
    settings : NoteSettings
    steps : int
        Steps at 48/s from 0 s on.

    Returns
    -------
    np.ndarray, uint8 [steps, keys, channels]
        ``onset`` is a triangle around the beginning, 255 at its top; ``velocity``, ``stroke`` (255 or 0) and
        ``plucked`` are those of the note whose triangle it is; ``sounding`` and ``held`` are 255 or 0.
    """
    result = np.zeros((steps, len(settings.keys), len(CHANNELS)), np.uint8)
    ordered = notes.ordered()
    for i in range(len(ordered)):
        key = int(ordered.pitch[i]) - settings.keys[0]
        if not 0 <= key < len(settings.keys):
            continue
        at = ordered.onset[i] * STEP_RATE
        first = max(0, int(np.ceil(at)))
        for channel, end in ((1, ordered.sounding_end[i]), (2, ordered.end[i])):
            result[first : max(first, int(np.ceil(end * STEP_RATE))), key, channel] = FULL
        for step in range(max(0, int(np.floor(at)) - 1), min(steps, int(np.floor(at)) + 3)):
            height = round(FULL * max(0.0, 1.0 - abs(step - at) / ONSET_REACH))
            if height > result[step, key, 0]:
                velocity = round(np.clip(ordered.velocity[i], 0, LOUDEST) / LOUDEST * FULL)
                marks = FULL * bool(ordered.stroke[i]), FULL * bool(ordered.plucked[i])
                result[step, key, 0], result[step, key, 3:] = height, (velocity, *marks)
    return result


def targets_and_weights(shares: Any, settings: NoteSettings, stack: Any) -> tuple[Any, Any]:
    """Targets and weights of one head from the channels as shares.

    Parameters
    ----------
    shares : array, float32 [..., channels]
        :func:`written` divided by 255, numpy's or torch's.
    settings : NoteSettings
    stack : callable
        ``numpy.stack`` or ``torch.stack``.

    Returns
    -------
    targets, weights : arrays [..., parts]
        In the order of ``settings.parts``.
    """
    onset, sounding, held, velocity, stroke, plucked = (shares[..., i] for i in range(len(CHANNELS)))
    begun = onset * stroke
    everywhere = onset * 0.0 + 1.0
    answers = [
        (onset, 1.0 + (POSITIVE_WEIGHT - 1.0) * onset),
        (sounding, settings.sounding_weight * everywhere),
        (held, settings.held_weight * everywhere),
        (velocity, settings.velocity_weight * onset),
    ]
    if settings.bowed:
        answers.append((begun, settings.stroke_weight * (1.0 + (POSITIVE_WEIGHT - 1.0) * begun)))
        answers.append((plucked, settings.plucked_weight * onset))
    return stack([answer for answer, _ in answers], -1), stack([weight for _, weight in answers], -1)
