"""A hearer's card from a stranger: what has a wrong type is refused before a net is opened."""

from __future__ import annotations

import json

import pytest

from audio_to_body.inference.model_file import pretrained_path
from audio_to_body.inference.notes.card import METADATA_KEY, NoteCard
from audio_to_body.skeleton.protobuf_reader import outline


@pytest.fixture(scope="module")
def values():
    return json.loads(outline(pretrained_path("violin").read_bytes()).metadata[METADATA_KEY])


def test_the_shipped_card_is_read(values):
    assert NoteCard.from_json(json.dumps(values)).instrument == "violin"


@pytest.mark.parametrize(
    "change",
    [{"features": {}}, {"features": []}, {"keys": "49"}, {"keys": True}, {"hidden": 56.5}, {"columns": None}],
)
def test_impossible_types_are_refused(change, values):
    with pytest.raises((ValueError, TypeError)):
        NoteCard.from_json(json.dumps({**values, **change}))
