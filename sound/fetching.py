"""Recordings named by their address: fetched by yt-dlp, or straight from the server where it is not installed."""

from __future__ import annotations

import re
import shutil
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.ffmpeg import ffmpeg_path

TALLEST = 1080  # px: higher pictures of an address are not fetched
PATIENCE = 30.0  # s for a server's answer
LARGEST_FETCHED = 4 << 30  # bytes


def title_of(address: str) -> str:
    """What a recording at an address is called: a video's name on its site, else the file's without its ending."""
    if not _is_address(address):
        return re.sub(r"[/\\\0]", "_", address)
    parts = urlparse(address)
    video = parse_qs(parts.query).get("v")
    title = video[0] if video else Path(unquote(parts.path)).stem or parts.netloc
    return re.sub(r"[/\\\0]", "_", title)


def fetch(address: str, folder: Path, name: str, *, sound_only: bool = False) -> Path:
    """Fetch a recording; one that was fetched before is used again, a broken-off one continued.

    Parameters
    ----------
    address : str
    folder : Path
        Where it goes.
    name : str
        Its file's name, without ending.
    sound_only : bool
        Leave the pictures where the site has the sound alone.

    Raises
    ------
    BadInput
        If it cannot be fetched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (there := _fetched(folder, name)) is not None:
        return there
    if not _is_address(address):
        raise BadInput(f"{address} cannot be fetched; name a file, or an address that begins with https://")
    try:
        import yt_dlp
    except ImportError:
        return _straight(address, folder / f"{name}.fetched")
    return _by_yt_dlp(yt_dlp, address, folder, name, sound_only)


def _is_address(text: str) -> bool:
    """Whether it names a host by http."""
    try:
        parts = urlparse(text)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a bracket without another, a port beyond all ports
        return False


def _by_yt_dlp(yt_dlp: Any, address: str, folder: Path, name: str, sound_only: bool) -> Path:
    film = f"bv*[height<={TALLEST}]+ba/b[height<={TALLEST}]/b"
    options = {
        "outtmpl": {"default": str(folder / f"{name.replace('%', '%%')}.%(ext)s")},
        "format": f"ba/{film}" if sound_only else film,
        "ffmpeg_location": ffmpeg_path(),
        "quiet": True,
        "noprogress": True,
        "no_warnings": True,
        "noplaylist": True,
        "retries": 5,
        "logger": _Silent(),
    }
    try:
        with yt_dlp.YoutubeDL(options) as loader:
            loader.download([address])
    except (yt_dlp.utils.YoutubeDLError, OSError, ValueError) as error:
        reason = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).removeprefix("ERROR: ").splitlines()[0]
        reason = reason.partition(" (caused by")[0]  # which says it all again
        raise BadInput(f"{address} could not be fetched ({reason})") from None
    there = _fetched(folder, name)
    if there is None:
        raise BadInput(f"{address} gave no recording")
    return there


def _straight(address: str, path: Path) -> Path:
    """Save what a server sends, unless it is a page."""
    aside = path.with_name(path.name + ".part")
    request = urllib.request.Request(address, headers={"User-Agent": "audio-to-body"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer, open(aside, "wb") as file:
            if answer.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
                raise BadInput(f"{address} is a page, not a recording; pip install yt-dlp finds the recording in it")
            if int(answer.headers.get("Content-Length") or 0) > LARGEST_FETCHED:
                raise BadInput(f"{address} is larger than {LARGEST_FETCHED >> 30} GB; fetch it yourself")
            shutil.copyfileobj(answer, file)
        aside.rename(path)
    except (OSError, ValueError, HTTPException) as error:
        if isinstance(error, BadInput):
            raise
        reason = getattr(error, "reason", None) or error
        raise BadInput(f"{address} could not be fetched ({reason}); check the address") from None
    finally:
        aside.unlink(missing_ok=True)
    return path


def _fetched(folder: Path, name: str) -> Path | None:
    found = [
        p for p in folder.glob(f"{name}.*") if p.suffix not in (".part", ".ytdl") and ".f" not in p.stem[len(name) :]
    ]
    return found[0] if found else None


class _Silent:
    """yt-dlp's messages: the one that counts comes as an exception."""

    def debug(self, message: str) -> None: ...
    def warning(self, message: str) -> None: ...
    def error(self, message: str) -> None: ...
