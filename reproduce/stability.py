"""Does a net keep its manner over ten minutes: ``python -m audio_to_body.reproduce.stability [SOUND...]``.

The sounds, or else a virtual recital whose true movement is known, are played again and again up to the wanted
length, so that what differs between an early and a late time through is the net's and not the music's. The first time
through is left out: it begins in silence. The stream gets the sound in pieces of random length and is compared with
the whole sound frame by frame.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.inference.model_file import pretrained_path, read_model
from audio_to_body.inference.planning import FILE
from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import Session
from audio_to_body.inference.stream import Stream
from audio_to_body.models.musical_measures import motion_energy, shoulder_width
from audio_to_body.preprocessing.virtual.plans import RecitalPlan
from audio_to_body.preprocessing.virtual.recitals import make_recital
from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.skeleton.layouts import Layout, layout_named
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.sound.audio import decode_audio, mono, rms_gain

MINUTES = 10.0
LONGEST_CHUNK = 2.0  # s, of the pieces that the stream gets
RECITAL_SECONDS = 90.0  # of the virtual recital that is played where no sound is named
SEED = 1


@dataclass(frozen=True)
class Stability:
    """How a motion over several times through the same music differs from time to time.

    Attributes
    ----------
    times : int
        Whole times through that were compared, the first left out.
    drift : float
        Largest distance of a point's mean place in one time through from that in the second, shoulder widths.
    jerk : tuple of float
        Smallest and largest mean jerk of a time through, shoulder widths/s³.
    amplitude : float
        Standard deviation of the wrists in the last time through, as a share of the second's.
    energy : float
        Mean squared speed in the last time through, as a share of the second's.
    chunked : float
        Largest difference of a coordinate between the stream and the whole sound, px.
    at_borders : float
        Mean step from frame to frame where the stream's pieces meet, as a share of the mean step elsewhere.
    """

    times: int
    drift: float
    jerk: tuple[float, float]
    amplitude: float
    energy: float
    chunked: float
    at_borders: float


def repeated(sound: np.ndarray, minutes: float) -> np.ndarray:
    """A sound again and again, float32 [samples]; it is cut to whole frames first, so that every time is alike."""
    whole = len(sound) * VIDEO_FPS // AUDIO_RATE * AUDIO_RATE // VIDEO_FPS
    count = max(3, int(np.ceil(minutes * 60 * AUDIO_RATE / max(whole, 1))))
    return np.tile(sound[:whole], count)


def streamed(session: Session, sound: np.ndarray, gain: float) -> tuple[np.ndarray, np.ndarray]:
    """Points of a stream that gets pieces of random length, and the frames at which pieces met."""
    rng = np.random.default_rng(SEED)
    stream, parts, first = Stream(session, gain, FILE), [], 0
    while first < len(sound):
        end = first + int(rng.integers(1, int(LONGEST_CHUNK * AUDIO_RATE)))
        parts.append(stream.push(sound[first:end]).points)
        first = end
    inside = np.unique(np.cumsum([len(part) for part in parts]))
    points = np.concatenate([part for part in [*parts, stream.finish().points] if len(part)])
    return points, inside[(inside > 0) & (inside < len(points))]


def measure_stability(
    points: np.ndarray, period: int, layout: Layout, chunked: np.ndarray, borders: np.ndarray
) -> Stability:
    """Compare the times through.

    Parameters
    ----------
    points : np.ndarray [frames, points, 2]
        Of the whole sound.
    period : int
        Frames of one time through.
    layout : Layout
    chunked : np.ndarray [frames, points, 2]
        Of the stream.
    borders : np.ndarray of int
        First frames of the stream's answers.
    """
    count = len(points) // period
    width = shoulder_width(points, layout)
    scaled = points[: count * period].astype(np.float64).reshape(count, period, *points.shape[1:]) / width
    means = scaled[1:].mean(axis=1)
    wrists = [layout.index("left_wrist"), layout.index("right_wrist")]
    spread = scaled[1:, :, wrists].std(axis=1).mean(axis=(1, 2))
    whole = np.ones(period, bool)
    energies = [motion_energy(time, whole) for time in scaled[1:]]
    jerks = [mean_jerk(time) for time in scaled[1:]]
    step = np.linalg.norm(np.diff(chunked.astype(np.float64), axis=0), axis=-1).mean(axis=1)
    meets = np.zeros(len(step), bool)
    meets[borders - 1] = True
    return Stability(
        times=count - 1,
        drift=float(np.linalg.norm(means - means[0], axis=-1).max()),
        jerk=(min(jerks), max(jerks)),
        amplitude=float(spread[-1] / spread[0]),
        energy=energies[-1] / energies[0],
        chunked=float(np.abs(chunked - points).max()),
        at_borders=float(step[meets].mean() / step[~meets].mean()),
    )


def mean_jerk(points: np.ndarray) -> float:
    """Mean size of the third derivative over points [frames, points, 2], units/s³."""
    return float(np.linalg.norm(np.diff(points, n=3, axis=0), axis=-1).mean() * VIDEO_FPS**3)


def virtual_sound(instrument: str) -> tuple[np.ndarray, float]:
    """A virtual recital's sound [samples], and the jerk of its true movement, shoulder widths/s³."""
    made = make_recital(RecitalPlan("stability", instrument, "test", RECITAL_SECONDS, SEED, 0))
    truth = made.recital.tracks["truth"].astype(np.float64)
    return mono(made.sound), mean_jerk(truth / shoulder_width(truth, layout_named(instrument)))


def check(session: Session, sound: np.ndarray, minutes: float) -> Stability:
    """Play a sound [samples] again and again and compare the times through."""
    long = repeated(sound, minutes)
    gain = rms_gain(long[None])
    whole = predict(long, session)
    chunked, borders = streamed(session, long, gain)
    return measure_stability(
        whole.points, len(sound) * VIDEO_FPS // AUDIO_RATE, layout_named(session.card.layout), chunked, borders
    )


def report(found: Stability, minutes: float, truth: float | None) -> str:
    """The measures in words; ``truth`` is the jerk of the true movement, where it is known."""
    low, high = found.jerk
    beside = "" if truth is None else f", {high / truth:.0%} of the virtual musician's"
    return "\n".join(
        [
            f"{minutes:.1f} min, {found.times} times through after the first",
            f"- drift of a point's mean place: at most {found.drift:.4f} shoulder widths",
            f"- wrists' amplitude, last time against second: {found.amplitude:.1%}; energy {found.energy:.1%}",
            f"- jerk {low:.1f} to {high:.1f} shoulder widths/s³{beside}",
            f"- stream against whole sound: at most {found.chunked:.1e} px apart; steps where pieces meet are "
            f"{found.at_borders:.0%} of the others",
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, play, report."""
    flags = argparse.ArgumentParser(
        prog="python -m audio_to_body.reproduce.stability", description=str(__doc__).split("\n")[0]
    )
    flags.add_argument("sounds", nargs="*", metavar="SOUND", help="recordings, played one after the other")
    flags.add_argument("--instrument", choices=INSTRUMENTS, help="(violin)")
    flags.add_argument("--faithful", action="store_true", help="the paper's net")
    flags.add_argument("--model", type=Path, help="a net of your own")
    flags.add_argument("--minutes", type=float, default=MINUTES, help=f"({MINUTES:g})")
    chosen = flags.parse_args(argv)
    if not 0 < chosen.minutes <= 120:
        raise BadInput(f"--minutes is {chosen.minutes:g}; it lies above 0 and up to 120")
    if chosen.model and (chosen.faithful or chosen.instrument):
        flag = "faithful" if chosen.faithful else "instrument"
        raise BadInput(f"--{flag} chooses among the nets that ship; a net of your own is named by --model alone")
    path = chosen.model or pretrained_path(chosen.instrument or "violin", chosen.faithful)
    session = Session(read_model(path), "cpu")
    truth = None
    if chosen.sounds:
        sound = np.concatenate([mono(decode_audio(path)) for path in chosen.sounds])
    else:
        sound, truth = virtual_sound(session.card.layout)
    found = check(session, sound, chosen.minutes)
    played = len(repeated(sound, chosen.minutes)) / AUDIO_RATE / 60
    print(report(found, played, truth))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
