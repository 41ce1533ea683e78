"""What the page must know of the Python side, as one JavaScript module: constants, players, the nets' cards.

Nothing of it is typed twice: every module's upper-case names go over by themselves, so that a number that changes
here changes there.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body import load
from audio_to_body.avatar import piano_model, usdz
from audio_to_body.avatar.camera import named_view, views_of
from audio_to_body.avatar.export import performed
from audio_to_body.avatar.own_avatar import rest_pose
from audio_to_body.avatar.retargeting import arms, legs, limits, proportions, spine
from audio_to_body.avatar.retargeting import fingers as rig_fingers
from audio_to_body.avatar.retargeting import hands as rig_hands
from audio_to_body.inference.live.warm_up import example_motion
from audio_to_body.inference.model_file import pretrained_path, read_model
from audio_to_body.inference.notes import bow_changes, picking, second_look
from audio_to_body.inference.notes.session import load_notes
from audio_to_body.inference.piano import (
    fingers,
    fingertips,
    in_time,
    keyboard,
    player,
    presses,
    strokes,
    touch,
    ways,
)
from audio_to_body.inference.piano import planner as piano_planner
from audio_to_body.inference.planning import SETTINGS
from audio_to_body.inference.violin import bow_arm, hearing, left_hand, memory, musician, planner, posing
from audio_to_body.inference.violin.bow_settings import BowSettings
from audio_to_body.musician import (
    bowing,
    hand_model,
    hands,
    human_hands,
    kinematics,
    pianist,
    piano_keys,
    staging,
    violin_bow,
    violin_bow_arm,
    violin_bow_hold,
    violin_fingering,
    violin_left_arm,
    violin_phrases,
    violin_playing,
    violin_swaying,
    violin_ways,
)
from audio_to_body.onnx_export.note_front_end import INITIAL_KEY
from audio_to_body.scripts.page_figures import bone_words, follower, mannequin, resting_row, strings
from audio_to_body.scripts.page_values import constants_of, plain
from audio_to_body.skeleton import layouts, notes, piano_targets, rates
from audio_to_body.skeleton.motion import save_motion
from audio_to_body.sound import features, level, levels, note_features, note_resampling

MODULES = {
    "pianoModel": piano_model,
    "usdz": usdz,
    "bodyArms": arms,
    "bodyLegs": legs,
    "rigFingers": rig_fingers,
    "rigHands": rig_hands,
    "proportions": proportions,
    "ownRest": rest_pose,
    "kinematics": kinematics,
    "hands": hands,
    "violinSwaying": violin_swaying,
    "violinBow": violin_bow,
    "violinBowArm": violin_bow_arm,
    "violinBowHold": violin_bow_hold,
    "violinLeftArm": violin_left_arm,
    "violinPlaying": violin_playing,
    "bowing": bowing,
    "violinFingering": violin_fingering,
    "violinPhrases": violin_phrases,
    "violinWays": violin_ways,
    "bowChanges": bow_changes,
    "secondLook": second_look,
    "violinHearing": hearing,
    "violinMemory": memory,
    "bowArm": bow_arm,
    "leftHand": left_hand,
    "violinPlanner": planner,
    "violinPosing": posing,
    "keyboard": keyboard,
    "pianoFingers": fingers,
    "pianoFingertips": fingertips,
    "pianoWays": ways,
    "pianoInTime": in_time,
    "pianoPresses": presses,
    "pianoTouch": touch,
    "pianoPlanner": piano_planner,
    "pianoStrokes": strokes,
    "pianoPlayer": player,
    "pianoKeys": piano_keys,
    "pianist": pianist,
    "pianoTargets": piano_targets,
    "handModel": hand_model,
    "humanHands": human_hands,
    "notes": notes,
    "rates": rates,
    "level": level,
    "levels": levels,
    "audioFeatures": features,
    "noteFeatures": note_features,
    "noteResampling": note_resampling,
    "picking": picking,
}


def violin_player() -> dict[str, Any]:
    """The violinist who plays: size, habits of standing, slow waves."""
    player, _camera = posing.stage()
    frequency, phase = posing.sway_waves()
    body = player.body
    size = {name: plain(value) for name, value in vars(body).items()} | {"hips": body.hips}
    habits = {name: plain(value) for name, value in vars(player).items() if plain(value) is not None}
    return habits | {"body": size, "waves": {"frequency": plain(frequency), "phase": plain(phase)}}


def pianist_of_the_net() -> dict[str, Any]:
    """What the card of the net of the hands' places says of who plays."""
    extra = read_model(pretrained_path("piano")).card.extra
    settings = piano_planner.HandSettings.from_dict(extra.get(SETTINGS, {}))
    body = hand_model.PLAYER
    return {
        "handSettings": settings.to_dict(),
        "restPose": [number for point in extra[player.REST_POSE] for number in np.ravel(point).tolist()],
        "pianoClocks": {name: asdict(clock) for name, clock in player.CLOCKS.items()},
        "pianoBody": {name: plain(value) for name, value in vars(body).items()} | {"hips": body.hips},
    }


def cameras() -> dict[str, Any]:
    """The cameras through which the Python side's pictures are seen, for files that are taken home."""
    violin_player, violin_camera = posing.stage()
    found = {}
    floors = {"violin": -violin_player.body.hips, "piano": hand_model.SURFACE - piano_keys.KEY_HEIGHT}
    for name, camera in (("violin", violin_camera), ("piano", hand_model.viewed_from())):
        found[name] = {key: plain(value) for key, value in vars(camera).items()} | {"floor": floors[name]}
    return found


def motion_file() -> dict[str, Any]:
    """What a motion file says beside its numbers (:func:`audio_to_body.skeleton.motion.save_motion`)."""
    meta, confidence = {}, {}
    for name in ("violin", "piano"):
        example = example_motion(load(name))
        with tempfile.TemporaryDirectory() as folder:
            save_motion(example, Path(folder) / "example.npz")
            with np.load(Path(folder) / "example.npz") as file:
                meta[name] = json.loads(str(file["meta"]))
        confidence[name] = plain(example.confidence[0])
    kinds = staging.playing_predicted(layouts.VIOLIN)
    keyboard = [0.0, piano_keys.KEY_HEIGHT, hand_model.SEAT]
    return {"meta": meta, "confidence": confidence, "kinds": plain(kinds), "keyboard": keyboard}


def camera_views() -> dict[str, Any]:
    """Where cameras stand, by instrument and name, near enough to see the playing."""
    found: dict[str, Any] = {}
    for instrument in ("violin", "piano"):
        performance = performed(example_motion(load(instrument)))
        names = list(views_of(performance))
        views = {name: named_view(name, performance, (1280, 720)) for name in names}
        plain_views = {
            name: {"eye": plain(view.eye), "target": plain(view.target), "fov": view.fov}
            for name, view in views.items()
        }
        hands = 0.5 * (performance.joint("leftHand") + performance.joint("rightHand"))
        middle = np.median(hands, axis=0).round(3)
        body = np.median(0.5 * (hands + performance.joint("neck")), axis=0)
        plain_views = {name: _about(view, body) for name, view in plain_views.items()}
        plain_views["hands"] = plain_views["keys"] if "keys" in views else _nearer(plain_views["left"], middle)
        found[instrument] = plain_views
    return found


def _about(view: dict[str, Any], place: np.ndarray) -> dict[str, Any]:
    """The same view, looking at what lies nearest to a place: the mouse turns and nears about that."""
    eye = np.array(view["eye"])
    way = np.array(view["target"]) - eye
    way /= np.linalg.norm(way)
    return {**view, "target": plain((eye + way * float(way @ (place - eye))).round(4))}


def _nearer(view: dict[str, Any], target: np.ndarray) -> dict[str, Any]:
    """A view from nearer and higher, onto a place: on the violin the fingerboard is seen from above."""
    eye = target + 0.75 * (np.array(view["eye"]) - np.array(view["target"])) + [-0.5, 0.55, 0.1]
    return {"eye": plain(eye), "target": plain(target), "fov": view["fov"]}


def hearers() -> dict[str, Any]:
    """The cards of the nets that hear notes."""
    return {name: asdict(load_notes(name).card) for name in ("violin", "piano")}


def initial_states(nets: Path) -> dict[str, Any]:
    """What the states of every net are before any sound, of what their files say.

    Parameters
    ----------
    nets : Path
        Folder of the nets that the page fetches.
    """
    import onnx

    found: dict[str, Any] = {}
    for path in sorted(nets.glob("*.onnx")):
        model = onnx.load(str(path))
        told = {entry.key: entry.value for entry in model.metadata_props}
        states = [put for put in model.graph.input if put.name in ("hidden", "cell")]
        sizes = {put.name: [side.dim_value or 1 for side in put.type.tensor_type.shape.dim] for put in states}
        found[path.stem] = json.loads(told[INITIAL_KEY]) if INITIAL_KEY in told else {"zeros": sizes, "values": {}}
    return found


def paper_nets() -> dict[str, Any]:
    """What the page must know of the paper's nets."""
    cards = {name: read_model(pretrained_path(name, faithful=True)).card for name in ("violin", "piano")}
    return {
        name: {"upsample": card.upsample, "delay": card.delay_steps, "frame_size": list(card.frame_size)}
        for name, card in cards.items()
    }


def constants(nets: Path) -> dict[str, Any]:
    """Everything, by the names under which the page imports it."""
    found: dict[str, Any] = {name: constants_of(module) for name, module in MODULES.items()}
    return found | {
        "violinLearnt": {name: found for name, found in violin_phrases.learnt().items() if name != "about"},
        "violinHabitsOfBow": BowSettings().to_dict(),
        "violinClocks": {name: asdict(clock) for name, clock in musician.CLOCKS.items()},
        "violinPlayer": violin_player(),
        "layout": {"points": list(layouts.VIOLIN.points), "edges": [list(edge) for edge in layouts.VIOLIN.edges]},
        "hearers": hearers(),
        "initialStates": initial_states(nets),
        "paperNets": paper_nets(),
        **pianist_of_the_net(),
        "mannequin": mannequin(),
        "resting": {name: resting_row(name) for name in ("violin", "piano")},
        "boneWords": bone_words(),
        "followers": {name: follower(name) for name in ("violin", "piano")},
        "violinRigging": strings(),
        "cameras": cameras(),
        "motionFile": motion_file(),
        "cameraViews": camera_views(),
        "bodySpine": constants_of(spine) | {"SPINE_SHARES": dict(spine.SPINE_SHARES)},
        "bodyLimits": constants_of(limits) | {"SWING": dict(limits.SWING)},
    }


def as_module(values: dict[str, Any]) -> str:
    """JavaScript that exports the values; numbers keep every digit."""
    lines = ["// Made by scripts/build_page.py of the Python side's constants; not to be changed by hand."]
    for name, value in values.items():
        kept = json.dumps(value, allow_nan=False)
        lines.append(f"export const {name} = /** @type {{any}} */ ({kept});")
    return "\n".join(lines) + "\n"
