"""``audio-to-body page``: serves the built page on this machine alone, and opens it."""

from __future__ import annotations

import argparse
import functools
import sys
import webbrowser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from audio_to_body.skeleton.refusal import BadInput, run_command

PAGE = Path(__file__).resolve().parent.parent / "web" / "dist"
PORT = 8764


class PageHandler(SimpleHTTPRequestHandler):
    """Serves files with the types that browsers insist on, and says nothing of each."""

    extensions_map = {  # noqa: RUF012 - the base class's own table, with what systems call otherwise
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".glb": "model/gltf-binary",
        ".webmanifest": "application/manifest+json",
    }

    def end_headers(self) -> None:
        """A page that was built anew is shown anew."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *values: object) -> None:
        """Nobody asked for a line per file."""


def page_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of the page on the loopback address.

    Parameters
    ----------
    folder : Path
        The built page.
    port : int
        0 for any that is free.

    Raises
    ------
    BadInput
        If the page was not built, or the port is taken.
    """
    if not (folder / "index.html").is_file():
        raise BadInput(f"the page is not there ({folder}); build it with make page, in a clone of the project")
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), functools.partial(PageHandler, directory=str(folder)))
    except OSError as error:
        raise BadInput(f"port {port} cannot be opened ({error.strerror}); choose another with --port") from None


def main(argv: list[str] | None = None) -> int:
    """Parse, serve until interrupted, report."""
    parse = argparse.ArgumentParser(
        prog="audio-to-body page",
        description="Serve the page on this machine and open it.",
        epilog="example: audio-to-body page --port 8000",
    )
    parse.add_argument("--port", type=int, default=PORT, help=f"port on 127.0.0.1 ({PORT}); 0 for any")
    parse.add_argument("--folder", type=Path, default=PAGE, help="the built page (web/dist)")
    parse.add_argument("--no-open", action="store_true", help="only serve; open no browser")
    arguments = parse.parse_args(argv)
    server = page_server(arguments.folder, arguments.port)
    address = f"http://127.0.0.1:{server.server_port}/"
    print(f"{address} (Ctrl-C ends it)", flush=True)
    if not arguments.no_open:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
