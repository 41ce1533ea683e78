"""Frames over UDP: VMC bones and trackers for engines (VSeeFace, Unity, Unreal, Blender), or plain OSC points."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from audio_to_body.inference.live.frame import LiveFrame
from audio_to_body.inference.live.output import Output
from audio_to_body.skeleton.refusal import BadInput

LARGEST_DATAGRAM = 1_400  # bytes: below every usual network's limit
METRES_PER_PIXEL = 0.0025  # where nobody says better: shoulders 140 px apart are 0.35 m
IMMEDIATELY = b"#bundle\0" + b"\0\0\0\0\0\0\0\1"

# bone name -> (local position, local rotation x y z w); "" is the root
Bones = Callable[[LiveFrame], Mapping[str, tuple[np.ndarray, np.ndarray]]]


class OscSender(Output):
    """Sends every frame as OSC bundles.

    VMC: ``/VMC/Ext/OK``, ``/VMC/Ext/T``, ``/VMC/Ext/Root/Pos`` and ``/VMC/Ext/Bone/Pos`` where somebody poses bones
    (:attr:`bones`), and every point as a tracker ``/VMC/Ext/Tra/Pos`` (metres, x to the right, y up, z 0).
    Plain OSC: ``/frame number time`` and ``/point/<name> x y`` in pixels.

    Attributes
    ----------
    bones : callable or None
        Poses a frame; the avatar's rooms lie above this one and set it.
    """

    def __init__(self, host: str, port: int, vmc: bool = True) -> None:
        self.address = f"{'vmc' if vmc else 'osc'}://{host}:{port}"
        self.host, self.port, self.vmc = host, port, vmc
        self.bones: Bones | None = None
        self._targets: list[tuple[socket.socket, Any]] = []
        self._failed = False
        self._templates: dict[tuple[str, str | None, int], bytes] = {}

    def begin(self, hello: dict[str, Any]) -> None:
        """See :meth:`Output.begin`."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)
            # a name may stand for several addresses (localhost: ::1 and 127.0.0.1), and who listens at which of them
            # cannot be asked: all of them get the frames
            for family, address in dict.fromkeys((entry[0], entry[4]) for entry in found):
                with contextlib.suppress(OSError):  # a family that this machine does not have
                    opened = socket.socket(family, socket.SOCK_DGRAM)
                    opened.setblocking(False)
                    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                    self._targets.append((opened, address))
            if not self._targets:
                raise OSError("no usable address")
        except (OSError, OverflowError) as error:
            raise BadInput(f"output {self.address} cannot be opened ({error}); check host and port") from None
        self._names = [str(name) for name in hello["point_names"]]
        self._width, self._height = hello["frame_size"]
        self._points = [
            self._template("/VMC/Ext/Tra/Pos", name, 7) if self.vmc else self._template(f"/point/{name}", None, 2)
            for name in self._names
        ]

    def send(self, frame: LiveFrame) -> None:
        """See :meth:`Output.send`."""
        datagrams = _bundles(self._messages(frame))
        failures = [error for target in self._targets if (error := _sent(*target, datagrams)) is not None]
        # one family's refusal is no failure where another takes the frames
        if len(failures) == len(self._targets) and not self._failed:
            self._failed = True
            if self.tell is not None:
                self.tell(f"output {self.address}: frames cannot be sent ({failures[0].strerror}); trying on")

    def close(self) -> None:
        """See :meth:`Output.close`."""
        for opened, _ in self._targets:
            opened.close()
        self._targets.clear()

    def _messages(self, frame: LiveFrame) -> list[bytes]:
        if not self.vmc:
            head = self._template("/frame", None, 2) + _floats((frame.number, frame.time))
            return [head, *(part + _floats(p) for part, p in zip(self._points, frame.points))]
        messages = [_message("/VMC/Ext/OK", 1), self._template("/VMC/Ext/T", None, 1) + _floats((frame.time,))]
        if self.bones is not None:
            for name, (place, turn) in self.bones(frame).items():
                address = "/VMC/Ext/Bone/Pos" if name else "/VMC/Ext/Root/Pos"
                messages.append(self._template(address, name or "root", 7) + _floats((*place, *turn)))
        placed = np.zeros((len(self._points), 7))
        placed[:, 6] = 1.0  # trackers are not turned
        placed[:, 0] = (frame.points[:, 0] - self._width / 2) * METRES_PER_PIXEL
        placed[:, 1] = (self._height - frame.points[:, 1]) * METRES_PER_PIXEL
        raw = placed.astype(">f4").tobytes()
        messages += [part + raw[28 * i : 28 * i + 28] for i, part in enumerate(self._points)]
        return messages

    def _template(self, address: str, name: str | None, floats: int) -> bytes:
        """An OSC message up to its floats; building one anew for every point and frame would cost milliseconds."""
        key = (address, name, floats)
        if key not in self._templates:
            whole = _message(address, *([] if name is None else [name]), *([0.0] * floats))
            self._templates[key] = whole[: len(whole) - 4 * floats]
        return self._templates[key]


def _sent(opened: socket.socket, address: Any, datagrams: Sequence[bytes]) -> OSError | None:
    """Send a frame to one address; why that cannot be, beside a full buffer and a receiver who is not there yet."""
    try:
        for datagram in datagrams:
            opened.sendto(datagram, address)
    except (BlockingIOError, ConnectionRefusedError):
        return None
    except OSError as error:
        return error
    return None


def _message(address: str, *values: str | int | float) -> bytes:
    from pythonosc.osc_message_builder import OscMessageBuilder

    builder = OscMessageBuilder(address)
    for value in values:
        builder.add_arg(value)
    return bytes(builder.build().dgram)


def _floats(values: Sequence[float] | np.ndarray) -> bytes:
    return np.asarray(values, dtype=">f4").tobytes()


def _bundles(messages: Sequence[bytes]) -> list[bytes]:
    """Messages joined to datagrams that no network splits."""
    datagrams, current = [], IMMEDIATELY
    for message in messages:
        element = len(message).to_bytes(4, "big") + message
        if len(current) + len(element) > LARGEST_DATAGRAM and len(current) > len(IMMEDIATELY):
            datagrams.append(current)
            current = IMMEDIATELY
        current += element
    return [*datagrams, current]
