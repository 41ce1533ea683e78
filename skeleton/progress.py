"""How far long work is: bars on a terminal, and nothing where the output goes into a file or a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any


def is_watched() -> bool:
    """Whether somebody looks at standard error while it is written."""
    return sys.stderr is not None and sys.stderr.isatty()


def progress_bar(things: Iterable[Any] | None = None, *, shown: bool = True, **options: Any) -> Any:
    """A bar of tqdm's on standard error; in a log its carriage returns would be one endless line.

    Parameters
    ----------
    things : iterable, optional
        What is gone through; the bar moves with it.
    shown : bool
        False where nobody wants it, on a terminal neither.
    **options
        tqdm's: ``total``, ``desc``, ``unit`` …

    Returns
    -------
    tqdm
    """
    from tqdm import tqdm

    return tqdm(things, disable=not (shown and is_watched()), file=sys.stderr, **options)
