"""What an instrument is: one record each, in which every room finds its own part.

A new instrument is a folder with what is its own (drawing, player, virtual musician …; parts that exist already may
be named again) and one line at the end of this module. A part is named as ``"module:name"`` and imported by the room
that uses it, when it uses it: nothing here imports a room.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from audio_to_body.skeleton.layouts import LAYOUTS, PIANO, VIOLIN, Layout
from audio_to_body.skeleton.refusal import BadInput


@dataclass(frozen=True)
class FilmedFrom:
    """Where a camera stands that films a recital.

    Attributes
    ----------
    yaw, pitch : (float, float)
        Range, degrees; 0 is straight in front, a positive pitch looks down.
    shift : (float, float, float)
        Metres from the middle of the body to where the camera looks.
    """

    yaw: tuple[float, float]
    pitch: tuple[float, float]
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Instrument:
    """Everything about an instrument that differs from the others.

    Attributes
    ----------
    name : str
        As commands, datasets and model cards have it.
    number : int
        Unique; virtual recitals draw their random numbers by it.
    layout : Layout
        Keypoints of its virtual recitals and of its nets.
    lowest, highest : int
        MIDI pitches of its range.
    bowed : bool
        A bow strokes it: notes may be slurred, attacks show in the right hand, the left hand alone stops pitches.
    keyed : bool
        Both hands play keys, the performer's right is where the pitch rises.
    seated : bool
        The musician sits; else stands.
    filmed_from : FilmedFrom
        In virtual recitals.
    programmes : tuple of int
        General MIDI programmes of its sampled sound, from 0; a recital draws one.
    training : mapping
        Fields of :class:`audio_to_body.models.settings.Settings` that its final net has otherwise.
    pieces : str
        Names of its scores: ``() -> tuple of str`` (:mod:`audio_to_body.preprocessing.virtual.scores`).
    virtual_musician : str
        Plays a virtual recital (:class:`audio_to_body.preprocessing.virtual.plans.Playing`).
    posture : str
        Who in a picture holds this instrument: ``(points) -> bool [frames, people]``
        (:mod:`audio_to_body.preprocessing.recording.performer`).
    drawing : str
        :class:`audio_to_body.pictures.instrument_drawing.DrawnInstrument`.
    player : str
        :class:`audio_to_body.avatar.retargeting.playing.Player`.
    views : str
        Cameras of the avatar's video (:mod:`audio_to_body.avatar.camera`).
    props : mapping of str to str
        What the avatar holds, by name: ``() -> tuple of Mesh``.
    furniture : str
        What stands in the avatar's room: ``(performance) -> tuple of Mesh``; empty for nothing.
    habits : str
        Settings of who plays notes; empty for nobody.
    note_player : str
        Who plays notes: ``(session, latency)`` (:mod:`audio_to_body.inference.note_stream`); empty for nobody.
    hearer : str
        What the net that hears its notes says of a whole sound, for a score to be aligned:
        ``(instrument's name, samples) -> Observation`` (:mod:`audio_to_body.sound.score_course`); empty for nobody.
    musician_card : str
        Where notes are all that the player needs: ``(note net's card) -> model's card``; else empty.
    """

    name: str
    number: int
    layout: Layout
    lowest: int
    highest: int
    filmed_from: FilmedFrom
    programmes: tuple[int, ...]
    pieces: str
    virtual_musician: str
    posture: str
    drawing: str
    player: str
    views: str
    bowed: bool = False
    keyed: bool = False
    seated: bool = False
    props: Mapping[str, str] = field(default_factory=dict)
    furniture: str = ""
    habits: str = ""
    note_player: str = ""
    hearer: str = ""
    musician_card: str = ""
    training: Mapping[str, Any] = field(default_factory=dict)

    def part(self, name: str) -> Any:
        """Import a part by the name of its field.

        Raises
        ------
        BadInput
            If the instrument has no such part.
        """
        where = getattr(self, name)
        if not where:
            raise BadInput(f"the {self.name} has no {name.replace('_', ' ')}")
        return imported(where)


def imported(where: str) -> Any:
    """What ``"module:name"`` names."""
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)


INSTRUMENTS: dict[str, Instrument] = {}


def register(instrument: Instrument) -> None:
    """Make an instrument, and its layout, known to every room.

    Raises
    ------
    ValueError
        If another instrument has its name or number, or another layout the name of its layout.
    """
    for other in INSTRUMENTS.values():
        if other.name == instrument.name or other.number == instrument.number:
            raise ValueError(f"'{other.name}' ({other.number}) is an instrument already")
    if LAYOUTS.get(instrument.layout.name, instrument.layout) != instrument.layout:
        raise ValueError(f"'{instrument.layout.name}' is a keypoint layout already")
    if instrument.layout.instrument != instrument.name:
        raise ValueError(f"the layout '{instrument.layout.name}' is the {instrument.layout.instrument}'s")
    LAYOUTS[instrument.layout.name] = instrument.layout
    INSTRUMENTS[instrument.name] = instrument


def instrument_named(name: str) -> Instrument:
    """Look an instrument up by its name.

    Raises
    ------
    BadInput
        If there is none of that name; the message lists those that there are.
    """
    try:
        return INSTRUMENTS[name]
    except KeyError:
        raise BadInput(f"unknown instrument '{name}'; known: {', '.join(INSTRUMENTS)}") from None


register(
    Instrument(
        name="violin",
        number=1,
        layout=VIOLIN,
        lowest=55,  # the open G string
        highest=100,  # E7, the end of the fingerboard
        bowed=True,
        filmed_from=FilmedFrom(yaw=(-6.0, 4.0), pitch=(2.0, 6.0)),
        programmes=(40, 110),  # violin, fiddle
        pieces="audio_to_body.preprocessing.virtual.scores:violin_pieces",
        virtual_musician="audio_to_body.preprocessing.virtual.violin_recital:play",
        posture="audio_to_body.preprocessing.recording.performer:holds_a_violin",
        drawing="audio_to_body.pictures.violin_drawing:Violin",
        player="audio_to_body.avatar.retargeting.violin_reading:ViolinReader",
        views="audio_to_body.avatar.camera:VIOLIN_VIEWS",
        props={"violin": "audio_to_body.avatar.violin_model:violin", "bow": "audio_to_body.avatar.violin_model:bow"},
        habits="audio_to_body.inference.violin.bow_settings:BowSettings",
        note_player="audio_to_body.inference.violin.musician:violinist_of",
        hearer="audio_to_body.inference.notes.observing:observe_as",
        musician_card="audio_to_body.inference.violin.card:musician_card",
    )
)
register(
    Instrument(
        name="piano",
        number=2,
        layout=PIANO,
        lowest=21,  # A0
        highest=108,  # C8
        keyed=True,
        seated=True,
        # from above the far edge of the piano: the keyboard runs across the picture and both hands are seen
        filmed_from=FilmedFrom(yaw=(-4.0, 4.0), pitch=(31.0, 35.0), shift=(0.0, -0.02, 0.12)),
        programmes=(0,),
        training={"learning_rate": 1e-3, "dropout": 0.1},  # caption of Table 2
        pieces="audio_to_body.preprocessing.virtual.scores:piano_pieces",
        virtual_musician="audio_to_body.preprocessing.virtual.piano_recital:play",
        posture="audio_to_body.preprocessing.recording.performer:sits_at_keys",
        drawing="audio_to_body.pictures.keyboard_drawing:Keyboard",
        player="audio_to_body.avatar.retargeting.piano_reading:PianoReader",
        views="audio_to_body.avatar.camera:PIANO_VIEWS",
        furniture="audio_to_body.avatar.piano_model:furniture",
        habits="audio_to_body.inference.piano.planner:HandSettings",
        note_player="audio_to_body.inference.piano.player:PianoPlayer",
        hearer="audio_to_body.inference.notes.observing:observe_as",
    )
)
