"""Frames as JSON lines on standard output, for any program at the other end of a pipe."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from typing import IO, Any

from audio_to_body.inference.live.frame import LiveFrame
from audio_to_body.inference.live.output import Output

MOST_WAITING = 48  # frames, 2 s: who reads more slowly misses the oldest
CLOSING_SECONDS = 1.0


class JsonLines(Output):
    """One line per frame, after one line that says what the frames are.

    A thread of its own writes, so that a reader who does not read holds nobody up.
    """

    address = "jsonl"

    def __init__(self, stream: IO[bytes] | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout.buffer
        self._waiting: queue.Queue[bytes | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._write, daemon=True, name="json lines")
        self.missed = 0

    def begin(self, hello: dict[str, Any]) -> None:
        """See :meth:`Output.begin`."""
        self._waiting.put(json.dumps(hello, separators=(",", ":")).encode() + b"\n")
        self._thread.start()

    def send(self, frame: LiveFrame) -> None:
        """See :meth:`Output.send`."""
        if self.alive:
            self._put(frame.to_json().encode() + b"\n")

    def _put(self, line: bytes | None) -> None:
        while True:
            try:
                self._waiting.put_nowait(line)
                return
            except queue.Full:
                try:
                    self._waiting.get_nowait()
                    self.missed += 1
                except queue.Empty:
                    continue

    def _write(self) -> None:
        while (line := self._waiting.get()) is not None:
            try:
                self._stream.write(line)
                self._stream.flush()
            except (OSError, ValueError):  # the reader has gone
                self.alive = False
                return

    def close(self) -> None:
        """See :meth:`Output.close`."""
        if self._thread.is_alive():
            self._put(None)
            self._thread.join(CLOSING_SECONDS)
        if not self.alive and self._stream is getattr(sys.stdout, "buffer", None):
            # or Python complains about the broken pipe once more at its exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
