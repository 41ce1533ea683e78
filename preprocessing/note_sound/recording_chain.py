"""From dry sound to a recording of it: room, distance, microphone, noise, compression, band limits, coding loss.

All of it is drawn, in the order in which it happens between instrument and file. Only numpy and scipy.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE

DRY_SHARE = 0.12  # of the draws that have no room
REAL_ROOM_SHARE = 0.45  # of the draws with one; the others are in rooms that are made
WET_DB = (-26.0, 2.0)  # of the room against the direct sound, near to far
REVERBERATION = (0.15, 3.0)  # s for 60 dB, of made rooms
TILT_DB = 7.0  # from the lowest to the highest octave, standard deviation
RIPPLE_DB = 3.0  # of the equaliser's octave-wide waves, standard deviation
RESONANCES = (0, 6)  # narrow peaks and dips
RESONANCE_DB = 5.0  # standard deviation
SNR_DB = (12.0, 75.0)  # of the music against noise
GAIN_DB = (-34.0, -6.0)  # RMS of the result, full scale
BAND_SHARE, TELEPHONE_SHARE = 0.12, 0.07  # old recordings; 8 kHz sound
COMPRESSED_SHARE, CLIPPED_SHARE, CODED_SHARE = 0.25, 0.06, 0.2
HUM_SHARE, CRACKLE_SHARE = 0.12, 0.05
_STOPPED_DB = 50.0  # by which the rest is damped
_FILTER = 2048
_CODER = 1024  # samples of a coder's block
_DIRECT = 60  # samples (2.5 ms) of an impulse response that are the direct sound


def record(dry: np.ndarray, rng: np.random.Generator, rooms: dict[str, np.ndarray]) -> np.ndarray:
    """Record a dry sound.

    Parameters
    ----------
    dry : np.ndarray, float32 [samples]
        Mono, 24 kHz.
    rng : np.random.Generator
    rooms : dict of str to np.ndarray
        Impulse responses, the direct sound first.

    Returns
    -------
    np.ndarray, float32 [samples]
        No moment is shifted: what begins at a sample begins there in the recording too.
    """
    response = equaliser(rng)
    if rng.random() > DRY_SHARE:
        response = _convolved(_room(rng, rooms), response)
    sound = _convolved(dry, response)[: len(dry)]
    level = float(np.sqrt(np.mean(np.square(sound))))
    sound = sound / np.float32(max(level, 1e-6))
    sound = sound + noise(len(sound), rng) * np.float32(10 ** (-rng.uniform(*SNR_DB) / 20))
    if rng.random() < COMPRESSED_SHARE:
        sound = _compressed(sound, rng)
    if rng.random() < CLIPPED_SHARE:
        limit = np.float32(np.quantile(np.abs(sound), rng.uniform(0.97, 0.9995)) + 1e-6)
        sound = np.clip(sound, -limit, limit) if rng.random() < 0.5 else limit * np.tanh(sound / limit)
    low, high = 0.0, BANK_RATE / 2
    if rng.random() < BAND_SHARE:
        low, high = float(rng.uniform(20, 160)), float(rng.uniform(3500, 9000))
    elif rng.random() < TELEPHONE_SHARE:
        low, high = float(rng.uniform(0, 200)), float(rng.uniform(3400, 4000))
    if high < BANK_RATE / 2:
        sound = _band(sound, low, high)
    if rng.random() < CODED_SHARE:
        sound = coded(sound, rng)
    level = float(np.sqrt(np.mean(np.square(sound))))
    return (sound * np.float32(10 ** (rng.uniform(*GAIN_DB) / 20) / max(level, 1e-6))).astype(np.float32)


def _convolved(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    from scipy.signal import oaconvolve

    return oaconvolve(first, second).astype(np.float32)


def equaliser(rng: np.random.Generator) -> np.ndarray:
    """Impulse response of a drawn equaliser of minimum phase: tilt, octave-wide ripples, narrow resonances."""
    hertz = np.fft.rfftfreq(_FILTER, 1 / BANK_RATE)
    octave = np.log2(np.maximum(hertz, 30.0) / 30.0)
    level = rng.normal(0, TILT_DB) * (octave / octave[-1] - 0.5)
    knots = np.arange(0, octave[-1] + 1)
    level = level + np.interp(octave, knots, rng.normal(0, RIPPLE_DB, len(knots)))
    for _ in range(int(rng.integers(RESONANCES[0], RESONANCES[1] + 1))):
        centre, width = rng.uniform(1.5, 7.0), rng.uniform(0.05, 0.3)
        level = level + rng.normal(0, RESONANCE_DB) * np.exp(-0.5 * ((octave - centre) / width) ** 2)
    magnitude = np.clip(level, -40, 25) * np.log(10) / 20
    cepstrum = np.fft.irfft(magnitude)
    half = _FILTER // 2
    cepstrum[1:half] *= 2
    cepstrum[half + 1 :] = 0
    return np.fft.irfft(np.exp(np.fft.rfft(cepstrum)))[: half // 2].astype(np.float32)


def _room(rng: np.random.Generator, rooms: dict[str, np.ndarray]) -> np.ndarray:
    """Impulse response of a room: the direct sound at 1, then the rest at a drawn level."""
    wet = 10 ** (float(rng.uniform(*WET_DB)) / 20)
    if rooms and rng.random() < REAL_ROOM_SHARE:
        names = sorted(rooms)
        response = rooms[names[int(rng.integers(len(names)))]]
        places = np.arange(int(len(response) * (stretch := rng.uniform(0.75, 1.3)))) / stretch
        response = np.interp(places, np.arange(len(response)), response)
        tail = response.copy()
        tail[:_DIRECT] = 0
        direct = response[:_DIRECT] / max(abs(float(response[:_DIRECT].sum())), 0.3)
    else:
        seconds = float(np.exp(rng.uniform(*np.log(REVERBERATION))))
        count = int(seconds * BANK_RATE)
        time = np.arange(count) / BANK_RATE
        tail = rng.standard_normal(count) * 10 ** (-3.0 * time / seconds)
        # high sounds die sooner: a second, darker decay that lasts longer
        dark = np.convolve(rng.standard_normal(count), np.hanning(9) / 4.5, mode="same")
        tail = tail * np.exp(-time * rng.uniform(0, 8) / seconds) + dark * 10 ** (-3.0 * time / seconds)
        first = int(rng.uniform(0.002, 0.025) * BANK_RATE)
        tail[:first] = 0
        for _ in range(int(rng.integers(0, 7))):  # walls
            tail[min(int(rng.uniform(0.002, 0.05) * BANK_RATE), count - 1)] += rng.normal(0, 4)
        direct = np.ones(1)
    tail *= wet / max(float(np.linalg.norm(tail)), 1e-9)
    tail[: len(direct)] += direct[: len(tail)]
    return tail.astype(np.float32)


def noise(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Hiss between white and brown, sometimes hum or crackle, RMS 1, float32 [samples]."""
    from scipy.signal import lfilter

    white = rng.standard_normal(samples, dtype=np.float32)
    keep = float(rng.uniform(0.0, 0.98))
    made = lfilter([1.0], [1.0, -keep], white).astype(np.float32)
    made /= np.float32(max(float(made.std()), 1e-9))
    if rng.random() < HUM_SHARE:
        time = np.arange(samples, dtype=np.float32) / np.float32(BANK_RATE)
        mains = float(rng.choice([50.0, 60.0]))
        for partial in (1, 2, 3, 5, 7):
            size = np.float32(rng.exponential(1.0) / partial)
            made += size * np.sin(np.float32(2 * np.pi * mains * partial) * time + np.float32(rng.uniform(0, 6)))
    if rng.random() < CRACKLE_SHARE:
        count = rng.poisson(samples / BANK_RATE * rng.uniform(2, 25))
        made[rng.integers(0, samples, count)] += (rng.standard_normal(count) * rng.uniform(5, 40)).astype(np.float32)
    return made / np.float32(max(float(np.sqrt(np.mean(np.square(made)))), 1e-9))


def _compressed(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """With loud moments brought down, as broadcasts and telephones do."""
    block = 120  # samples: 5 ms
    count = -(-len(sound) // block)
    padded = np.zeros(count * block, np.float32)
    padded[: len(sound)] = sound
    level = np.sqrt(np.mean(np.square(padded.reshape(count, block)), axis=1) + 1e-8)
    release = float(np.exp(-block / BANK_RATE / rng.uniform(0.05, 0.5)))
    held = np.empty(count)
    state = 0.0
    for i, value in enumerate(level.tolist()):
        state = value if value > state else release * state + (1 - release) * value
        held[i] = state
    threshold, ratio = float(rng.uniform(0.2, 1.0)), float(rng.uniform(1.5, 6.0))
    gain = np.minimum(1.0, (held / threshold) ** (1 / ratio - 1))
    places = np.arange(len(sound))
    return sound * np.interp(places, np.arange(count) * block + block / 2, gain).astype(np.float32)


def _band(sound: np.ndarray, low: float, high: float) -> np.ndarray:
    """Between two frequencies; the upper edge is a third of an octave wide, the lower one two."""
    from scipy.fft import irfft, next_fast_len, rfft

    size = next_fast_len(len(sound), real=True)
    hertz = np.fft.rfftfreq(size, 1 / BANK_RATE)
    loss = 3 * np.log2(np.maximum(hertz, 1e-3) / high)
    if low > 0:
        loss = np.maximum(loss, 1.5 * np.log2(low / np.maximum(hertz, 1e-3)))
    gain = 10 ** (-np.clip(loss, 0, 1) * _STOPPED_DB / 20)
    return irfft(rfft(sound, size) * gain.astype(np.float32), size)[: len(sound)].astype(np.float32)


def coded(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a lossy coder at a low rate leaves: coarse steps in each band, empty ones dropped, a cut at the top."""
    from scipy.fft import irfft, rfft

    hop = _CODER // 2
    window = np.sin(np.pi * (np.arange(_CODER) + 0.5) / _CODER).astype(np.float32)
    padded = np.concatenate([np.zeros(hop, np.float32), sound, np.zeros(_CODER, np.float32)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, _CODER)[::hop]
    spectrum = rfft(frames * window, axis=1)
    edges = np.unique(np.round(2.0 ** np.arange(1, 9.01, 0.5)).astype(int))
    edges = edges[edges < spectrum.shape[1]]
    power = np.add.reduceat(np.abs(spectrum) ** 2, edges, axis=1)
    width = np.diff(np.append(edges, spectrum.shape[1]))
    size = np.sqrt(power / width)
    step = size * np.float32(10 ** (-rng.uniform(2, 14) / 20))  # noise below the band by so much
    floor = size.max(axis=1, keepdims=True) * np.float32(10 ** (-rng.uniform(30, 60) / 20))
    step = np.repeat(np.maximum(step, floor), width, axis=1) + np.float32(1e-9)
    body = spectrum[:, edges[0] :]
    spectrum[:, edges[0] :] = step * (np.round(body.real / step) + 1j * np.round(body.imag / step))
    cut = int(rng.uniform(5500, 12000) / BANK_RATE * _CODER)
    spectrum[:, cut:] = 0
    back = irfft(spectrum, _CODER, axis=1) * window
    out = np.zeros((len(back) + 1) * hop, np.float32)
    out[: len(back) * hop] += back[:, :hop].reshape(-1)
    out[hop:] += back[:, hop:].reshape(-1)
    return out[hop : hop + len(sound)].astype(np.float32)
