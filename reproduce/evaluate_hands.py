"""Human hands that no net was trained on: ``python -m audio_to_body.reproduce.evaluate_hands DATASET``.

HANDS.npz in the place of the dataset needs none made, and tells of the mean pose and piano+ alone.

Wrists and fingertips of pianists in songs of the test split, in millimetres, beside the mean pose, ridge regression
and the paper's net. Piano+ plays as a person would have it play: from the sound, with the notes heard in it, as a
file and live; and from the notes as they were played, before and after its planner. Which keys it presses is
measured, too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.inference.frames import joined
from audio_to_body.inference.model_file import PRETRAINED, read_model
from audio_to_body.inference.piano.from_notes import play_notes
from audio_to_body.inference.piano.player import CLOCKS, FILE, check_card
from audio_to_body.inference.planning import LOW, USUAL
from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import Session
from audio_to_body.inference.stream import Stream
from audio_to_body.models.baselines import mean_pose, ridge_regression
from audio_to_body.models.data_split import Part
from audio_to_body.models.expressive_piano import touches
from audio_to_body.models.key_presses import KeyPresses, measured_presses
from audio_to_body.models.recital_data import TrainingData, prepare
from audio_to_body.models.settings import PIANO_FINAL
from audio_to_body.musician.human_hands import read_hands, song_of_clips
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.published.pianomime import recital_of_clip, recital_sound, split_songs, to_pixels
from audio_to_body.preprocessing.recital_file import Recital
from audio_to_body.skeleton.notes import LOUDEST, Notes
from audio_to_body.skeleton.piano_targets import COORDINATES
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput, run_command

PIANO_PLUS = PRETRAINED / "piano_plus.onnx"
WRISTS = (0, 6)  # of the layout hands12
TIPS = tuple(point for point in range(12) if point not in WRISTS)


@dataclass(frozen=True)
class HandMeasures:
    """How well hands were predicted over the test clips.

    Attributes
    ----------
    name : str
    error, wrists, tips : float
        Mean distance in mm over kept frames: of all twelve points, of the wrists, of the fingertips.
    spread : float
        Standard deviation of the wrists' place along the keyboard as a share of the truth's.
    path : float
        Distance that the wrists go along the keyboard as a share of the truth's.
    energy : float
        Root mean square of the wrists' speed along the keyboard as a share of the truth's.
    jerk : float
        Mean jerk of the twelve points as a share of the truth's.
    """

    name: str
    error: float
    wrists: float
    tips: float
    spread: float
    path: float
    energy: float
    jerk: float


def measure_hands(
    name: str, predicted: Sequence[np.ndarray], truth: Sequence[np.ndarray], kept: Sequence[np.ndarray]
) -> HandMeasures:
    """Measure predictions of several clips, each ``[frames, 12, 2]`` in mm; ``kept`` says which frames count."""
    distance = np.concatenate([np.linalg.norm(p - t, axis=2)[k] for p, t, k in zip(predicted, truth, kept)])
    ours, theirs = _travel(predicted), _travel(truth)
    share = [float(a / b) if b > 0 else float("nan") for a, b in zip(ours, theirs)]
    return HandMeasures(
        name, float(distance.mean()), float(distance[:, WRISTS].mean()), float(distance[:, TIPS].mean()), *share
    )


def _travel(clips: Sequence[np.ndarray]) -> tuple[float, float, float, float]:
    """Of the wrists along the keyboard spread, path and root mean square speed, and of all points the mean jerk."""
    place = np.concatenate([clip[:, WRISTS, 0] for clip in clips]).astype(np.float64)
    speed = np.concatenate([np.diff(clip[:, WRISTS, 0].astype(np.float64), axis=0) for clip in clips]) * VIDEO_FPS
    jerk = [np.linalg.norm(np.diff(clip.astype(np.float64), n=3, axis=0), axis=2) for clip in clips]
    return (
        float(place.std(axis=0).mean()),
        float(np.abs(speed).mean()),
        float(np.sqrt(np.square(speed).mean())),
        float(np.concatenate(jerk).mean()),
    )


@dataclass
class Played:
    """What a piano+ file makes of the test clips.

    Attributes
    ----------
    hands : dict of str to list of np.ndarray [frames, 12, 2]
        Points in mm by what they were made of.
    presses : dict of str to KeyPresses
    """

    hands: dict[str, list[np.ndarray]]
    presses: dict[str, KeyPresses]


FROM_NET, FROM_NOTES, FROM_SOUND = "piano+ before the planner, from notes", "piano+ from notes", "piano+ from sound"
LIVE = {USUAL: "piano+ live", LOW: "piano+ live, low latency"}


def played(recitals: Iterable[Recital], model: Path) -> Played:
    """The twelve points in mm and the keys that a piano+ file gives for recitals of human hands.

    Raises
    ------
    BadInput
        If the file is not a piano+ net.
    """
    session = Session(read_model(model), device="cpu")
    check_card(session.card)
    done = Played({name: [] for name in (FROM_NET, FROM_NOTES, FROM_SOUND, *LIVE.values())}, {})
    for recital in recitals:
        onset, end, pitch, velocity = recital.tracks["notes"].T
        notes, frames = Notes(onset, end, pitch, velocity * LOUDEST), len(recital)
        done.hands[FROM_NET].append(_net_alone(session, notes, frames))
        sound = recital_sound(recital)
        tracks = {
            FROM_NOTES: play_notes(notes, session, frames / VIDEO_FPS).tracks,
            FROM_SOUND: predict(sound, session).tracks,
            **{name: _live(sound, session, latency) for latency, name in LIVE.items()},
        }
        for name, tracked in tracks.items():
            hands, keys = (tracked[track][:frames] for track in ("hands_mm", "keys_pressed"))
            done.hands[name].append(hands)
            done.presses[name] = done.presses.get(name, KeyPresses()) + measured_presses(keys, notes, hands)
    return done


def _net_alone(session: Session, notes: Notes, frames: int) -> np.ndarray:
    """What the net gives before its planner, delay undone, [frames, 12, 2] mm."""
    clock = CLOCKS[FILE]
    told = touches(notes, frames + clock.delay, clock.ahead)
    given = session.run(told, session.initial_state()).values[clock.delay :, :COORDINATES]
    return given.reshape(frames, -1, 2)


def _live(sound: np.ndarray, session: Session, latency: str) -> Mapping[str, np.ndarray]:
    """What piano+ plays to a microphone, which knows no level of the whole sound."""
    stream = Stream(session, latency=latency)
    return joined([stream.push(sound), stream.finish()]).tracks


def evaluate(
    dataset: Dataset, model: Path | None, run: Path | None
) -> tuple[list[HandMeasures], dict[str, KeyPresses]]:
    """Baselines on a dataset of human hands, and the nets that are given; and the keys that piano+ presses.

    Parameters
    ----------
    dataset : Dataset
    model : path, optional
        A piano+ file.
    run : path, optional
        The folder of the paper's net trained on this dataset (``python -m audio_to_body.models DATASET --out RUN``).
    """
    recitals = list(dataset.recitals("test", rates=()))
    truth, kept = [r.keypoints for r in recitals], [r.kept for r in recitals]
    data = prepare(dataset, PIANO_FINAL)
    rows = []
    for name, score in (("mean pose", mean_pose(data)), ("ridge regression", ridge_regression(data))):
        rows.append(measure_hands(name, _tested(data, score.predictions), truth, kept))
    if run is not None:
        rows.append(measure_hands("faithful", _faithful(run, data), truth, kept))
    if model is None:
        return rows, {}
    done = played(recitals, model)
    rows += [measure_hands(name, hands, truth, kept) for name, hands in done.hands.items()]
    return rows, done.presses


def evaluate_clips(hands: Path, model: Path, every: int) -> tuple[list[HandMeasures], dict[str, KeyPresses], int]:
    """The mean pose and piano+ on every so many test clips of a file of human hands, and how many these are."""
    clips = read_hands(hands)
    songs = song_of_clips(clips)
    chosen = split_songs(clips, songs, np.inf, 0)
    test = sorted(clip for clip, split in chosen.items() if split == "test")[::every]
    if not test:
        raise BadInput(f"{hands} has no songs to test on")
    recitals = [recital_of_clip(clips, clip, int(songs[clip]), "test", 0, rates=()) for clip in test]
    seen = [to_pixels(clips.clip(clip)[0].reshape(-1, 12, 2)) for clip, split in chosen.items() if split == "train"]
    pose = np.concatenate(seen).mean(axis=0)
    truth, kept = [r.keypoints for r in recitals], [r.kept for r in recitals]
    rows = [measure_hands("mean pose", [np.tile(pose, (len(t), 1, 1)) for t in truth], truth, kept)]
    done = played(recitals, model)
    rows += [measure_hands(name, points, truth, kept) for name, points in done.hands.items()]
    return rows, done.presses, len(test)


def _tested(data: TrainingData, predictions: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [p for p, r in zip(predictions, data.recitals) if r.part[0] == Part.TEST]


def _faithful(run: Path, data: TrainingData) -> list[np.ndarray]:
    from audio_to_body.models.checkpoint import load_net
    from audio_to_body.models.evaluation import predict_recitals, predictor_of

    net = load_net(run)
    if net.target_names or net.data != data.data:
        raise BadInput(f"{run} does not hold the paper's net trained on human hands")
    predictor = predictor_of(net)
    try:
        return _tested(data, predict_recitals(predictor, data))
    finally:
        predictor.close()


def table(rows: Sequence[HandMeasures]) -> str:
    """The measures as a Markdown table."""
    base = rows[0].error
    lines = [
        "| net | error mm | below mean pose | wrists mm | fingertips mm | spread | path | energy | jerk |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        lines.append(
            f"| {row.name} | {row.error:.1f} | {1 - row.error / base:.0%} | {row.wrists:.1f} | {row.tips:.1f} "
            f"| {row.spread:.0%} | {row.path:.0%} | {row.energy:.0%} | {row.jerk:.0%} |"
        )
    return "\n".join(lines)


def key_table(presses: dict[str, KeyPresses]) -> str:
    """The keys that were pressed as a Markdown table."""
    lines = [
        "| keys | notes | F1 ±50 ms | F1 ±100 ms | within a frame | wrong a minute | finger there 80 ms before |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, row in presses.items():
        lines.append(
            f"| {name} | {row.close.written} | {row.close.f1:.3f} | {row.near.f1:.3f} | {row.frame.f1:.3f} "
            f"| {row.wrong_a_minute:.1f} | {row.ready_share:.0%} |"
        )
    return "\n".join(lines)


def _main(arguments: argparse.Namespace) -> int:
    if arguments.every < 1:
        raise BadInput(f"--every is {arguments.every}; it is at least 1")
    if not Path(arguments.model).is_file() and arguments.model != str(PIANO_PLUS):
        raise BadInput(f"{arguments.model} does not exist; check the path")
    if arguments.dataset.endswith(".npz"):
        if arguments.faithful:
            raise BadInput(
                "--faithful is judged on the dataset that it was trained on; name that, not the file of hands"
            )
        rows, presses, count = evaluate_clips(Path(arguments.dataset), Path(arguments.model), arguments.every)
        print(f"human hands, songs never heard in training, {count} clips\n\n{table(rows)}\n\n{key_table(presses)}")
        return 0
    if arguments.every > 1:
        raise BadInput("--every is for a file of human hands; a dataset is judged whole")
    dataset = Dataset(arguments.dataset)
    if dataset.manifest.layout != "hands12":
        raise BadInput(
            f"{arguments.dataset} does not hold human hands "
            "(python -m audio_to_body.preprocessing.published.pianomime makes them)"
        )
    model = Path(arguments.model)
    run = Path(arguments.faithful) if arguments.faithful else None
    entries = [e for e in dataset.manifest.recitals if e.split == "test"]
    songs = len({e.name.split("_")[0] for e in entries})
    minutes = sum(e.seconds for e in entries) / 60
    rows, presses = evaluate(dataset, model if model.is_file() else None, run)
    print(f"human hands, {songs} songs never heard in training, {len(entries)} clips, {minutes:.1f} min\n")
    print(table(rows))
    if presses:
        print(f"\n{key_table(presses)}")
    return 0


def cli() -> int:
    """Parse, evaluate, print."""
    parser = argparse.ArgumentParser(prog="python -m audio_to_body.reproduce.evaluate_hands", description=__doc__)
    parser.add_argument(
        "dataset",
        metavar="DATASET",
        help="made by python -m audio_to_body.preprocessing.published.pianomime; or the file of human hands",
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="of a file's clips every N-th (default: 1)")
    parser.add_argument(
        "--model", default=str(PIANO_PLUS), metavar="FILE", help="a piano+ net (default: the shipped)"
    )
    parser.add_argument("--faithful", metavar="RUN", help="folder of the paper's net trained on this dataset")
    return run_command(_main, parser.parse_args())


if __name__ == "__main__":
    sys.exit(cli())
