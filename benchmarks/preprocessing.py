"""Preprocessing: frames/s with MediaPipe, agreement with OpenPose, and memory and sync over an hour of video.

``python -m audio_to_body.benchmarks.preprocessing --hour`` also makes an hour of video with flashes and beeps and
runs it through.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from audio_to_body.pictures.video import Clip, pictures
from audio_to_body.preprocessing.detectors.openpose_json import OpenPoseFiles
from audio_to_body.preprocessing.recital_file import read_recital
from audio_to_body.skeleton.layouts import BODY_POINTS, VIOLIN
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.sound.ffmpeg import ffmpeg_path

SHARED = Path(os.environ.get("A2B_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"
FLASH_EVERY, FLASH_SECONDS, FIRST_FLASH = 10.0, 0.5, 5.0
FRAME_MS = 1000 / VIDEO_FPS


def speed(clip: Path) -> None:
    """Frames/s of the detector alone with both nets for hands, with and without their start, and CPU time a frame."""
    from audio_to_body.preprocessing.detectors.mediapipe_pose import MediaPipeDetector

    frames = list(pictures(Clip(clip)))
    print(f"{clip.name}: MediaPipe, {len(frames)} frames, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for net in ("full", "lite"):
        detector = MediaPipeDetector(hand_net=net)
        rates, steady, costs = [], [], []
        for _ in range(3):
            start, cpu = time.perf_counter(), time.process_time()
            found, clock = [], []
            for people in detector.people(frames):
                found.append(people)
                clock.append(time.perf_counter())
            rates.append(len(frames) / (clock[-1] - start))
            steady.append((len(frames) - 1) / (clock[-1] - clock[0]))
            costs.append((time.process_time() - cpu) / len(frames) * 1000)
        complete = np.mean([bool(people) and bool(np.isfinite(people[0].points).all()) for people in found])
        print(
            f"  {net} net for hands: {np.median(rates):.1f} frames/s, {np.median(steady):.1f} after the nets' start"
            f" ({np.median(costs):.0f} ms of CPU a frame); all 50 points in {complete:.1%} of the frames"
        )
    print("  the paper, on GPUs: 10 frames/s with OpenPose, 2 with Mask R-CNN")


def agreement(folder: Path) -> None:
    """Distance of MediaPipe's body from OpenPose's, as a share of the shoulder width."""
    from audio_to_body.preprocessing.detectors.mediapipe_pose import MediaPipeDetector

    frames = list(pictures(Clip(folder / "short_video.mp4")))
    mine = list(MediaPipeDetector().people(frames))
    theirs = list(OpenPoseFiles(folder / "output_json", 25).people([None] * len(frames)))
    pairs = [(a[0].body, b[0].body) for a, b in zip(mine, theirs) if a and b]
    ours, other = (np.stack(side) for side in zip(*pairs))
    width = np.nanmedian(np.linalg.norm(other[:, 2, :2] - other[:, 5, :2], axis=1))
    away = np.linalg.norm(ours[..., :2] - other[..., :2], axis=-1) / width
    print(f"raga_pose, {len(pairs)} frames: MediaPipe's body against OpenPose's, median distance in shoulder widths")
    print("  " + ", ".join(f"{name} {np.nanmedian(away[:, i]):.3f}" for i, name in enumerate(BODY_POINTS)))
    print(f"  all points {np.nanmedian(away):.3f}")


def make_hour(folder: Path, minutes: float) -> tuple[Path, Path]:
    """A video with uneven time stamps whose flashes and beeps coincide, and OpenPose's JSON of a player in it."""
    video, results = folder / "hour.mkv", folder / "json"
    on = f"lt(mod(t-{FIRST_FLASH},{FLASH_EVERY}),{FLASH_SECONDS})*gte(t,{FIRST_FLASH})"
    pictures_in = f"color=black:s=160x120:r=30000/1001:d={minutes * 60}"
    # the picture begins 0.4 s after the sound, and its frames come up to 8 ms early or late
    filters = f"setpts=PTS+(0.4+0.008*sin(N))/TB,drawbox=color=white:t=fill:enable='{on}'"
    sound = f"aevalsrc='0.5*sin(2*PI*880*t)*{on}':s=48000:d={minutes * 60}"
    command = [ffmpeg_path(), "-loglevel", "error", "-f", "lavfi", "-i", pictures_in, "-f", "lavfi", "-i", sound]
    command += ["-vf", filters, "-fps_mode", "passthrough", "-c:v", "libx264", "-preset", "ultrafast", "-g", "250"]
    subprocess.run([*command, "-c:a", "aac", "-y", str(video)], check=True)
    results.mkdir()
    still = np.random.default_rng(0).uniform(0, 1, (50, 2)) * 8
    still[:8] = [(80, 20), (80, 35), (65, 36), (55, 60), (70, 70), (95, 36), (110, 55), (115, 45)]
    still[8:29] += still[7] - still[8]
    still[29:] += still[4] - still[29]
    for frame in range(round(minutes * 60 * VIDEO_FPS)):
        bow = 5 * np.sin(2 * np.pi * frame / VIDEO_FPS)
        points = np.column_stack([still, np.full(50, 0.9)])
        points[[4, *VIOLIN.right_hand], 0] += bow
        body = np.zeros((25, 3))
        body[:8] = points[:8]
        hands = {
            f"hand_{s}_keypoints_2d": points[list(h)].ravel().tolist()
            for s, h in (("left", VIOLIN.left_hand), ("right", VIOLIN.right_hand))
        }
        person = {"pose_keypoints_2d": body.ravel().tolist(), **hands}
        (results / f"hour_{frame:012d}_keypoints.json").write_text(json.dumps({"version": 1.3, "people": [person]}))
    return video, results


def resident(process: int) -> float:
    """Memory of a process and those it started, MB."""
    total = 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if int(fields["Pid"]) == process:
            total += float(fields.get("VmRSS", "0 kB").split()[0]) / 1024
        elif int(fields["PPid"]) == process:
            total += resident(int(fields["Pid"]))
    return total


def watched(command: list[str]) -> np.ndarray:
    """Run a command; its memory every half second, MB."""
    memory = []
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        memory.append(resident(process.pid))
        time.sleep(0.5)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return np.array(memory[:-1])


def tell_memory(what: str, memory: np.ndarray) -> None:
    """Memory over a run: its peak in each fifth."""
    parts = [f"{part.max():.0f}" for part in np.array_split(memory, 5)]
    print(f"{what}: peak memory in each fifth of the run {' '.join(parts)} MB (with ffmpeg and the waiting process)")


def preparing(video: Path, out: Path) -> list[str]:
    """The command that makes a dataset of a violinist's video."""
    told = [str(video), "--instrument", "violin", "--out", str(out)]
    return [sys.executable, "-m", "audio_to_body.preprocessing", *told]


def hour(minutes: float) -> None:
    """Sync and memory of a long recital with uneven time stamps."""
    with tempfile.TemporaryDirectory() as folder:
        video, results = make_hour(Path(folder), minutes)
        out = Path(folder) / "dataset"
        command = preparing(video, out)
        start = time.perf_counter()
        memory = watched([*command, "--openpose-json", str(results), "--json-fps", "24", "--face", "none"])
        seconds = time.perf_counter() - start
        recital = read_recital(out / "hour.npz")
        print(
            f"made-up video of {minutes:g} minutes: {len(recital)} frames in {seconds:.0f} s,"
            f" {recital.kept.mean():.1%} kept"
        )
        tell_memory("  recorded detections", memory)
        levels = np.array([picture.mean() for picture in pictures(Clip(video))])[: len(recital)]
        energy = recital.features[96][:, 13]
        # the middles of flash and beep: their beginnings are blurred by frames and windows, on both sides alike
        apart = 1000 * (middles(levels > 128) / VIDEO_FPS - middles(energy > (energy.max() + energy.min()) / 2) / 96)
        print(
            f"  {len(apart)} flashes and beeps: picture after sound by {apart.mean():.1f} ms on average"
            f" ({apart.min():.1f} to {apart.max():.1f}), in the first minute {apart[:6].mean():.1f},"
            f" in the last {apart[-6:].mean():.1f} (half a frame is {FRAME_MS / 2:.1f} ms)"
        )


def middles(on: np.ndarray) -> np.ndarray:
    """Middle of every stretch that is on, in steps."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(int)))
    return (edges[::2] + edges[1::2] - 1) / 2


def detector_memory(clip: Path, minutes: float) -> None:
    """Memory of the whole run with MediaPipe on a clip repeated for some minutes."""
    with tempfile.TemporaryDirectory() as folder:
        long = Path(folder) / "long.mp4"
        command = [
            ffmpeg_path(),
            "-loglevel",
            "error",
            "-stream_loop",
            "-1",
            "-i",
            str(clip),
            "-t",
            str(minutes * 60),
        ]
        subprocess.run([*command, "-c", "copy", str(long)], check=True)
        command = preparing(long, Path(folder) / "dataset")
        tell_memory(f"{clip.name} repeated for {minutes:g} minutes, MediaPipe", watched(command))


def run() -> None:
    """Print the benchmark; parts whose recordings are absent say so."""
    clip, raga = SHARED / "violin_clip" / "urmp_vln1.mp4", SHARED / "raga_pose" / "example_1person"
    if clip.is_file():
        speed(clip)
        detector_memory(clip, 1.5)
    else:
        print(f"speed was not measured: {clip} is absent (set A2B_SHARED)")
    if raga.is_dir():
        agreement(raga)
    else:
        print(f"agreement was not measured: {raga} is absent (set A2B_SHARED)")
    hour(2)


if __name__ == "__main__":
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--hour", action="store_true", help="run an hour of made-up video, not two minutes")
    if flags.parse_args().hour:
        hour(60)
    else:
        run()
