"""Fetch one published file over HTTP: aside first, going on where a broken transfer stopped, never a half one."""

from __future__ import annotations

import os
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from audio_to_body.skeleton.progress import progress_bar
from audio_to_body.skeleton.refusal import BadInput

BLOCK = 1 << 18
PATIENCE = 60  # s without a byte
PARTIAL_CONTENT = 206
RANGE_NOT_SATISFIABLE = 416


def is_address(source: str) -> bool:
    """Whether a source is an http or https address."""
    return urlsplit(source).scheme in ("http", "https")


def download(address: str, place: Path, largest: int, progress: bool = True) -> Path:
    """Fetch an address into a file.

    Parameters
    ----------
    address : str
        http or https.
    place : path
        Where the file goes; ``<place>.part`` holds what has come so far, and the next call goes on from there.
    largest : int
        Bytes that it may have.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Path
        ``place``.

    Raises
    ------
    BadInput
        If the address is none, does not answer, or gives more than ``largest`` bytes.
    """
    if not is_address(address):
        raise BadInput(f"{address} is neither a file nor an http address")
    aside = place.with_name(place.name + ".part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(2):
            done = aside.stat().st_size if aside.is_file() else 0
            try:
                _fetch(address, aside, done, largest, progress)
                break
            except HTTPError as error:
                if error.code != RANGE_NOT_SATISFIABLE or attempt:
                    raise BadInput(
                        f"{address} answers {error.code} {error.reason}; look for where it moved"
                    ) from None
                aside.unlink()  # what had come is not a beginning of what is there now
        os.replace(aside, place)
    except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise BadInput(f"{address} cannot be fetched ({reason}); the same command goes on where it stopped") from None
    except OSError as error:
        raise BadInput(f"{place} cannot be written ({error.strerror}); choose another folder") from None
    return place


def _fetch(address: str, aside: Path, done: int, largest: int, progress: bool) -> None:
    headers = {"User-Agent": "audio-to-body-dynamics", **({"Range": f"bytes={done}-"} if done else {})}
    with urlopen(Request(address, headers=headers), timeout=PATIENCE) as answer:
        going_on = done > 0 and answer.status == PARTIAL_CONTENT
        done = done if going_on else 0
        length = answer.headers.get("Content-Length")
        total = done + int(length) if length and length.isdigit() else None
        with (
            open(aside, "ab" if going_on else "wb") as file,
            progress_bar(
                total=total, shown=progress, initial=done, unit="B", unit_scale=True, desc=aside.stem
            ) as bar,
        ):
            while block := answer.read(BLOCK):
                done += len(block)
                if done > largest:
                    file.close()
                    aside.unlink()
                    raise BadInput(f"{address} gives more than {largest / 1e6:.0f} MB; it is not what was expected")
                file.write(block)
                bar.update(len(block))
        if total is not None and done < total:
            raise ConnectionError(f"it ended after {done} of {total} bytes")
