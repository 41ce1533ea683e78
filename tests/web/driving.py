"""Driving the built page in a real browser: what the tests of the page share."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio_to_body.scripts.browser import browser, driven

WEB = Path(__file__).resolve().parent.parent.parent / "web"
NEEDS_A_BROWSER = [
    pytest.mark.skipif(browser() is None, reason="no Chromium is installed (Debian: apt-get install chromium)"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="no npm is installed"),
]


def browser_test(test: Callable[..., Any]) -> Callable[..., Any]:
    """Mark one test of a module as needing the browser."""
    for mark in NEEDS_A_BROWSER:
        test = mark(test)
    return test


def drive(task: str, address: str, **options: Any) -> dict[str, Any]:
    """What a browser saw."""
    done = driven(task, address, **options)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def pixels(picture: str) -> np.ndarray:
    import cv2

    return cv2.imdecode(np.frombuffer(base64.b64decode(picture), np.uint8), cv2.IMREAD_UNCHANGED)
