"""MIDI files are read as they were played, and what is none or holds nothing is refused in a sentence."""

from __future__ import annotations

import mido
import numpy as np
import pytest

from audio_to_body.scores.midi import midi_of
from audio_to_body.scores.piece import DOWN_BOW
from audio_to_body.scores.reading import read_piece
from audio_to_body.skeleton.refusal import BadInput
from tests.scores.made import TICKS, line, midi, note, put, track


def only(data):
    (part,) = midi_of(data, "x.mid").parts
    return part


def tempo(quarter, seconds):
    return (round(quarter * TICKS), mido.MetaMessage("set_tempo", tempo=round(seconds * 1e6)))


def test_times_follow_every_tempo_of_every_track():
    conductor = track(tempo(0, 0.5), tempo(2, 1.0), tempo(3, 0.25))
    part = only(midi(conductor, track(*line([60, 62, 64, 65]), name="Piano", program=0)))
    np.testing.assert_allclose(part.notes.onset, [0.0, 0.5, 1.0, 2.0])
    np.testing.assert_allclose(part.notes.end, [0.5, 1.0, 2.0, 2.25])
    assert (part.name, part.program, part.written) == ("Piano", 0, None)


def test_velocities_are_kept_and_a_beginning_without_force_is_an_end():
    soft = [(0, mido.Message("note_on", note=60, velocity=17)), (TICKS, mido.Message("note_on", note=60, velocity=0))]
    part = only(midi(track(*soft)))
    assert part.notes.velocity.tolist() == [17]
    np.testing.assert_allclose(part.notes.end, [0.5])


def test_the_pedal_holds_the_sound_and_not_the_key():
    pedal = [
        (0, mido.Message("control_change", control=64, value=100)),
        (4 * TICKS, mido.Message("control_change", control=64, value=0)),
    ]
    part = only(midi(track(*pedal, *note(60, 1, 2), *note(64, 5, 6))))
    np.testing.assert_allclose(part.notes.end, [1.0, 3.0])
    np.testing.assert_allclose(part.notes.sounding_end, [2.0, 3.0])


def test_time_code_counts_frames():
    data = bytearray(midi(track(*note(60, 0, 1))))
    data[12:14] = bytes([256 - 25, 40])  # 25 frames a second, 40 ticks a frame: milliseconds
    part = only(bytes(data))
    np.testing.assert_allclose(part.notes.end, [TICKS / 1000])


def test_channels_of_one_track_are_parts_of_their_own():
    both = track(*note(60, 0, 1), *note(70, 0, 1, channel=3), name="all")
    piece = midi_of(midi(both, kind=0), "x.mid")
    assert [part.name for part in piece.parts] == ["all, channel 1", "all, channel 4"]


def test_overlapping_notes_are_slurred_and_parted_ones_are_not():
    rows = [*note(60, 0, 1.1), *note(62, 1, 2), *note(64, 2, 2.9), *note(65, 3, 4)]
    part = only(midi(track(*rows)))
    assert part.notes.stroke.tolist() == [True, False, True, True]
    assert not (part.marks.bow == DOWN_BOW).any()


def test_a_note_without_end_lasts_to_its_tracks_end():
    piece = midi_of(midi(track((0, mido.Message("note_on", note=60, velocity=9)), *note(64, 0, 4))), "x.mid")
    np.testing.assert_allclose(piece.parts[0].notes.end, [2.0, 2.0])
    assert "1 note is without end" in piece.remarks[0]


def test_the_same_note_over_itself_is_struck_anew():
    part = only(midi(track(*note(60, 0, 4), *note(60, 1, 2))))
    np.testing.assert_allclose(part.notes.onset, [0.0, 0.5])
    assert part.notes.end[0] <= part.notes.onset[1]


def test_bent_notes_are_told_of():
    bent = [(0, mido.Message("pitchwheel", pitch=2048)), *note(60, 0, 1)]
    assert "bent" in midi_of(midi(track(*bent)), "x.mid").remarks[0]


def test_many_tracks_are_as_many_parts():
    tracks = [track(*note(60, 0, 1), name=f"part {i}") for i in range(128)]
    assert len(midi_of(midi(*tracks), "x.mid").parts) == 128


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not a MIDI file"),
        (b"ID3\x04 a song", "is not a MIDI file"),
        (midi(track(*note(60, 0, 1)))[:-9], "damaged MIDI file"),
        (b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0", "damaged MIDI file"),
        (midi(track(name="nothing")), "holds no notes"),
        (midi(track(*note(36, 0, 1, channel=9))), "drums alone"),
        (midi(track(tempo(0, 0.0), *note(60, 0, 1))), "a tempo of 0"),
        (midi(track(*note(60, 0, 1)), ticks=0), "no ticks in a quarter"),
    ],
)
def test_what_cannot_be_played_is_refused(data, words):
    with pytest.raises(BadInput, match=words) as refused:
        midi_of(data, "x.mid")
    assert "\n" not in str(refused.value)


def test_a_day_of_rests_is_refused(tmp_path):
    late = track(*note(60, 0, 1), (20 * 7200 * TICKS, mido.Message("note_on", note=62, velocity=9)))
    with pytest.raises(BadInput, match=r"lasts 20\.0 hours"):
        read_piece(put(tmp_path, "rests.mid", midi(late)))


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read_piece(tmp_path / "no.mid")
