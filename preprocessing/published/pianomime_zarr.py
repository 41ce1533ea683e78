"""The published form of the human hands: PianoMime's ``dataset_hl.zarr`` read into the arrays of ``hands.npz``.

Its layout, as found in the published files: ``data/action`` float32 [frames, 184] holds the four frames that follow
each moment, 46 numbers each: 36 coordinates (2 hands x 6 points x 3) in metres, then for each of ten fingers the key
that it plays over 89, 0 for none. ``meta/episode_ends`` [episodes] are exclusive ends. Zarr format 2, chunks packed
by Blosc. Only the first of the four frames is read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from audio_to_body.musician.human_hands import HANDS, POINTS, SOURCE_FPS
from audio_to_body.preprocessing.published.download import download
from audio_to_body.skeleton.piano_targets import KEYS
from audio_to_body.skeleton.progress import progress_bar
from audio_to_body.skeleton.refusal import BadInput

EPISODES = 377  # of the 419: those that hands.npz holds, on which everything here was measured
COORDINATES = HANDS * POINTS * 3
FINGERS = 10
KEY_SCALE = 89.0  # a finger's number times this is its key, counted from 1
ACTION, ENDS = "data/action", "meta/episode_ends"
LARGEST_CHUNK = 64 << 20  # bytes


def read_zarr(folder: Path) -> dict[str, np.ndarray]:
    """The arrays of ``hands.npz`` from a copy of ``dataset_hl.zarr``.

    Returns
    -------
    dict
        ``keypoints_m``, ``pianoroll``, ``key_index``, ``clip_ends``, ``fps``.

    Raises
    ------
    BadInput
        If a part is missing or damaged, or the layout is another.
    """
    ends = _array(folder, ENDS).astype(np.int64)[:EPISODES]
    frames = int(ends[-1]) if len(ends) else 0
    table = _array(folder, ACTION, rows=frames, columns=COORDINATES + FINGERS)
    keys = table[:, COORDINATES:] * KEY_SCALE
    played = np.round(keys).astype(np.int16)
    if np.abs(keys - played).max(initial=0.0) > 0.01 or played.min(initial=0) < 0 or played.max(initial=0) >= KEYS:
        raise BadInput(f"{folder} tells of other keys than {ACTION} of PianoMime should; it has another layout")
    roll = np.zeros((frames, KEYS), bool)
    frame, finger = np.nonzero(played)
    roll[frame, played[frame, finger]] = True
    return {
        "keypoints_m": np.ascontiguousarray(table[:, :COORDINATES]).reshape(frames, HANDS, POINTS, 3),
        "pianoroll": roll,
        "key_index": played,
        "clip_ends": ends,
        "fps": np.array(SOURCE_FPS),
    }


def fetch_zarr(address: str, folder: Path, progress: bool = True) -> None:
    """Fetch the chunks that :func:`read_zarr` reads; those that are there already are kept.

    Parameters
    ----------
    address : str
        Of the published ``dataset_hl.zarr``, a folder whose files answer below it.
    folder : path
    progress : bool

    Raises
    ------
    BadInput
        If one does not answer.
    """
    base = address.rstrip("/")
    for name in (ENDS, ACTION):
        download(f"{base}/{name}/.zarray", folder / name / ".zarray", LARGEST_CHUNK, progress=False)
    columns = {ENDS: None, ACTION: COORDINATES + FINGERS}
    wanted = [
        f"{name}/{chunk}" for name in (ENDS, ACTION) for chunk in _chunks(_header(folder, name), None, columns[name])
    ]
    for part in progress_bar(wanted, shown=progress, desc="human hands", unit="chunk"):
        if not (folder / part).is_file():
            download(f"{base}/{part}", folder / part, LARGEST_CHUNK, progress=False)


def _header(folder: Path, name: str) -> dict[str, list[int]]:
    """Shape and chunks of an array, checked for what this module can read."""
    path = folder / name / ".zarray"
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
        shape, chunks = ([int(v) for v in header[key]] for key in ("shape", "chunks"))
        fits = header["zarr_format"] == 2 and header["dtype"] == "<f4" and header["order"] == "C"
        fits &= not header["filters"] and len(shape) == len(chunks) and min(chunks) > 0
        fits &= header["compressor"]["id"] == "blosc" and 4 * math.prod(chunks) <= LARGEST_CHUNK
    except OSError:
        raise BadInput(f"{folder} is not a copy of PianoMime's dataset_hl.zarr (no {name}/.zarray)") from None
    except (ValueError, KeyError, TypeError):
        fits, shape, chunks = False, [], []
    if not fits or len(shape) != (2 if name == ACTION else 1):
        raise BadInput(f"{path} describes another array than PianoMime's; it has another layout")
    return {"shape": shape, "chunks": chunks}


def _chunks(header: dict[str, list[int]], rows: int | None, columns: int | None) -> list[str]:
    """File names of the chunks that hold the first rows and columns."""
    limits = [s if most is None else min(s, most) for s, most in zip(header["shape"], (rows, columns))]
    counts = [-(-limit // chunk) for limit, chunk in zip(limits, header["chunks"])]
    return [".".join(map(str, place)) for place in np.ndindex(*counts)]


def _array(folder: Path, name: str, rows: int | None = None, columns: int | None = None) -> np.ndarray:
    """The first rows and columns of an array, float32."""
    decode = _decoder()
    header = _header(folder, name)
    limits = [s if most is None else min(s, most) for s, most in zip(header["shape"], (rows, columns))]
    if (rows is not None and limits[0] < rows) or (columns is not None and limits[1] < columns):
        raise BadInput(f"{folder / name} holds {header['shape']} numbers, fewer than it should; fetch it again")
    out = np.zeros(limits, np.float32)
    for chunk in _chunks(header, rows, columns):
        path = folder / name / chunk
        try:
            block = np.frombuffer(decode(path.read_bytes()), "<f4").reshape(header["chunks"])
        except (OSError, ValueError, RuntimeError) as error:
            raise BadInput(f"{path} is missing or damaged ({error}); fetch dataset_hl.zarr again") from None
        begins = [int(i) * size for i, size in zip(chunk.split("."), header["chunks"])]
        target = tuple(slice(b, min(b + size, most)) for b, size, most in zip(begins, header["chunks"], limits))
        out[target] = block[tuple(slice(0, t.stop - t.start) for t in target)]
    return out


def _decoder() -> Callable[[bytes], bytes]:
    from numcodecs import Blosc

    return Blosc().decode
