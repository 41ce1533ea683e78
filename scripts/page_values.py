"""Values of the Python side as the page's JavaScript has them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """A value as JSON has it; None for what it has not."""
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (tuple, list)):
        parts = [plain(part) for part in value]
        return None if any(part is None for part in parts) else parts
    return None


def constants_of(module: ModuleType) -> dict[str, Any]:
    """The module's public constants that are numbers, words or lists of them."""
    named = {name: plain(value) for name, value in vars(module).items() if name.isupper() and name[0] != "_"}
    return {name: value for name, value in named.items() if value is not None}
