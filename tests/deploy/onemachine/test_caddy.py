"""The door of a city: which address leads to which part, and what it answers when a part cannot."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from deploy.onemachine import caddy, child

NAMES = ("catalogue", "badges", "pathways", "notify", "mail")


class Echo(ThreadingHTTPServer):
    """Stands for a service: says its name, the path and how many bytes it was sent."""

    daemon_threads = True

    def __init__(self, name: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), EchoHandler)
        self.name = name
        self.address = f"127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class EchoHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        size = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        name = self.server.name if isinstance(self.server, Echo) else ""
        told = json.dumps({"name": name, "path": self.path, "size": size}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told) + ("break" in self.path)))
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_GET  # noqa: N815 - the name http.server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is theirs
        """Quiet."""


@pytest.fixture(scope="module")
def echoes() -> Iterator[dict[str, Echo]]:
    servers = {name: Echo(name) for name in NAMES}
    yield servers
    for server in servers.values():
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def door(echoes: dict[str, Echo], tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a city whose notify is away."""
    tmp = tmp_path_factory.mktemp("caddy")
    upstreams = {name: server.address for name, server in echoes.items()}
    yield from opened(upstreams | {"notify": f"127.0.0.1:{child.free_port()}"}, tmp)


def opened(upstreams: dict[str, str], tmp: Path) -> Iterator[httpx.Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITY_WAIT", "2s")
        yield from client_of(upstreams, tmp)


def client_of(upstreams: dict[str, str], tmp: Path) -> Iterator[httpx.Client]:
    place = caddy.Door(f"http://localhost:{child.free_port()}", upstreams, tmp)
    process = caddy.launch(place, tmp / "caddy.log")
    child.wait_until(lambda: caddy.answers(place), 10, "caddy")
    with httpx.Client(base_url=place.public_url, timeout=30) as client:
        yield client
    child.stop(process)


ROUTES = [
    ("/", "catalogue"),
    ("/activities", "catalogue"),
    ("/activities/0198/join?as=me", "catalogue"),
    ("/organisations", "catalogue"),
    ("/people/me", "catalogue"),
    ("/sign-in", "catalogue"),
    ("/oauth/token", "catalogue"),
    ("/skills", "catalogue"),
    ("/.well-known/jwks.json", "catalogue"),
    ("/catalogue/health/ready", "catalogue"),
    ("/catalogue/openapi.json", "catalogue"),
    ("/achievements/0198/1", "badges"),
    ("/credentials/abc", "badges"),
    ("/issuers/0198/did.json", "badges"),
    ("/status/0198/1", "badges"),
    ("/ob2/assertions/1", "badges"),
    ("/awards", "badges"),
    ("/claims", "badges"),
    ("/verify", "badges"),
    ("/portfolio", "badges"),
    ("/keys", "badges"),
    ("/badges/health/live", "badges"),
    ("/badges/docs", "badges"),
    ("/pathways", "pathways"),
    ("/pathways/0198", "pathways"),
    ("/pathways/health/live", "pathways"),
    ("/mail", "mail"),
    ("/mail/messages.json?after=3", "mail"),
]
NOWHERE = [
    "/awardsss",
    "/nothing",
    "/.well-known/other",
    "/catalogue/metrics",
    "/pathways/metrics",
    "/badges",
    "/.env",
]


@pytest.mark.parametrize(("path", "service"), ROUTES)
def test_each_address_leads_to_its_service_unchanged(door: httpx.Client, path: str, service: str) -> None:
    told = door.get(path).json()
    assert (told["name"], told["path"]) == (service, path)


@pytest.mark.parametrize("path", NOWHERE)
def test_any_other_address_is_a_problem_document(door: httpx.Client, path: str) -> None:
    answer = door.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:cities-of-learning:problem:not-found"


def test_a_body_of_twenty_megabytes_is_refused_with_a_problem_document(door: httpx.Client) -> None:
    answer = door.post("/activities", content=bytes(20_000_000))
    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:cities-of-learning:problem:too-large"
    assert "10MB" in answer.json()["detail"]


def test_a_body_within_the_limit_passes(door: httpx.Client) -> None:
    assert door.post("/activities", content=bytes(9_000_000)).json()["size"] == 9_000_000


def test_a_service_that_stays_away_is_a_problem_document(door: httpx.Client) -> None:
    answer = door.get("/letters")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["type"] == "urn:cities-of-learning:problem:unavailable"


def test_a_service_that_is_being_restarted_is_waited_for(tmp_path: Path) -> None:
    port = child.free_port()
    servers: list[Echo] = []
    for client in opened({"badges": f"127.0.0.1:{port}"}, tmp_path):
        threading.Timer(0.5, lambda: servers.append(Echo("badges", port))).start()
        assert client.post("/awards", content=b"x").json()["size"] == 1
        servers[0].shutdown()
        servers[0].server_close()


def test_without_a_mail_sink_there_is_no_mail_page(echoes: dict[str, Echo], tmp_path: Path) -> None:
    for client in opened({"catalogue": echoes["catalogue"].address}, tmp_path):
        assert client.get("/mail").status_code == 404


def test_addresses_are_not_told_to_other_origins(door: httpx.Client) -> None:
    assert door.get("/credentials/abc").headers["referrer-policy"] == "same-origin"


def test_nothing_of_a_request_is_logged(echoes: dict[str, Echo], tmp_path: Path) -> None:
    for client in opened({"catalogue": echoes["catalogue"].address}, tmp_path):
        with pytest.raises(httpx.HTTPError):
            client.get("/people/secret-address?code=secret-code&break", headers={"Cookie": "secret"})
    log = (tmp_path / "caddy.log").read_text()
    assert "aborting with incomplete response" in log
    assert "secret" not in log


def test_a_busy_port_is_an_error_that_names_the_setting(echoes: dict[str, Echo], tmp_path: Path) -> None:
    door = caddy.Door(f"http://localhost:{echoes['badges'].server_port}", {}, tmp_path)
    with pytest.raises(caddy.PortBusy, match="PUBLIC_URL"):
        caddy.check_port(door)


def test_a_city_on_localhost_is_not_reachable_from_outside(tmp_path: Path) -> None:
    assert caddy.Door("http://localhost:8080", {}, tmp_path).host == "127.0.0.1"
    assert caddy.Door("https://learn.example.org", {}, tmp_path).host == "0.0.0.0"
    assert caddy.Door("https://learn.example.org", {}, tmp_path).port == 443
