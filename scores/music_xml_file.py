"""A MusicXML file's tree: plain or in a zip (``.mxl``), with bounds on everything that a stranger's file can blow up.

Source: MusicXML 4.0, sections on compressed files and on score-partwise and score-timewise. Entities are refused
before they are expanded, nothing outside the file is fetched, and a zip's entry is read only as far as a score's
length goes.
"""

from __future__ import annotations

import io
import os
import zipfile
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from audio_to_body.skeleton.files import read_beginning
from audio_to_body.skeleton.refusal import BadInput

LARGEST = 64 << 20  # bytes of XML; a symphony's full score has about 30 MB
DEEPEST = 64  # elements inside each other; MusicXML needs about ten
CONTAINER = "META-INF/container.xml"


def read_tree(path: str | os.PathLike[str]) -> Element:
    """The root of a MusicXML file.

    Raises
    ------
    BadInput
        If it is missing, too large, damaged, or no MusicXML.
    """
    return tree_of(read_beginning(path, LARGEST), str(path))


def tree_of(data: bytes, name: str) -> Element:
    """The root of a MusicXML file's bytes; as :func:`read_tree`."""
    if data[:4] == b"PK\x03\x04":
        data = _unzipped(data, name)
    if len(data) > LARGEST:
        raise BadInput(f"{name} holds more than {LARGEST >> 20} MB of XML; no score of a piece is so long")
    root = _parsed(data, name)
    if root.tag == "score-timewise":
        return _partwise(root)
    if root.tag != "score-partwise":
        raise BadInput(f"{name} is XML, but no MusicXML score (its root is <{root.tag[:40]}>)")
    return root


def _unzipped(data: bytes, name: str) -> bytes:
    """The score in a compressed file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            chosen = ""
            if CONTAINER in names:
                container = _parsed(_entry(archive, CONTAINER), name)
                chosen = next((e.get("full-path", "") for e in container.iter() if e.tag.endswith("rootfile")), "")
            if chosen not in names:
                endings = (".musicxml", ".xml")
                inside = [n for n in names if n.lower().endswith(endings) and not n.startswith("META-INF/")]
                if not inside:
                    raise BadInput(f"{name} is a zip file without a MusicXML score inside")
                chosen = inside[0]
            return _entry(archive, chosen)
    except BadInput:
        raise
    except Exception as error:  # zipfile and zlib raise half a dozen kinds
        raise BadInput(f"{name} is a damaged zip file ({error}); export it again") from None


def _entry(archive: zipfile.ZipFile, entry: str) -> bytes:
    """An entry as far as a score may be long, and a byte more."""
    with archive.open(entry) as file:
        return file.read(LARGEST + 1)


def _parsed(data: bytes, name: str) -> Element:
    """The tree of XML without entities."""
    parser: Any = expat.ParserCreate()
    builder = TreeBuilder()
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise BadInput(f"{name} nests XML elements more than {DEEPEST} deep; no score does")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_: object) -> None:
        raise BadInput(f"{name} declares XML entities, which no score needs; export it again")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
        root: Element = builder.close()
    except expat.ExpatError as error:
        raise BadInput(f"{name} is not MusicXML, or damaged ({error}); export it again") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{name} is XML in an unknown encoding ({error}); export it as UTF-8") from None
    return root


def _partwise(root: Element) -> Element:
    """A timewise score turned: measures in parts instead of parts in measures."""
    parts: dict[str, Element] = {}
    turned = Element("score-partwise")
    for child in root:
        if child.tag != "measure":
            turned.append(child)
            continue
        for piece in child.findall("part"):
            number = piece.get("id", "")
            if number not in parts:
                parts[number] = Element("part", {"id": number})
            measure = Element("measure", dict(child.attrib))
            measure.extend(list(piece))
            parts[number].append(measure)
    turned.extend(parts.values())
    return turned
