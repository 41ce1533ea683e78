"""Outputs over real sockets and pipes: what is sent arrives, who leaves or sleeps harms nobody."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from audio_to_body.inference.live.frame import Posed, greeting, live_frames
from audio_to_body.inference.live.json_lines import JsonLines
from audio_to_body.inference.live.osc import LARGEST_DATAGRAM, OscSender
from audio_to_body.inference.live.outputs import parse_output
from audio_to_body.inference.live.websocket import LARGEST_MESSAGE, MOST_CLIENTS, WebSocketServer
from audio_to_body.inference.stream import Stream
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Prop, Room
from tests.inference.conftest import melody

WAIT = 5.0  # s, for what happens in another thread


@pytest.fixture(scope="module")
def hello(violin_session):
    return greeting(Stream(violin_session))


@pytest.fixture(scope="module")
def frames(violin_session):
    return live_frames(Stream(violin_session).push(melody(2.0)))


def until(condition) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def receiver():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(WAIT)
        yield sock


def heard(receiver, address_of_last: str) -> list[tuple]:
    """Messages of datagrams up to the one that holds ``address_of_last``."""
    found: list[tuple] = []
    while not any(address_of_last in map(str, message) for message in found):
        data = receiver.recv(65_536)
        assert len(data) <= LARGEST_DATAGRAM
        for message in OscBundle(data):
            found.append((message.address, *message.params))
    return found


def in_metres(frame):
    """The frame of a person with a bow, one key down, and an avatar of two bones."""
    joints = np.random.default_rng(4).uniform(0, 1, (1, 50, 3))
    joints[0, 9] = np.nan
    turn = np.array([[0.0, 0.6, 0.0, 0.8]])
    keys = np.zeros((1, 88))
    keys[0, 60 - 21] = 0.009
    room = Room(joints, np.full(50, 2), {"bow": Prop(joints[:, 4], turn)}, keys)
    held = {"bow": (np.array([0.1, 1.2, 0.3]), turn[0])}
    return replace(frame, room=room, posed=Posed(np.array([0.0, 0.9, 0.0]), np.tile(turn, (2, 1)), held, keys[0]))


def test_a_frame_in_metres_says_joints_props_keys_and_bones(frames):
    told = json.loads(in_metres(frames[3]).to_json())
    joints = in_metres(frames[3]).room.joints[0]
    assert told["joints"][9] is None
    np.testing.assert_allclose(told["joints"][4], joints[4], atol=1e-4)
    assert told["props"]["bow"] == [0.1, 1.2, 0.3, 0.0, 0.6, 0.0, 0.8]  # as the avatar holds it
    assert told["keys_down"] == {"60": 0.009}
    assert told["root"] == [0.0, 0.9, 0.0]
    assert told["bones"] == [[0.0, 0.6, 0.0, 0.8]] * 2
    bare = json.loads(frames[3].to_json())
    assert not {"joints", "props", "keys_down", "bones"} & set(bare)


def test_browsers_get_the_bones_with_the_frames(frames, violin_session):
    bones = {"names": ["hips", "spine"], "parents": [-1, 0], "offsets": [[0, 0, 0], [0, 0.1, 0]]}
    server = WebSocketServer("127.0.0.1", 0)
    server.begin(greeting(Stream(violin_session), bones))
    try:
        with connect(f"ws://127.0.0.1:{server.port}") as client:
            hello = json.loads(client.recv(WAIT))
            assert hello["bones"] == bones
            assert hello["room"]["unit"] == "m"
            until(lambda: server.clients == 1)
            server.send(in_metres(frames[0]))
            assert len(json.loads(client.recv(WAIT))["bones"]) == 2
    finally:
        server.close()


def test_vmc_trackers_and_bones_arrive(receiver, hello, frames):
    sender = OscSender("127.0.0.1", receiver.getsockname()[1])
    sender.bones = lambda frame: {"": (np.zeros(3), np.array([0, 0, 0, 1])), "Head": (np.ones(3), np.arange(4.0))}
    sender.begin(hello)
    sender.send(frames[3])
    found = heard(receiver, "right_hand_little_4")
    assert found[0] == ("/VMC/Ext/OK", 1)
    assert found[1][0] == "/VMC/Ext/T"
    assert found[1][1] == pytest.approx(3 / 24)
    assert found[2] == ("/VMC/Ext/Root/Pos", "root", 0, 0, 0, 0, 0, 0, 1)
    assert found[3] == ("/VMC/Ext/Bone/Pos", "Head", 1, 1, 1, 0, 1, 2, 3)
    trackers = {message[1]: message[2:] for message in found if message[0] == "/VMC/Ext/Tra/Pos"}
    assert list(trackers) == hello["point_names"]
    x, y = frames[3].points[hello["point_names"].index("nose")]
    expected = ((x - 320) * 0.0025, (480 - y) * 0.0025, 0, 0, 0, 0, 1)
    np.testing.assert_allclose(trackers["nose"], expected, atol=1e-5)
    sender.close()


def test_plain_osc_points_arrive(receiver, hello, frames):
    sender = OscSender("127.0.0.1", receiver.getsockname()[1], vmc=False)
    sender.begin(hello)
    sender.send(frames[5])
    found = {message[0]: message[1:] for message in heard(receiver, "/point/right_hand_little_4")}
    assert found["/frame"] == pytest.approx((5.0, 5 / 24))
    np.testing.assert_allclose(found["/point/neck"], frames[5].points[1], atol=1e-3)
    sender.close()


def test_nobody_needs_to_listen_to_udp(hello, frames):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    sender = OscSender("127.0.0.1", port)
    sender.begin(hello)
    for frame in frames * 5:
        sender.send(frame)
    assert sender.alive
    sender.close()


@pytest.fixture
def server(hello):
    server = WebSocketServer("127.0.0.1", 0)
    server.begin(hello)
    yield server
    server.close()


def url(server) -> str:
    return f"ws://127.0.0.1:{server.port}"


def test_websocket_greets_and_sends(server, hello, frames):
    with connect(url(server)) as client:
        assert json.loads(client.recv(WAIT)) == hello
        until(lambda: server.clients == 1)
        for frame in frames[:5]:
            server.send(frame)
        for frame in frames[:5]:
            got = json.loads(client.recv(WAIT))
            assert got["type"] == "frame"
            assert got["frame"] == frame.number
            np.testing.assert_allclose(got["points"], frame.points, atol=0.006)
            assert got["loudness_db"] == pytest.approx(frame.tracks["loudness_db"], abs=1e-3)
    until(lambda: server.clients == 0)


def test_a_client_that_leaves_does_not_disturb_the_others(server, frames):
    stays = connect(url(server))
    stays.recv(WAIT)
    leaves = connect(url(server))
    leaves.recv(WAIT)
    until(lambda: server.clients == 2)
    leaves.socket.close()  # no good-bye
    for frame in frames[:20]:
        server.send(frame)
    assert [json.loads(stays.recv(WAIT))["frame"] for _ in range(20)] == list(range(20))
    until(lambda: server.clients == 1)
    stays.close()


def test_a_client_that_sleeps_misses_the_oldest_frames(server, frames):
    """Its queue stays bounded, whatever it does not read."""
    with connect(url(server), max_queue=1) as sleeper, connect(url(server)) as reader:
        reader.recv(WAIT)
        until(lambda: server.clients == 2)
        for _ in range(150):
            for frame in frames[:40]:
                server.send(frame)
            reader_got = [json.loads(reader.recv(WAIT))["frame"] for _ in range(10)]
            assert reader_got
        until(lambda: server.missed > 0)
        assert all(queue.qsize() <= 48 for queue in server._clients.values())
        assert sleeper


def test_there_is_a_limit_to_clients(server):
    clients = [connect(url(server)) for _ in range(MOST_CLIENTS)]
    for client in clients:
        client.recv(WAIT)
    until(lambda: server.clients == MOST_CLIENTS)
    with connect(url(server)) as late, pytest.raises(ConnectionClosed) as refusal:
        late.recv(WAIT)
    assert refusal.value.rcvd.code == 1013
    for client in clients:
        client.close()


def test_giant_messages_end_only_their_sender(server, frames):
    with connect(url(server)) as rude, connect(url(server)) as polite:
        rude.recv(WAIT)
        polite.recv(WAIT)
        rude.send("x" * (LARGEST_MESSAGE + 1))
        with pytest.raises(ConnectionClosed):
            rude.recv(WAIT)
        until(lambda: server.clients == 1)
        server.send(frames[0])
        assert json.loads(polite.recv(WAIT))["frame"] == 0


@pytest.mark.parametrize(("origin", "allowed"), [(None, True), ("null", False), ("http://localhost:3000", True),
                                                 ("https://127.0.0.1", True), ("https://example.com", False),
                                                 ("http://localhost.example.com", False)])  # fmt: skip
def test_pages_from_elsewhere_are_refused(server, origin, allowed):
    if allowed:
        with connect(url(server), origin=origin) as client:
            client.recv(WAIT)
    else:
        with pytest.raises(InvalidStatus):
            connect(url(server), origin=origin)


def test_a_browser_gets_the_page_from_the_port_itself(server):
    from urllib.error import HTTPError
    from urllib.request import urlopen

    with urlopen(f"http://127.0.0.1:{server.port}/", timeout=5) as answer:
        page = answer.read().decode()
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert "new WebSocket(address)" in page
    assert "location.host" in page
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"http://127.0.0.1:{server.port}/secret", timeout=5)


def test_noise_on_the_port_harms_nobody(server, frames):
    rng = np.random.default_rng(0)
    for size in (0, 1, 100, 5000):
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(rng.bytes(size))
    with connect(url(server)) as client:
        client.recv(WAIT)
        until(lambda: server.clients == 1)
        server.send(frames[0])
        assert json.loads(client.recv(WAIT))["frame"] == 0


def test_a_port_in_use_is_one_sentence(server, hello):
    second = WebSocketServer("127.0.0.1", server.port)
    with pytest.raises(BadInput, match="cannot be opened"):
        second.begin(hello)


def test_json_lines_arrive(hello, frames):
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "wb") as stream, os.fdopen(read_end, "r") as lines:
        output = JsonLines(stream)
        output.begin(hello)
        for frame in frames[:10]:
            output.send(frame)
        assert json.loads(lines.readline()) == hello
        assert [json.loads(lines.readline())["frame"] for _ in range(10)] == list(range(10))
        output.close()


def test_a_reader_that_leaves_ends_the_output(hello, frames):
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "wb", buffering=0) as stream:
        output = JsonLines(stream)
        output.begin(hello)
        os.close(read_end)
        for frame in frames:
            output.send(frame)
        until(lambda: not output.alive)
        output.close()


def test_a_reader_that_does_not_read_holds_nobody_up(hello, frames):
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "wb", buffering=0) as stream:
        output = JsonLines(stream)
        output.begin(hello)
        for frame in frames * 10:  # far more than a pipe holds
            output.send(frame)
        assert output.alive
        assert output.missed > 0
        os.close(read_end)


@pytest.mark.parametrize(
    "address", ["", "tcp://x", "ws://h:port", "ws://127.0.0.1:99999", "vmc://h/path", "osc://u@h:1", "jsonl://file"]
)
def test_wrong_addresses_are_one_sentence(address):
    with pytest.raises(BadInput, match="is not understood"):
        parse_output(address)


def test_addresses_have_their_usual_host_and_port():
    assert parse_output("vmc").address == "vmc://127.0.0.1:39539"
    assert parse_output("ws").address == "ws://127.0.0.1:8765"
    assert parse_output("osc://localhost:9000").address == "osc://localhost:9000"


def test_the_examples_receive(server, hello, frames, repository):
    """The shipped WebSocket receiver prints what a live session sends."""
    command = [sys.executable, "-u", str(repository / "examples" / "07_receive_websocket.py"), url(server)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as example:
        until_connected = time.monotonic() + 4 * WAIT
        while server.clients == 0 and time.monotonic() < until_connected:
            time.sleep(0.02)
        for frame in frames[:3]:
            server.send(frame)
        lines = [example.stdout.readline() for _ in range(4)]
        example.kill()
    assert "violin at 24" in lines[0]
    assert lines[1].strip().startswith("0.000 s  right wrist at")


def test_a_name_of_several_addresses_reaches_them_all(hello, frames, monkeypatch):
    """``localhost`` is ``::1`` first on many systems, and most receivers listen at 127.0.0.1 alone."""
    receivers = []
    for family, host in ((socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1")):
        try:
            opened = socket.socket(family, socket.SOCK_DGRAM)
            opened.bind((host, receivers[0].getsockname()[1] if receivers else 0))
        except OSError:
            pytest.skip("this machine has one of the two families")
        opened.settimeout(2)
        receivers.append(opened)
    port = receivers[0].getsockname()[1]
    both = [(family, socket.SOCK_DGRAM, 17, "", at.getsockname()) for family, at in zip((10, 2), receivers)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    output = OscSender("localhost", port)
    output.begin(hello)
    output.send(frames[0])
    for opened in receivers:
        assert opened.recv(2000).startswith(b"#bundle")
        opened.close()
    output.close()


def test_what_cannot_be_sent_is_told_once(hello, frames, monkeypatch):
    told = []
    output = OscSender("127.0.0.1", 39_539)
    output.tell = told.append
    output.begin(hello)

    class Down:
        def sendto(self, data, address):
            raise OSError(101, "Network is unreachable")

        def close(self):
            pass

    output._targets = [(Down(), address) for _, address in output._targets]
    for frame in frames[:3]:
        output.send(frame)
    assert told == ["output vmc://127.0.0.1:39539: frames cannot be sent (Network is unreachable); trying on"]


def test_a_broadcast_address_may_be_sent_to(hello, frames):
    told = []
    output = OscSender("127.255.255.255", 39_541)
    output.tell = told.append
    output.begin(hello)
    output.send(frames[0])
    output.close()
    assert told == []
