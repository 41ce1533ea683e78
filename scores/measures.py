"""One part of a MusicXML score, measure by measure: notes, and the signs that hold for everybody.

Source: MusicXML 4.0, elements ``measure`` and ``note``. Positions are quarters after a measure's beginning, as exact
fractions, since a triplet's third has no end in a float.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from audio_to_body.scores.piece import DOWN_BOW, NO_BOWING, NOT_WRITTEN, UP_BOW
from audio_to_body.skeleton.refusal import BadInput

SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
STRINGS = 4
LONGEST = 1024  # quarters that a note, rest or measure may last
MIDDLE = 0.58  # loudness, 0 to 1, where nothing is written
MARKS = {  # loudness of dynamics
    "pppp": 0.2, "ppp": 0.25, "pp": 0.33, "p": 0.43, "mp": 0.52, "mf": 0.62, "f": 0.73, "ff": 0.84, "fff": 0.93,
    "ffff": 0.97,
}  # fmt: skip
ACCENT = 0.1  # by which an accent is louder
USUAL_DYNAMICS = 90.0  # MIDI velocity that <sound dynamics="100"> stands for
UNITS = {"whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25, "32nd": 0.125}
PLUCK, ARCO = re.compile(r"\bpizz", re.I), re.compile(r"\barco\b", re.I)
ROUNDED = Fraction(1, 8)  # quarters by which programs' rounded tuplets may miss a measure's beginning


@dataclass
class WrittenNote:
    """A note as it stands in its measure."""

    place: Fraction
    length: Fraction
    pitch: float  # MIDI, as it sounds
    staff: int = 1
    voice: str = "1"
    finger: int = NOT_WRITTEN
    string: int = NOT_WRITTEN
    bow: int = NO_BOWING
    slur_starts: tuple[str, ...] = ()
    slur_stops: tuple[str, ...] = ()
    tied_from: bool = False
    tied_to: bool = False
    staccato: bool = False
    plucked: bool = False
    grace: bool = False
    level: float = math.nan


@dataclass
class Signs:
    """What a measure asks of all players."""

    tempos: list[tuple[Fraction, float]] = field(default_factory=list)  # place, quarters a minute
    forward: bool = False  # a repeat begins
    times: int = 0  # how often what ends here is played; 0 where no repeat ends
    ending: tuple[int, ...] = ()  # numbers of the ending that begins
    ending_stops: bool = False
    segno: bool = False
    coda: bool = False
    to_coda: bool = False
    da_capo: bool = False
    dal_segno: bool = False
    fine: bool = False


@dataclass
class Measure:
    """One measure of one part."""

    length: Fraction  # quarters that its notes and rests take
    bar: Fraction  # quarters that its time signature asks for
    notes: list[WrittenNote]
    signs: Signs


class PartReader:
    """Reads a part's measures one after the other; what a measure sets holds for those that follow.

    Parameters
    ----------
    name : str
        What messages call the file.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.staves = 1
        self._number = "1"
        self._divisions = Fraction(1)
        self._bar = Fraction(4)
        self._transpose = 0.0
        self._plucked = False
        self._level = math.nan

    def read(self, element: Element, number: int) -> Measure:
        """One measure.

        Raises
        ------
        BadInput
            If a number in it is none, or its times go back before its beginning.
        """
        self._number = element.get("number") or str(number + 1)
        self._at = self._last = self._longest = Fraction(0)
        self._notes: list[WrittenNote] = []
        self._graces: list[WrittenNote] = []
        self._signs = Signs()
        readers = {
            "note": self._note,
            "attributes": self._attributes,
            "direction": self._direction,
            "sound": self._sound,
            "barline": self._barline,
        }
        for child in element:
            if child.tag in readers:
                readers[child.tag](child)
            elif child.tag in ("backup", "forward"):
                length = self._duration(child)
                self._at += length if child.tag == "forward" else -length
                if self._at < -ROUNDED:
                    raise self._wrong("goes back before its own beginning")
                self._at = max(self._at, Fraction(0))
                self._longest = max(self._longest, self._at)
        return Measure(self._longest or self._bar, self._bar, self._notes + self._graces, self._signs)

    def _wrong(self, what: str) -> BadInput:
        return BadInput(f"{self.name} cannot be read: measure {self._number[:20]} {what}; export it again")

    def _value(self, element: Element, tag: str, otherwise: float | None = None) -> float:
        text = element.findtext(tag)
        if text is None and otherwise is not None:
            return otherwise
        try:
            value = float(text or "")
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self._wrong(f"has a <{tag}> that is no number ('{(text or '').strip()[:20]}')")
        return value

    def _duration(self, element: Element) -> Fraction:
        value = self._value(element, "duration")
        length = Fraction(value).limit_denominator(1_000_000) / self._divisions
        if not 0 <= length <= LONGEST:
            raise self._wrong(f"has a duration of {float(length):g} quarters")
        return length

    def _attributes(self, element: Element) -> None:
        if element.find("divisions") is not None:
            value = self._value(element, "divisions")
            if not 0 < value <= 1 << 20:
                raise self._wrong(f"divides quarters by {value:g}")
            self._divisions = Fraction(value).limit_denominator(1_000_000)
        time = element.find("time")
        if time is not None and time.find("beats") is not None:
            beats = sum(int(n) for n in re.findall(r"\d{1,4}", time.findtext("beats") or ""))
            beat = self._value(time, "beat-type", 4.0)
            if beats > 0 and beat > 0:
                self._bar = min(Fraction(4 * beats) / Fraction(beat).limit_denominator(1024), Fraction(LONGEST))
        self.staves = max(self.staves, int(self._value(element, "staves", 1.0)))
        transpose = element.find("transpose")
        if transpose is not None:
            self._transpose = self._value(transpose, "chromatic", 0.0) + 12 * self._value(
                transpose, "octave-change", 0.0
            )

    def _direction(self, element: Element) -> None:
        for sound in element.findall("sound"):
            self._sound(sound)
        for kind in element.findall("direction-type"):
            for mark in kind.findall("dynamics"):
                self._level = _level_of(mark, self._level)
            words = " ".join(w.text or "" for w in kind.findall("words"))
            if PLUCK.search(words) or ARCO.search(words):
                self._plucked = not ARCO.search(words)
            self._signs.segno |= kind.find("segno") is not None
            self._signs.coda |= kind.find("coda") is not None
            metronome = kind.find("metronome")
            if metronome is not None and element.find("sound[@tempo]") is None:
                self._metronome(metronome)

    def _metronome(self, element: Element) -> None:
        """A printed tempo, where no tempo to be played stands beside it."""
        units = element.findall("beat-unit")
        found = re.search(r"\d+(\.\d+)?", element.findtext("per-minute") or "")
        if len(units) != 1 or found is None or (units[0].text or "").strip() not in UNITS:
            return
        dots = len(element.findall("beat-unit-dot"))
        self._tempo(float(found.group()) * UNITS[(units[0].text or "").strip()] * (2 - 0.5**dots))

    def _tempo(self, value: float) -> None:
        if not 0 < value < 10_000:
            raise self._wrong(f"has a tempo of {value:g} quarter notes a minute, at which nobody can play")
        self._signs.tempos.append((self._at, value))

    def _sound(self, element: Element) -> None:
        signs = self._signs
        if element.get("tempo") is not None:
            try:
                self._tempo(float(element.get("tempo", "")))
            except ValueError as error:
                raise error if isinstance(error, BadInput) else self._wrong("has a tempo that is no number") from None
        if element.get("pizzicato") in ("yes", "no"):
            self._plucked = element.get("pizzicato") == "yes"
        loud = re.fullmatch(r"\d+(\.\d+)?", element.get("dynamics", ""))
        if loud is not None:
            self._level = min(max(float(loud.group()) * USUAL_DYNAMICS / 100 / 127, 0.15), 1.0)
        signs.segno |= element.get("segno") is not None
        signs.coda |= element.get("coda") is not None
        signs.to_coda |= element.get("tocoda") is not None
        signs.fine |= element.get("fine") is not None
        signs.da_capo |= element.get("dacapo") == "yes"
        signs.dal_segno |= element.get("dalsegno") is not None

    def _barline(self, element: Element) -> None:
        repeat, ending = element.find("repeat"), element.find("ending")
        if repeat is not None and repeat.get("direction") == "forward":
            self._signs.forward = True
        elif repeat is not None:
            times = repeat.get("times", "2")
            self._signs.times = max(int(times), 1) if re.fullmatch(r"\d{1,3}", times) else 2
        if ending is not None and ending.get("type") == "start":
            self._signs.ending = tuple(int(n) for n in re.findall(r"\d{1,3}", ending.get("number", "")))
        elif ending is not None:
            self._signs.ending_stops = True

    def _note(self, element: Element) -> None:
        grace = element.find("grace") is not None
        length = Fraction(0) if grace else self._duration(element)
        chord = element.find("chord") is not None
        place = self._last if chord else self._at
        if not grace and not chord:
            self._last, self._at = self._at, self._at + length
            self._longest = max(self._longest, self._at)
        pitch = self._pitch(element)
        if pitch is None or element.find("cue") is not None:
            return
        note = WrittenNote(place, length, pitch, grace=grace, plucked=self._plucked, level=self._level)
        note.staff = int(self._value(element, "staff", 1.0))
        note.voice = element.findtext("voice") or "1"
        ties = {tie.get("type") for tie in element.findall("tie")}
        note.tied_from, note.tied_to = "stop" in ties, "start" in ties
        for notations in element.findall("notations"):
            _notate(note, notations)
        if grace:
            self._graces.append(note)
            return
        if not chord:
            self._end_graces(note)
        self._notes.append(note)

    def _end_graces(self, main: WrittenNote) -> None:
        """Grace notes come before the note that they lean on, which goes on under their stroke."""
        graces = [g for g in self._graces if g.voice == main.voice]
        if not graces:
            return
        self._graces = [g for g in self._graces if g.voice != main.voice]
        size = Fraction(1, 8)
        for before, grace in enumerate(reversed(graces), start=1):
            grace.place, grace.length = main.place - before * size, size
        graces[0].slur_starts += ("grace",)
        main.slur_stops += ("grace",)
        self._notes += graces

    def _pitch(self, element: Element) -> float | None:
        """The sounding pitch; None of a rest."""
        pitch = element.find("pitch")
        if pitch is None:
            return math.nan if element.find("unpitched") is not None else None
        step = (pitch.findtext("step") or "").strip()
        if step not in SEMITONES:
            raise self._wrong(f"has a note that is called '{step[:20]}'")
        octave = self._value(pitch, "octave")
        return 12 * (octave + 1) + SEMITONES[step] + self._value(pitch, "alter", 0.0) + self._transpose


def _level_of(dynamics: Element, before: float) -> float:
    """What a dynamics element asks for; the level before where it is none that stays (sf, fp ...)."""
    return next((MARKS[mark.tag] for mark in dynamics if mark.tag in MARKS), before)


def _notate(note: WrittenNote, notations: Element) -> None:
    """Take up slurs, fingerings, bowings and articulations."""
    for slur in notations.findall("slur"):
        number = slur.get("number", "1")
        if slur.get("type") == "start":
            note.slur_starts += (number,)
        elif slur.get("type") == "stop":
            note.slur_stops += (number,)
    for technical in notations.findall("technical"):
        for mark in technical:
            found = re.search(r"\d", mark.text or "")
            if mark.tag == "fingering" and found and note.finger == NOT_WRITTEN and int(found.group()) <= 5:
                note.finger = int(found.group())
            elif mark.tag == "string" and found and 1 <= int(found.group()) <= STRINGS:
                note.string = STRINGS - int(found.group())  # printed from the highest down
            elif mark.tag == "open-string":
                note.finger = 0
            elif mark.tag in ("down-bow", "up-bow"):
                note.bow = DOWN_BOW if mark.tag == "down-bow" else UP_BOW
            elif mark.tag == "snap-pizzicato":
                note.plucked = True
    for articulations in notations.findall("articulations"):
        tags = {mark.tag for mark in articulations}
        note.staccato |= bool(tags & {"staccato", "staccatissimo", "spiccato"})
        if tags & {"accent", "strong-accent"}:
            note.level = min((MIDDLE if math.isnan(note.level) else note.level) + ACCENT, 1.0)
    for mark in notations.findall("dynamics"):
        note.level = _level_of(mark, note.level)
