"""Sources and the loop: real files and pipes in, frames out; a microphone that is pulled out and comes back."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import types

import numpy as np
import pytest

from audio_to_body.inference.live.conditioning import Conditioned
from audio_to_body.inference.live.json_lines import JsonLines
from audio_to_body.inference.live.loop import play
from audio_to_body.inference.live.pipes import EncodedPipe, RawPipe, piped
from audio_to_body.inference.live.recording import Recorder, Taped
from audio_to_body.inference.live.sources import Microphone, PacedFile, SoundSource
from audio_to_body.inference.live.warm_up import example_motion
from audio_to_body.inference.stream import Stream
from audio_to_body.inference.writers import parse_formats
from audio_to_body.skeleton.motion import load_motion
from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import decode_audio
from audio_to_body.sound.ffmpeg import ffmpeg_path
from audio_to_body.sound.received import Samples
from tests.inference.conftest import melody


def joined(source: SoundSource) -> np.ndarray:
    return np.concatenate(list(source.pieces()), axis=1)


def test_a_paced_file_gives_the_files_samples(song):
    np.testing.assert_array_equal(joined(PacedFile(song, pace=np.inf)), decode_audio(song))


def test_a_paced_file_takes_its_time(song):
    import time

    start = time.monotonic()
    joined(PacedFile(song, pace=8.0))
    assert time.monotonic() - start >= 2.3 / 8


@pytest.mark.parametrize("kind", ["s16le", "s32le", "f32le"])
def test_a_raw_pipe_gives_its_samples(kind):
    sound = np.stack([melody(0.5), melody(0.5, 1)])
    raw = {
        "s16le": (sound * 2**15).astype("<i2"),
        "s32le": (sound.astype(np.float64) * 2**31).astype("<i4"),
        "f32le": sound.astype("<f4"),
    }[kind]
    read_end, write_end = os.pipe()
    data = raw.T.tobytes()

    def feed():
        with os.fdopen(write_end, "wb", buffering=0) as pipe:
            for first in range(0, len(data), 777):  # pieces that end inside a sample
                pipe.write(data[first : first + 777])

    thread = threading.Thread(target=feed)
    thread.start()
    with os.fdopen(read_end, "rb") as stream:
        got = joined(RawPipe(stream, Samples(AUDIO_RATE, 2, kind)))
    thread.join()
    np.testing.assert_allclose(got, sound, atol=2**-15)


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (192_000, 8)])
def test_other_rates_are_converted(rate, channels, tmp_path):
    sound = np.stack([melody(1.0, rate=rate)] * channels)
    path = tmp_path / "raw"
    path.write_bytes(sound.astype("<f4").T.tobytes())
    with open(path, "rb") as stream:
        got = joined(RawPipe(stream, Samples(rate, channels, "f32le")))
    assert len(got) == channels
    assert abs(got.shape[1] - AUDIO_RATE) < 0.02 * AUDIO_RATE


@pytest.mark.parametrize("wrong", [{"rate": 100}, {"rate": 10**6}, {"channels": 0}, {"channels": 9}, {"kind": "u8"}])
def test_impossible_pipes_are_refused(wrong):
    with pytest.raises(BadInput):
        Samples(**wrong)


class Pieces(SoundSource):
    name = "test"

    def __init__(self, pieces):
        self._pieces = pieces
        self.closed = False

    def pieces(self):
        yield from self._pieces

    def close(self):
        self.closed = True


class Collected(JsonLines):
    def __init__(self):
        self.file = io.BytesIO()
        super().__init__(self.file)

    def frames(self):
        return [json.loads(line) for line in self.file.getvalue().splitlines()[1:]]


def test_the_loop_sends_every_frame(violin_session):
    sound = melody(1.5)
    source, output = Pieces(np.array_split(sound, 50)), Collected()
    report = play(source, Stream(violin_session), [output])
    expected = steps_in(len(sound), 24)
    assert report.frames == expected == len(output.frames())
    assert [f["frame"] for f in output.frames()] == list(range(expected))
    assert len(report.sent_ms) == expected
    assert source.closed


@pytest.mark.parametrize("broken", [np.nan, np.inf, 1e30])
def test_time_goes_on_where_samples_are_broken(violin_session, broken):
    """What is no sound is heard as silence: what follows comes no earlier, and what is beside it is heard."""
    sound = melody(1.0)
    silent, damaged = sound.copy(), sound.copy()
    silent[20_000:20_010], damaged[20_000:20_010] = 0.0, broken
    output, wanted = Collected(), Collected()
    report = play(Pieces(np.array_split(damaged, 40)), Stream(violin_session), [output])
    assert report.refused == 1
    assert report.frames == steps_in(len(sound), 24)
    play(Pieces(np.array_split(silent, 40)), Stream(violin_session), [wanted])
    assert [f["points"] for f in output.frames()] == [f["points"] for f in wanted.frames()]


def test_the_session_ends_when_all_listeners_have_gone(violin_session):
    read_end, write_end = os.pipe()
    os.close(read_end)
    endless = (melody(0.1) for _ in iter(int, 1))
    with os.fdopen(write_end, "wb", buffering=0) as stream:
        report = play(Pieces(endless), Stream(violin_session), [JsonLines(stream)])
    assert report.frames > 0


def test_a_closed_window_ends_the_session(violin_session):
    endless = (melody(0.1) for _ in iter(int, 1))
    report = play(Pieces(endless), Stream(violin_session), [], watch=lambda frames: frames.first < 10)
    assert 10 < report.frames < 20


def test_the_preview_draws_the_musician(violin_session):
    from audio_to_body.inference.live.preview import Preview

    preview = Preview(violin_session)
    frames = Stream(violin_session).push(melody(1.0))
    picture = preview.draw(frames).copy()
    assert picture.std() > 10
    later = Stream(violin_session).push(melody(2.0, seed=5))
    assert (preview.draw(later) != picture).any()


def test_the_warm_up_moves(violin_session):
    assert example_motion(violin_session).points.std(axis=0).max() > 0.5


class FakeSoundCard:
    """Stands in for the sounddevice package where there is no sound card: gives sound, then is pulled out."""

    class PortAudioError(Exception):
        pass

    def __init__(self):
        self.opened = 0
        self.restarts = 0

    def query_devices(self, device, kind):
        if device == "none":
            raise ValueError("No input device matching 'none'")
        return {"name": "fake", "max_input_channels": 1}

    def _terminate(self):
        self.restarts += 1

    def _initialize(self):
        pass

    def InputStream(self, callback, blocksize, **_):
        self.opened += 1
        if self.opened == 2:
            raise self.PortAudioError("Device unavailable")
        card = self

        class Stream:
            def __enter__(self):
                for first in range(0, AUDIO_RATE // 2, blocksize):
                    callback(melody(0.5)[first : first + blocksize, None], blocksize, None, None)
                return card

            def __exit__(self, *_):
                pass

        return Stream()


def test_an_unplugged_microphone_is_opened_again(monkeypatch, violin_session):
    card = FakeSoundCard()
    monkeypatch.setitem(sys.modules, "sounddevice", types.ModuleType("sounddevice"))
    for name in ("query_devices", "InputStream", "PortAudioError", "_terminate", "_initialize"):
        setattr(sys.modules["sounddevice"], name, getattr(card, name))
    monkeypatch.setattr("inference.live.sources.SILENT_DEVICE_SECONDS", 0.05)
    monkeypatch.setattr("inference.live.sources.RETRY_SECONDS", 0.01)
    told: list[str] = []
    microphone = Microphone(None, told.append)
    stream, heard = Stream(violin_session), 0
    for piece in microphone.pieces():
        heard += len(stream.push(piece))
        if stream.seconds > 1.2:
            microphone.close()
    assert card.opened == 4  # gave sound, was gone, came back, gave sound
    assert card.restarts == 3
    assert heard > 24
    assert any("Device unavailable" in text for text in told)
    assert sum("gives no sound" in text for text in told) == 2
    with pytest.raises(BadInput, match="no microphone 'none'"):
        Microphone("none")


class CardOfOneRate:
    """A sound card that opens at its own rate alone, or not at all."""

    class PortAudioError(Exception):
        pass

    def __init__(self, rate: int, own: float | None, busy: bool = False):
        self.rate, self.own, self.busy = rate, own, busy
        self.tried: list[int] = []

    def query_devices(self, device, kind):
        return {"name": "USB mic", "max_input_channels": 1, "default_samplerate": self.own}

    def InputStream(self, samplerate, callback, blocksize, **_):
        self.tried.append(samplerate)
        if self.busy:
            raise self.PortAudioError("Device unavailable [PaErrorCode -9985]")
        if samplerate != self.rate:
            raise self.PortAudioError("Invalid sample rate [PaErrorCode -9997]")
        sound, card = melody(1.0, rate=self.rate), self

        class Opened:
            def __enter__(self):
                for first in range(0, card.rate, blocksize):
                    callback(sound[first : first + blocksize, None], blocksize, None, None)
                return self

            def __exit__(self, *_):
                pass

        return Opened()


def install(monkeypatch, card) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", types.ModuleType("sounddevice"))
    for name in ("query_devices", "InputStream", "PortAudioError"):
        setattr(sys.modules["sounddevice"], name, getattr(card, name))


@pytest.mark.parametrize(("rate", "own"), [(48_000, 48_000.0), (96_000, 48_000.0), (16_000, None)])
def test_a_microphone_of_another_rate_is_resampled(rate, own, monkeypatch):
    card = CardOfOneRate(rate, own)
    install(monkeypatch, card)
    told: list[str] = []
    microphone, heard = Microphone(None, told.append), []
    for piece in microphone.pieces():
        heard.append(piece)
        if sum(part.shape[1] for part in heard) > 0.9 * AUDIO_RATE:
            microphone.close()
    sound = np.concatenate(heard, axis=1)[0]
    # rates above 8 kHz are the same melody; its notes begin and end without a filter, so they ring a little
    assert np.corrcoef(sound, melody(1.0)[: len(sound)])[0, 1] > 0.99
    assert told == [f"listening to USB mic at its {rate} Hz"]
    assert card.tried[0] == AUDIO_RATE


@pytest.mark.parametrize("card", [CardOfOneRate(0, 48_000.0), CardOfOneRate(48_000, 48_000.0, busy=True)])
def test_a_microphone_that_cannot_be_opened_is_one_sentence(card, monkeypatch):
    install(monkeypatch, card)
    with pytest.raises(
        BadInput, match=r"USB mic cannot be opened \((Invalid|Device unavailable).*another program may"
    ):
        next(Microphone(None).pieces())


def recording(session, tmp_path, source):
    recorder = Recorder(tmp_path, session, parse_formats("npz,csv"))
    with contextlib.suppress(KeyboardInterrupt):
        play(Taped(source, recorder), Stream(session), [], keep=recorder.play)
    return recorder.finish()


def test_a_live_session_is_recorded(violin_session, tmp_path):
    sound = melody(1.5)
    done = recording(violin_session, tmp_path, Pieces(np.array_split(sound, 50)))
    assert [path.suffix for path in done.written] == [".wav", ".npz", ".csv"]
    assert done.refusals == []
    kept = load_motion(done.written[1])
    assert len(kept) == steps_in(len(sound), 24)
    np.testing.assert_allclose(decode_audio(done.written[0], channels=1)[0], sound, atol=2 / 2**15)
    frames = Stream(violin_session).push(sound)
    np.testing.assert_allclose(kept.points[: len(frames)], frames.points, atol=1e-3)
    assert "loudness_db" in kept.tracks


def test_an_interrupted_session_keeps_what_was_played(violin_session, tmp_path):
    def interrupted():
        yield from np.array_split(melody(1.5), 50)
        raise KeyboardInterrupt

    done = recording(violin_session, tmp_path, Pieces(interrupted()))
    kept, sound = load_motion(done.written[1]), decode_audio(done.written[0])
    assert 24 < len(kept) <= 36  # the last frames may be on their way when the sound breaks off
    assert sound.shape[1] == round(len(kept) / 24 * AUDIO_RATE)


def test_a_session_without_sound_leaves_nothing(violin_session, tmp_path):
    done = recording(violin_session, tmp_path, Pieces([]))
    assert done.refusals == ["nothing was played, so nothing was recorded"]
    assert list(tmp_path.iterdir()) == []


def test_the_command_records_a_live_session(violin_model, tmp_path, repository):
    sound = (melody(1.0) * 32767).astype("<i2").tobytes()
    command = [sys.executable, str(repository / "infer_onnx.py"), "--live", "-", "--send", "jsonl", "--no-preview"]
    command += ["--model", str(violin_model), "--out", str(tmp_path / "kept"), "--formats", "npz,mp4"]
    done = subprocess.run(command, input=sound, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert sorted(path.suffix for path in (tmp_path / "kept").iterdir()) == [".mp4", ".npz", ".wav"]
    assert len(done.stdout.splitlines()) == 25  # the frames alone
    assert done.stderr.count(b"kept/live-") == 3


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac"])
def test_a_file_in_the_pipe_is_decoded(kind, song, tmp_path):
    subprocess.run([ffmpeg_path(), "-v", "error", "-i", song, "-ar", "48000", tmp_path / f"a.{kind}"], check=True)
    with open(tmp_path / f"a.{kind}", "rb") as stream:
        source = piped(stream, Samples())
        assert isinstance(source, EncodedPipe)
        source.pace = np.inf
        got = joined(source)
    plain = decode_audio(song)
    assert got.shape[1] == pytest.approx(plain.shape[1], abs=3000)  # MP3 pads
    spectra = [np.abs(np.fft.rfft(part[0, :90_000])) for part in (got, plain)]
    assert np.corrcoef(*spectra)[0, 1] > 0.98
    with open(tmp_path / f"a.{kind}", "rb") as stream:
        assert isinstance(piped(stream, Samples(), raw=True), RawPipe)


def test_the_default_track_of_a_film_in_the_pipe(song, tmp_path):
    silent = ["-f", "lavfi", "-t", "2", "-i", "anullsrc=r=44100:cl=stereo"]
    flags = ["-map", "0", "-map", "1", "-disposition:a:0", "0", "-disposition:a:1", "default", "-c:a", "aac"]
    subprocess.run([ffmpeg_path(), "-v", "error", *silent, "-i", song, *flags, tmp_path / "two.mkv"], check=True)
    loudest = {}
    for track in (None, 1, 2):
        with open(tmp_path / "two.mkv", "rb") as stream:
            source = piped(stream, Samples(), track=track)
            source.pace = np.inf
            loudest[track] = np.abs(joined(source)).max()
    assert loudest[1] < 1e-3 < 0.1 < loudest[2] == loudest[None]
    with open(tmp_path / "two.mkv", "rb") as stream, pytest.raises(BadInput, match="has no sound track 3"):
        joined(piped(stream, Samples(), track=3))


def test_an_empty_pipe_is_one_sentence():
    with pytest.raises(BadInput, match="standard input is empty"):
        piped(io.BytesIO(), Samples())


def test_live_sound_is_cured_too():
    def heard(source: SoundSource) -> np.ndarray:
        return np.concatenate([piece.mean(axis=0) for piece in source.pieces()])

    t = np.arange(4 * AUDIO_RATE) / AUDIO_RATE
    tone = (0.2 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    told: list[str] = []
    phases = Conditioned(Pieces(np.array_split(np.stack([tone, -tone]), 300, axis=1)), told.append)
    np.testing.assert_allclose(heard(phases)[2 * AUDIO_RATE :], tone[2 * AUDIO_RATE :], atol=1e-6)
    shifted = Conditioned(Pieces(np.array_split(tone[None] + np.float32(0.3), 300, axis=1)), told.append)
    np.testing.assert_allclose(heard(shifted)[3 * AUDIO_RATE :], tone[3 * AUDIO_RATE :], atol=1e-2)
    assert [("cancel" in text, "constant" in text) for text in told] == [(True, False), (False, True)]
    hiss = np.random.default_rng(0).normal(0, 1e-4, (1, 6 * AUDIO_RATE)).astype(np.float32)
    quiet = heard(Conditioned(Pieces(np.array_split(hiss, 300, axis=1)), told.append))
    assert not quiet[AUDIO_RATE:].any()
    assert "nothing louder than -60 dB" in told[-1]


def test_live_command_from_pipe_to_lines(violin_model, repository):
    """``... | python infer_onnx.py --live - --send jsonl``: frames on standard output, news on standard error."""
    sound = (melody(1.0) * 32767).astype("<i2").tobytes()
    command = [sys.executable, str(repository / "infer_onnx.py"), "--live", "-", "--send", "jsonl", "--no-preview"]
    command += ["--model", str(violin_model)]
    done = subprocess.run(command, input=sound, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["type"] == "hello"
    assert [line["frame"] for line in lines[1:]] == list(range(24))
    assert b"24 frames" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a.wav", "b.wav"], "plays one sound"),
        (["-", "--rate", "5"], "rate of 5 Hz"),
        (["missing.wav"], "does not exist"),
        (["-", "--send", "smoke://signals"], "is not understood"),
    ],
)
def test_live_refusals_are_one_sentence(arguments, words, violin_model, capsys, monkeypatch):
    from audio_to_body.command_line import play as infer_onnx
    from audio_to_body.skeleton.refusal import run_command

    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO()))
    code = run_command(infer_onnx.main, ["--live", "--no-preview", "--model", str(violin_model), *arguments])
    told = capsys.readouterr()
    assert code == 2
    assert told.out == ""
    assert words in told.err.splitlines()[-1]


def test_a_rehearsal_makes_ready_what_live_frames_need():
    from audio_to_body.inference.live.warm_up import rehearse
    from audio_to_body.inference.session import load
    from audio_to_body.inference.violin.posing import stage

    stage.cache_clear()
    rehearse(load("violin", "cpu"))
    made = stage.cache_info()
    assert (made.misses, made.currsize) == (1, 1)
    rehearse(load("violin", "cpu"))
    assert stage.cache_info().misses == 1
