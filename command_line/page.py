"""``audio-to-body page``: serves the built page, on this machine alone unless told otherwise, and opens it."""

from __future__ import annotations

import argparse
import errno
import functools
import ipaddress
import socket
import sys
import webbrowser
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from audio_to_body.skeleton.refusal import BadInput, run_command

PAGE = Path(__file__).resolve().parent.parent / "web" / "dist"
PORT = 8764
LOOPBACK = "127.0.0.1"


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


class PageServer(ThreadingHTTPServer):
    """A server whose address may be of either family."""

    def __init__(self, address: tuple[str, int], handler: Callable[..., PageHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)


def page_server(folder: Path, port: int, host: str = LOOPBACK) -> ThreadingHTTPServer:
    """A server of the page.

    Parameters
    ----------
    folder : Path
        The built page.
    port : int
        0 for any that is free.
    host : str
        Address at which it listens; the loopback address is reached by this machine alone.

    Raises
    ------
    BadInput
        If the page was not built, or the address or the port cannot be had.
    """
    if not (folder / "index.html").is_file():
        raise BadInput(f"the page is not there ({folder}); build it with make page, in a clone of the project")
    try:
        return PageServer((host, port), functools.partial(PageHandler, directory=str(folder)))
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise BadInput(f"{host} is not an address of this machine; 0.0.0.0 means all that it has") from None
        raise BadInput(f"port {port} cannot be opened ({error.strerror}); choose another with --port") from None
    except OverflowError:
        raise BadInput(f"there is no port {port}; ports go from 0 to 65535") from None


def is_loopback(host: str) -> bool:
    """Whether an address is reached by this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def own_address() -> str:
    """This machine's address in its network; the loopback address where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))  # an address for documentation: nothing is sent, only a way is chosen
            return str(asked.getsockname()[0])
        except OSError:
            return LOOPBACK


def shown_address(host: str, port: int) -> str:
    """What a person types into a browser; of a server on all addresses, this machine's in its network."""
    if host in ("0.0.0.0", "::", ""):
        host = own_address()
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def main(argv: list[str] | None = None) -> int:
    """Parse, serve until interrupted, report."""
    parse = argparse.ArgumentParser(
        prog="audio-to-body page",
        description="Serve the page on this machine and open it.",
        epilog="example: audio-to-body page --port 8000; or --host 0.0.0.0, for phones in the network",
    )
    parse.add_argument("--port", type=int, default=PORT, help=f"port ({PORT}); 0 for any")
    parse.add_argument(
        "--host",
        metavar="ADDRESS",
        default=LOOPBACK,
        help=f"address to listen at ({LOOPBACK}: this machine alone); at 0.0.0.0 everybody in the network can"
        " open the page, over http, which browsers give no microphone and no AR",
    )
    parse.add_argument("--folder", type=Path, default=PAGE, help="the built page (web/dist)")
    parse.add_argument("--no-open", action="store_true", help="only serve; open no browser")
    arguments = parse.parse_args(argv)
    server = page_server(arguments.folder, arguments.port, arguments.host)
    address = shown_address(arguments.host, server.server_port)
    print(f"{address} (Ctrl-C ends it)", flush=True)
    if not is_loopback(arguments.host):
        print(
            "everybody in the network can open it, and sees the page's files and nothing else;"
            " over http the microphone and AR stay shut there",
            flush=True,
        )
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
