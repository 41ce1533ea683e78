"""ONNX nodes written one after the other, each named for its place: what the front ends in the graph are built of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto


class Nodes:
    """Nodes and constants, in order; every value's name begins with ``prefix/``.

    Parameters
    ----------
    prefix : str

    Examples
    --------
    >>> add = Nodes("front")
    >>> twice = add("Mul", "samples", add.constant(np.float32(2)))  # the name of the product
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, value: np.ndarray | np.generic | list[int]) -> str:
        """A constant; whole numbers become int64."""
        from onnx import numpy_helper

        name = f"{self.prefix}/constant_{len(self.constants)}"
        array = np.asarray(value)
        self.constants.append(
            numpy_helper.from_array(array.astype(np.int64) if array.dtype.kind == "i" else array, name)
        )
        return name

    def __call__(self, kind: str, *inputs: str, to: str | None = None, **attributes: Any) -> str:
        """Add a node with one output; give its name."""
        from onnx import helper

        name = to or f"{self.prefix}/{len(self.nodes)}_{kind.lower()}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        return name


def renamed(node: NodeProto, names: dict[str, str]) -> NodeProto:
    """A copy of a node whose outputs have other names."""
    copy = type(node)()
    copy.CopyFrom(node)
    copy.output[:] = [names.get(name, name) for name in node.output]
    return copy
