"""What a service sends bit by bit passes the door bit by bit."""

import threading
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
def door(tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a city whose notify streams."""
    GO_ON.clear()
    GONE.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stream)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstreams = {name: f"127.0.0.1:{child.free_port()}" for name in NAMES}
    yield from opened(upstreams | {"notify": f"127.0.0.1:{server.server_port}"}, tmp_path)
    server.shutdown()
    server.server_close()


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
