"""Read just enough of an ONNX file to judge it before any library opens it: protobuf's wire format, without onnx."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_DEPTH = 16  # graphs within graphs within attributes
MOST_FIELDS = 2_000_000  # a file of 64 MB cannot make the check run for minutes

# field numbers of onnx.proto
MODEL_GRAPH, MODEL_METADATA, MODEL_FUNCTIONS = 7, 14, 25
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_SPARSE = 1, 5, 15
NODE_ATTRIBUTE, NODE_OP, NODE_DOMAIN = 5, 4, 7
ATTRIBUTE_TENSOR, ATTRIBUTE_GRAPH, ATTRIBUTE_TENSORS, ATTRIBUTE_GRAPHS = 5, 6, 10, 11
ATTRIBUTE_SPARSE, ATTRIBUTE_SPARSES = 22, 23
TENSOR_EXTERNAL, TENSOR_LOCATION = 13, 14
SPARSE_VALUES, SPARSE_INDICES = 1, 2
ENTRY_KEY, ENTRY_VALUE = 1, 2


class NotProtobuf(ValueError):
    """The bytes do not follow protobuf's wire format."""


@dataclass
class Outline:
    """What an ONNX file contains, as far as trust is concerned.

    Attributes
    ----------
    metadata : dict of str to str
    operators : set of (domain, operator)
        The standard domain is ``""``.
    external : bool
        Whether any tensor's values lie outside the file.
    functions : int
        Local functions.
    graph : (int, int)
        Where the graph's bytes begin and end.
    """

    metadata: dict[str, str] = field(default_factory=dict)
    operators: set[tuple[str, str]] = field(default_factory=set)
    external: bool = False
    functions: int = 0
    graph: tuple[int, int] = (0, 0)


class _Walk:
    """Walks a message's fields; counts them over the whole file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.count = 0

    def varint(self, at: int, end: int) -> tuple[int, int]:
        value = shift = 0
        while at < end:
            byte = self.data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, at
            shift += 7
            if shift > 63:
                break
        raise NotProtobuf("a number in it does not end")

    def fields(self, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield (field number, value or 0, start, end); start and end bound a length-delimited field's bytes."""
        at = start
        while at < end:
            self.count += 1
            if self.count > MOST_FIELDS:
                raise NotProtobuf("it has too many parts")
            key, at = self.varint(at, end)
            number, kind = key >> 3, key & 7
            if number == 0:
                raise NotProtobuf("a part has no number")
            if kind == 0:
                value, at = self.varint(at, end)
                yield number, value, at, at
            elif kind == 2:
                length, at = self.varint(at, end)
                if length > end - at:
                    raise NotProtobuf("it ends too early")
                yield number, 0, at, at + length
                at += length
            elif kind in (1, 5):
                at += 8 if kind == 1 else 4
                if at > end:
                    raise NotProtobuf("it ends too early")
                yield number, 0, at, at
            else:
                raise NotProtobuf("a part has an unknown kind")

    def text(self, start: int, end: int) -> str:
        try:
            return self.data[start:end].decode("utf-8")
        except UnicodeDecodeError:
            raise NotProtobuf("a text in it is damaged") from None


def outline(data: bytes) -> Outline:
    """Look through an ONNX file.

    Raises
    ------
    NotProtobuf
        If the bytes are not a protobuf message, or nest or number beyond what a model of ours can need.
    """
    walk, found = _Walk(data), Outline()
    for number, _, start, end in walk.fields(0, len(data)):
        if number == MODEL_METADATA:
            key, value = "", ""
            for n, _, s, e in walk.fields(start, end):
                if n == ENTRY_KEY:
                    key = walk.text(s, e)
                elif n == ENTRY_VALUE:
                    value = walk.text(s, e)
            found.metadata[key] = value
        elif number == MODEL_FUNCTIONS:
            found.functions += 1
        elif number == MODEL_GRAPH:
            found.graph = (start, end)
            _graph(walk, found, start, end, 0)
    return found


def _graph(walk: _Walk, found: Outline, start: int, end: int, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise NotProtobuf("its graphs are nested too deeply")
    for number, _, s, e in walk.fields(start, end):
        if number == GRAPH_NODE:
            _node(walk, found, s, e, depth)
        elif number == GRAPH_INITIALIZER:
            _tensor(walk, found, s, e)
        elif number == GRAPH_SPARSE:
            _sparse(walk, found, s, e)


def _node(walk: _Walk, found: Outline, start: int, end: int, depth: int) -> None:
    operator = domain = ""
    for number, _, s, e in walk.fields(start, end):
        if number == NODE_OP:
            operator = walk.text(s, e)
        elif number == NODE_DOMAIN:
            domain = walk.text(s, e)
        elif number == NODE_ATTRIBUTE:
            for n, _, a, b in walk.fields(s, e):
                if n in (ATTRIBUTE_TENSOR, ATTRIBUTE_TENSORS):
                    _tensor(walk, found, a, b)
                elif n in (ATTRIBUTE_SPARSE, ATTRIBUTE_SPARSES):
                    _sparse(walk, found, a, b)
                elif n in (ATTRIBUTE_GRAPH, ATTRIBUTE_GRAPHS):
                    _graph(walk, found, a, b, depth + 1)
    found.operators.add(("" if domain == "ai.onnx" else domain, operator))


def _tensor(walk: _Walk, found: Outline, start: int, end: int) -> None:
    for number, value, _, _ in walk.fields(start, end):
        if number == TENSOR_EXTERNAL or (number == TENSOR_LOCATION and value != 0):
            found.external = True


def _sparse(walk: _Walk, found: Outline, start: int, end: int) -> None:
    for number, _, s, e in walk.fields(start, end):
        if number in (SPARSE_VALUES, SPARSE_INDICES):
            _tensor(walk, found, s, e)
