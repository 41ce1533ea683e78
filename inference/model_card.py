"""What a model file says about itself: one JSON text in the ONNX metadata, enough to serve the file alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

METADATA_KEY = "audio_to_body_dynamics"
FORMAT_VERSION = 1

# names of the graph's inputs and outputs
FEATURES = "features"  # float32 [steps, batch, features], as the front end computes them (not normalised)
HIDDEN_IN, CELL_IN = "hidden", "cell"  # float32 [layers, batch, hidden size]
KEYPOINTS = "keypoints"  # float32 [steps, batch, points, 2], pixels in the dataset's reference frame
TARGETS = "targets"  # float32 [steps, batch, k], what an expressive net gives in place of keypoints
HIDDEN_OUT, CELL_OUT = "hidden_out", "cell_out"


@dataclass(frozen=True)
class ModelCard:
    """The metadata of a model file.

    Attributes
    ----------
    instrument, layout : str
    point_names : list of str
    edges : list of [int, int]
    frame_size : [int, int]
        Width and height of the reference frame in pixels.
    video_fps : float
        Frames per second of the motion.
    upsample : int
        Network steps per frame; the network runs at ``video_fps * upsample`` steps/s.
    delay_steps : int
        The keypoints of step ``i`` come out at step ``i + delay_steps`` (paper Sec. 4, time delay).
    audio_rate : int
        Samples per second of the sound.
    features : str
        Name of the front end: ``"mfcc28"`` is the paper's.
    feature_count, hidden_size, layers, pca_components : int
        ``pca_components`` is 0 for a net trained on keypoints directly.
    family : str
        ``"faithful"`` (the paper's net) or ``"expressive"``.
    data, profile : str
        What it was trained on, as tables name it.
    hours : float
        Of training data.
    seed, epochs : int
    errors : dict of str to float
        Mean error in pixels on ``train``, ``valid``, ``test``.
    command : str
        What made it.
    sources : list of str
        Where the data came from, each with its licence.
    target_names : list of str
        What a net gives that does not give keypoints; a planner turns it into motion.
    extra : dict
        What else a family needs (planner settings, for instance).
    """

    instrument: str
    layout: str
    point_names: list[str]
    edges: list[list[int]]
    frame_size: list[int]
    video_fps: float
    upsample: int
    delay_steps: int
    audio_rate: int
    features: str
    feature_count: int
    hidden_size: int
    layers: int
    pca_components: int
    family: str = "faithful"
    data: str = ""
    profile: str = ""
    hours: float = 0.0
    seed: int = 0
    epochs: int = 0
    errors: dict[str, float] = field(default_factory=dict)
    command: str = ""
    sources: list[str] = field(default_factory=list)
    target_names: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    version: int = FORMAT_VERSION

    @property
    def rate(self) -> float:
        """Network steps per second."""
        return self.video_fps * self.upsample

    def to_json(self) -> str:
        """The text that goes under :data:`METADATA_KEY`."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ModelCard:
        """Read the text back.

        Raises
        ------
        ValueError
            If it is not JSON, lacks a field or is of another version.
        """
        values = json.loads(text)
        if not isinstance(values, dict):
            raise ValueError("the metadata is not a table")
        if values.get("version") != FORMAT_VERSION:
            raise ValueError(f"the metadata has version {values.get('version')}, not {FORMAT_VERSION}")
        known = {f.name for f in fields(cls)}
        try:
            return cls(**{key: value for key, value in values.items() if key in known})
        except TypeError as error:
            raise ValueError(f"the metadata is incomplete ({error})") from None
