"""Model files: found by instrument, and checked before onnxruntime opens them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio_to_body.inference.model_card import FORMAT_VERSION, METADATA_KEY, ModelCard
from audio_to_body.inference.notes.card import METADATA_KEY as NOTES_KEY
from audio_to_body.inference.notes.card import NoteCard
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import LAYOUTS
from audio_to_body.skeleton.onnx_trust import check_graph
from audio_to_body.skeleton.protobuf_reader import outline
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.ffmpeg import check_readable

PRETRAINED = Path(__file__).resolve().parent.parent / "models" / "pretrained"
CHECKSUM_KEY = "audio_to_body_dynamics_sha256"  # metadata: SHA-256 of the graph's bytes as they lie in the file
LARGEST_FILE = 64 * 2**20  # bytes; the paper's net takes 0.8 MB, a three-layer net of 1,000 units 50
LARGEST_SIDE = 16_384  # px of a reference frame
MOST_STEPS_PER_FRAME, MOST_DELAY = 64, 4_096
LONGEST_REASON = 200  # characters of a message
MOST_HIDDEN, MOST_LAYERS, MOST_FEATURES = 4_096, 16, 4_096


@dataclass(frozen=True)
class ModelFile:
    """A model file that passed the checks.

    Attributes
    ----------
    path : Path
    card : ModelCard
        What the file says about itself.
    data : bytes
        The whole file; what was checked is what is served.
    sha256 : str
        Of the whole file.
    """

    path: Path
    card: ModelCard
    data: bytes
    sha256: str


def pretrained_path(instrument: str, faithful: bool = False) -> Path:
    """Path of the net that ships for an instrument.

    Parameters
    ----------
    instrument : str
        ``"violin"`` or ``"piano"``.
    faithful : bool
        The paper's net, even where a livelier one ships.

    Raises
    ------
    BadInput
        If the instrument is unknown or no net ships for it.
    """
    own = instrument_named(instrument)
    lively = [f"{instrument}_plus.onnx", *([f"{instrument}_notes.onnx"] if own.musician_card else [])]
    names = [*([] if faithful else lively), f"{instrument}.onnx"]
    for name in names:
        if (PRETRAINED / name).is_file():
            return PRETRAINED / name
    raise BadInput(f"no pretrained {instrument} net is installed ({PRETRAINED / names[-1]}); name one with --model")


def with_checksum(data: bytes) -> bytes:
    """Append the checksum of a serialised ONNX model's graph to its metadata.

    Protobuf lets a field be appended to a finished message, so the graph's bytes stay as they are.

    Parameters
    ----------
    data : bytes
        A serialised ``ModelProto`` without the checksum.
    """
    start, end = outline(data).graph
    digest = hashlib.sha256(data[start:end]).hexdigest()
    entry = b"".join(_text_field(number, text) for number, text in ((1, CHECKSUM_KEY), (2, digest)))
    return data + bytes([14 << 3 | 2]) + _varint(len(entry)) + entry


def _text_field(number: int, text: str) -> bytes:
    raw = text.encode()
    return bytes([number << 3 | 2]) + _varint(len(raw)) + raw


def _varint(value: int) -> bytes:
    parts = []
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def read_model(path: str | os.PathLike[str]) -> ModelFile:
    """Read and check a model file.

    Raises
    ------
    BadInput
        If the file is missing, empty, too large, not ONNX, not ours, damaged, refers to other files, needs
        operators from elsewhere, or says impossible things about itself.
    """
    path = Path(path)
    data = read_bytes(path)
    return ModelFile(path, check_model(data, str(path)), data, hashlib.sha256(data).hexdigest())


def read_bytes(path: Path) -> bytes:
    """A model file's content.

    Raises
    ------
    BadInput
        If it is missing, empty, too large or cannot be read.
    """
    check_readable(path)
    if path.stat().st_size > LARGEST_FILE:
        raise BadInput(f"{path} is larger than {LARGEST_FILE >> 20} MB; a model of this project is far smaller")
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror})") from None


def checked_metadata(data: bytes, name: str, *keys: str) -> tuple[str, str]:
    """Check a model's bytes and give what it says about itself.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What messages call it.
    keys : str
        Under which the kinds of model that are welcome describe themselves.

    Returns
    -------
    key, text : str
        The first of the keys that the model carries, and what stands there.

    Raises
    ------
    BadInput
        If the bytes are not ONNX, not of these kinds, damaged, refer to other files or need operators from elsewhere.
    """
    found = check_graph(data, name)
    key = next((key for key in keys if key in found.metadata), None)
    if key is None:
        raise BadInput(f"{name} was not made by this project's exporter (no '{keys[0]}' in its metadata)")
    expected = found.metadata.get(CHECKSUM_KEY)
    start, end = found.graph
    if expected is not None and hashlib.sha256(data[start:end]).hexdigest() != expected:
        raise BadInput(f"{name} is damaged: its graph does not match its checksum; copy or export it again")
    return key, found.metadata[key]


def check_model(data: bytes, name: str) -> ModelCard:
    """Check a model's bytes; ``name`` is what messages call it.

    Returns
    -------
    ModelCard

    Raises
    ------
    BadInput
    """
    key, text = checked_metadata(data, name, METADATA_KEY, NOTES_KEY)
    try:
        if key == NOTES_KEY:
            return musician_card(NoteCard.from_json(text), name)
        card = ModelCard.from_json(text)
        _check_card(card)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        raise BadInput(f"{name} does not describe itself properly: {error}") from None
    return card


def musician_card(heard: NoteCard, name: str) -> ModelCard:
    """The card of a musician who plays what a net hears, and needs no other net.

    Raises
    ------
    BadInput
        If the instrument's musician needs one.
    """
    own = instrument_named(heard.instrument)
    if not own.musician_card:
        raise BadInput(
            f"{name} hears the notes of a {own.name}; name the net that plays them (as {own.name}_plus.onnx does)"
        )
    card: ModelCard = own.part("musician_card")(heard)
    return card


def _check_card(card: ModelCard) -> None:
    if card.version != FORMAT_VERSION:
        raise ValueError(f"version {card.version} is unknown")
    if card.layout not in LAYOUTS:
        raise ValueError(f"unknown keypoint layout '{card.layout}'")
    if list(card.point_names) != list(LAYOUTS[card.layout].points):
        raise ValueError(f"its points are not those of the layout '{card.layout}'")
    _within("frame width", card.frame_size[0], 1, LARGEST_SIDE)
    _within("frame height", card.frame_size[1], 1, LARGEST_SIDE)
    _within("video_fps", card.video_fps, 1, 1_000)
    _within("upsample", card.upsample, 1, MOST_STEPS_PER_FRAME)
    _within("delay_steps", card.delay_steps, 0, MOST_DELAY)
    _within("audio_rate", card.audio_rate, 8_000, 192_000)
    _within("feature_count", card.feature_count, 1, MOST_FEATURES)
    _within("hidden_size", card.hidden_size, 1, MOST_HIDDEN)
    _within("layers", card.layers, 1, MOST_LAYERS)
    points = range(len(card.point_names))
    for edge in card.edges:
        if not (
            isinstance(edge, list) and len(edge) == 2 and all(type(end) is int and end in points for end in edge)
        ):
            raise ValueError(f"its points have an edge {edge!r}"[:LONGEST_REASON])
    for names in (card.target_names, card.sources):
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"target_names and sources must be lists of names, not {names!r}"[:LONGEST_REASON])
    if len(card.target_names) > MOST_FEATURES:
        raise ValueError(f"it gives {len(card.target_names)} targets; {MOST_FEATURES} are served at most")
    for text in (card.instrument, card.family, card.data, card.profile, card.command):
        if not isinstance(text, str):
            raise ValueError(f"{text!r} is no text"[:LONGEST_REASON])
    if not isinstance(card.features, str) or not isinstance(card.extra, dict):
        raise ValueError("features or extra has the wrong type")


def _within(name: str, value: Any, low: float, high: float) -> None:
    whole = name != "video_fps"
    kind = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        raise ValueError(
            f"{name} must be {'a whole number ' if whole else ''}from {low:g} to {high:g}, not {value!r}"
        )
