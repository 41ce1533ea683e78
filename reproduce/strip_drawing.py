"""The pictures of :mod:`audio_to_body.reproduce.strips`: frames of a musician, with notes under them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from audio_to_body.inference.piano.keyboard import ALL_FINGERS, FINGERS, HAND_OF
from audio_to_body.musician.violin_ways import OPEN_STRINGS, STRING_LENGTH
from audio_to_body.pictures.keyboard_drawing import LOWEST_KEY, Keyboard, key_spans
from audio_to_body.pictures.stage import Stage
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.notes import Notes

WIDTH, GAP = 470, 6  # px of a tile, and between tiles
STAGE_HEIGHT = 900  # px of the whole musician's picture, of which a tile shows a part
BEFORE, AFTER = 2, 1  # frames from a beginning to the two that are shown
ROLL, PAST, FUTURE = 110, 0.15, 0.55  # px and s of a piano roll
DOUBLE = 0.25  # of the way between two strings from which the bow touches both
BOW_PANEL, BOW_SPAN = 150, 0.8  # px and s, before and after, of what is under a violinist
SOUNDS = 0.06  # s after its beginning at which a moment is asked what sounds
LATE = 0.1  # s within which a press belongs to a beginning
LEFT, RIGHT, WRITTEN = (60, 150, 250), (200, 170, 60), (220, 220, 220)  # BGR, as the hands are drawn
WRONG, PAPER, INK, LINE = (80, 80, 255), (30, 26, 24), (235, 235, 235), (120, 120, 120)
STRINGS = ((110, 110, 240), (90, 200, 240), (120, 220, 120), (240, 190, 110))  # G, D, A, E
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def stage_of(motion: Motion, moments: np.ndarray) -> tuple[Stage, tuple[int, int, int, int]]:
    """The stage of a motion, and the part of it (left, top, right, bottom) that shows the playing at some moments."""
    stage = Stage.for_motion(motion, STAGE_HEIGHT)
    frames = np.clip(np.round(moments * motion.fps).astype(int), 0, len(motion) - 1)
    points = motion.points[frames].astype(np.float64) * stage.zoom + stage.shift
    layout = motion.skeleton
    if isinstance(stage.instrument, Keyboard):
        hands = points[:, [*layout.left_hand, *layout.right_hand]].reshape(-1, 2)
        rim = stage.instrument.rim()
        around = 4.0 * stage.scale
        low = np.array([hands[:, 0].min() - around, min(hands[:, 1].min(), rim[:, 1].min()) - 0.5 * around])
        high = np.array([hands[:, 0].max() + around, rim[:, 1].max()])
    else:
        arms = [layout.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("elbow", "wrist")]
        seen = points[:, [layout.index("nose"), *arms, *layout.left_hand, *layout.right_hand]].reshape(-1, 2)
        low, high = np.nanpercentile(seen, [1, 99], axis=0)
        low, high = low - 7.0 * stage.scale, high + 5.0 * stage.scale
    width, height = stage.size
    box = [max(0, low[0]), max(0, low[1]), min(width, high[0]), min(height, high[1])]
    left, top, right, bottom = (round(float(value)) for value in box)
    return stage, (left, top, right, bottom)


def sheet(tiles: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Tiles of one size in rows, uint8 ``[height, width, 3]``."""
    rows = -(-len(tiles) // columns)
    height, width = tiles[0].shape[0] + GAP, tiles[0].shape[1] + GAP
    whole = np.full((rows * height + GAP, min(columns, len(tiles)) * width + GAP, 3), 12, np.uint8)
    for i, tile in enumerate(tiles):
        top, left = GAP + i // columns * height, GAP + i % columns * width
        whole[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return whole


def note_name(pitch: int) -> str:
    """C4 for 60."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def piano_tile(
    motion: Motion, shown: tuple[Stage, tuple[int, int, int, int]], moment: float, notes: Notes | None
) -> np.ndarray:
    """A pianist before and after a beginning, the piano roll under the keys, and what does not fit."""
    keys = np.asarray(motion.tracks["keys_pressed"], np.int64)
    at = min(round(moment * motion.fps), len(motion) - 1 - AFTER)
    pictures = [_part(motion, shown, max(0, frame)) for frame in (at - BEFORE, at + AFTER)]
    roll = _roll(motion, shown, keys, moment, notes)
    lines = _piano_words(keys, motion.fps, moment, notes)
    return np.vstack([_words(f"{moment:.2f} s", lines), *pictures, roll])


def _piano_words(keys: np.ndarray, fps: float, moment: float, notes: Notes | None) -> list[tuple[str, bool]]:
    """Who presses what, and in red what sounds unpressed or is pressed unwritten; (text, wrong)."""
    at = round(moment * fps)
    near = slice(max(0, round((moment - LATE) * fps)), round((moment + LATE) * fps) + 1)
    begun = np.zeros(ALL_FINGERS, np.int64)
    for frame in range(near.start, min(near.stop, len(keys))):
        new = (keys[frame] > 0) & (frame == 0 or keys[frame] != keys[max(frame - 1, 0)])
        begun[new] = keys[frame][new]
    struck = [(f, int(begun[f])) for f in np.argsort(np.where(begun > 0, begun, 999)) if begun[f]]
    words = " ".join(f"{'LR'[HAND_OF[f]]}{f % FINGERS + 1}:{note_name(p)}" for f, p in struck)
    found = [(words, False)]
    if notes is None:
        return found
    down = set(keys[max(0, at - 1) : at + 3].ravel().tolist())
    sounding = notes.pitch[np.abs(notes.onset - moment) <= SOUNDS].tolist()
    missed = sorted(set(sounding) - down)
    around = set(notes.pitch[np.abs(notes.onset - moment) <= 2 * LATE].tolist())
    extra = sorted({p for _, p in struck} - around)
    if missed:
        found.append(("up: " + " ".join(note_name(p) for p in missed), True))
    if extra:
        found.append(("unwritten: " + " ".join(note_name(p) for p in extra), True))
    return found


def _words(time: str, texts: Sequence[tuple[str, bool]]) -> np.ndarray:
    strip = np.full((18, WIDTH, 3), PAPER, np.uint8)
    left = 4
    for text, colour in [(time, LINE), *((text, WRONG if wrong else INK) for text, wrong in texts)]:
        cv2.putText(strip, text, (left, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.38, colour, 1, cv2.LINE_AA)
        left += cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.38, 1)[0][0] + 10
    return strip


def _part(motion: Motion, shown: tuple[Stage, tuple[int, int, int, int]], frame: int) -> np.ndarray:
    """The part of a frame's picture that is shown, WIDTH px wide."""
    stage, (left, top, right, bottom) = shown
    picture = stage.background.copy()
    stage.sketch(motion, slice(frame, frame + 1)).paint(picture, 0)
    part = picture[top:bottom, left:right]
    height = round(WIDTH * part.shape[0] / part.shape[1])
    return cv2.resize(part, (WIDTH, height), interpolation=cv2.INTER_AREA)


def _roll(
    motion: Motion,
    shown: tuple[Stage, tuple[int, int, int, int]],
    keys: np.ndarray,
    moment: float,
    notes: Notes | None,
) -> np.ndarray:
    """Notes falling onto their keys: the line is the moment, what comes lies below it."""
    stage, (left, _, right, _) = shown
    picture = np.full((ROLL, WIDTH, 3), PAPER, np.uint8)
    assert isinstance(stage.instrument, Keyboard)
    spans = key_spans()
    edges = stage.instrument.at(spans, np.full(spans.shape, 1.0))[..., 0]  # at the keys' back, which the roll touches
    edges = np.sort((edges - left) * WIDTH / (right - left), axis=1)

    def row(seconds: float) -> int:
        return round(float(np.clip((seconds - moment + PAST) / (PAST + FUTURE), -0.05, 1.05)) * ROLL)

    def box(pitch: int, start: float, end: float) -> tuple[tuple[int, int], tuple[int, int]]:
        a, b = edges[pitch - LOWEST_KEY]
        return (round(float(a)) + 1, row(start)), (max(round(float(b)) - 1, round(float(a)) + 3), row(end))

    cv2.line(picture, (0, row(moment)), (WIDTH, row(moment)), LINE, 1)
    first, last = max(0, int((moment - 3) * motion.fps)), min(len(keys), int((moment + FUTURE) * motion.fps) + 2)
    for finger in range(ALL_FINGERS):
        own = keys[first:last, finger]
        starts = np.flatnonzero((own > 0) & (own != np.concatenate([[0], own[:-1]])))
        for start in starts.tolist():
            same = own[start:] != own[start]
            end = start + (int(same.argmax()) if same.any() else len(own) - start)
            begins, ends = (first + start) / motion.fps, (first + end) / motion.fps
            if ends < moment - PAST:
                continue
            low, high = box(int(own[start]), begins, ends)
            cv2.rectangle(picture, low, high, (LEFT, RIGHT)[HAND_OF[finger]], -1)
            place = (low[0], min(max(low[1] + 10, 10), ROLL - 2))
            cv2.putText(
                picture, str(finger % FINGERS + 1), place, cv2.FONT_HERSHEY_SIMPLEX, 0.36, INK, 1, cv2.LINE_AA
            )
    if notes is not None:
        for onset, end, pitch in zip(notes.onset, notes.end, notes.pitch):
            if LOWEST_KEY <= pitch < LOWEST_KEY + 88 and end > moment - PAST and onset < moment + FUTURE:
                cv2.rectangle(picture, *box(int(pitch), onset, end), WRITTEN, 1)
    return picture


def violin_tile(
    motion: Motion, shown: tuple[Stage, tuple[int, int, int, int]], moment: float, notes: Notes | None
) -> np.ndarray:
    """A violinist before and after a beginning, side by side; pitches, strings and strokes under them."""
    at = min(round(moment * motion.fps), len(motion) - 1 - AFTER)
    pictures = [_part(motion, shown, max(0, frame)) for frame in (at - BEFORE, at + AFTER)]
    half = np.hstack([cv2.resize(p, (WIDTH // 2, p.shape[0] // 2), interpolation=cv2.INTER_AREA) for p in pictures])
    speed, lift = (float(motion.tracks[name][at + AFTER]) for name in ("bow_speed", "bow_lift"))
    bow = "off the string" if lift > 0.5 else "still" if abs(speed) < 0.05 else "down-bow" if speed > 0 else "up-bow"
    told = [(note_name(round(float(_stopped(motion)[at + AFTER]))), False), (bow, False)]
    return np.vstack([_words(f"{moment:.2f} s", told), half, _strokes(motion, moment, notes)])


def _stopped(motion: Motion) -> np.ndarray:
    """Pitch that the finger stops on the string that the bow is nearest to, [frames]."""
    string = np.clip(np.round(np.asarray(motion.tracks["string"], np.float64)), 0, 3).astype(int)
    distance = np.asarray(motion.tracks["finger_position"], np.float64)
    return np.asarray(np.array(OPEN_STRINGS)[string] - 12 * np.log2(np.maximum(1 - distance / STRING_LENGTH, 1e-3)))


def _strokes(motion: Motion, moment: float, notes: Notes | None) -> np.ndarray:
    """Written pitches as outlines, stopped ones by string, and under them the bow's place, down to the right."""
    picture = np.full((BOW_PANEL, WIDTH, 3), PAPER, np.uint8)
    tall = BOW_PANEL - 60
    first, last = max(0, int((moment - BOW_SPAN) * motion.fps)), int((moment + BOW_SPAN) * motion.fps) + 1
    frames = np.arange(first, min(last, len(motion)))

    def column(seconds: float) -> int:
        return round((seconds - moment + BOW_SPAN) / (2 * BOW_SPAN) * WIDTH)

    def row(pitch: float) -> int:
        return round(tall - 4 - (pitch - 55) / (100 - 55) * (tall - 8))

    cv2.line(picture, (column(moment), 0), (column(moment), BOW_PANEL), LINE, 1)
    if notes is not None:
        for onset, end, pitch in zip(notes.onset, notes.end, notes.pitch):
            if end > moment - BOW_SPAN and onset < moment + BOW_SPAN:
                corner = (max(0, column(onset)), row(float(pitch) + 0.6)), (column(end), row(float(pitch) - 0.6))
                cv2.rectangle(picture, *corner, WRITTEN, 1)
    pitch, under = _stopped(motion), np.asarray(motion.tracks["string"], np.float64)
    string = np.clip(np.round(under), 0, 3).astype(int)
    bow, lift = np.asarray(motion.tracks["bow_position"]), np.asarray(motion.tracks["bow_lift"])
    speed = np.asarray(motion.tracks["bow_speed"])
    for frame in frames.tolist():
        left, right = column(frame / motion.fps), column((frame + 1) / motion.fps)
        if lift[frame] < 0.5:
            cv2.line(
                picture,
                (left, row(float(pitch[frame]))),
                (right, row(float(pitch[frame]))),
                STRINGS[string[frame]],
                3,
            )
            both = {math.floor(under[frame] + DOUBLE), math.ceil(under[frame] - DOUBLE)}
            for one in both & set(range(len(STRINGS))):  # the strings that the bow touches
                cv2.line(
                    picture, (left, tall + 2 + 3 * (3 - one)), (right, tall + 2 + 3 * (3 - one)), STRINGS[one], 2
                )
        place = round(BOW_PANEL - 4 - float(np.clip(bow[frame], 0, 1)) * 36)
        colour = LINE if lift[frame] >= 0.5 or abs(speed[frame]) < 0.05 else RIGHT if speed[frame] > 0 else LEFT
        cv2.line(picture, (left, place), (right, place), colour, 2)
    return picture
