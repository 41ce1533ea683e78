"""A table for spreadsheets and statistics programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audio_to_body.inference.writers.base import Source, Writer
from audio_to_body.skeleton.files import replacing
from audio_to_body.skeleton.motion import Motion


class CsvWriter(Writer):
    """``.csv``: a row per frame: ``frame``, ``seconds``, scalar tracks, then ``<point>_x`` and ``<point>_y`` in px.

    Unknown points are empty cells.
    """

    format = "csv"
    suffix = ".csv"

    def write(self, motion: Motion, target: Path, source: Source) -> None:
        """Write the motion; see :meth:`Writer.write`."""
        import pandas

        frames = np.arange(len(motion))
        columns = {"frame": frames, "seconds": frames / motion.fps}
        columns |= {name: np.asarray(track) for name, track in motion.tracks.items() if np.ndim(track) == 1}
        for index, name in enumerate(motion.skeleton.points):
            columns[f"{name}_x"], columns[f"{name}_y"] = motion.points[:, index].T
        with replacing(target) as aside:
            pandas.DataFrame(columns).to_csv(aside, index=False, float_format="%.6g")
