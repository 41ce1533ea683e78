"""The nets that ship still hear: a minute of made tones, whose notes are known."""

from functools import lru_cache

import numpy as np
import pytest

from audio_to_body.inference.notes.card import LOW, NORMAL
from audio_to_body.inference.notes.listener import Listener, hear
from audio_to_body.inference.notes.session import load_notes
from audio_to_body.models.notes.scores import agreement, matched
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import AUDIO_RATE

SECONDS = 60.0
STRUCK = {"decay": 2.5, "rise": 0.003, "brightness": 1.1}  # a string that is struck and dies away
BOWED = {"decay": 0.0, "rise": 0.03, "brightness": 0.8}  # one that is kept sounding
LOWEST, HIGHEST = {"piano": 40, "violin": 55}, {"piano": 90, "violin": 90}
# measured 0.956, 0.927, 0.925 and 0.943; less means that a net, its features or its picking have changed. The
# violin's net of before had 0.964 and 0.958 of these tones, which no bow makes, and less of real violins (its card)
LEAST = {("piano", NORMAL): 0.93, ("piano", LOW): 0.88, ("violin", NORMAL): 0.905, ("violin", LOW): 0.92}


@lru_cache(maxsize=2)
def minute(instrument):
    """A minute of tones, one or two at a time, and their notes."""
    rng = np.random.default_rng(3)
    manner = STRUCK if instrument == "piano" else BOWED
    sound = 1e-4 * rng.standard_normal(round(SECONDS * AUDIO_RATE))
    onsets, ends, pitches, velocities = [], [], [], []
    now = 0.3
    while now < SECONDS - 1.5:
        length = float(rng.choice([0.15, 0.25, 0.4, 0.8]))
        for pitch in rng.choice(np.arange(LOWEST[instrument], HIGHEST[instrument]), 1 + (rng.random() < 0.2), False):
            velocity = float(rng.uniform(40, 110))
            first = round(now * AUDIO_RATE)
            time = np.arange(round((length + 0.05) * AUDIO_RATE)) / AUDIO_RATE
            hz = 440.0 * 2.0 ** ((pitch - 69) / 12)
            tone = sum(
                np.sin(2 * np.pi * hz * h * time + h) * h ** -manner["brightness"]
                for h in range(1, 13)
                if hz * h < 11_000
            )
            shape = np.exp(-manner["decay"] * time) * np.minimum(1.0, time / manner["rise"])
            shape *= np.clip((length + 0.05 - time) / 0.05, 0.0, 1.0)
            sound[first : first + len(time)] += 0.08 * (velocity / 80) ** 2 * tone * shape
            onsets.append(now)
            ends.append(now + length)
            pitches.append(pitch)
            velocities.append(velocity)
        now += length + float(rng.choice([0.0, 0.0, 0.1]))
    return sound.astype(np.float32), Notes(onsets, ends, pitches, velocities)


@pytest.mark.parametrize(("instrument", "head"), list(LEAST))
def test_the_net_still_hears_a_minute_of_tones(instrument, head):
    sound, notes = minute(instrument)
    heard = hear(load_notes(instrument), sound, head)
    found = agreement(heard, notes, 0.05)
    assert found.f1 >= LEAST[instrument, head], found


@pytest.mark.parametrize("instrument", ["piano", "violin"])
def test_ends_and_loudness_are_heard_too(instrument):
    sound, notes = minute(instrument)
    heard = hear(load_notes(instrument), sound)
    own, theirs = matched(heard, notes, 0.05)
    assert np.median(np.abs(heard.end[own] - notes.end[theirs])) < 0.1
    assert np.corrcoef(heard.velocity[own], notes.velocity[theirs])[0, 1] > 0.4
    if instrument == "violin":
        assert heard.plucked.mean() < 0.1


def test_silence_and_hiss_have_no_notes():
    rng = np.random.default_rng(0)
    hiss = (1e-3 * rng.standard_normal(10 * AUDIO_RATE)).astype(np.float32)
    for instrument in ("piano", "violin"):
        session = load_notes(instrument)
        assert len(hear(session, np.zeros(5 * AUDIO_RATE, np.float32))) == 0
        assert len(hear(session, hiss)) <= 2


def test_a_note_is_told_soon_after_it_sounded():
    sound, _ = minute("piano")
    listener = Listener(load_notes("piano"), LOW)
    late = []
    for first in range(0, 10 * AUDIO_RATE, 882):
        heard = listener.push(sound[first : first + 882])
        late += (listener.seconds - heard.begun.onset).tolist()
    assert len(late) > 10
    assert max(late) < 0.165  # 140 ms, and the 20 ms in which the sound comes
