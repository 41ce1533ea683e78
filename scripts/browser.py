"""The page driven in a real browser: what its pictures and its tests share."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

DRIVER = Path(__file__).resolve().parent.parent / "web" / "tests" / "drive.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LONGEST = 600.0  # seconds that a task may take


def browser() -> str | None:
    """Where Chromium is; None without one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def driven(task: str, address: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Do a task of ``drive.js`` on the page at an address, in the browser that is there."""
    told = json.dumps({"chromium": browser(), **options})
    command = ["node", str(DRIVER), task, address, told]
    return subprocess.run(command, cwd=DRIVER.parent, capture_output=True, text=True, timeout=LONGEST)
