"""Datasets of virtual recitals: planned, made side by side, finished where they were interrupted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import as_completed
from dataclasses import asdict
from pathlib import Path

from audio_to_body.musician.camera import FRAME_SIZE
from audio_to_body.preprocessing.dataset import Dataset, align_recitals, survey
from audio_to_body.preprocessing.manifest import Manifest
from audio_to_body.preprocessing.recital_file import write_recital
from audio_to_body.preprocessing.virtual.detector_faults import FAULT_RATE
from audio_to_body.preprocessing.virtual.plans import (
    RATES,
    VERSION,
    WHOLE,
    Division,
    RecitalPlan,
    plan_movements,
    plan_recitals,
)
from audio_to_body.preprocessing.virtual.recitals import make_recital
from audio_to_body.skeleton.folders import own_folder
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import VIOLIN
from audio_to_body.skeleton.progress import progress_bar
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.workers import worker_pool


def _make_and_write(plan: RecitalPlan, folder: str) -> str:
    write_recital(folder, make_recital(plan).recital)
    return plan.name


def make_virtual_dataset(
    folder: str | os.PathLike[str],
    instrument: str,
    minutes: float,
    seed: int = 0,
    rates: Sequence[int] = RATES,
    fault_rate: float = FAULT_RATE,
    progress: bool = True,
    workers: int | None = None,
    bach: str | os.PathLike[str] | None = None,
    division: Division = WHOLE,
) -> Dataset:
    """Make a dataset of virtual recitals, or finish one that was interrupted.

    Parameters
    ----------
    folder : path
        Where the dataset goes; recitals that are finished there are kept.
    instrument : str
        As in :data:`audio_to_body.skeleton.instruments.INSTRUMENTS`.
    minutes : float
        Of music in all, training and test; of the training alone where ``division`` names the test recitals.
    seed : int
    rates : sequence of int
        Feature rates in steps/s.
    fault_rate : float
        Share of frames at which the detector errs.
    progress : bool
        Whether to show a progress bar.
    workers : int, optional
        Processes; by default one per core, at most one per recital.
    bach : path, optional
        Folder of the Bach Violin Dataset: its human timing and its recordings come first (violin only).
    division : Division
        How the minutes are divided into recitals.

    Returns
    -------
    Dataset
        The same for the same arguments, bit for bit, whatever the number of workers.

    Raises
    ------
    BadInput
        If the arguments cannot be used, or the folder holds another dataset or cannot be written, or
        another run writes into it.
    """
    folder = Path(folder)
    plans = plan_recitals(instrument, minutes, seed, rates, fault_rate, division)
    if bach is not None:
        if instrument != VIOLIN.instrument:
            raise BadInput(f"the Bach Violin Dataset times violinists, not the {instrument}; leave it out")
        plans = plan_movements(bach, minutes, plans)
    settings = {
        "version": VERSION,
        "instrument": instrument,
        "minutes": float(minutes),
        "seed": int(seed),
        "rates": [int(r) for r in rates],
        "fault_rate": float(fault_rate),
        "division": asdict(division),
    }
    if bach is not None:
        settings["movements"] = [plan.movement for plan in plans if plan.movement]
    with own_folder(folder):
        _claim(folder, settings)
        missing = [plan for plan in plans if not (folder / f"{plan.name}.npz").is_file()]
        _run(missing, folder, progress, workers)
        entries, recitals = survey(folder, [plan.name for plan in plans])
        manifest = Manifest(
            instrument=instrument,
            layout=instrument_named(instrument).layout.name,
            data="virtual",
            fps=float(VIDEO_FPS),
            frame_size=FRAME_SIZE,
            rates=[int(r) for r in rates],
            settings=settings,
            recitals=list(entries.values()),
        )
        align_recitals(folder, manifest, recitals)
    return Dataset(folder)


def _claim(folder: Path, settings: dict[str, object]) -> None:
    """Make the folder, and make sure that what lies in it was made with the same settings."""
    import json

    from audio_to_body.preprocessing.manifest import MANIFEST
    from audio_to_body.skeleton.files import write_text

    note = folder / "virtual.json"
    try:
        if note.is_file():
            if json.loads(note.read_text()) != settings:
                raise BadInput(f"{folder} holds virtual recitals made with other settings; choose another folder")
        elif (folder / MANIFEST).exists() or any(folder.glob("*.npz")):
            raise BadInput(f"{folder} already holds other data; choose another folder")
        else:
            write_text(note, json.dumps(settings, indent=1) + "\n")
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{folder} cannot be used for a dataset ({error})") from error


def _run(plans: list[RecitalPlan], folder: Path, progress: bool, workers: int | None) -> None:
    count = min(workers or os.cpu_count() or 1, max(len(plans), 1))
    shown = progress and bool(plans)
    with progress_bar(total=len(plans), shown=shown, desc="virtual recitals", unit="recital") as bar:
        if count <= 1:
            for plan in plans:
                _make_and_write(plan, str(folder))
                bar.update()
            return
        with worker_pool(count, fork=True) as pool:
            for done in as_completed([pool.submit(_make_and_write, plan, str(folder)) for plan in plans]):
                done.result()
                bar.update()
