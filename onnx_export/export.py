"""A trained net to one self-contained ``.onnx`` file, written only when it gives the Caffe2 net's numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.inference.model_card import ModelCard
from audio_to_body.inference.model_file import with_checksum
from audio_to_body.inference.planning import SETTINGS, habits_of
from audio_to_body.models.checkpoint import TrainedNet, load_net
from audio_to_body.onnx_export import graph, parity
from audio_to_body.onnx_export.parity import Parity
from audio_to_body.skeleton.files import refused, write_bytes
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput


@dataclass(frozen=True)
class Report:
    """What an export made.

    Attributes
    ----------
    path : str
    size : int
        Bytes.
    sha256 : str
    parity : Parity
    card : ModelCard
    """

    path: str
    size: int
    sha256: str
    parity: Parity
    card: ModelCard


def card_of(
    net: TrainedNet,
    *,
    profile: str = "",
    command: str = "",
    sources: list[str] | None = None,
    planner: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> ModelCard:
    """The card of a trained net; ``planner`` has the settings of the planner of a net with named targets.

    Raises
    ------
    BadInput
        If the net cannot be served (with a global delay the sound would have to be held back), or has no planner.
    """
    settings, layout = net.settings, layout_named(net.layout)
    if settings.global_delay and settings.delay:
        raise BadInput("a net trained with a global time delay is an experiment of the tables and cannot be exported")
    told: dict[str, Any] = {"best_epoch": net.results.get("best_epoch", 0), **(extra or {})}
    look_ahead = 0
    if planner and not net.target_names:
        raise BadInput("--planner sets up who plays a net's named targets; this net gives the points themselves")
    if net.target_names:
        habits = habits_of(layout.instrument, planner or {})
        look_ahead = habits.look_ahead
        told.update({"planner": layout.instrument, SETTINGS: habits.to_dict()})
    faithful = net.front_end == "mfcc28" and not net.target_names
    return ModelCard(
        instrument=layout.instrument,
        layout=layout.name,
        point_names=list(layout.points),
        edges=[list(edge) for edge in layout.edges],
        frame_size=list(net.frame_size),
        video_fps=float(VIDEO_FPS),
        upsample=settings.upsample,
        delay_steps=net.output_delay + look_ahead,
        audio_rate=AUDIO_RATE,
        features=net.front_end,
        feature_count=len(net.feature_scale.mean),
        hidden_size=settings.hidden,
        layers=settings.layers,
        pca_components=net.pca.size if settings.components is not None else 0,
        family="faithful" if faithful else "expressive",
        data=net.data,
        profile=profile,
        hours=net.hours,
        seed=settings.seed,
        epochs=int(net.results.get("epochs", 0)),
        errors={name: float(net.results[name]) for name in ("train", "valid", "test") if name in net.results},
        command=command,
        sources=sources or [],
        target_names=list(net.target_names),
        extra=told,
    )


def export(
    net: TrainedNet | str | Path,
    out: str | Path,
    *,
    profile: str = "",
    command: str = "",
    sources: list[str] | None = None,
    features: np.ndarray | None = None,
    planner: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Report:
    """Write a trained net as ``.onnx``.

    Parameters
    ----------
    net : TrainedNet, or the folder of a finished run
    out : path
    profile, command, sources, planner, extra
        For the card.
    features : np.ndarray, float32 [steps, features], optional
        What the parity check runs on; by default made ones.

    Returns
    -------
    Report

    Raises
    ------
    BadInput
        If there is no trained net, the file cannot be written, or Caffe2 and onnxruntime differ by more than 1e-3 px.
    """
    if not isinstance(net, TrainedNet):
        net = load_net(net)
    out = Path(out)
    card = card_of(net, profile=profile, command=command, sources=sources, planner=planner, extra=extra)
    model = with_checksum(graph.build(net, card).SerializeToString())
    measured = parity.compare(net, model, features)
    parity.require(measured, str(out))
    with refused(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(out, model)
    return Report(str(out), len(model), hashlib.sha256(model).hexdigest(), measured, card)
