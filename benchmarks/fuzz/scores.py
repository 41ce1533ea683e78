"""Damaged and hostile scores, MIDI and MusicXML, and damaged sound fonts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from audio_to_body.benchmarks.fuzz.attack import mutated
from audio_to_body.inference.performance import SoundOutcome
from audio_to_body.inference.score_performance import Order, make_sound, prepared
from audio_to_body.scores.sounding import font_of
from audio_to_body.sound.sound_fonts import read_zones

NOTE = "<note><pitch><step>{}</step><octave>{}</octave></pitch><duration>{}</duration><voice>1</voice></note>"
SHOWN_SECONDS = 5.0  # of a part whose sound is made too


def _mostly(rng: np.random.Generator, usual: object, *seldom: object) -> object:
    """What files have, and in three of a hundred what they should not."""
    return seldom[int(rng.integers(len(seldom)))] if rng.random() < 0.03 else usual


def midi_file(rng: np.random.Generator) -> bytes:
    """A MIDI file of drawn tracks: overlaps, notes without end, drums, pedal, tempo changes, odd divisions."""
    import mido

    file = mido.MidiFile(ticks_per_beat=int(str(_mostly(rng, 480, 1, 24, 96, 32767))))
    for _ in range(int(rng.choice([1, 2, 5, 128], p=[0.5, 0.3, 0.15, 0.05]))):
        track = mido.MidiTrack()
        file.tracks.append(track)
        channel = int(rng.integers(16))
        track.append(mido.MetaMessage("track_name", name=str(rng.choice(["", "Violin", "RH", "LH", "Drums"]))))
        for _ in range(int(rng.integers(0, 60))):
            kind = rng.choice(["note_on", "note_off", "program_change", "control_change", "pitchwheel", "set_tempo"])
            time = int(rng.choice([0, 0, 10, 240, 100_000], p=[0.3, 0.2, 0.3, 0.19, 0.01]))
            if kind == "set_tempo":
                track.append(
                    mido.MetaMessage("set_tempo", tempo=int(str(_mostly(rng, 500_000, 0, 1, 2**24 - 1))), time=time)
                )
            elif kind == "program_change":
                track.append(mido.Message(kind, channel=channel, program=int(rng.integers(128)), time=time))
            elif kind == "control_change":
                track.append(mido.Message(kind, channel=channel, control=64, value=int(rng.integers(128)), time=time))
            elif kind == "pitchwheel":
                track.append(mido.Message(kind, channel=channel, pitch=int(rng.integers(-8192, 8192)), time=time))
            else:
                pitch, velocity = int(rng.integers(128)), int(rng.integers(128))
                track.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=time))
    whole = io.BytesIO()
    file.save(file=whole)
    return whole.getvalue()


def music_xml(rng: np.random.Generator) -> bytes:
    """A MusicXML file with what scores seldom or never should have."""
    pieces = [
        f'<barline location="right"><repeat direction="backward" times="{_mostly(rng, 2, 3, 999)}"/></barline>',
        '<barline><ending number="1, 2" type="start"/></barline>',
        f"<backup><duration>{_mostly(rng, 1, -3, 99)}</duration></backup>",
        "<forward><duration>{}</duration></forward>".format(_mostly(rng, 1, 1e9, "x")),
        '<direction><sound tempo="{}"/></direction>'.format(_mostly(rng, 120, 0, -5, "nan", 1e9)),
        f"<attributes><divisions>{_mostly(rng, 2, 0, 1, 480, 0.5)}</divisions><staves>2</staves></attributes>",
        f"<attributes><time><beats>{_mostly(rng, 3, '3+2')}</beats><beat-type>{_mostly(rng, 4, 0)}</beat-type></time>"
        "</attributes>",
        "<note><grace/><pitch><step>C</step><octave>5</octave></pitch><voice>1</voice></note>",
        "<note><unpitched/><duration>1</duration></note>",
        "<note><pitch><step>B</step><alter>0.5</alter><octave>4</octave></pitch><duration>2</duration><notations>"
        '<slur type="start" number="1"/><technical><up-bow/><string>2</string><fingering>5-1</fingering></technical>'
        "</notations></note>",
        '<note><pitch><step>E</step><octave>5</octave></pitch><duration>2</duration><tie type="stop"/><notations>'
        '<slur type="stop" number="1"/></notations></note>',
    ]
    body = ""
    for _ in range(int(rng.integers(1, 6))):
        inside = [
            NOTE.format(rng.choice(list("CDEFGAB")), _mostly(rng, rng.integers(3, 7), -1, 12), _mostly(rng, 2, 0, 4))
        ]
        inside *= int(rng.integers(1, 9))
        inside += [pieces[int(rng.integers(len(pieces)))] for _ in range(int(rng.integers(5)))]
        body += "<measure>" + "".join(rng.permutation(inside)) + "</measure>"
    text = (
        '<?xml version="1.0"?>'
        + ('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' if rng.random() < 0.05 else "")
        + "<score-partwise><part-list><score-part id='P1'><part-name>Violin</part-name></score-part></part-list>"
        + f"<part id='P1'>{body}</part></score-partwise>"
    )
    return text.encode()


def compressed(data: bytes) -> bytes:
    """A MusicXML file in a zip."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("score.musicxml", data)
    return whole.getvalue()


def score_files(rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """Endings and bytes: drawn scores, and drawn scores damaged."""
    while True:
        ending, data = [
            lambda: (".mid", midi_file(rng)),
            lambda: (".musicxml", music_xml(rng)),
            lambda: (".mxl", compressed(music_xml(rng))),
        ][int(rng.integers(3))]()
        yield ending, mutated(data, rng) if rng.random() < 0.6 else data


def prepare(folder: Path, rng: np.random.Generator) -> Callable[[object], None]:
    """Read, choose, perform, leave out, plan the bow, and make the sound of what is short."""

    def target(given: object) -> None:
        assert isinstance(given, tuple)
        ending, data = given
        path = folder / f"score{ending}"
        path.write_bytes(data)
        order = Order(instrument=[None, "violin", "piano"][int(rng.integers(3))])
        part, instrument = prepared(path, order, SoundOutcome(path))
        notes = part.notes
        if not (np.isfinite(notes.onset).all() and (notes.onset >= 0).all() and (notes.end >= notes.onset).all()):
            raise AssertionError("notes without times were accepted")
        if float(notes.sounding_end.max()) < SHOWN_SECONDS:
            make_sound(part, instrument, order, folder / "score.wav")

    return target


def fonts(rng: np.random.Generator) -> Iterator[bytes]:
    """The General MIDI font, its tables damaged."""
    whole = bytearray(font_of(None).read_bytes())
    tables = whole.index(b"pdta")
    while True:
        data = bytearray(whole)
        for place in rng.integers(tables, len(data), size=int(rng.integers(1, 200))):
            data[place] = int(rng.integers(256))
        yield bytes(data[: int(rng.integers(len(data)))] if rng.random() < 0.2 else data)


def read_font(folder: Path) -> Callable[[object], None]:
    """Read a violin and a piano of such a font."""
    path = folder / "font.sf2"

    def target(data: object) -> None:
        assert isinstance(data, bytes)
        path.write_bytes(data)
        for program in (0, 40):
            for zone in read_zones(path, 0, program):
                if not np.isfinite([zone.root, zone.rate, zone.decay]).all() or not 0 <= zone.loop[0] <= len(
                    zone.data
                ):
                    raise AssertionError("a zone that cannot sound was accepted")

    return target
