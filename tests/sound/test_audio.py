import os
import subprocess
import wave

import numpy as np
import pytest

from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import Decoding, decode_audio, decode_sound, mono, rms_normalise, sound_of
from audio_to_body.sound.ffmpeg import ffmpeg_path, probe
from audio_to_body.sound.received import Samples


def write_wav(path, sound: np.ndarray, rate: int) -> None:
    """``sound`` float [channels, samples] as 16-bit PCM."""
    with wave.open(str(path), "wb") as file:
        file.setparams((len(sound), 2, rate, 0, "NONE", ""))
        file.writeframes((sound.T * 32767).round().astype("<i2").tobytes())


def tone(seconds: float, rate: int, hz: float = 440.0, level: float = 0.25) -> np.ndarray:
    t = np.arange(int(seconds * rate)) / rate
    return level * np.stack([np.sin(2 * np.pi * hz * t), np.cos(2 * np.pi * hz * t)])


def convert(source, target, *flags) -> None:
    subprocess.run([ffmpeg_path(), "-v", "error", "-y", "-i", str(source), *flags, str(target)], check=True)


def test_own_rate_is_read_sample_by_sample(tmp_path):
    sound = tone(1.0, AUDIO_RATE)
    write_wav(tmp_path / "a.wav", sound, AUDIO_RATE)
    again = decode_audio(tmp_path / "a.wav")
    assert again.shape == (2, AUDIO_RATE)
    assert again.dtype == np.float32
    np.testing.assert_allclose(again, sound, atol=1 / 32768)  # 16-bit steps


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000])
def test_other_rates_become_44100(tmp_path, rate):
    write_wav(tmp_path / "a.wav", tone(2.0, rate), rate)
    again = decode_audio(tmp_path / "a.wav")
    assert abs(again.shape[1] - 2 * AUDIO_RATE) <= 32  # a resampler's filter delay
    spectrum = np.abs(np.fft.rfft(again[0, :AUDIO_RATE]))
    assert spectrum.argmax() == 440


@pytest.mark.parametrize(
    ("name", "flags"),
    [("a.mp3", ()), ("a.flac", ()), ("a.ogg", ("-c:a", "libvorbis")), ("a.m4a", ()), ("a.opus", ("-c:a", "libopus"))],
)
def test_formats(tmp_path, name, flags):
    write_wav(tmp_path / "a.wav", tone(2.0, 48000), 48000)
    convert(tmp_path / "a.wav", tmp_path / name, *flags)
    again = decode_audio(tmp_path / name)
    assert abs(again.shape[1] / AUDIO_RATE - 2.0) < 0.1  # lossy coders pad by some 10 ms
    assert np.abs(np.fft.rfft(again[0, 20000 : 20000 + AUDIO_RATE])).argmax() == 440


def test_mono_becomes_stereo_of_equal_channels(tmp_path):
    write_wav(tmp_path / "a.wav", tone(0.5, AUDIO_RATE)[:1], AUDIO_RATE)
    again = decode_audio(tmp_path / "a.wav")
    assert again.shape[0] == 2
    np.testing.assert_allclose(again[0], again[1], atol=1e-6)


def test_rms_becomes_0_db_and_nothing_is_clipped():
    sound = tone(1.0, AUDIO_RATE, level=0.01).astype(np.float32)
    loud = rms_normalise(sound)
    assert np.sqrt(np.mean(loud.astype(np.float64) ** 2)) == pytest.approx(1.0, abs=1e-4)
    assert loud.max() > 1.4
    assert np.sqrt(np.mean(rms_normalise(sound, -20.0) ** 2)) == pytest.approx(0.1, abs=1e-4)


def test_silence_stays_silence():
    assert not rms_normalise(np.zeros((2, 100), np.float32)).any()


def test_samples_that_were_taken_for_channels_are_refused_at_once():
    """The layout that soundfile and sounddevice give."""
    with pytest.raises(BadInput, match=r"88200 channels of 2 samples.*transpose"):
        sound_of(np.zeros((88_200, 2), np.float32))


def test_mono_is_the_mean_of_the_channels():
    np.testing.assert_array_equal(mono(np.array([[1.0, 0.0], [0.0, 0.5]], np.float32)), [0.5, 0.25])


def test_probe_reads_the_header(tmp_path):
    command = [ffmpeg_path(), "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=30:duration=1"]
    subprocess.run([*command, str(tmp_path / "v.mp4")], check=True)
    media = probe(tmp_path / "v.mp4")
    assert media.video_size == (320, 240)
    assert media.fps == pytest.approx(30)
    assert media.duration == pytest.approx(1.0, abs=0.05)
    assert not media.has_audio


def bad_files(folder):
    write_wav(folder / "good.wav", tone(4.0, AUDIO_RATE), AUDIO_RATE)
    convert(folder / "good.wav", folder / "good.flac")
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("this is not a sound\n" * 100)
    whole = (folder / "good.flac").read_bytes()
    (folder / "cut.flac").write_bytes(whole[: len(whole) // 2])
    header = (folder / "good.wav").read_bytes()[:44]
    (folder / "header.wav").write_bytes(header)
    nan = np.full(1000, np.nan, "<f4")
    (folder / "nan.raw").write_bytes(nan.tobytes())
    raw = ["-f", "f32le", "-ar", "44100", "-ac", "1", "-i", str(folder / "nan.raw")]
    subprocess.run([ffmpeg_path(), "-v", "error", *raw, "-c:a", "pcm_f32le", str(folder / "nan.wav")], check=True)
    command = [ffmpeg_path(), "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=24:duration=1"]
    subprocess.run([*command, str(folder / "mute.mp4")], check=True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.wav", "does not exist"),
        (".", "is a folder"),
        ("empty.wav", "is empty"),
        ("text.wav", "is not a sound or video file"),
        ("cut.flac", "truncated: its header promises 4.0 s"),
        ("header.wav", "holds no sound"),
        ("nan.wav", "not numbers"),
        ("mute.mp4", "has no sound track"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(tmp_path, name, message):
    bad_files(tmp_path)
    with pytest.raises(BadInput, match=message) as refusal:
        decode_audio(tmp_path / name)
    assert "\n" not in str(refusal.value)


def test_file_name_that_looks_like_a_flag_or_a_protocol(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("-i.wav", "concat:a.wav"):
        write_wav(tmp_path / name, tone(0.5, AUDIO_RATE), AUDIO_RATE)
        assert decode_audio(name).shape == (2, AUDIO_RATE // 2)


def test_decoding_ahead_gives_the_same_sound_or_the_same_refusal(tmp_path):
    write_wav(tmp_path / "a.wav", tone(1.0, AUDIO_RATE), AUDIO_RATE)
    ahead, straight = Decoding(tmp_path / "a.wav"), decode_sound(tmp_path / "a.wav")
    assert ahead.sound().gain == straight.gain
    np.testing.assert_array_equal(ahead.sound().samples, straight.samples)
    with pytest.raises(BadInput, match="does not exist"):
        Decoding(tmp_path / "b.wav").sound()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is always full is Linux's")
def test_a_full_temporary_folder_is_one_sentence(tmp_path, monkeypatch):
    import tempfile

    write_wav(tmp_path / "a.wav", tone(2.0, AUDIO_RATE), AUDIO_RATE)
    real = tempfile.TemporaryFile
    full = iter([open("/dev/full", "w+b", buffering=0)])  # noqa: SIM115
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: next(full, None) or real())
    with pytest.raises(BadInput, match=r"temporary files \(TMPDIR\) cannot be written: the disk is full"):
        decode_sound(tmp_path / "a.wav")


def test_no_temporary_folder_is_one_sentence(tmp_path, monkeypatch):
    import tempfile

    write_wav(tmp_path / "a.wav", tone(0.5, AUDIO_RATE), AUDIO_RATE)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(BadInput, match=r"temporary files \(TMPDIR\) cannot be written"):
        decode_sound(tmp_path / "a.wav")


def write_floats(path, samples: np.ndarray):
    path.write_bytes(Samples(AUDIO_RATE, 1, "f32le").header() + samples.astype("<f4").tobytes())
    return path


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan, 1e30, 3e38])
@pytest.mark.parametrize("read", [decode_audio, decode_sound])
@pytest.mark.filterwarnings("error")
def test_what_is_no_sound_is_one_sentence_and_no_warning(wrong, read, tmp_path):
    samples = tone(1.0, AUDIO_RATE)[0]
    samples[1000] = wrong
    with pytest.raises(BadInput, match=r"a\.wav holds samples that are not numbers .* or are beyond any sound"):
        read(write_floats(tmp_path / "a.wav", samples))
    with pytest.raises(BadInput, match="beyond any sound"), np.errstate(over="ignore"):
        sound_of(samples.astype(np.float32))


@pytest.mark.parametrize("channels", [9, 16, 32, 64])
def test_a_recorder_of_many_tracks_is_mixed(channels, tmp_path):
    samples, path = tone(1.0, AUDIO_RATE)[0], tmp_path / "a.wav"
    write_wav(path, np.stack([samples] * channels), AUDIO_RATE)
    np.testing.assert_allclose(decode_audio(path), np.stack([samples] * 2), atol=1e-4)
    said = f"it has {channels} channels, which were mixed: every other to the left and right"
    assert said in decode_sound(path).remarks


def test_more_channels_than_can_be_mixed_are_refused(tmp_path):
    write_wav(tmp_path / "a.wav", np.stack([tone(0.1, AUDIO_RATE)[0]] * 65), AUDIO_RATE)
    with pytest.raises(BadInput, match=r"a\.wav has 65 channels, and 64 are mixed at most"):
        decode_sound(tmp_path / "a.wav")
