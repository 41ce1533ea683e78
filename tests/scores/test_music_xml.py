"""MusicXML is read as it is written: repeats, ties, slurs, marks, staves; what would harm is refused."""

from __future__ import annotations

import io
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.scores.measures import Signs
from audio_to_body.scores.music_xml import music_xml_of, read_music_xml
from audio_to_body.scores.music_xml_file import LARGEST
from audio_to_body.scores.piece import LEFT_HAND, RIGHT_HAND
from audio_to_body.scores.reading import read_piece
from audio_to_body.scores.repeats import playing_order
from audio_to_body.skeleton.refusal import BadInput
from tests.scores.made import music_xml, put, written


def only(measures, **how):
    (part,) = music_xml_of(music_xml(measures, **how), "x.xml").parts
    return part


def four(pitch=60):
    return "".join(written(pitch + i) for i in (0, 2, 4, 5))


def repeat(direction, times=2):
    return f'<barline><repeat direction="{direction}" times="{times}"/></barline>'


def ending(number, kind):
    return f'<barline><ending number="{number}" type="{kind}"/></barline>'


def test_notes_stand_where_they_are_written():
    part = only([four(), four(72)])
    np.testing.assert_allclose(part.written.onset, np.arange(8))
    assert part.notes.pitch.tolist() == [60, 62, 64, 65, 72, 74, 76, 77]
    np.testing.assert_allclose(part.notes.onset, np.arange(8) / 2)  # 120 quarters a minute where nothing is written
    assert part.written.strength.tolist()[:4] == [1.0, 0.25, 0.5, 0.25]


def test_tempo_marks_are_followed():
    part = only([f'<sound tempo="60"/>{four()}', f'<direction><sound tempo="240"/></direction>{four()}'])
    np.testing.assert_allclose(part.notes.onset, [0, 1, 2, 3, 4, 4.25, 4.5, 4.75])
    metronome = "<metronome><beat-unit>half</beat-unit><per-minute>60</per-minute></metronome>"
    printed = f"<direction><direction-type>{metronome}</direction-type></direction>"
    assert music_xml_of(music_xml([printed + four()]), "x.xml").tempo == 120.0


def test_repeats_and_endings_are_taken():
    part = only([
        written(60, 8) + repeat("backward", 3),
        repeat("forward") + written(62, 8),
        ending("1", "start") + written(64, 8) + ending("1", "stop") + repeat("backward"),
        ending("2", "start") + written(65, 8) + ending("2", "stop"),
        written(67, 8),
    ])  # fmt: skip
    assert part.notes.pitch.tolist() == [60, 60, 60, 62, 64, 62, 65, 67]
    once = music_xml_of(music_xml([four() + repeat("backward")]), "x.xml", repeats=False)
    assert len(once.parts[0]) == 4


@pytest.mark.parametrize(
    ("signs", "order"),
    [
        ([{}, {"fine": True}, {"da_capo": True}], [0, 1, 2, 0, 1]),
        ([{}, {"segno": True}, {"to_coda": True}, {"dal_segno": True}, {"coda": True}], [0, 1, 2, 3, 1, 2, 4]),
        ([{"times": 2}, {"fine": True}, {"da_capo": True}], [0, 0, 1, 2, 0, 1]),
        ([{}, {"ending": (1, 2), "times": 2, "ending_stops": True}, {"ending": (3,), "ending_stops": True}, {}],
         [0, 1, 0, 1, 0, 2, 3]),
        ([{"ending": (1,), "ending_stops": True, "times": 2}, {"ending": (2,)}, {"forward": True}, {"times": 2}],
         [0, 1, 2, 3, 2, 3]),
    ],
)  # fmt: skip
def test_the_order_of_measures(signs, order):
    assert playing_order([Signs(**s) for s in signs], "x") == order


def test_repeats_without_end_are_refused():
    with pytest.raises(BadInput, match="repeats that make it longer"):
        playing_order([Signs() for _ in range(100)] + [Signs(times=999)], "x")


def test_tied_notes_are_one_and_voices_share_theirs():
    tied = written(60, 4, '<tie type="start"/>') + written(60, 4, '<tie type="stop"/>')
    back = "<backup><duration>8</duration></backup>"
    part = only([tied + back + written(60, 2, voice=2) + written(64, 2, voice=2)])
    assert part.notes.pitch.tolist() == [60, 64]
    np.testing.assert_allclose(part.written.duration, [4, 1])


def test_slurs_bind_all_but_their_first_note():
    start, stop = '<slur type="start" number="1"/>', '<slur type="stop" number="1"/>'
    part = only([written(60, notations=start) + written(62) + written(64, notations=stop) + written(65)])
    assert part.notes.stroke.tolist() == [True, False, False, True]
    never = only([written(60, notations=start) + written(62) + written(64)])
    assert never.notes.stroke.all()


def test_grace_notes_come_before_and_share_the_stroke():
    grace = "<note><grace/><pitch><step>D</step><octave>4</octave></pitch><voice>1</voice></note>"
    part = only([written(60) + grace + written(60) + written(60)])
    assert part.notes.pitch.tolist() == [60, 62, 60, 60]
    np.testing.assert_allclose(part.written.onset, [0, 0.875, 1, 2])
    assert part.notes.stroke.tolist() == [True, True, False, True]


def test_marks_of_fingers_strings_and_bows_are_read():
    technical = "<technical><fingering>3</fingering><string>2</string><up-bow/></technical>"
    technical += "<articulations><staccato/></articulations>"
    part = only([written(71, notations=technical) + written(72)])
    marks = part.marks
    assert (marks.finger[0], marks.string[0], marks.bow[0], bool(marks.staccato[0])) == (3, 2, -1, True)
    assert (marks.finger[1], marks.string[1], marks.bow[1], bool(marks.staccato[1])) == (-1, -1, 0, False)


def test_two_staves_are_two_hands():
    below = "<backup><duration>8</duration></backup>" + written(48, 8, voice=2, staff=2)
    part = only([written(72, 8, staff=1) + below], name="Piano", attributes="<staves>2</staves>")
    assert part.notes.pitch.tolist() == [48, 72]
    assert part.marks.hand.tolist() == [LEFT_HAND, RIGHT_HAND]


def test_transposed_notes_sound_where_they_sound():
    part = only(
        [four()], attributes="<transpose><chromatic>-2</chromatic><octave-change>-1</octave-change></transpose>"
    )
    assert part.notes.pitch[0] == 60 - 14


def test_dynamics_and_plucking_hold_until_told_otherwise():
    loud = "<direction><direction-type><dynamics><ff/></dynamics></direction-type></direction>"
    pizzicato = "<direction><direction-type><words>pizz.</words></direction-type></direction>"
    part = only([four(), loud + pizzicato + four()])
    assert part.notes.velocity[4] > part.notes.velocity[3] + 20
    assert part.notes.plucked.tolist() == [False] * 4 + [True] * 4


def test_quarter_tones_are_played_on_the_nearest_key():
    piece = music_xml_of(music_xml([written(60, alter=0.5) + written(62)]), "x.xml")
    assert piece.parts[0].notes.pitch.tolist() == [61, 62]
    assert "1 note is written between two keys" in piece.remarks[0]


def test_a_timewise_score_is_the_same():
    timewise = (
        b"<score-timewise><part-list><score-part id='P1'><part-name>Violin</part-name></score-part></part-list>"
        b"<measure number='1'><part id='P1'><attributes><divisions>2</divisions></attributes>"
        + four().encode()
        + b"</part></measure></score-timewise>"
    )
    assert music_xml_of(timewise, "x.xml").parts[0].notes.pitch.tolist() == [60, 62, 64, 65]


def zipped(entries) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_a_compressed_score_is_found_by_its_container(tmp_path):
    container = "<container><rootfiles><rootfile full-path='deep/two.xml'/></rootfiles></container>"
    entries = {
        "META-INF/container.xml": container,
        "one.xml": music_xml([four(72)]),
        "deep/two.xml": music_xml([four()]),
    }
    path = put(tmp_path, "tune.mxl", zipped(entries))
    assert read_piece(path).parts[0].notes.pitch[0] == 60
    del entries["META-INF/container.xml"]
    assert music_xml_of(zipped(entries), "x.mxl").parts[0].notes.pitch[0] == 72


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(f"<!ENTITY a{i} '&a;&a;'>" for i in range(9)) + "]>"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not MusicXML"),
        (b"<score-partwise>", "not MusicXML, or damaged"),
        (b"<html/>", "no MusicXML score"),
        (b"<score-partwise/>", "holds no notes"),
        (music_xml(["<note><rest/><duration>8</duration></note>"]), "holds no notes"),
        (music_xml(["<note><unpitched/><duration>8</duration></note>"]), "drums alone"),
        (music_xml([four()], more=LAUGHS), "declares XML entities"),
        (b"<a>" * 500 + b"</a>" * 500, "nests XML elements"),
        (b"PK\x03\x04 nothing of the kind", "damaged zip file"),
        (zipped({"readme.txt": "no score"}), "without a MusicXML score"),
        (zipped({"bomb.xml": b" " * (LARGEST + 9)}), "more than 64 MB of XML"),
        (music_xml([f'<sound tempo="0"/>{four()}']), "tempo of 0 quarter notes"),
        (music_xml(["<backup><duration>9</duration></backup>" + four()]), "goes back before its own beginning"),
        (music_xml([written(60, -2)]), "a duration of -1 quarters"),
        (music_xml([written(60, "1e99")]), "measure 1"),
        (music_xml([written(60, "nan")]), "that is no number"),
        (music_xml([four()]).replace(b"<step>C", b"<step>H"), "called 'H'"),
        (music_xml([four()]).replace(b"<divisions>2", b"<divisions>0"), "divides quarters by 0"),
    ],
)
def test_what_cannot_be_read_is_refused(data, words):
    with pytest.raises(BadInput, match=words) as refused:
        music_xml_of(data, "x.xml")
    assert "\n" not in str(refused.value)


def test_abc_needs_music21_and_says_so(tmp_path, monkeypatch):
    path = put(tmp_path, "tune.abc", b"X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|]\n")
    pytest.importorskip("music21")
    assert read_piece(path).parts[0].notes.pitch.tolist() == [60, 62, 64, 65, 67, 69, 71, 72]
    monkeypatch.setitem(__import__("sys").modules, "music21", None)
    with pytest.raises(BadInput, match=r"audio-to-body-dynamics\[score\]"):
        read_piece(path)


@pytest.mark.parametrize(
    "name",
    [
        "bach/bwv66.6.mxl",
        "mozart/k156/movement1.mxl",
        "haydn/opus74no1/movement1.mxl",
        "schumann/opus41no1/movement2.mxl",
    ],
)
def test_another_reader_finds_the_same_notes(name):
    music21 = pytest.importorskip("music21")
    path = Path(music21.__file__).parent / "corpus" / name
    if not path.is_file():
        pytest.skip(f"music21's corpus has no {name}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stream = music21.converter.parse(path, forceSource=True)
    theirs = {
        (round(float(note.offset), 3), pitch.midi)
        for part in stream.parts
        for note in part.toSoundingPitch().stripTies().flatten().notes
        if note.quarterLength > 0
        for pitch in note.pitches
    }
    ours = {
        (round(float(onset), 3), int(pitch))
        for part in read_music_xml(path, repeats=False).parts
        for onset, pitch, length in zip(part.written.onset, part.written.pitch, part.written.duration)
        if length > 0.13  # grace notes, which the other reader gives no time
    }
    assert len(theirs & ours) > 0.98 * len(theirs)
    assert len(ours - theirs) <= 0.02 * len(ours)
