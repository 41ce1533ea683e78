"""The page's address as a code for the phone, and the server that a phone reaches."""

from __future__ import annotations

import threading
from urllib.request import urlopen

import pytest

from audio_to_body.command_line import page
from audio_to_body.command_line.page import page_server, shown_address
from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in
from audio_to_body.skeleton.refusal import BadInput
from tests.web.driving import browser_test, drive, pixels

NARROW = {"width": 360, "height": 720}


@browser_test
@pytest.mark.parametrize(("scheme", "viewport"), [("light", None), ("dark", None), ("light", NARROW)])
def test_the_code_is_the_address(address, scheme, viewport):
    import cv2

    there = address.replace("127.0.0.1", "page.test")
    size = {"viewport": viewport} if viewport else {}
    seen = drive("phone", there, scheme=scheme, query="?instrument=piano", **size)
    read, *_ = cv2.QRCodeDetector().detectAndDecode(pixels(seen["picture"])[..., :3])
    assert read == seen["address"] == f"{there}?instrument=piano"
    assert seen["label"] == f"QR code of {read}"
    assert "https" in seen["note"]
    assert seen["back"] == "on-the-phone"
    assert seen["shutOut"] == []
    assert seen["elsewhere"] == []
    assert seen["errors"] == []


@browser_test
def test_an_address_that_no_phone_reaches_is_explained_instead(address):
    seen = drive("phone", address)
    assert not seen["code"]
    assert "a phone cannot reach it" in seen["note"]
    assert "audio-to-body page --host 0.0.0.0" in seen["note"]
    assert "https" in seen["note"]
    assert seen["errors"] == []


@browser_test
def test_over_http_recordings_play_and_the_microphone_says_what_it_needs(address, music):
    seen = drive("overHttp", address.replace("127.0.0.1", "page.test"), file=str(music))
    assert not seen["secure"]
    assert seen["frames"] == steps_in(round(6.3 * AUDIO_RATE), 24)
    assert "https" in seen["microphone"]
    assert seen["elsewhere"] == []
    assert seen["errors"] == []


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "index.html").write_text("the page")
    return tmp_path


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_the_page_is_served_where_it_was_asked_for(folder, host):
    server = page_server(folder, 0, host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with urlopen(shown_address(host, server.server_port)) as answer:
            assert answer.read() == b"the page"
    finally:
        server.shutdown()
        server.server_close()


def test_without_a_host_only_this_machine_is_served(folder):
    with page_server(folder, 0) as server:
        assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["192.0.2.7", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_refused(folder, host):
    with pytest.raises(BadInput, match=f"{host} is not an address of this machine"):
        page_server(folder, 0, host)


@pytest.mark.parametrize("port", [-1, 70000])
def test_a_port_that_there_is_not_is_refused(folder, port):
    with pytest.raises(BadInput, match=f"there is no port {port}"):
        page_server(folder, port)


@pytest.mark.parametrize(("host", "exposed"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_whoever_opens_the_page_to_a_network_is_told(folder, capsys, monkeypatch, host, exposed):
    def interrupted(server):
        raise KeyboardInterrupt

    monkeypatch.setattr(page.PageServer, "serve_forever", interrupted)
    assert page.main(["--no-open", "--port", "0", "--host", host, "--folder", str(folder)]) == 0
    assert ("everybody in the network" in capsys.readouterr().out) is exposed
