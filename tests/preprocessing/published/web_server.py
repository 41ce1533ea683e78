"""A web server on this machine that serves a folder, goes on in the middle of a file, and can break off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar


class Handler(BaseHTTPRequestHandler):
    folder: ClassVar[Path]
    break_after: ClassVar[list[int]]  # bytes after which the next answers break off
    asked: ClassVar[list[tuple[str, str | None]]]  # paths and ranges

    def do_GET(self) -> None:
        path, wanted = self.folder / self.path.lstrip("/"), self.headers.get("Range")
        self.asked.append((self.path, wanted))
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        first = int(wanted[len("bytes=") :].rstrip("-")) if wanted else 0
        if wanted and first >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        rest = data[first:]
        self.wfile.write(rest[: self.break_after.pop(0)] if self.break_after else rest)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving(folder: Path, break_after: list[int] | None = None) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """The server's address, and what it is asked for."""
    asked: list[tuple[str, str | None]] = []
    handler = type("Serving", (Handler,), {"folder": folder, "break_after": break_after or [], "asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
