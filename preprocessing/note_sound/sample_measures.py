"""What a recorded note is, measured: where it begins, at which pitch it sounds, which part of it can be looped."""

from __future__ import annotations

import numpy as np

from audio_to_body.sound.note_resampling import NOTE_RATE

BANK_RATE = NOTE_RATE  # samples/s: what the nets hear
PREROLL = 240  # samples (10 ms) that a sample of the bank begins before its note
_FRAME = 24  # samples (1 ms) of the envelope
# of the greatest level within ONSET_WINDOW: the note has begun. A bow sets in slowly: at -20 dB nobody hears it yet
ONSET_DB = {"piano": -24.0, "violin": -14.0}
ONSET_WINDOW = 0.35  # s
FLOOR_DB = -60.0  # of the greatest level: the rest of a sample is not kept
_SEARCH_CENTS = 160  # on either side of the pitch by name
_PARTIALS = 8
_HIGHEST_PARTIAL = 6000.0  # Hz


def envelope(wave: np.ndarray, frame: int = _FRAME) -> np.ndarray:
    """RMS level of each frame, float64 [frames]."""
    count = len(wave) // frame
    return np.sqrt(np.mean(np.square(wave[: count * frame].reshape(count, frame), dtype=np.float64), axis=1) + 1e-16)


def first_onset(wave: np.ndarray, instrument: str, begin: int = 0) -> int:
    """The sample at which the note physically begins: the string is struck, or the bow has set it in motion.

    Parameters
    ----------
    wave : np.ndarray, float32 [samples]
        At :data:`BANK_RATE`.
    instrument : str
        ``piano`` or ``violin``.
    begin : int
        Sample from which to look.
    """
    level = envelope(wave[begin:])
    if not len(level):
        return begin
    loud = float(level.max())
    start = int(np.argmax(level > loud * 0.1))  # the window counts from the sound, not from the silence before
    peak = float(level[start : start + int(ONSET_WINDOW * BANK_RATE / _FRAME)].max())
    above = int(np.argmax(level > peak * 10 ** (ONSET_DB[instrument] / 20)))
    return begin + above * _FRAME


def measured_pitch(wave: np.ndarray, nominal: float, search: int = _SEARCH_CENTS) -> tuple[float, float]:
    """At which pitch a note sounds, near the one it is said to have.

    Parameters
    ----------
    wave : np.ndarray, float32 [samples]
        From the note's beginning, at :data:`BANK_RATE`.
    nominal : float
        MIDI pitch.
    search : int
        Cents on either side.

    Returns
    -------
    (float, float)
        MIDI pitch, and how much louder than between them the partials are there, in bels: below about 0.5 the note
        is not what it is said to be.
    """
    part = wave[int(0.04 * BANK_RATE) : int(1.2 * BANK_RATE)]
    if len(part) < 1500:
        part = wave
    size = 1 << 17
    power = np.abs(np.fft.rfft(part * np.hanning(len(part)), size))
    power = np.log10(power + 1e-4 * power.max() + 1e-12)
    cents = np.arange(-search, search + 1)
    fundamental = 440.0 * 2.0 ** ((nominal - 69 + cents / 100) / 12)
    # the lowest strings sound by their upper partials
    first = 1 if nominal >= 45 else 2
    # and stiff treble strings have only their lowest partials where they should be
    count = _PARTIALS if nominal < 60 else 4 if nominal < 76 else 2 if nominal < 88 else 1
    partials = np.arange(first, first + count)
    partials = partials[partials * fundamental[search] < _HIGHEST_PARTIAL]
    if not len(partials):
        partials = np.array([1])
    stiffness = 1e-4 * 2.0 ** ((60 - nominal) / 36) if nominal < 45 else 0.0  # of wound bass strings, roughly
    places = fundamental[:, None] * partials * np.sqrt(1 + stiffness * partials**2) * size / BANK_RATE
    score = np.interp(places, np.arange(len(power)), power).mean(axis=1)
    best = int(np.argmax(score))
    return nominal + cents[best] / 100, float(score[best] - np.median(score))


def rise_seconds(wave: np.ndarray) -> float:
    """How long a trimmed sample takes from its beginning to half of its greatest early level."""
    level = np.sqrt(np.convolve(np.square(wave[: int(ONSET_WINDOW * BANK_RATE)]), np.full(240, 1 / 240), mode="same"))
    return float(np.argmax(level > 0.5 * level.max(initial=0.0)) - PREROLL) / BANK_RATE


def trimmed(wave: np.ndarray, onset: int, longest: float) -> np.ndarray:
    """From :data:`PREROLL` before a note's beginning until it has died away, faded at both ends, float32."""
    lead = max(PREROLL - onset, 0)
    part = np.concatenate([np.zeros(lead, np.float32), wave[max(onset - PREROLL, 0) :]])
    part = part[: int(longest * BANK_RATE)].copy()
    level = envelope(part)
    alive = np.flatnonzero(level > level.max(initial=0.0) * 10 ** (FLOOR_DB / 20))
    if len(alive):
        part = part[: (alive[-1] + 1) * _FRAME + _FRAME]
    fade = min(len(part) // 4, int(0.03 * BANK_RATE))
    part[:96] *= np.linspace(0, 1, 96, dtype=np.float32)[: len(part)]
    if fade:
        part[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return part.astype(np.float32)


def steady_part(wave: np.ndarray) -> tuple[int, int]:
    """Where a bowed note goes on evenly: first and end sample, (0, 0) where there is no such part.

    It begins after the attack and ends where the level has fallen for good.
    """
    level = envelope(wave, 10 * _FRAME)
    if len(level) < 12:
        return 0, 0
    typical = float(np.median(np.sort(level)[len(level) // 3 :]))
    held = np.flatnonzero(level > 0.5 * typical)
    begin, end = int(held[0]) + 6, int(held[-1]) - 3  # 60 ms after the beginning, 30 ms before the end
    if end - begin < 10:
        return 0, 0
    return begin * 10 * _FRAME, end * 10 * _FRAME


def separate_strokes(wave: np.ndarray, shortest: float = 0.12) -> list[np.ndarray]:
    """Cut a phrase of strokes on one pitch where the level has fallen between them."""
    level = 20 * np.log10(np.convolve(envelope(wave), np.ones(8) / 8, mode="same"))
    loud = float(np.quantile(level, 0.95))
    rise = level[12:] - level[:-12]  # over 12 ms
    starts: list[int] = []
    for place in np.flatnonzero((rise > 5.0) & (level[12:] > loud - 20.0)):
        moment = int(place) * _FRAME
        if not starts or moment - starts[-1] > shortest * BANK_RATE:
            starts.append(moment)
    ends = [*starts[1:], len(wave)]
    return [wave[max(a - PREROLL, 0) : b - PREROLL] for a, b in zip(starts, ends) if b - a > 0.06 * BANK_RATE]
