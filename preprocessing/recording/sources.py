"""Where recitals come from: files, folders, lists (``recitals.csv``) and addresses on the net (paper Sec. 3.1)."""

from __future__ import annotations

import codecs
import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audio_to_body.preprocessing.detectors.openpose_json import is_openpose
from audio_to_body.preprocessing.litter import is_litter
from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.fetching import title_of
from audio_to_body.sound.ffmpeg import probe
from audio_to_body.sound.received import local_name

COLUMNS = ("source", "instrument", "start", "end", "split")
SPLITS = ("train", "test")
VIDEO_ENDINGS = (".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".flv", ".wmv", ".ogv")
SEPARATORS = ",;\t"
LARGEST_LIST = 64 << 20  # bytes
SHIPPED_LIST = Path(__file__).with_name("recitals.csv")  # the paper's two example addresses (Sec. 3.1)


@dataclass(frozen=True)
class Source:
    """One recital as the person named it.

    Attributes
    ----------
    address : str
        A path, or an address that begins with ``http``.
    instrument : str or None
        None where the list does not say.
    start : float
        Seconds.
    end : float or None
        Seconds; None for the end of the file.
    split : str or None
    """

    address: str
    instrument: str | None = None
    start: float = 0.0
    end: float | None = None
    split: str | None = None

    @property
    def remote(self) -> bool:
        """Whether it has to be fetched."""
        return "://" in self.address

    @property
    def title(self) -> str:
        """What its recital is called."""
        if not self.remote:
            name = Path(self.address).name
            base = re.sub(r"(\.tar\.gz|\.[^.]+)$", "", name)
        else:
            base = title_of(self.address)
        return f"{base}_{self.start:g}s" if self.start else base


def expand(given: Sequence[str]) -> list[Source]:
    """All recitals that the person named: files, folders of videos, lists and addresses.

    Raises
    ------
    BadInput
        If a folder holds no video, or a list cannot be read.
    """
    sources: list[Source] = []
    for name in map(local_name, given):
        path = Path(name)
        if "://" in name:
            sources.append(Source(name))
        elif path.suffix.lower() == ".csv":
            sources += read_list(path)
        elif path.is_dir() and not is_openpose(path):
            videos = sorted(p for p in path.iterdir() if p.is_file() and not is_litter(p.name) and _is_film(p))
            if not videos:
                raise BadInput(f"{path} holds no video that ffmpeg can read and no OpenPose results")
            sources += [Source(str(video)) for video in videos]
        else:
            sources.append(Source(name))
    return sources


def read_list(path: Path) -> list[Source]:
    """Read a list of recitals: a CSV file with columns of :data:`COLUMNS`; only ``source`` must be there.

    Paths count from the list's folder; ``start`` and ``end`` are seconds, ``m:ss`` or ``h:mm:ss``.

    Raises
    ------
    BadInput
        If the file is missing, has unknown columns, or a value is of no use; the sentence names the line.
    """
    try:
        text = _decoded(path.read_bytes())
        lines = text.splitlines()
        if lines and lines[0].lower().startswith("sep="):  # what Excel writes for itself
            lines = lines[1:]
        separator = max(SEPARATORS, key=(lines[0] if lines else "").count)
        reader = csv.DictReader(lines, delimiter=separator)
        columns = [column.strip().lower() for column in reader.fieldnames or []]
        unknown = [column for column in columns if column not in COLUMNS]
        if unknown or "source" not in columns:
            wrong = f"the unknown columns {', '.join(map(repr, unknown))}" if unknown else "no column 'source'"
            raise BadInput(f"{path} has {wrong}; its columns are {', '.join(COLUMNS)}")
        reader.fieldnames = columns
        skipped = len(text.splitlines()) - len(lines)
        return [_source(row, path, reader.line_num + skipped) for row in reader if any(filter(None, _texts(row)))]
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist; check the path") from None
    except (OSError, UnicodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read as a list of recitals ({error})") from None


def _decoded(data: bytes) -> str:
    """A text file as spreadsheets write them: UTF-8 or UTF-16, with a byte order mark or without, or Windows' own."""
    if len(data) > LARGEST_LIST:
        raise csv.Error(f"it is larger than {LARGEST_LIST >> 20} MB")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    if b"\0" in data[:100]:  # the other byte of a plain letter in UTF-16
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _is_film(path: Path) -> bool:
    """Whether a file is a video: by its name (one that is damaged is then told of), or because ffmpeg reads it."""
    try:
        return path.suffix.lower() in VIDEO_ENDINGS or probe(path).is_film
    except BadInput:
        return False


def _texts(row: dict[str, str]) -> list[str]:
    return [value.strip() for value in row.values() if isinstance(value, str)]


def _source(row: dict[str, str], path: Path, line: int) -> Source:
    where = f"{path}, line {line}"
    if None in row:
        raise BadInput(f"{where} has more values than columns")
    values = {column: (row.get(column) or "").strip() for column in COLUMNS}
    if not values["source"]:
        raise BadInput(f"{where} names no source")
    for column, allowed in (("instrument", INSTRUMENTS), ("split", SPLITS)):
        if values[column] and values[column] not in allowed:
            raise BadInput(f"{where}: {column} is '{values[column]}', not {' or '.join(allowed)}")
    address = local_name(values["source"])
    if "://" not in address:
        address = str(path.parent / address)
    end = _seconds(values["end"], where) if values["end"] else None
    start = _seconds(values["start"], where) if values["start"] else 0.0
    if end is not None and end <= start:
        raise BadInput(f"{where}: the end ({end:g} s) is not after the start ({start:g} s)")
    return Source(address, values["instrument"] or None, start, end, values["split"] or None)


def _seconds(text: str, where: str) -> float:
    try:
        parts = [float(part.replace(",", ".")) for part in text.split(":")]  # as half of Europe writes fractions
    except ValueError:
        parts = []
    if not 1 <= len(parts) <= 3 or not all(math.isfinite(part) and part >= 0 for part in parts):
        raise BadInput(f"{where}: '{text}' is no time; write seconds, m:ss or h:mm:ss")
    total = 0.0
    for part in parts:
        total = total * 60 + part
    return total
