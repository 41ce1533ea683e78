"""A violin of the bank in some player's hands: tuning, vibrato, attacks, slides, drawn once for each piece."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.preprocessing.note_sound.bank import BOWED, HARMONIC, PLUCKED, SHORT, SampleSet

# dB by which the level falls where real bows change; quartiles in recordings, rooms and all: 3.6, 6.2, 8.9 (John
# Garner's Bach), 2.0, 4.2, 6.4 (Oliver Colbentson's), 1.2, 3.0, 4.8 (Wohlfahrt op. 45/1); under slurs 0.5, 1.9, 3.5
CHANGE_DB = (7.0, 3.0)
# s of a stroke's rise; in these recordings it is 8, 5, 3 and 2 dB below its full level 20, 40, 60 and 80 ms on
ATTACK = (0.01, 0.13)
CHANGE_RANGE_DB = (2.0, 16.0)


@dataclass(frozen=True)
class Violin:
    """One violin and its player.

    Attributes
    ----------
    sets : dict of int to SampleSet
        By kind of samples; what the chosen set lacks comes from another one.
    tuning : float
        Semitones of the whole.
    intonation : float
        Semitones, standard deviation of each note.
    vibrato_hertz, vibrato_depth : float
        Depth in semitones, either side.
    glide : float
        s in which a finger comes down under a slur.
    slide_share : float
        Share of slurred notes that the hand slides to.
    same_sample : float
        How often a slurred note goes on in the same sample.
    attack : float
        s of a stroke's rise.
    attack_dark : float
        How much of a stroke's first brightness is taken.
    release : float
        s in which a tone dies away when the bow leaves.
    lift, change_db, change_dark : float
        s before a stroke's end at which the bow begins to leave it; the level by which it has fallen at its end, and
        how much of its high partials has gone with it: a bow that turns always makes a dip, a finger hardly one.
    ring : float
        s in which an open string does.
    bow_noise_db : float
    dip_db : float
        Of the level where a finger comes down.
    """

    sets: dict[int, SampleSet]
    tuning: float
    intonation: float
    vibrato_hertz: float
    vibrato_depth: float
    glide: float
    slide_share: float
    same_sample: float
    attack: float
    attack_dark: float
    release: float
    lift: float
    change_db: float
    change_dark: float
    ring: float
    bow_noise_db: float
    dip_db: float


def draw_violin(sets: list[SampleSet], rng: np.random.Generator) -> Violin:
    """A violin out of the sets that are at hand, in some player's hands."""
    bowed = [s for s in sets if (s.kind == BOWED).any()]
    # a set with more samples has more to tell
    weight = np.sqrt([min((s.kind == BOWED).sum(), 300) for s in bowed])
    main = bowed[int(rng.choice(len(bowed), p=weight / weight.sum()))]
    chosen = {BOWED: main}
    for kind in (SHORT, PLUCKED, HARMONIC):
        having = [s for s in sets if (s.kind == kind).sum() >= 3]
        if having:
            chosen[kind] = main if main in having and rng.random() < 0.7 else having[int(rng.integers(len(having)))]
    return Violin(
        sets=chosen,
        tuning=float(np.clip(rng.normal(0, 0.10), -0.35, 0.35)),
        intonation=float(rng.uniform(0.02, 0.12)),
        vibrato_hertz=float(rng.uniform(4.5, 7.2)),
        vibrato_depth=float(rng.uniform(0.0, 0.4)),
        glide=float(rng.uniform(0.003, 0.025)),
        slide_share=float(rng.choice([0.0, 0.0, 0.1, 0.3])),
        same_sample=float(rng.uniform(0.2, 1.0)),
        attack=float(np.exp(rng.uniform(*np.log(ATTACK)))),
        attack_dark=float(rng.uniform(0.0, 1.0)),
        release=float(np.exp(rng.uniform(np.log(0.006), np.log(0.06)))),
        lift=float(rng.uniform(0.006, 0.05)),
        change_db=float(np.clip(rng.normal(*CHANGE_DB), *CHANGE_RANGE_DB)),
        change_dark=float(rng.uniform(0.0, 0.9)),
        ring=float(rng.uniform(0.08, 0.5)),
        bow_noise_db=float(rng.uniform(-60, -32)),
        dip_db=float(rng.uniform(-1.0, 6.0)),
    )
