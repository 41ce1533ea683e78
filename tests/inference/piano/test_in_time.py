"""What two hands can strike between them in time."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.inference.piano.in_time import FASTEST, WIDEST, in_time
from audio_to_body.musician.human_hands import read_hands, song_of_clips
from audio_to_body.preprocessing.published.pianomime import at_video_rate, split_songs, to_pixels

AT_HOME = ([468.0, 685.0], [200.0, 200.0])


def struck(*x: float, late: tuple[float, ...] = (), hands: tuple = (AT_HOME,), soft: tuple[float, ...] = ()) -> list:
    taken = in_time(x, [10.0 if key in soft else 80.0 for key in x], [key in late for key in x], hands)
    return [key for key, now in zip(x, taken) if now]


def test_what_hands_are_at_is_struck():
    assert struck() == []
    assert struck(400.0, 500.0, 560.0, 650.0, 800.0) == [400.0, 500.0, 560.0, 650.0, 800.0]


def test_a_chord_wider_than_a_hand_is_struck_from_below():
    """The other hand is far away."""
    far = ([468.0, 1100.0], [200.0, 0.0])
    assert struck(360.0, 560.0, 640.0, hands=(far,)) == [360.0, 560.0]
    assert struck(640.0, late=(640.0,), hands=(far,)) == [640.0]
    assert struck(360.0, 560.0, 640.0, hands=(([468.0, 720.0], [200.0, 0.0]),)) == [360.0, 560.0, 640.0]


def test_what_is_too_far_away_waits():
    near = ([468.0, 685.0], [FASTEST, FASTEST])
    least = 468.0 - FASTEST - WIDEST / 2
    assert struck(least + 1, hands=(near,)) == [least + 1]
    assert struck(least - 1, hands=(near,)) == []
    # where another course believes the hand nearer it is struck
    assert struck(least - 1, hands=(near, ([440.0, 685.0], [FASTEST, FASTEST]))) == [least - 1]


def test_no_hand_reaches_beyond_the_other():
    """The right hand would have time enough."""
    assert struck(200.0, hands=(([468.0, 685.0], [50.0, 900.0]),)) == []


def test_the_softest_is_left_for_later():
    crowd = (300.0, 420.0, 700.0, 900.0, 950.0)
    assert struck(*crowd, soft=(950.0,), hands=(([400.0, 750.0], [20.0, 40.0]),)) == [300.0, 420.0, 700.0, 900.0]
    assert struck(*crowd, soft=(700.0,), late=(950.0,)) == [300.0, 420.0, 900.0, 950.0]


def test_the_fastest_hand_is_a_persons(shared_data):
    clips = read_hands(shared_data / "pianomime" / "hands.npz")
    songs = song_of_clips(clips)
    steps = []
    for clip, part in split_songs(clips, songs, np.inf, 0).items():
        if part == "train":
            wrists = to_pixels(at_video_rate(clips.clip(clip)[0]))[:, :, 0, 0]
            steps.append(np.abs(np.diff(wrists, axis=0)).ravel())
    assert np.percentile(np.concatenate(steps), 99.9) == pytest.approx(FASTEST, abs=1.0)
