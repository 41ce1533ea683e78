"""Bad input: one clear sentence and exit code 2, for every command of the project."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from audio_to_body.skeleton.console import prepare_console
from audio_to_body.skeleton.ending import EXIT_TERMINATED, Terminated, ended_gently

EXIT_REFUSED = 2
EXIT_INTERRUPTED = 130  # the shell's convention for Ctrl-C


class BadInput(ValueError):
    """Input that cannot be used. The message is one sentence: what is wrong, where, and what would help."""


def run_script(main: Callable[..., object], about: str | None) -> NoReturn:
    """Run a short script whose ``main`` takes the words of the command line, and end; see :func:`run_command`.

    Parameters
    ----------
    main : callable
    about : str
        The script's docstring, in which the call stands between double backquotes.
    """
    given = sys.argv[1:]

    def called() -> None:
        try:
            inspect.signature(main).bind(*given)
        except TypeError:
            call = (re.findall(r"``([^`]+)``", about or "") or [sys.argv[0]])[0]
            raise BadInput(f"it takes other arguments than {given or 'none'}; call it as {call}") from None
        main(*given)

    sys.exit(run_command(called))


def run_command(main: Callable[..., int | None], *args: Any) -> int:
    """Run an entry point; turn refusals into one sentence on standard error and exit code 2.

    Only :class:`BadInput` is a refusal; every other exception is a defect and keeps its traceback.

    Returns
    -------
    int
        The exit code: what ``main`` returned, 2 for bad input, 130 when interrupted, 143 when told to end.
    """
    prepare_console()
    try:
        with ended_gently():
            return main(*args) or 0
    except BadInput as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        return EXIT_REFUSED
    except Terminated:
        print("told to end", file=sys.stderr)
        return EXIT_TERMINATED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
