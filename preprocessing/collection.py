"""Many recitals into one dataset: finished ones are skipped, broken ones reported, all are aligned (Sec. 3.4)."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from preprocessing.dataset import (
    MANIFEST,
    Dataset,
    Manifest,
    RecitalEntry,
    align_recitals,
    entry_of,
    read_recital,
    write_manifest,
)
from preprocessing.pca import KEPT_VARIANCE, fit_pca
from preprocessing.recital import DETECTIONS, RecitalJob
from preprocessing.recital_sound import FEATURE_RATES
from skeleton.layouts import layout_named
from skeleton.rates import VIDEO_FPS
from skeleton.refusal import BadInput

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
    """

    name: str
    entry: RecitalEntry | None = None
    refusal: str | None = None
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0


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


def open_output(folder: Path, instrument: str) -> Manifest | None:
    """Prepare the dataset's folder; the manifest of a dataset that is already there.

    Raises
    ------
    BadInput
        If the folder cannot be written, holds something else, or a dataset of another instrument.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise BadInput(
            f"the dataset folder {folder} cannot be written ({error.strerror}); name another --out"
        ) from None
    if (folder / MANIFEST).is_file():
        manifest = Dataset(folder).manifest
        if manifest.instrument != instrument:
            raise BadInput(f"{folder} is a {manifest.instrument} dataset; name another --out for {instrument}")
        return manifest
    if any(folder.iterdir()) and not (folder / DETECTIONS).is_dir():
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
    return Outcome(job.name, entry_of(read_recital(job.out / f"{job.name}.npz")))


def attempt(job: RecitalJob, make: Callable[[RecitalJob], Any]) -> Outcome:
    """Make one recital; a refusal becomes part of the outcome, so that the others go on.

    Raises
    ------
    BadInput
        If the disk is full: then the others cannot go on either.
    """
    start = time.monotonic()
    try:
        made = make(job)
    except BadInput as refusal:
        return Outcome(job.name, refusal=str(refusal), seconds=time.monotonic() - start)
    except OSError as error:
        if error.errno in _FULL_DISK:
            raise BadInput(f"the disk of {job.out} is full; free some space and run the same command again") from None
        return Outcome(job.name, refusal=f"{job.clip.path}: {error}", seconds=time.monotonic() - start)
    return Outcome(job.name, made.entry, remarks=made.remarks, seconds=time.monotonic() - start)


def finish_dataset(
    folder: Path, instrument: str, outcomes: Sequence[Outcome], earlier: Manifest | None, settings: dict[str, Any]
) -> Collected:
    """Write the manifest of all recitals that were made, align them, and count the principal components.

    Raises
    ------
    BadInput
        If not one recital could be made; the sentence is that of the first refusal.
    """
    entries = {entry.name: entry for entry in (earlier.recitals if earlier else [])}
    entries |= {outcome.name: outcome.entry for outcome in outcomes if outcome.entry}
    if not entries:
        raise BadInput(next(outcome.refusal for outcome in outcomes if outcome.refusal))
    manifest = Manifest(
        instrument=instrument,
        layout=instrument,
        data="recitals",
        fps=float(VIDEO_FPS),
        frame_size=(0, 0),
        rates=list(FEATURE_RATES),
        settings=settings,
        recitals=[entries[name] for name in sorted(entries)],
    )
    manifest = align_recitals(folder, manifest)
    write_manifest(folder, manifest)
    return Collected(manifest, list(outcomes), components_for(folder))


def components_for(folder: Path, share: float = KEPT_VARIANCE) -> int:
    """How many principal components of the kept, aligned frames capture ``share`` of their variance (Sec. 3.4)."""
    return fit_pca(np.concatenate([r.aligned()[r.kept] for r in Dataset(folder).split("train")]), None).count_for(
        share
    )


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
        speed = f"{entry.frames / outcome.seconds:.1f}" if outcome.seconds else "done"
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


def settings_of(job: RecitalJob, detector: str) -> dict[str, Any]:
    """What the manifest says of how the dataset was made."""
    return {"detector": detector, "cleaning": asdict(job.cleaning)}
