"""What a service sends bit by bit passes the door bit by bit."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from deploy.onemachine import child

from .test_caddy import NAMES, opened

GO_ON = threading.Event()
GONE = threading.Event()


class Stream(BaseHTTPRequestHandler):
    """Sends a small event, and a second one when it is told to; notices when nobody reads."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        if "no-transform" in self.path:
            self.send_header("Cache-Control", "no-store, no-transform")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._send(b"data: 1\n\n")
        GO_ON.wait(20)
        self._send(b"data: 2\n\n")
        try:
            for _ in range(1000):
                self._send(b": still here\n\n")
                GONE.wait(0.01)
        except OSError:
            GONE.set()

    def _send(self, piece: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is theirs
        """Quiet."""


@pytest.fixture
def streaming() -> Iterator[dict[str, str]]:
    """The parts of a city whose notify streams."""
    GO_ON.clear()
    GONE.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stream)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstreams = {name: f"127.0.0.1:{child.free_port()}" for name in NAMES}
    yield upstreams | {"notify": f"127.0.0.1:{server.server_port}"}
    server.shutdown()
    server.server_close()


@pytest.fixture
def door(streaming: dict[str, str], tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of that city."""
    yield from opened(streaming, tmp_path)


@pytest.mark.parametrize("path", ["/events", "/events?no-transform"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_event_is_there_before_the_next_is_sent(door: httpx.Client, path: str, encoding: str) -> None:
    asked = {"Accept": "text/event-stream", "Accept-Encoding": encoding}
    with door.stream("GET", path, headers=asked, timeout=10) as answer:
        pieces = answer.iter_bytes()
        assert next(pieces) == b"data: 1\n\n"
        GO_ON.set()
        assert next(pieces).startswith(b"data: 2\n\n")
    assert GONE.wait(10), "the service must notice that the reader has gone"


def test_the_door_closes_though_a_stream_is_open(streaming: dict[str, str], tmp_path: Path) -> None:
    opening = opened(streaming, tmp_path)
    address = next(opening).base_url.join("/events")
    with httpx.stream("GET", address, timeout=30) as answer:
        pieces = answer.iter_bytes()
        assert next(pieces) == b"data: 1\n\n"
        started = time.monotonic()
        assert next(opening, None) is None
        assert 1 < time.monotonic() - started < 8, "it waits a little for what is under way"
        with pytest.raises(httpx.HTTPError):
            next(pieces)
        GO_ON.set()
