"""Notes as a net that listens would tell them: some missed, an octave off, too many, early, late, held too long.

The piano net that moves the hands is trained on human hands whose notes are known. When it plays, its notes have been
heard; these are the errors of hearing, so that it has met them.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.skeleton.notes import Notes

MISSED = 0.08  # share of the notes, at severity 1
OCTAVE = 0.02
INVENTED = 0.03  # notes that nobody played: mostly an octave or a twelfth above one that sounds
JITTER = 0.015  # s, standard deviation of the onsets
WRONG_END = 0.4  # standard deviation of the logarithm of the lengths
SHORTEST = 0.06  # s of a note
_OVERTONES = (12, 12, 19, 24, -12)  # semitones


def as_heard(notes: Notes, rng: np.random.Generator, severity: float = 1.0) -> Notes:
    """The notes with errors of hearing.

    Parameters
    ----------
    notes : Notes
    rng : np.random.Generator
    severity : float
        0: none; 1: a good net on a clean recording.
    """
    kept = notes.chosen(rng.random(len(notes)) >= MISSED * severity)
    count = len(kept)
    pitch = kept.pitch + 12 * np.where(rng.random(count) < OCTAVE * severity, rng.choice([-1, 1], count), 0)
    more = np.flatnonzero(rng.random(count) < INVENTED * severity)
    which = np.concatenate([np.arange(count), more])
    pitch = np.concatenate([pitch, kept.pitch[more] + rng.choice(_OVERTONES, len(more))])
    onset = np.maximum(kept.onset[which] + rng.normal(0, JITTER * severity, len(which)), 0.0)
    length = (kept.end - kept.onset)[which] * np.exp(rng.normal(0, WRONG_END * severity, len(which)))
    heard = Notes(onset, onset + np.maximum(length, SHORTEST), pitch, kept.velocity[which])
    return heard.chosen((pitch >= 21) & (pitch <= 108)).ordered()
