"""The demo, run as a newcomer runs it, and everything it left behind read through.

It takes most of a minute: the main job of a whole city, once, for all tests of this file.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.recipients import normal_address, recipient_id
from deploy import topology
from deploy.demo import run, stream
from deploy.demo.city import expected_pathway_completions, load_city
from deploy.demo.stream import Message
from deploy.keys import RECIPIENT_SECRET
from deploy.nats import permissions
from deploy.onemachine import child, nats
from deploy.onemachine.addresses import secrets_of
from deploy.services import SERVICES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]
DEMO = load_city(datetime.now(UTC))


@dataclass(frozen=True)
class Ran:
    """A demo that has stopped: what it printed, and its data."""

    directory: Path
    output: str
    told: str

    @property
    def figures(self) -> dict[str, Any]:
        """The JSON object in the last line."""
        figures: dict[str, Any] = json.loads(self.output.splitlines()[-1])
        return figures


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    directory = tmp_path_factory.mktemp("demo") / "city"
    url = f"http://localhost:{child.free_port()}"
    command = [sys.executable, "-m", "deploy.cli", "demo", "--once", "-d", str(directory)]
    done = subprocess.run(
        [*command, "--public-url", url], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr[-5000:] + done.stdout
    return Ran(directory, done.stdout, done.stderr)


@pytest.fixture(scope="module")
async def messages(ran: Ran) -> list[Message]:
    """Everything in the stream, read from the store that the demo left on disk."""
    secrets = secrets_of(ran.directory)
    users = (*SERVICES, permissions.OPERATOR)
    passwords = {user: secrets.text(f"{user}_nats_password") for user in users}
    rules = permissions.render(run.CITY, passwords)
    server = nats.start(ran.directory / "nats", log=ran.directory / "nats.log", permissions=rules)
    try:
        async with topology.connected(server.url, passwords[permissions.OPERATOR]) as client:
            return [message async for message in stream.messages(client, run.CITY)]
    finally:
        server.stop()


def people() -> Iterator[tuple[str, str]]:
    """Name and address of everybody in the demo; an organisation's contact has no name of their own."""
    yield from ((one.name, one.address) for one in DEMO.learners)
    yield from (("", one.contact) for one in DEMO.organisations)


def traces(ran: Ran) -> set[str]:
    """Whatever would give a person away: addresses as written and as stored, names, recipient ids."""
    secret = secrets_of(ran.directory).text(RECIPIENT_SECRET).encode()
    found = set[str]()
    for name, address in people():
        found |= {name, address, normal_address(address), str(recipient_id(address, secret))}
    return {trace.casefold() for trace in found if trace}


def test_it_comes_to_exactly_what_the_data_promise(ran: Ran) -> None:
    completed = sum(expected_pathway_completions(DEMO).values())
    figures = ran.figures
    assert list(figures) == [
        "city",
        "organisations",
        "activities",
        "skills",
        "learners",
        "completions",
        "badges_awarded",
        "credentials_verified",
        "pathways_completed",
        "letters_sent",
        "letters_duplicated",
        "events_published",
        "dead_letters",
        "seconds",
    ]
    signed_in = figures["letters_sent"] - (600 + 2 * completed)
    assert signed_in == 1 + 12 + 6  # the operator, the owners and some learners
    assert figures | {"seconds": 0, "events_published": 0} == {
        "city": "helsinki",
        "organisations": 12,
        "activities": 60,
        "skills": 99,
        "learners": 200,
        "completions": 600,
        "badges_awarded": 600 + completed,
        "credentials_verified": 600 + completed,
        "pathways_completed": completed,
        "letters_sent": 600 + 2 * completed + signed_in,
        "letters_duplicated": 0,
        "events_published": 0,
        "dead_letters": 0,
        "seconds": 0,
    }


def test_it_tells_its_steps_and_leaves_nothing_running(ran: Ran) -> None:
    assert "693 credentials fetched and verified" in ran.told
    assert "http://localhost:" in ran.told
    assert "WRONG" not in ran.told
    assert not (ran.directory / "run.json").exists()


def test_the_stream_survives_the_stop_and_holds_every_event(ran: Ran, messages: list[Message]) -> None:
    assert len(messages) == ran.figures["events_published"]
    ids = [message.envelope["id"] for message in messages]
    assert len(set(ids)) == len(ids)


def test_no_public_event_gives_anybody_away(ran: Ran, messages: list[Message]) -> None:
    texts = {"pub": "", "int": ""}
    for plane in texts:
        told = (json.dumps(m.envelope, ensure_ascii=False) for m in messages if m.plane == plane)
        texts[plane] = "\n".join(told).casefold()
    assert texts["pub"].count("\n") > 2000
    known = traces(ran)
    given_away = sorted(trace for trace in known if trace in texts["pub"])
    assert given_away == []
    assert len([trace for trace in known if trace in texts["int"]]) > 0.7 * len(known)  # the search can find


def test_no_subject_names_a_person(ran: Ran, messages: list[Message]) -> None:
    subjects = "\n".join({message.subject for message in messages}).casefold()
    assert [trace for trace in traces(ran) if trace in subjects] == []


def test_no_log_gives_anybody_away(ran: Ran) -> None:
    logs = "\n".join(log.read_text(errors="replace") for log in (ran.directory / "logs").iterdir()).casefold()
    assert [trace for trace in traces(ran) if trace in logs] == []
    assert "/claims/" not in logs and "/sign-in/" not in logs


def test_another_public_url_is_refused_once_badges_are_published(ran: Ran) -> None:
    url = f"http://localhost:{child.free_port()}"
    command = [sys.executable, "-m", "deploy.cli", "up", "--city", run.CITY, "-d", str(ran.directory)]
    done = subprocess.run(
        [*command, "--public-url", url], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    told = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert told.startswith("city: PUBLIC_URL was http://localhost:") and "set it to http://" in told


def test_a_second_demo_begins_anew_and_touches_nothing_else(ran: Ran, tmp_path: Path) -> None:
    other = tmp_path / "precious"
    other.mkdir()
    (other / "photo.jpg").touch()
    with pytest.raises(run.NotADemo, match="choose another directory"):
        run.clear(other)
    assert (other / "photo.jpg").exists()
    run.clear(ran.directory)
    assert {path.name for path in ran.directory.iterdir()} <= {run.MARK, "lock"}
