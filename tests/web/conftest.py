"""The page, built once and served, and some music."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from audio_to_body.command_line.page import page_server
from audio_to_body.inference.live.warm_up import warm_up_sound
from tests.inference.conftest import write_wave
from tests.web.driving import WEB


@pytest.fixture(scope="session")
def dist(tmp_path_factory) -> Path:
    """A page that was built just now."""
    from audio_to_body.scripts.build_page import assemble, generate

    folder = tmp_path_factory.mktemp("page") / "dist"
    generate(WEB)
    assemble(WEB, folder)
    return folder


@pytest.fixture(scope="session")
def address(dist) -> Iterator[str]:
    """The page, served."""
    server = page_server(dist, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="session")
def music(tmp_path_factory) -> Path:
    """Six seconds of notes."""
    path = tmp_path_factory.mktemp("music") / "music.wav"
    write_wave(path, warm_up_sound(6.0)[None])
    return path
