"""The card of the violinist who plays what a net hears: the net's own, and what the player adds."""

from __future__ import annotations

from audio_to_body.inference.front_ends import HEARS_ITSELF
from audio_to_body.inference.model_card import ModelCard
from audio_to_body.inference.notes.card import NoteCard
from audio_to_body.inference.violin.bow_settings import BowSettings
from audio_to_body.musician.camera import FRAME_SIZE
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS


def musician_card(heard: NoteCard) -> ModelCard:
    """What a stream must know of a net that hears a violin."""
    layout = layout_named(heard.instrument)
    return ModelCard(
        instrument=heard.instrument,
        layout=layout.name,
        point_names=list(layout.points),
        edges=[list(edge) for edge in layout.edges],
        frame_size=list(FRAME_SIZE),
        video_fps=VIDEO_FPS,
        upsample=1,
        delay_steps=0,
        audio_rate=AUDIO_RATE,
        features=HEARS_ITSELF,
        feature_count=0,
        hidden_size=heard.hidden,
        layers=1,
        pca_components=0,
        family="expressive",
        data=heard.data,
        hours=heard.hours_seen,
        command=heard.command,
        sources=list(heard.sources),
        extra={"planner_settings": BowSettings().to_dict()},
    )
