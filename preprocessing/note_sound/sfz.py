"""The regions of an ``.sfz`` instrument: which file serves which key and which velocities.

Read are ``#define``, ``#include``, inheritance from global, master and group, and the opcodes that say this; what
sounds at a key's release or with the pedal only is passed over. Source: sfzformat.com.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from audio_to_body.skeleton.refusal import BadInput

_LEVELS = ("control", "global", "master", "group", "region")
_STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_DEEPEST = 8  # includes within includes


@dataclass(frozen=True)
class Region:
    """One recorded note: its file, the key at which it sounds as recorded, the velocities that it serves."""

    file: Path
    key: int
    velocities: tuple[int, int]


def read_sfz(path: str | os.PathLike[str]) -> list[Region]:
    """The regions of an instrument, each file once; of several microphones the first.

    Raises
    ------
    BadInput
        If the file or one that it includes is not there, or no region of it can be used.
    """
    path = Path(path)
    defined: dict[str, str] = {}
    inherited: dict[str, dict[str, str]] = {level: {} for level in _LEVELS}
    regions: dict[Path, Region] = {}
    served: set[tuple[int, int, int]] = set()
    for header, opcodes in _headers(_text(path, path.parent, defined, 0)):
        if header not in _LEVELS:
            continue
        inherited[header] = opcodes
        for below in _LEVELS[_LEVELS.index(header) + 1 :]:
            inherited[below] = {}
        if header != "region":
            continue
        merged = {name: value for level in _LEVELS for name, value in inherited[level].items()}
        region = _region(path.parent, merged)
        if region is None:
            continue
        known = regions.get(region.file)
        if known is not None:  # the same file serves another range too
            low, high = known.velocities
            wider = min(low, region.velocities[0]), max(high, region.velocities[1])
            regions[region.file] = Region(known.file, known.key, wider)
        elif (region.key, *region.velocities) not in served:
            regions[region.file] = region
        served.add((region.key, *region.velocities))
    if not regions:
        raise BadInput(f"{path} names no sample that is there; fetch the instrument again, samples and all")
    return list(regions.values())


def _text(path: Path, folder: Path, defined: dict[str, str], depth: int) -> str:
    """A file with what it includes, its definitions put in where they are used; comments are left out."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); fetch the instrument again") from None
    out = []
    for line in lines:
        line = line.split("//")[0].strip()
        # the longest names first: $VOL_VEL1 is not $VOL and more
        if not line.startswith("#define"):
            for name in sorted(defined, key=len, reverse=True):
                line = line.replace(name, defined[name])
        if found := re.match(r"#define\s+(\$\w+)\s+(\S+)", line):
            defined[found[1]] = found[2]
        elif found := re.match(r'#include\s+"([^"]+)"', line):
            if depth < _DEEPEST:
                out.append(_text(folder / found[1].replace("\\", "/"), folder, defined, depth + 1))
        else:
            out.append(line)
    return "\n".join(out)


def _headers(text: str) -> list[tuple[str, dict[str, str]]]:
    """Headers and their opcodes, in order. A value goes on, spaces and all, until the next opcode."""
    found = []
    for part in re.split(r"<(?=\w+>)", text)[1:]:
        header, _, body = part.partition(">")
        opcodes = dict(re.findall(r"(\w+)=(.*?)(?=\s+\w+=|\s*$)", body, flags=re.MULTILINE))
        found.append((header, opcodes))
    return found


def _region(folder: Path, opcodes: dict[str, str]) -> Region | None:
    if opcodes.get("trigger", "attack") != "attack" or int(float(opcodes.get("locc64", 0))) > 0:
        return None
    sample = opcodes.get("sample", "")
    key = opcodes.get("pitch_keycenter", opcodes.get("key"))
    if not sample or key is None:
        return None
    file = folder / (opcodes.get("default_path", "") + sample).replace("\\", "/")
    if not file.is_file():
        return None
    velocities = int(opcodes.get("lovel", 1)), int(opcodes.get("hivel", 127))
    return Region(file, _key(key), velocities)


def _key(value: str) -> int:
    found = re.fullmatch(r"([a-g])(#|b)?(-?\d+)", value.lower())
    if found is None:
        return int(value)
    return _STEPS[found[1]] + {"#": 1, "b": -1, None: 0}[found[2]] + 12 * (int(found[3]) + 1)
