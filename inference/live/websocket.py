"""Frames as JSON to browsers and programs: a WebSocket server with limits."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from pathlib import Path
from typing import Any

from audio_to_body.inference.live.frame import LiveFrame
from audio_to_body.inference.live.output import Output
from audio_to_body.skeleton.refusal import BadInput

MOST_CLIENTS = 16
MOST_WAITING = 48  # frames, 2 s: a slower client misses the oldest
LARGEST_MESSAGE = 1_024  # bytes from a client; nothing that a client says is used
OPENING_SECONDS = 5.0
CLOSING_SECONDS = 1.0
TRY_LATER = 1013  # WebSocket close code
# a page from elsewhere must not read what this machine's microphone hears; "null" is what every site's sandboxed
# frame calls itself, and a page opened as a file: the server hands out its own page instead
OWN_PAGES = [None, re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")]


PAGE = Path(__file__).with_name("live_page.html")  # answers a browser that opens the port's address


class WebSocketServer(Output):
    """Serves any number of clients up to :data:`MOST_CLIENTS`; each gets the greeting first, then the frames.

    A browser that opens ``http://host:port/`` gets a page that shows the frames.

    Attributes
    ----------
    port : int
        The port that is listened on, also when 0 (any) was asked for.
    missed : int
        Frames that slow clients did not get.
    """

    def __init__(self, host: str, port: int) -> None:
        self.address = f"ws://{host}:{port}"
        self.host, self.port = host, port
        self.missed = 0
        self.refused = 0
        self._hello = ""
        self._clients: dict[Any, asyncio.Queue[str]] = {}
        self._loop = asyncio.new_event_loop()
        self._stop: asyncio.Event | None = None  # made in its own loop
        self._opened = threading.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="websocket")

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    def begin(self, hello: dict[str, Any]) -> None:
        """See :meth:`Output.begin`."""
        self._hello = json.dumps(hello, separators=(",", ":"))
        self._thread.start()
        self._opened.wait(OPENING_SECONDS)
        if self._failure is not None or not self._opened.is_set():
            reason = self._failure.strerror if self._failure is not None else "no answer"
            raise BadInput(f"output {self.address} cannot be opened ({reason}); name another port")

    def send(self, frame: LiveFrame) -> None:
        """See :meth:`Output.send`."""
        if self._clients:
            text = frame.to_json()
            self._loop.call_soon_threadsafe(self._hand_out, text)

    def close(self) -> None:
        """See :meth:`Output.close`."""
        if self._thread.is_alive():
            assert self._stop is not None
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(2 * CLOSING_SECONDS)

    def _hand_out(self, text: str) -> None:
        for waiting in self._clients.values():
            if waiting.full():
                waiting.get_nowait()
                self.missed += 1
            waiting.put_nowait(text)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._failure = error
        finally:
            self._opened.set()
            self._loop.close()

    async def _serve(self) -> None:
        import logging

        from websockets.asyncio.server import serve

        self._stop = asyncio.Event()
        quiet = logging.getLogger("audio_to_body_dynamics.websocket")
        quiet.addHandler(logging.NullHandler())
        quiet.propagate = False  # what strangers send is no news
        async with serve(
            self._client,
            self.host,
            self.port,
            process_request=_page,
            origins=OWN_PAGES,  # type: ignore[arg-type]
            max_size=LARGEST_MESSAGE,
            max_queue=4,
            compression=None,  # a frame is small, and its time matters more
            open_timeout=OPENING_SECONDS,
            close_timeout=CLOSING_SECONDS,
            logger=quiet,
        ) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._opened.set()
            await self._stop.wait()

    async def _client(self, connection: Any) -> None:
        from websockets.exceptions import ConnectionClosed

        if len(self._clients) >= MOST_CLIENTS:
            self.refused += 1
            await connection.close(TRY_LATER, "too many listeners")
            return
        waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._clients[connection] = waiting
        listener = asyncio.ensure_future(_ignore(connection))
        try:
            await connection.send(self._hello)
            while not listener.done():
                text = asyncio.ensure_future(waiting.get())
                await asyncio.wait({text, listener}, return_when=asyncio.FIRST_COMPLETED)
                if not text.done():
                    text.cancel()
                    break
                await connection.send(text.result())
        except (ConnectionClosed, OSError):
            pass  # it left
        finally:
            listener.cancel()
            del self._clients[connection]


def _page(connection: Any, request: Any) -> Any:
    """The page, for who asks for one; None lets the handshake go on."""
    from http import HTTPStatus

    if "Upgrade" in request.headers:
        return None
    if request.path.partition("?")[0] != "/":
        return connection.respond(HTTPStatus.NOT_FOUND, "there is one page here: /\n")
    answer = connection.respond(HTTPStatus.OK, PAGE.read_text(encoding="utf-8"))
    del answer.headers["Content-Type"]
    answer.headers["Content-Type"] = "text/html; charset=utf-8"
    answer.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    return answer


async def _ignore(connection: Any) -> None:
    """Read what a client says, so that its good-bye is noticed; ends when the client leaves."""
    from websockets.exceptions import ConnectionClosed

    try:
        async for _ in connection:
            pass
    except (ConnectionClosed, OSError):
        pass
