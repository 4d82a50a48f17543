"""`city letters bounce`: a mail on standard input goes to the city as an operator's."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from deploy.commands import bounces
from deploy.commands.bounces import NotTaken, hand_in
from deploy.commands.place import City
from deploy.onemachine.addresses import Addresses


class Door(BaseHTTPRequestHandler):
    """A city that takes what is handed in, or not."""

    status = 200
    heard: list[tuple[str, str, bytes]]

    def do_POST(self) -> None:
        """Note what came."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, self.headers["Authorization"], body))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b'{"letters": 1, "others": 0}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Say nothing."""


@contextmanager
def answering(status: int) -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """The address of a city that answers so, and what it heard."""
    heard: list[tuple[str, str, bytes]] = []
    handler = type("Answering", (Door,), {"status": status, "heard": heard})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", heard
        server.shutdown()


@pytest.fixture
def minted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens without a city's key."""

    class Mint:
        def __init__(self, city: City) -> None:
            self.city = city

        def token(self, address: str, *, operator: bool = False) -> str:
            return f"{address} {operator}"

    monkeypatch.setattr(bounces, "Mint", Mint)


@pytest.mark.usefixtures("minted")
def test_a_mail_is_handed_in_as_it_came(tmp_path: Path) -> None:
    with answering(200) as (address, heard):
        city = City("testville", address, Addresses(tmp_path, {}), None)
        assert hand_in(city, b"Subject: x\r\n\r\n\xff")["letters"] == 1
    ((path, token, body),) = heard
    assert (path, body) == ("/letters/bounces", b"Subject: x\r\n\r\n\xff") and token.endswith("True")


@pytest.mark.usefixtures("minted")
def test_a_mail_that_is_not_taken_is_said_to_be_so(tmp_path: Path) -> None:
    with answering(422) as (address, _):
        city = City("testville", address, Addresses(tmp_path, {}), None)
        with pytest.raises(NotTaken):
            hand_in(city, b"")
