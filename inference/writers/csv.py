"""A table for spreadsheets and statistics programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audio_to_body.inference.writers.base import Source, Writer
from audio_to_body.skeleton.files import replacing
from audio_to_body.skeleton.layouts import Layout
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.room import Room


class CsvWriter(Writer):
    """``.csv``: a row per frame: ``frame``, ``seconds``, scalar tracks, then ``<point>_x`` and ``<point>_y`` in px.

    Where the motion has a room, metres follow: ``<point>_x_m``, ``_y_m``, ``_z_m``, then the same of each prop with
    its turn ``<prop>_qx``, ``_qy``, ``_qz``, ``_qw``, then ``key_<pitch>_m`` of the keys that are ever pressed.
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
        if motion.room is not None:
            columns |= _metres(motion.room, motion.skeleton)
        with replacing(target) as aside:
            pandas.DataFrame(columns).to_csv(aside, index=False, float_format="%.6g")


def _metres(room: Room, layout: Layout) -> dict[str, np.ndarray]:
    """The room's columns."""
    columns: dict[str, np.ndarray] = {}
    places = {name: room.joints[:, index] for index, name in enumerate(layout.points)}
    for name, place in (places | {name: prop.translation for name, prop in room.props.items()}).items():
        columns |= {f"{name}_{axis}_m": place[:, i] for i, axis in enumerate("xyz")}
        if name in room.props:
            columns |= {f"{name}_q{part}": room.props[name].rotation[:, i] for i, part in enumerate("xyzw")}
    for pitch, down in room.keys_by_pitch().items():
        columns[f"key_{pitch}_m"] = down
    return columns
