"""The avatar: retargeting live and whole, drawing, files; and how well a performance keeps its promises."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from avatar import export, measures
from avatar.render import Renderer
from avatar.retargeting import LiveRetargeter, retarget
from avatar.scene import Performance
from preprocessing.virtual.plans import plan_recitals
from preprocessing.virtual.recitals import VirtualRecital, make_recital
from skeleton.motion import Motion
from skeleton.rates import VIDEO_FPS

SEED = 3
MINUTES = 1.5  # of which the test recital, of another player and another piece, is measured
FRAMES_DRAWN = 48


def recital(instrument: str) -> tuple[VirtualRecital, Motion]:
    """A virtual recital and its motion as a perfect detector sees it, without the planner's tracks."""
    plan = next(p for p in plan_recitals(instrument, MINUTES, SEED) if p.split == "test")
    made = make_recital(plan)
    points = made.recital.tracks["truth"]
    return made, Motion(points, np.ones(points.shape[:2]), VIDEO_FPS, instrument, made.recital.frame_size)


def live_milliseconds(motion: Motion) -> np.ndarray:
    """Milliseconds of every frame of a live retargeting."""
    live = LiveRetargeter(motion)
    taken = []
    for points in motion.points:
        start = time.perf_counter()
        live.push(points)
        taken.append(time.perf_counter() - start)
    return 1e3 * np.array(taken[5:])


def draw_milliseconds(performance: Performance) -> np.ndarray:
    """Milliseconds of every drawn frame at 854x480."""
    renderer = Renderer(performance)
    renderer.draw(0)
    taken = []
    for frame in range(min(FRAMES_DRAWN, len(performance))):
        start = time.perf_counter()
        renderer.draw(frame)
        taken.append(time.perf_counter() - start)
    renderer.close()
    return 1e3 * np.array(taken)


def seconds(action) -> float:  # type: ignore[no-untyped-def]
    """Seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def run() -> None:
    """Print speeds and measures of both musicians."""
    for instrument in ("violin", "piano"):
        made, motion = recital(instrument)
        whole = seconds(lambda motion=motion: retarget(motion))
        performance = retarget(motion)
        print(f"{instrument}: virtual recital, seed {SEED}, {motion.duration:.1f} s")
        print(f"  retargeting a whole motion   {motion.duration / whole:8.0f} x real time")
        live = live_milliseconds(motion)
        print(
            f"  live, per frame              {np.median(live):8.2f} ms median, {np.percentile(live, 99):.2f} ms p99"
        )
        drawn = draw_milliseconds(performance)
        pace = 1e3 / VIDEO_FPS / np.median(drawn)
        print(f"  drawing at 854x480           {np.median(drawn):8.1f} ms a frame, {pace:.2f} x real time")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "musician.glb"
            took = seconds(lambda path=path, performance=performance: export.write_glb(performance, path))
            print(f"  GLB                          {took:8.2f} s, {path.stat().st_size / 1e6:.2f} MB")
        for line in promises(instrument, made, motion, performance):
            print("  " + line)


def promises(instrument: str, made: VirtualRecital, motion: Motion, performance: Performance) -> list[str]:
    """Measures of a performance against the recital's truth, one a line."""
    lines = []
    if instrument == "violin":
        hair = measures.bow_to_string(performance)
        lines.append(
            f"bow to string while sounding {1e3 * hair.mean:8.2f} mm mean, {1e3 * hair.largest:.2f} mm largest"
        )
        sounding = np.abs(made.recital.tracks["bow_speed"]) > 0.02
        place = performance.tracks["bow_place"][sounding]
        fit = np.corrcoef(place, made.recital.tracks["bow_position"][sounding])[0, 1]
        lines.append(f"bow place against the truth  {fit:8.3f} correlation while sounding")
    else:
        bare = measures.fingertip_to_key(performance, made.recital.tracks["notes"])
        told = measures.fingertip_to_key(
            retarget(motion, notes=made.recital.tracks["notes"]), made.recital.tracks["notes"]
        )
        lines.append(f"fingertip to key at onsets   {1e3 * bare.mean:8.2f} mm mean ({bare.number} notes)")
        lines.append(f"the same, notes known        {1e3 * told.mean:8.2f} mm mean")
    errors = measures.projection_error(performance, motion)
    shares = ", ".join(f"{name} {100 * share:.1f}" for name, share in errors.items())
    lines.append(f"projected back onto points   {shares} (% of the shoulder width)")
    lines.append(
        f"bone lengths                 {1e3 * measures.bone_length_deviation(performance):8.4f} mm deviation"
    )
    lines.append(f"joint limits                 {measures.limit_violations(performance):8d} violations")
    lines.append(f"largest turn of a joint      {measures.largest_turn(performance):8.1f} degrees a frame")
    layout = motion.skeleton
    for side in ("left", "right"):
        ours = measures.jerk(performance.joint(f"{side}Hand"), motion.fps)
        truth = measures.jerk(made.joints[:, layout.index(f"{side}_wrist")], motion.fps)
        lines.append(f"jerk of the {side} wrist".ljust(29) + f"{ours:8.1f} m/s³, the truth's {truth:.1f}")
    return lines
