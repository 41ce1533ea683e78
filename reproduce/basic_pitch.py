"""basic-pitch (Bittner et al., ICASSP 2022) as a hearer to compare with: its published ``nmp.onnx``, nothing else.

The net looks at windows of 2 s at 22.05 kHz that overlap by 30 of its frames, and gives three matrices at 86 frames a
second: notes, beginnings, contours. Beginnings are picked as its own package does: local maxima above 0.5.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audio_to_body.reproduce.heard import GRID, Hearing
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.note_resampling import NOTE_RATE

RATE, HOP = 22_050, 256
WINDOW = 2 * RATE - HOP  # samples
OVERLAP_FRAMES = 30
FRAMES = 172  # of a window
LOWEST = 21
BEGINNING, NOTE = 0.5, 0.3  # its package's own thresholds
INPUT, NOTES_OUT, BEGINNINGS_OUT = (
    "serving_default_input_2:0",
    "StatefulPartitionedCall:1",
    "StatefulPartitionedCall:2",
)


class BasicPitch:
    """Hears notes with basic-pitch.

    Parameters
    ----------
    path : path
        ``nmp.onnx`` of the wheel of basic-pitch 0.4.0.

    Raises
    ------
    BadInput
        If there is no such file or it is another net.
    """

    def __init__(self, path: Path) -> None:
        import onnxruntime

        if not path.is_file():
            raise BadInput(f"{path} is missing; take nmp.onnx out of the wheel of basic-pitch 0.4.0")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        names = {output.name for output in self._session.get_outputs()}
        if {NOTES_OUT, BEGINNINGS_OUT} - names:
            raise BadInput(f"{path} is not basic-pitch's net: it gives {', '.join(sorted(names))}")

    def matrices(self, sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities of notes and of beginnings, ``[frames, 88]``, of int16 sound at 24 kHz."""
        from scipy.signal import resample_poly

        resampled = resample_poly(sound / 32768.0, RATE // 150, NOTE_RATE // 150).astype(np.float32)
        margin = OVERLAP_FRAMES * HOP // 2
        step = WINDOW - OVERLAP_FRAMES * HOP
        padded = np.concatenate([np.zeros(margin, np.float32), resampled])
        notes, beginnings = [], []
        for first in range(0, len(padded), step):
            cut = padded[first : first + WINDOW]
            cut = np.pad(cut, (0, WINDOW - len(cut)))
            given = self._session.run([NOTES_OUT, BEGINNINGS_OUT], {INPUT: cut[None, :, None]})
            inner = slice(OVERLAP_FRAMES // 2, FRAMES - OVERLAP_FRAMES // 2)
            notes.append(given[0][0, inner])
            beginnings.append(given[1][0, inner])
        return np.concatenate(notes), np.concatenate(beginnings)

    def __call__(self, sound: np.ndarray) -> Hearing:
        """Notes and the likeliest pitch."""
        notes, beginnings = self.matrices(sound)
        # a window's frames cover a little more than its samples: its package corrects the times alike
        seconds = np.arange(len(notes)) * (WINDOW - OVERLAP_FRAMES * HOP) / (FRAMES - OVERLAP_FRAMES) / RATE
        middle = beginnings[1:-1]
        peaks = (middle >= BEGINNING) & (middle > beginnings[:-2]) & (middle > beginnings[2:])
        frames, keys = np.nonzero(peaks)
        onset = seconds[frames + 1]
        end = np.array([_end(notes[:, key], seconds, frame + 1) for frame, key in zip(frames, keys)])
        grid = np.arange(0.0, len(sound) / NOTE_RATE, GRID)
        at = np.clip(np.searchsorted(seconds, grid), 0, len(notes) - 1)
        sounding = notes[at].argmax(axis=1) + LOWEST
        return Hearing(Notes(onset, np.maximum(end, onset), keys + LOWEST).ordered(), sounding)


def _end(note: np.ndarray, seconds: np.ndarray, frame: int) -> float:
    """Where a note that begins at a frame falls below the threshold."""
    below = np.flatnonzero(note[frame + 1 :] < NOTE)
    return float(seconds[frame + 1 + below[0]] if len(below) else seconds[-1])
