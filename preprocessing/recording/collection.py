"""Many recitals into one dataset: finished ones are skipped, broken ones reported, all are aligned (Sec. 3.4)."""

from __future__ import annotations

import contextlib
import errno
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from audio_to_body.preprocessing.dataset import Dataset, align_recitals, survey, with_transform
from audio_to_body.preprocessing.litter import is_litter
from audio_to_body.preprocessing.manifest import MANIFEST, Manifest, RecitalEntry
from audio_to_body.preprocessing.pca import KEPT_VARIANCE, components_for
from audio_to_body.preprocessing.recital_file import entry_of, read_recital
from audio_to_body.preprocessing.recording.recital import DETECTIONS, RecitalJob, make_recital
from audio_to_body.preprocessing.recording.recital_sound import FEATURE_RATES
from audio_to_body.preprocessing.schedulers import LOCAL, run_tasks
from audio_to_body.preprocessing.variance import explained_variance
from audio_to_body.skeleton.files import refused
from audio_to_body.skeleton.folders import own_folder
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.fetching import fetch

DOWNLOADS = "downloads"  # folder of the dataset where fetched videos are kept
PROGRESS = "progress"  # beside a recital's detections
PROGRESS_SECONDS = 1.0
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT)


@dataclass
class Outcome:
    """What became of one recital.

    Attributes
    ----------
    name : str
    entry : RecitalEntry or None
        None for a recital that was refused.
    refusal : str or None
        Why, in one sentence.
    remarks : tuple of str
    seconds : float
        How long it took; 0 for a recital that an earlier run had finished.
    frames_seen : int
        Frames that detectors looked at in that time: fewer than the recital has where a run was continued.
    """

    name: str
    entry: RecitalEntry | None = None
    refusal: str | None = None
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0
    frames_seen: int = 0


@dataclass
class Collected:
    """A finished dataset.

    Attributes
    ----------
    manifest : Manifest
    outcomes : list of Outcome
        In the order of the sources.
    components : int
        Principal components that capture 90 % of the variance (Sec. 3.4).
    """

    manifest: Manifest
    outcomes: list[Outcome] = field(default_factory=list)
    components: int = 0


@contextlib.contextmanager
def open_output(path: Path, instrument: str) -> Iterator[Manifest | None]:
    """Have the dataset's folder to oneself; the manifest of a dataset that is already there.

    However the block ends, the folder is known again as one that a dataset was begun in.

    Raises
    ------
    BadInput
        If the folder cannot be written, holds something else, or a dataset of another instrument, or if another run
        writes into it.
    """
    with own_folder(path) as folder:
        earlier = _earlier(folder, instrument)
        begun = folder / DETECTIONS
        with refused(begun):
            begun.mkdir(exist_ok=True)
        try:
            yield earlier
        finally:
            with contextlib.suppress(OSError):  # what holds something stays
                begun.rmdir()


def _earlier(folder: Path, instrument: str) -> Manifest | None:
    """The manifest of a folder's dataset; None where none is finished."""
    if (folder / MANIFEST).is_file():
        manifest = Dataset(folder).manifest
        if manifest.instrument != instrument:
            raise BadInput(f"{folder} is a {manifest.instrument} dataset; name another --out for {instrument}")
        return manifest
    found = {place.name for place in folder.iterdir() if not is_litter(place.name)}
    if found and not found & {DETECTIONS, DOWNLOADS}:
        raise BadInput(f"{folder} is not empty and not a dataset; name a new or empty folder as --out")
    return None


def unique_names(wanted: Iterable[str]) -> list[str]:
    """File names for recitals, from titles or paths; equal ones are numbered."""
    names: list[str] = []
    for text in wanted:
        base = re.sub(r"[^\w.-]+", "_", text).strip("._") or "recital"
        name, number = base, 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names


def finished_outcome(job: RecitalJob) -> Outcome | None:
    """The outcome of a recital that an earlier run finished; None if it is still to be made."""
    if not job.is_finished():
        return None
    return Outcome(job.name, entry_of(read_recital(job.out / f"{job.name}.npz", rates=())))


def attempt(job: RecitalJob) -> Outcome:
    """Make one recital; a refusal becomes part of the outcome, so that the others go on.

    Raises
    ------
    BadInput
        If the disk is full: then the others cannot go on either.
    """
    start = time.monotonic()
    counter = ProgressFile(job.detections / PROGRESS)
    try:
        if (finished := finished_outcome(job)) is not None:  # by a worker that was lost before it could say so
            return finished
        if job.remote:
            path = fetch(job.source, job.clip.path, job.name)
            job = replace(job, clip=replace(job.clip, path=path))
        made = make_recital(job, counter.add)
    except BadInput as refusal:
        return Outcome(job.name, refusal=str(refusal), seconds=time.monotonic() - start)
    except OSError as error:
        if error.errno in _FULL_DISK:
            raise BadInput(f"the disk of {job.out} is full; free some space and run the same command again") from None
        return Outcome(job.name, refusal=f"{job.clip.path}: {error}", seconds=time.monotonic() - start)
    except MemoryError:
        return Outcome(job.name, refusal=f"{job.clip.path} needs more memory than there is; run fewer --workers")
    seconds = time.monotonic() - start
    return Outcome(job.name, made.entry, remarks=made.remarks, seconds=seconds, frames_seen=counter.frames)


class ProgressFile:
    """Counts frames into a file that the waiting process reads, whichever machine the recital is made on."""

    def __init__(self, path: Path):
        self.path, self.frames, self._told = path, 0, 0.0

    def add(self, frames: int) -> None:
        """Count frames."""
        self.frames += frames
        if time.monotonic() - self._told > PROGRESS_SECONDS:
            self._told = time.monotonic()
            with contextlib.suppress(OSError):
                self.path.write_text(str(self.frames))

    @staticmethod
    def read(path: Path) -> int:
        """Frames counted so far; 0 where nothing has been told yet."""
        try:
            return int(path.read_text() or 0)
        except (OSError, ValueError):
            return 0


def make_all(
    jobs: Sequence[RecitalJob],
    scheduler: str = LOCAL,
    workers: int | None = None,
    progress: Callable[[int], object] = lambda frames: None,
    finished: Callable[[Outcome], object] = lambda outcome: None,
) -> list[Outcome]:
    """Make recitals side by side, in processes of this machine or on a Dask cluster.

    Parameters
    ----------
    jobs : sequence of RecitalJob
    scheduler : str
        ``"local"`` or a Dask scheduler's address; its workers must see the same files.
    workers : int, optional
        Local processes; by default one per core.
    progress : callable
        Told about once a second how many frames have been looked at in all.
    finished : callable
        Told of every recital that is done.

    Returns
    -------
    list of Outcome
        In the order of the jobs.

    Raises
    ------
    BadInput
        If the disk is full or the scheduler does not answer.
    """
    outcomes: dict[int, Outcome] = {}
    waiting = []
    for number, job in enumerate(jobs):
        (job.detections / PROGRESS).unlink(missing_ok=True)
        done = finished_outcome(job)
        if done is None:
            waiting.append(number)
        else:
            outcomes[number] = done
            finished(done)

    def watch() -> None:
        progress(sum(ProgressFile.read(jobs[number].detections / PROGRESS) for number in waiting))

    lost = list(waiting)
    # a process that dies takes its pool with it; what it leaves undone is tried once more, one recital at a time
    for group in ([waiting], [[number] for number in waiting]):
        for numbers in group:
            numbers = [number for number in numbers if number in lost]
            if not numbers:
                continue
            tasks = [jobs[number] for number in numbers]
            for place, answer in run_tasks(scheduler, attempt, tasks, watch, workers):
                number = numbers[place]
                if isinstance(answer, BadInput):
                    raise answer
                if isinstance(answer, BaseException):
                    reason = f"{jobs[number].clip.path}: {type(answer).__name__}: {answer}"
                    outcomes[number] = Outcome(jobs[number].name, refusal=reason)
                    if not isinstance(answer, BrokenExecutor):
                        lost.remove(number)
                        finished(outcomes[number])
                    continue
                outcomes[number] = answer
                lost.remove(number)
                finished(answer)
    for number in lost:
        reason = f"{jobs[number].clip.path}: the process that made it died twice (out of memory?)"
        outcomes[number] = Outcome(jobs[number].name, refusal=reason)
        finished(outcomes[number])
    return [outcomes[number] for number in range(len(jobs))]


def finish_dataset(
    folder: Path, instrument: str, outcomes: Sequence[Outcome], earlier: Manifest | None, settings: dict[str, Any]
) -> Collected:
    """Write the manifest of all recitals that were made, align them, and count the principal components.

    Raises
    ------
    BadInput
        If not one recital could be made.
    """
    names = {entry.name for entry in (earlier.recitals if earlier else [])}
    names |= {outcome.name for outcome in outcomes if outcome.entry}
    if not names:
        raise BadInput("not one recital could be made; see above")
    entries, recitals = survey(folder, sorted(names))
    rates = [rate for rate in FEATURE_RATES if all(rate in entry.rates for entry in entries.values())]
    manifest = Manifest(
        instrument=instrument,
        layout=instrument,
        data="recitals",
        fps=float(VIDEO_FPS),
        frame_size=(0, 0),
        rates=rates,
        settings=settings,
        recitals=list(entries.values()),
    )
    manifest = align_recitals(folder, manifest, recitals)
    captured = explained_variance(with_transform(recitals[entry.name], entry) for entry in manifest.recitals)
    return Collected(manifest, list(outcomes), components_for(captured))


def summary(collected: Collected) -> str:
    """The table a person reads at the end: frames, kept, dropped by reason, minutes, frames/s."""
    lines = [f"{'recital':<28} {'frames':>7} {'kept':>7} {'kept %':>6} {'minutes':>7} {'fps':>6}  dropped"]
    for outcome in collected.outcomes:
        if outcome.entry is None:
            lines.append(f"{outcome.name[:28]:<28} refused")
            continue
        entry = outcome.entry
        dropped = (
            ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in entry.dropped.items()) or "none"
        )
        speed = f"{outcome.frames_seen / outcome.seconds:.1f}" if outcome.frames_seen else "done"
        lines.append(
            f"{entry.name[:28]:<28} {entry.frames:>7} {entry.kept:>7} {100 * entry.kept / max(entry.frames, 1):>6.1f}"
            f" {entry.seconds / 60:>7.2f} {speed:>6}  {dropped}"
        )
        lines += [f"{'':<28} note: {remark}" for remark in outcome.remarks]
    frames = sum(e.frames for e in collected.manifest.recitals)
    kept = sum(e.kept for e in collected.manifest.recitals)
    lines.append(
        f"{len(collected.manifest.recitals)} recitals, {frames} frames, {kept} kept"
        f" ({100 * (1 - kept / max(frames, 1)):.1f} % dropped; the paper drops about 10 %)"
    )
    points = layout_named(collected.manifest.layout).size
    lines.append(
        f"{collected.components} principal components capture {KEPT_VARIANCE:.0%} of the variance of {points} points"
    )
    return "\n".join(lines)


def settings_of(job: RecitalJob) -> dict[str, Any]:
    """What the manifest says of how the dataset was made."""
    return {"detectors": job.detectors.describe(), "cleaning": asdict(job.cleaning)}
