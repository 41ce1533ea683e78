"""Small scores made by hand: MIDI by mido, MusicXML by text."""

from __future__ import annotations

import io
from pathlib import Path

import mido

TICKS = 480  # a quarter
NAMES = {0: "C", 2: "D", 4: "E", 5: "F", 7: "G", 9: "A", 11: "B"}


def track(*messages, name="", program=None, channel=0):
    """A track of (kind, values) with times in ticks from the beginning."""
    made = mido.MidiTrack()
    if name:
        made.append(mido.MetaMessage("track_name", name=name))
    if program is not None:
        made.append(mido.Message("program_change", channel=channel, program=program))
    at = 0
    for when, message in sorted(messages, key=lambda pair: pair[0]):
        made.append(message.copy(time=when - at))
        at = when
    return made


def note(pitch, begin, end, velocity=80, channel=0):
    """Two messages: a key goes down and comes up, at quarters."""
    return [
        (round(begin * TICKS), mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)),
        (round(end * TICKS), mido.Message("note_off", channel=channel, note=pitch)),
    ]


def line(pitches, length=1.0, gap=0.0, velocity=80, channel=0):
    """Notes one after the other."""
    return [m for i, p in enumerate(pitches) for m in note(p, i * length, (i + 1) * length - gap, velocity, channel)]


def midi(*tracks, ticks=TICKS, kind=1) -> bytes:
    file = mido.MidiFile(type=kind, ticks_per_beat=ticks)
    file.tracks.extend(tracks)
    data = io.BytesIO()
    file.save(file=data)
    return data.getvalue()


def written(pitch, duration=2, extra="", notations="", voice=1, staff=None, chord=False, alter=None):
    """A MusicXML note; two divisions a quarter."""
    step = pitch % 12 if pitch % 12 in NAMES else pitch % 12 - 1
    sharp = (pitch % 12 - step) if alter is None else alter
    text = f"<alter>{sharp}</alter>" if sharp else ""
    return (
        f"<note>{'<chord/>' if chord else ''}<pitch><step>{NAMES[step]}</step>{text}"
        f"<octave>{pitch // 12 - 1}</octave></pitch><duration>{duration}</duration>{extra}<voice>{voice}</voice>"
        f"{f'<staff>{staff}</staff>' if staff else ''}"
        f"{f'<notations>{notations}</notations>' if notations else ''}</note>"
    )


def music_xml(measures, name="Violin", attributes="", program=None, more="") -> bytes:
    """A score of one part; the first measure gets the usual attributes."""
    time = "<time><beats>4</beats><beat-type>4</beat-type></time>"
    begin = f"<attributes><divisions>2</divisions>{attributes}{time}</attributes>"
    sound = (
        f"<midi-instrument id='I1'><midi-program>{program + 1}</midi-program></midi-instrument>" if program else ""
    )
    body = "".join(
        f"<measure number='{i + 1}'>{begin if i == 0 else ''}{m}</measure>" for i, m in enumerate(measures)
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>{more}<score-partwise version='4.0'><part-list><score-part id='P1'>"
        f"<part-name>{name}</part-name>{sound}</score-part></part-list><part id='P1'>{body}</part></score-partwise>"
    ).encode()


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
