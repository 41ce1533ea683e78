"""The dataset: a folder with ``manifest.json`` and one ``.npz`` per recital. Nothing in it is pickled."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from audio_to_body.preprocessing.manifest import Manifest, RecitalEntry, read_manifest, write_manifest
from audio_to_body.preprocessing.recital_file import Recital, entry_of, read_recital
from audio_to_body.preprocessing.recording import alignment
from audio_to_body.skeleton.layouts import Layout, layout_named
from audio_to_body.skeleton.refusal import BadInput


def survey(
    folder: str | os.PathLike[str], names: Iterable[str]
) -> tuple[dict[str, RecitalEntry], dict[str, Recital]]:
    """Read recitals once: their lines for the manifest, and their movement without the features that fill the files.

    Returns
    -------
    entries, recitals : dict by name
        In the order of ``names``.
    """
    entries, recitals = {}, {}
    for name in names:
        recital = read_recital(Path(folder) / f"{name}.npz")
        entries[name], recitals[name] = entry_of(recital), replace(recital, features={})
    return entries, recitals


def align_recitals(
    folder: str | os.PathLike[str], manifest: Manifest, recitals: Mapping[str, Recital] | None = None
) -> Manifest:
    """Map every recital to one reference configuration (Sec. 3.4): the first training recital's that kept a frame.

    Where no training recital kept one, a test recital's serves.

    Writes the manifest, which holds the transforms, and returns it; the recitals' files stay as they are.

    Parameters
    ----------
    folder : path
    manifest : Manifest
    recitals : mapping of str to Recital, optional
        By name, those that have been read already.

    Raises
    ------
    BadInput
        If no recital kept a frame.
    """
    folder = Path(folder)
    layout = layout_named(manifest.layout)
    reference: np.ndarray | None = None
    found: dict[str, RecitalEntry] = {}
    for entry in sorted(manifest.recitals, key=lambda e: (e.split == "test", e.name)):
        recital = (recitals or {}).get(entry.name) or read_recital(folder / f"{entry.name}.npz", rates=())
        if not recital.kept.any():
            continue
        own = alignment.reference_configuration(recital.keypoints, recital.kept, layout)
        if reference is None:
            reference, manifest.frame_size = own, recital.frame_size
        transform = alignment.similarity(own, reference)
        found[entry.name] = replace(entry, transform=transform.tolist())
    if reference is None:
        raise BadInput(f"dataset {folder} has no frame with all points; nothing can be trained on it")
    manifest.reference = reference.tolist()
    manifest.recitals = [found.get(entry.name, entry) for entry in manifest.recitals]
    write_manifest(folder, manifest)
    return manifest


def with_transform(recital: Recital, entry: RecitalEntry) -> Recital:
    """The recital with the transform that the manifest has for it."""
    if entry.transform is None:
        return recital
    return replace(recital, transform=np.asarray(entry.transform, np.float64))


class Dataset:
    """A dataset folder opened for reading.

    Parameters
    ----------
    folder : path

    Raises
    ------
    BadInput
        If the folder holds no manifest, or one that cannot be used.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = Path(folder)
        self.manifest = read_manifest(self.folder)

    @property
    def layout(self) -> Layout:
        """The keypoint layout."""
        return layout_named(self.manifest.layout)

    def __len__(self) -> int:
        return len(self.manifest.recitals)

    def __iter__(self) -> Iterator[Recital]:
        """The recitals in the manifest's order, read one at a time."""
        return self.recitals()

    def split(self, name: str) -> Iterator[Recital]:
        """The recitals of one split, read one at a time."""
        return self.recitals(name)

    def recitals(self, split: str | None = None, rates: Collection[int] | None = None) -> Iterator[Recital]:
        """Recitals in the manifest's order, read one at a time.

        Parameters
        ----------
        split : str, optional
            Of one split alone.
        rates : collection of int, optional
            Of the features that are wanted (most of a file is features); all by default.
        """
        for entry in self.manifest.recitals:
            if split is None or entry.split == split:
                yield with_transform(read_recital(self.folder / f"{entry.name}.npz", rates), entry)
