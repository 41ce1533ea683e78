"""A third instrument, made of parts at hand, goes through the whole house by its record alone."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.avatar import export as avatar
from audio_to_body.avatar.retargeting import retarget
from audio_to_body.command_line import play
from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import load
from audio_to_body.inference.stream import Stream
from audio_to_body.models.__main__ import parser as training_parser
from audio_to_body.models.__main__ import settings_of
from audio_to_body.models.recital_data import prepare
from audio_to_body.models.training import train
from audio_to_body.onnx_export.export import export
from audio_to_body.preprocessing.virtual.datasets import make_virtual_dataset
from audio_to_body.preprocessing.virtual.plans import plan_recitals
from audio_to_body.preprocessing.virtual.preview import write_wav
from audio_to_body.preprocessing.virtual.recitals import make_recital
from audio_to_body.skeleton.instruments import INSTRUMENTS, Instrument, instrument_named, register
from audio_to_body.skeleton.layouts import LAYOUTS
from audio_to_body.skeleton.motion import load_motion
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import decode_audio, rms_gain
from audio_to_body.sound.ffmpeg import probe

ROUNDING_PX = 1e-3  # of float32 sums in another order
VIOLA_PROGRAMME = 41  # General MIDI, from 0


@pytest.fixture(scope="module")
def viola() -> Iterator[Instrument]:
    """A viola: held, bowed and drawn as a violin is, tuned a fifth lower, with its own sampled sound."""
    violin = instrument_named("violin")
    record = replace(
        violin,
        name="viola",
        number=3,
        layout=replace(violin.layout, name="viola", instrument="viola"),
        lowest=48,
        highest=93,
        programmes=(VIOLA_PROGRAMME,),
        training={"learning_rate": 5e-3},
        habits="",
    )
    register(record)
    yield record
    del INSTRUMENTS["viola"], LAYOUTS["viola"]


@pytest.fixture(scope="module")
def net(viola: Instrument, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute of virtual viola recitals, a smoke training and its export."""
    folder = tmp_path_factory.mktemp("viola")
    dataset = make_virtual_dataset(folder / "data", "viola", 0.5, rates=(24, 96), progress=False, workers=1)
    assert dataset.manifest.instrument == dataset.manifest.layout == "viola"
    arguments = training_parser().parse_args(
        [str(folder / "data"), "--out", str(folder / "run"), "--hidden", "8", "--batch", "10", "--components", "4"]
    )
    settings = replace(settings_of(arguments, "viola"), epochs=1)
    assert settings.learning_rate == 5e-3
    train(settings, prepare(dataset, settings), folder / "run", progress=False)
    report = export(folder / "run", folder / "viola.onnx")
    assert report.card.instrument == "viola"
    return folder / "viola.onnx"


@pytest.fixture(scope="module")
def song(viola: Instrument, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of a viola's virtual recital."""
    plan = replace(plan_recitals("viola", 0.5)[0], seconds=6.0)
    path = tmp_path_factory.mktemp("sound") / "song.wav"
    write_wav(path, make_recital(plan).sound)
    return path


def test_it_plays_streams_and_is_drawn(net: Path, song: Path, tmp_path: Path) -> None:
    session = load(net)
    motion = predict(song, session)
    assert motion.layout == "viola"
    assert len(motion) == 6 * VIDEO_FPS
    sound = decode_audio(song)
    stream = Stream(session, rms_gain(sound))
    parts = [stream.push(piece) for piece in np.array_split(sound, 40, axis=1)] + [stream.finish()]
    streamed = np.concatenate([part.points for part in parts])
    np.testing.assert_allclose(streamed, motion.points, atol=ROUNDING_PX)
    assert play.main([str(song), "--model", str(net), "--formats", "mp4,npz", "--out", str(tmp_path), "--quiet"]) == 0
    assert load_motion(tmp_path / "song.npz").skeleton.instrument == "viola"
    assert probe(tmp_path / "song.mp4").has_audio


def test_its_avatar_holds_it(net: Path, song: Path, tmp_path: Path) -> None:
    performance = retarget(predict(song, load(net)))
    assert performance.instrument == "viola"
    avatar.write_glb(performance, tmp_path / "viola.glb")
    data = (tmp_path / "viola.glb").read_bytes()
    (length,) = struct.unpack("<I", data[12:16])
    nodes = {node["name"] for node in json.loads(data[20 : 20 + length])["nodes"]}
    assert {"violin", "bow"} <= nodes  # the violin's own meshes, which the record names
    assert not {"piano", "bench"} & nodes


def test_nothing_falls_into_another_instrument(song: Path) -> None:
    with pytest.raises(BadInput, match="no pretrained viola net is installed"):
        load("viola")
    with pytest.raises(BadInput, match="unknown instrument 'cello'; known: violin, piano, viola"):
        plan_recitals("cello", 1)
