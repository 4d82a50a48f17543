"""The operator's command: against a city that runs, and with mistakes that operators make."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.onemachine import child

ROOT = Path(__file__).parents[2]
CITY = [sys.executable, "-m", "deploy.cli"]
CSV = """conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,status,description
KnowledgeSkillCompetence,http://data.europa.eu/esco/skill/a,knowledge,cross-sector,{},,released,
"""


def city(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator does."""
    return subprocess.run(
        [*CITY, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | environment,
    )


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli") / "city"


@pytest.fixture(scope="module")
def up(directory: Path) -> Iterator[str]:
    """A city that runs; its PUBLIC_URL."""
    url = f"http://localhost:{child.free_port()}"
    log = directory.with_suffix(".log")
    with log.open("w") as output:
        process = subprocess.Popen(
            [*CITY, "up", "-d", str(directory), "--public-url", url],
            cwd=ROOT,
            stderr=output,
            env=os.environ | {"OPERATOR_ADDRESSES": "boss@example.org"},
        )
    child.wait_until(lambda: "is healthy" in log.read_text() or process.poll() is not None, 60, "city up")
    assert process.poll() is None, log.read_text()
    yield url
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0, log.read_text()


def test_help_names_every_command_and_is_quick() -> None:
    started = time.monotonic()
    told = city("--help").stdout
    assert time.monotonic() - started < 2
    for command in (
        "up",
        "demo",
        "doctor",
        "top",
        "queue",
        "esco",
        "dead-letters",
        "journal",
        "token",
        "show",
        "bootstrap",
    ):
        assert command in told


@pytest.mark.usefixtures("up")
def test_the_doctor_finds_a_new_city_well(directory: Path) -> None:
    done = city("doctor", "-d", str(directory), "--json")
    findings = json.loads(done.stdout)
    assert [one for one in findings if one["level"] == "FAIL"] == []
    assert done.returncode == 0
    names = {one["name"] for one in findings}
    assert {
        "python",
        "postgres",
        "nats-server",
        "caddy",
        "secrets",
        "events",
        "dead letters",
        "mail server",
    } <= names
    assert {f"database of {one}" for one in ("catalogue", "badges", "pathways", "notify")} <= names


@pytest.mark.usefixtures("up")
def test_the_doctor_says_what_is_wrong_and_what_helps(directory: Path) -> None:
    secret = directory / "secrets" / "recipient_secret"
    secret.chmod(0o644)
    done = city("doctor", "-d", str(directory))
    secret.chmod(0o600)
    assert done.returncode == 1
    assert "FAIL secrets" in done.stdout and "chmod -R go=" in done.stdout


def test_a_token_opens_what_its_holder_may_see(up: str, directory: Path) -> None:
    token = city("token", "me@example.org", "--operator", "-d", str(directory)).stdout.strip()
    answer = httpx.get(f"{up}/letters/counts", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    visitor = city("token", "me@example.org", "-d", str(directory)).stdout.strip()
    answer = httpx.get(f"{up}/letters/counts", headers={"Authorization": f"Bearer {visitor}"})
    assert answer.status_code == 403


def test_settings_of_a_service_reach_it_through_the_environment(up: str) -> None:
    httpx.post(f"{up}/sign-in", json={"address": "boss@example.org"}).raise_for_status()
    found: list[str] = []

    def arrived() -> bool:
        letter = httpx.get(f"{up}/mail/messages/1.json")
        found[:] = re.findall(r"/sign-in/[A-Za-z0-9_-]+", letter.text) if letter.is_success else []
        return bool(found)

    child.wait_until(arrived, 20, "the sign-in letter")
    token = httpx.post(up + found[0]).json()["access_token"]
    answer = httpx.get(f"{up}/letters/counts", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, "OPERATOR_ADDRESSES did not make an operator"


def test_show_knows_addresses_processes_and_counts(up: str, directory: Path) -> None:
    sight = json.loads(city("show", "-d", str(directory), "--json").stdout)
    assert sight["public_url"] == up
    assert {"postgres", "nats", "caddy", "mail", "badges"} <= set(sight["processes"])
    assert sight["counts"]["catalogue"]["skills"] == 99
    assert up in city("show", "-d", str(directory)).stdout


def test_a_sent_event_is_sent_again_and_handled_once(up: str, directory: Path) -> None:
    where = ("-d", str(directory))
    token = city("token", "me@example.org", "--operator", *where).stdout.strip()
    told = {"name": "Paja", "owner": "paja@example.org"}
    made = httpx.post(f"{up}/organisations", json=told, headers={"Authorization": f"Bearer {token}"})
    assert made.status_code == 201, made.text
    child.wait_until(lambda: sent(directory) > 0, 10, "the relay")
    again = city("journal", "republish", *where)
    assert again.returncode == 0 and "catalogue" in again.stderr
    assert int(again.stderr.split()[0]) > 0
    assert city("journal", "republish", "--since", "2999-01-01", *where).stderr.startswith("0 events")
    assert city("dead-letters", "list", *where).stdout == "no dead letters\n"
    assert json.loads(city("dead-letters", "list", "--json", *where).stdout) == []
    assert city("dead-letters", "retry", *where).stderr.startswith("0 will be handled")


def sent(directory: Path) -> int:
    """How many events the catalogue has sent."""
    sight = json.loads(city("show", "-d", str(directory), "--json").stdout)
    return int(sight["counts"]["catalogue"]["events"].get("sent", 0))


def test_keys_are_given_up_and_sealed_anew_while_the_city_runs(up: str, directory: Path) -> None:
    where, organisation = ("-d", str(directory)), _awarding(up, directory)
    ready = f"{up}/badges/health/ready"
    given_up = city("keys", "compromise", "--organisation", organisation, *where)
    assert "`city reissue --compromised`" in given_up.stderr, given_up.stderr
    assert "1 badges and 0 endorsements" in city("reissue", "--compromised", *where).stderr
    exported = json.loads(city("keys", "export", "--all", *where).stdout)
    actions = [each["action"] for each in exported[organisation]["history"]]
    assert actions == ["made", "rotated", "compromised", "reissued"]
    own = (directory / "secrets" / "badges_key_encryption_key").read_text()
    other = "ab" * 32
    assert city("keys", "rewrap", *where, NEW_KEY_ENCRYPTION_KEY=other).returncode == 0
    assert (httpx.get(ready).status_code, "rewrap" in httpx.get(ready).text) == (503, True)
    doctor = city("doctor", *where)
    assert doctor.returncode == 1 and "FAIL badges: signing keys" in doctor.stdout
    back = city("keys", "rewrap", *where, KEY_ENCRYPTION_KEY=other, NEW_KEY_ENCRYPTION_KEY=own)
    assert back.returncode == 0 and httpx.get(ready).status_code == 200
    assert city("doctor", *where).returncode == 0


def _awarding(up: str, directory: Path) -> str:
    """An organisation that has awarded a badge."""
    token = city("token", "me@example.org", "--operator", "-d", str(directory)).stdout.strip()
    with httpx.Client(base_url=up, headers={"Authorization": f"Bearer {token}"}) as http:
        told = {"name": "Pajala", "owner": "pajala@example.org"}
        organisation = str(http.post("/organisations", json=told).json()["id"])
        http.post(f"/organisations/{organisation}/verify").raise_for_status()
        words = {"name": "Helper", "description": "Helped.", "criteria": "Help.", "language": "en"}

        def made() -> httpx.Response:
            return http.post("/achievements", json={"organisation": organisation, **words})

        answers: list[httpx.Response] = []

        def heard() -> bool:
            answers.append(made())
            return answers[-1].is_success

        child.wait_until(heard, 20, "the news")
        body = {"achievement": answers[-1].json()["id"], "recipients": "x@example.org"}
        http.post("/awards", json=body).raise_for_status()
        listed = f"/awards?organisation={organisation}"
        child.wait_until(lambda: '"issued"' in http.get(listed).text, 20, "the badge")
    return organisation


@pytest.mark.usefixtures("up")
def test_esco_is_imported_by_language_and_a_second_time_changes_nothing(
    directory: Path, tmp_path: Path
) -> None:
    for language, label in (("en", "make tea"), ("fi", "keittää teetä")):
        (tmp_path / f"skills_{language}.csv").write_text(CSV.format(label))
    files = sorted(map(str, tmp_path.glob("*.csv")))
    first = city("esco", "import", *files, "-d", str(directory))
    assert first.returncode == 0, first.stderr
    assert "1 skills and 2 labels new" in first.stderr
    assert (
        "0 skills and 0 labels new, 0 labels changed"
        in city("esco", "import", *files, "-d", str(directory)).stderr
    )


@pytest.mark.usefixtures("up")
def test_a_file_that_is_not_esco_is_refused_in_words(directory: Path, tmp_path: Path) -> None:
    other = tmp_path / "prices.csv"
    other.write_text("apple,3\n")
    done = city("esco", "import", str(other), "-d", str(directory))
    assert done.returncode == 1
    assert "no skills in there" in done.stderr and "Traceback" not in done.stderr


def test_bootstrap_again_makes_nothing(up: str, directory: Path) -> None:
    done = city("bootstrap", "-d", str(directory))
    assert done.returncode == 0, up
    assert done.stderr == "city has everything it needs\n"


@pytest.mark.usefixtures("up")
def test_one_directory_runs_one_city(directory: Path) -> None:
    done = city("up", "-d", str(directory))
    assert done.returncode == 1
    assert "already runs from" in done.stderr and "Traceback" not in done.stderr


NOT_RUNNING = [
    ("show",),
    ("token", "me@example.org"),
    ("dead-letters", "list"),
    ("journal", "republish"),
    ("bootstrap",),
]


@pytest.mark.parametrize("command", NOT_RUNNING, ids=" ".join)
def test_without_a_city_every_command_says_how_to_have_one(command: tuple[str, ...], tmp_path: Path) -> None:
    done = city(*command, "-d", str(tmp_path / "none"))
    assert done.returncode == 1
    assert done.stderr.startswith("city: no city runs from") and "`city up`" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_busy_port_is_refused_in_a_sentence(tmp_path: Path) -> None:
    where = str(tmp_path / "city")
    with socket.create_server(("127.0.0.1", child.free_port())) as server:
        taken = server.getsockname()[1]
        busy = city("up", "-d", where, "--public-url", f"http://localhost:{taken}")
    assert busy.returncode == 1
    assert busy.stderr.splitlines()[-1].startswith(f"city: port {taken} is in use")


def test_the_doctor_without_a_city_looks_at_the_machine(tmp_path: Path) -> None:
    url = f"http://localhost:{child.free_port()}"
    done = city("doctor", "-d", str(tmp_path / "city"), "--public-url", url)
    assert done.returncode == 0, done.stdout
    assert "WARN city" in done.stdout and "city up" in done.stdout


def test_a_city_elsewhere_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    elsewhere = {
        "CITY": "turku",
        "PUBLIC_URL": "https://turku.example",
        "DATABASE_ADMIN_URL": "postgresql://admin:hidden@127.0.0.1:1/postgres",
        "NATS_URL": "nats://127.0.0.1:1",
    }
    done = city("show", "-d", str(tmp_path), **elsewhere)
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr and "hidden" not in done.stderr
    doctor = city("doctor", "-d", str(tmp_path), **elsewhere)
    assert doctor.returncode == 1
    assert "FAIL events: NATS at nats://127.0.0.1:1" in doctor.stdout and "Traceback" not in doctor.stderr


def test_wrong_usage_is_status_two() -> None:
    assert CliRunner().invoke(app, ["token"]).exit_code == 2
    assert CliRunner().invoke(app, ["esco", "import", "/no/such/file"]).exit_code == 2
    named = CliRunner().invoke(app, ["up", "--city", "Not A Name"])
    assert named.exit_code == 2 and "letters, digits or hyphens" in named.output
    assert CliRunner().invoke(app, ["up", "--public-url", "https://example.org/city"]).exit_code == 2
