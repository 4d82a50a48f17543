"""A real city, watched: one award followed from its request to its letter, metrics, dashboard, `city top`."""

import asyncio
import json
import os
import pty
import re
import secrets
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import yaml

from contracts.recipients import recipient_id
from deploy.commands import reading
from deploy.commands.place import find
from deploy.databases import connected
from deploy.onemachine import child

from .collector import Span, collecting
from .watching import BOSS, LEARNER, Watched

ROOT = Path(__file__).parents[2]
CITY = [sys.executable, "-m", "deploy.cli"]
SERVICES = ("catalogue", "badges", "pathways", "notify")
DASHBOARD = json.loads((ROOT / "deploy/otel/grafana/dashboards/city.json").read_text())
ALERTS = yaml.safe_load((ROOT / "deploy/otel/alerts.yaml").read_text())
NAME = re.compile(r"\b(?:col|http)_[a-z_]+")


def city(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator does."""
    environment = os.environ | {"COLUMNS": "200"}
    return subprocess.run(
        [*CITY, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
    )


@pytest.fixture(scope="module")
def hook() -> Iterator[str]:
    """An endpoint of an integration that takes everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"
        server.shutdown()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, hook: str) -> Iterator[Watched]:
    """The city, with everything in it that one award can lead to."""
    directory = tmp_path_factory.mktemp("watched") / "city"
    log = directory.with_suffix(".log")
    with collecting() as collector:
        environment = {
            "OPERATOR_ADDRESSES": BOSS,
            "OTLP_ENDPOINT": collector.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
            "WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
        }
        url = f"http://localhost:{child.free_port()}"
        with log.open("w") as output:
            process = subprocess.Popen(
                [*CITY, "up", "-d", str(directory), "--public-url", url],
                cwd=ROOT,
                stderr=output,
                env=os.environ | environment,
            )
        try:
            started = "is healthy"
            child.wait_until(lambda: started in log.read_text() or process.poll() is not None, 90, "city up")
            assert process.poll() is None, log.read_text()
            made = Watched(directory, url, collector)
            made.offer()
            made.subscribe(hook)
            yield made
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(40) == 0, log.read_text()


@pytest.fixture(scope="module")
def trace(watched: Watched) -> str:
    """The trace of a request that awards one badge, once all it leads to has been done."""
    trace = secrets.token_hex(16)
    watched.award([LEARNER], trace, "one")
    wanted = {("notify", "send letter"), ("notify", "send webhook"), ("pathways", "work out enrolment")}

    def complete() -> bool:
        found = watched.collector.of(trace)
        letters = sum(span.name == "send letter" for span in found)  # about the badge, and about the playlist
        return letters >= 2 and wanted <= {(span.service, span.name) for span in found}

    child.wait_until(complete, 30, "all spans")
    return trace


def test_one_trace_leads_from_the_request_to_step_letter_and_webhook(watched: Watched, trace: str) -> None:
    found = {(span.service, span.name) for span in watched.collector.of(trace)}
    assert {
        ("badges", "POST /awards"),
        ("badges", "issue badge"),
        ("pathways", "process col.badges.badge.awarded.v1"),
        ("pathways", "work out enrolment"),
        ("notify", "process col.badges.badge.awarded.v1"),
        ("notify", "process col.pathways.pathway.completed.v1"),
        ("notify", "send letter"),
        ("notify", "send webhook"),
    } <= found


def test_what_is_done_in_batches_is_linked_to_the_traces_of_what_is_in_them(
    watched: Watched, trace: str
) -> None:
    linked = {(span.service, span.name) for span in watched.collector.spans if trace in span.links}
    assert {("badges", "issue badges"), ("badges", "publish"), ("pathways", "publish")} <= linked


def test_batches_of_a_bulk_award_are_linked_to_the_request_that_asked_for_it(watched: Watched) -> None:
    trace = secrets.token_hex(16)
    people = [{"address": f"p{number}@example.org", "language": "en"} for number in range(30)]
    path = f"/achievements/{watched.badge}/awards/bulk?confirm=true&occasion=many"
    watched.post(path, watched.owner, people, trace)

    def batches() -> list[Span]:
        return [s for s in watched.collector.spans if trace in s.links and s.name == "issue badges"]

    def written() -> bool:
        found = [span for batch in batches() for span in watched.collector.of(batch.trace)]
        return sum(span.name == "send letter" for span in found) >= 30

    child.wait_until(written, 40, "letters in the batches' traces")


def test_no_span_tells_who_it_is_about_or_where_a_badge_is(watched: Watched, trace: str) -> None:
    secret = (watched.directory / "secrets" / "recipient_secret").read_text().strip().encode()
    person = str(recipient_id(LEARNER, secret))
    capability = secrets.token_urlsafe(16)
    for path in (
        f"/claims/{capability}",
        f"/credentials/{capability}?who={capability}",
        f"/sign-in/{capability}",
    ):
        httpx.get(watched.url + path, timeout=30)

    def seen() -> bool:
        names = [span.name for span in watched.collector.spans]
        return any("/claims/{" in name for name in names) and any("/sign-in/{" in name for name in names)

    child.wait_until(seen, 10, "spans of these requests")
    told = [span.name + json.dumps(span.attributes) for span in watched.collector.spans]
    for secret_part in ("@example", "lena", person, capability, "127.0.0.1", "http://"):
        assert [text for text in told if secret_part in text] == [], secret_part


def names_in(*expressions: str) -> set[str]:
    """The metrics that expressions are about."""
    return {name for expression in expressions for name in NAME.findall(expression)}


def on_the_dashboard() -> list[str]:
    return [each["expr"] for panel in DASHBOARD["panels"] for each in panel.get("targets", ())]


def in_the_alerts() -> list[str]:
    return [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]


def scraped(watched: Watched) -> set[str]:
    """The names of all series that the services show now."""
    place, found = find(watched.directory), set[str]()
    for service in SERVICES:
        text = httpx.get(f"{place.service_url(service)}/{service}/metrics", timeout=10).text
        found |= {line.split("{")[0].split(" ")[0] for line in text.splitlines() if not line.startswith("#")}
    return found


def test_all_that_dashboard_and_alerts_ask_for_is_there(watched: Watched, trace: str) -> None:
    wanted = names_in(*on_the_dashboard(), *in_the_alerts())
    assert len(wanted) > 20
    assert wanted - scraped(watched) == set()


def test_a_collector_is_sent_the_metrics_that_prometheus_reads(watched: Watched, trace: str) -> None:
    wanted = {re.sub("_(bucket|count)$", "", name) for name in names_in(*on_the_dashboard())}

    def lacking() -> set[str]:
        return wanted - set[str]().union(*watched.collector.metrics.values())

    child.wait_until(lambda: not lacking(), 20, f"metrics by OTLP; lacking {lacking()}")
    assert set(watched.collector.metrics) == set(SERVICES)


def test_awards_are_counted_as_they_are_asked_for_and_issued(watched: Watched, trace: str) -> None:
    def counted() -> dict[str, float]:
        badges = asyncio.run(reading.read(find(watched.directory))).services["badges"]
        return {
            what: badges.total(f"col_badges_{what}_total") for what in ("requested", "issued", "not_issued")
        }

    before = counted()
    for _ in range(2):  # the second time nobody is awarded
        watched.award([f"counted{number}@example.org" for number in range(3)], "", "counted")

    def grown() -> dict[str, float]:
        return {what: now - before[what] for what, now in counted().items()}

    child.wait_until(lambda: grown() == {"requested": 3, "issued": 3, "not_issued": 0}, 20, "three of each")


def test_the_door_shows_nobody_the_metrics(watched: Watched) -> None:
    for service in SERVICES:
        assert httpx.get(f"{watched.url}/{service}/metrics").status_code == 404


def test_top_shows_every_service_and_what_is_going_on(watched: Watched, trace: str) -> None:
    done = city("top", "--once", "--seconds", "0.5", "-d", str(watched.directory))
    assert done.returncode == 0, done.stderr
    for service in SERVICES:
        assert re.search(rf"^ {service} +ready ", done.stdout, re.MULTILINE), done.stdout
    for what in ("awards requested", "awards issued", "steps completed", "letters sent", "notify-feed"):
        assert what in done.stdout


def test_top_goes_on_until_it_is_told_to_stop(watched: Watched) -> None:
    command = [*CITY, "top", "--seconds", "0.2", "-d", str(watched.directory)]
    ours, terminal = pty.openpty()
    environment = os.environ | {"COLUMNS": "200", "LINES": "40", "TERM": "xterm"}
    process = subprocess.Popen(command, cwd=ROOT, stdout=terminal, stderr=subprocess.PIPE, env=environment)
    out = b""

    def looked_often() -> bool:
        nonlocal out
        if select.select([ours], [], [], 0)[0]:
            out += os.read(ours, 65_536)
        return out.count(b"awards issued") > 3

    child.wait_until(looked_often, 30, "some looks")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    os.close(ours)
    os.close(terminal)
    assert process.returncode == 130 and b"Traceback" not in err, err


def test_queue_says_what_waits_and_what_to_do(watched: Watched, trace: str) -> None:
    place = find(watched.directory)
    assert city("queue", "-d", str(watched.directory)).returncode == 0

    async def fail_a_letter() -> None:
        async with connected(place.addresses.database_url("notify")) as notify:
            changed = "UPDATE letter SET state = 'unknown' WHERE id = (SELECT id FROM letter LIMIT 1)"
            await notify.execute(changed)

    asyncio.run(fail_a_letter())
    told = json.loads(city("queue", "-d", str(watched.directory), "--json").stdout)
    (unknown,) = [each for each in told if each["what"] == "letters unknown"]
    assert (unknown["where"], unknown["number"]) == ("notify", 1)
    assert "resend" in unknown["todo"]
    assert "letters unknown" in city("queue", "-d", str(watched.directory)).stdout


@pytest.mark.parametrize("command", ["top", "queue"])
def test_where_no_city_runs_it_says_what_to_do(command: str, tmp_path: Path) -> None:
    done = city(command, "-d", str(tmp_path))
    assert done.returncode == 1
    assert "no city runs" in done.stderr and "city up" in done.stderr
