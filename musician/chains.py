"""The chain of choices that is worth most, of a fingering or whatever else is worth something note by note."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np


def best_chain(own: Sequence[np.ndarray], change: Callable[[int], np.ndarray]) -> list[int]:
    """Which way of every note the best chain takes, by dynamic programming.

    Parameters
    ----------
    own : sequence of np.ndarray [ways of a note]
        What each way of each note is worth by itself; at least one note.
    change : callable (i) -> np.ndarray [ways of note i - 1, ways of note i]
        What going from one to the next is worth.

    Returns
    -------
    list of int
        A way for each note; of equals the first.
    """
    worth, sources = own[0], []
    for i in range(1, len(own)):
        total = worth[:, None] + change(i)
        source = total.argmax(axis=0)
        sources.append(source)
        worth = total[source, np.arange(total.shape[1])] + own[i]
    chain = [int(worth.argmax())]
    for source in reversed(sources):
        chain.append(int(source[chain[-1]]))
    return chain[::-1]
