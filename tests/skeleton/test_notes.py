import numpy as np
import pytest

from audio_to_body.skeleton.notes import USUAL_VELOCITY, Notes, joined

TWO = Notes(onset=[1.0, 0.5], end=[2.0, 0.75], pitch=[60, 64], velocity=[100, 20], stroke=[True, False])


def test_what_is_not_told_is_filled_in():
    notes = Notes(onset=[0.0, 1.0], end=[0.5, 1.5], pitch=[60.0, 61.0])
    assert notes.pitch.dtype == np.int64
    assert notes.velocity.tolist() == [USUAL_VELOCITY] * 2
    assert notes.sounding_end.tolist() == [0.5, 1.5]
    assert notes.stroke.all()
    assert not notes.plucked.any()


def test_ordered_chosen_between_and_shifted_keep_rows_together():
    first = TWO.ordered().chosen(np.array([0]))
    assert (first.onset[0], first.pitch[0], first.velocity[0], first.stroke[0]) == (0.5, 64, 20, False)
    assert TWO.between(0.75, 1.5).pitch.tolist() == [60]
    later = TWO.shifted(0.25)
    assert (later.onset.tolist(), later.end.tolist(), later.sounding_end.tolist()) == (
        [1.25, 0.75],
        [2.25, 1.0],
        [2.25, 1.0],
    )


def test_notes_that_begin_together_stand_from_low_to_high():
    chord = Notes(onset=[1.0, 1.0, 0.0], end=[2.0, 2.0, 2.0], pitch=[67, 60, 72])
    assert chord.ordered().pitch.tolist() == [72, 60, 67]


def test_joined_keeps_everything():
    both = joined([TWO, Notes.none(), TWO.shifted(10.0)])
    assert both.onset.tolist() == [1.0, 0.5, 11.0, 10.5]
    assert both.velocity.tolist() == [100, 20, 100, 20]
    assert len(joined([])) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"onset": [0.0], "end": [1.0, 2.0], "pitch": [60]},
        {"onset": [1.0], "end": [0.5], "pitch": [60]},
        {"onset": [np.nan], "end": [0.5], "pitch": [60]},
        {"onset": [0.0], "end": [0.5], "pitch": [60], "velocity": [1.0, 2.0]},
    ],
)
def test_notes_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError):
        Notes(**wrong)
