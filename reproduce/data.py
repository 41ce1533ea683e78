"""Which dataset an experiment runs on: made on the spot, imported, or a folder that is already there."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from pathlib import Path

from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.reproduce.profiles import HUMAN_HANDS, Profile
from audio_to_body.skeleton.refusal import BadInput

VIRTUAL, PIANOMIME = "virtual", HUMAN_HANDS
CACHE = Path("data")  # below the working folder; `make clean` removes it
VIRTUAL_SEED = 0  # the dataset is the same for every training seed


def _virtual(instrument: str, profile: Profile) -> Dataset:
    from audio_to_body.preprocessing.virtual.datasets import make_virtual_dataset
    from audio_to_body.preprocessing.virtual.plans import VERSION

    minutes, division = profile.minutes[instrument], profile.division
    tested = "" if division.test_recitals is None else f"+{division.test_recitals}x{division.test_seconds:g}s"
    folder = (
        CACHE
        / VIRTUAL
        / f"{instrument}-{minutes:g}min-of-{division.recital_seconds:g}s{tested}-seed{VIRTUAL_SEED}-v{VERSION}"
    )
    return make_virtual_dataset(folder, instrument, minutes, seed=VIRTUAL_SEED, division=division)


def pianomime_file() -> Path:
    """``hands.npz``: in ``data/pianomime``, or below the folder that ``A2B_SHARED`` names.

    Raises
    ------
    BadInput
        If it is in neither place.
    """
    from audio_to_body.preprocessing.published.pianomime_source import PLACE

    shared = Path(os.environ.get("A2B_SHARED", "../shared"))
    places = (PLACE, shared / "data" / PIANOMIME / "hands.npz")
    for place in places:
        if place.is_file():
            return place
    raise BadInput(
        f"DATA=pianomime needs hands.npz, which is in neither {places[0]} nor {places[1]}; run make data-pianomime"
    )


def _pianomime(profile: Profile) -> Dataset:
    from audio_to_body.preprocessing.published.pianomime import make_pianomime_dataset

    minutes = profile.hands_minutes
    if math.isinf(minutes):  # the folder that make pretrained uses too
        return make_pianomime_dataset(pianomime_file(), CACHE / PIANOMIME / "all")
    return make_pianomime_dataset(pianomime_file(), CACHE / PIANOMIME / f"{minutes:g}min", hours=minutes / 60)


def _authors_release(path: Path) -> Dataset:
    from audio_to_body.preprocessing.published.authors_release import import_release

    return import_release(path, CACHE / "authors" / path.stem)


def open_data(data: str, instrument: str, profile: Profile) -> Dataset:
    """The dataset that ``DATA`` names, made or imported first where necessary.

    Parameters
    ----------
    data : str
        ``virtual``, ``pianomime``, the authors' ``data.zip``, or a dataset folder.
    instrument : str
        What the table is about.
    profile : Profile
        How much of it to make.

    Raises
    ------
    BadInput
        If there is no such data, or it is of the other instrument.
    """
    if data == VIRTUAL:
        dataset = _virtual(instrument, profile)
    elif data == PIANOMIME and not Path(data).is_dir():
        if instrument != "piano":
            raise BadInput("DATA=pianomime holds pianists' hands: it goes with make table2")
        dataset = _pianomime(profile)
    elif data.endswith(".zip"):
        dataset = _authors_release(Path(data))
    elif Path(data).is_dir():
        dataset = Dataset(data)
    else:
        raise BadInput(
            f"DATA={data} is neither 'virtual', 'pianomime', the authors' data.zip nor a dataset folder; "
            "make one with python -m audio_to_body.preprocessing VIDEO --out FOLDER"
        )
    if dataset.manifest.instrument != instrument:
        raise BadInput(
            f"{dataset.folder} holds {dataset.manifest.instrument} recitals; this table is about the {instrument}"
        )
    return dataset


def data_name(data: str) -> str:
    """``DATA`` as it stands in file names: its last path component, in letters, digits, dots and hyphens."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", Path(data).resolve().name if os.sep in data else data).strip("-")


def run_folder(table: str, data: str, profile: str) -> str:
    """Name of the folder that holds a table's training runs."""
    return f"{table}-{data_name(data)}-{profile}"


def described(dataset: Dataset, names: Sequence[str] = ("train", "test")) -> str:
    """The data in words for a table's heading: kind and version, minutes of each split, share of dropped frames."""
    parts = []
    for name in names:
        minutes = sum(e.seconds for e in dataset.manifest.recitals if e.split == name) / 60
        count = sum(e.split == name for e in dataset.manifest.recitals)
        if count:
            parts.append(f"{count} {name} recital{'s' * (count > 1)} ({minutes:.1f} min)")
    frames = sum(e.frames for e in dataset.manifest.recitals)
    dropped = 1 - sum(e.kept for e in dataset.manifest.recitals) / max(frames, 1)
    kind = {VIRTUAL: "virtual recitals", "recitals": "own recitals", PIANOMIME: "human pianists' hands"}.get(
        dataset.manifest.data, dataset.manifest.data
    )
    version = dataset.manifest.settings.get("version")  # of what makes virtual recitals: another makes other ones
    told = f" of version {version}" if dataset.manifest.data == VIRTUAL and version else ""
    return f"{kind}{told}, {', '.join(parts)}, {dropped:.1%} of frames dropped"
