"""The supervisor: starts a city, keeps it up, stops it in order, and goes on from its data directory."""

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import httpx
import nats
import pytest

from deploy.onemachine import addresses, caddy, child, state, supervisor
from deploy.onemachine.secret_files import SecretFiles, SecretsLost

TINY = Path(__file__).with_name("tiny_city.py")
ROOT = Path(__file__).parents[3]


def services(*names: str) -> list[supervisor.Service]:
    return [
        supervisor.Service(name, [sys.executable, str(TINY), "serve", name, "{port}"], ["recipient_secret"])
        for name in names
    ]


def url() -> str:
    return f"http://localhost:{child.free_port()}"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[supervisor.City]:
    directory = tmp_path_factory.mktemp("city") / ".city"
    plan = supervisor.Plan(services("catalogue", "badges"), public_url=url(), directory=directory)
    with supervisor.running(plan, said.append) as running:
        yield running


said: list[str] = []


def settle(city: supervisor.City, holds: Callable[[], bool], seconds: float = 20) -> None:
    """Let the supervisor work until something holds."""
    deadline = time.monotonic() + seconds
    city.watch(lambda: holds() or time.monotonic() > deadline)
    assert holds(), said


def all_ready(city: supervisor.City) -> bool:
    return all(program.is_ready for program in city.programs)


def get(city: supervisor.City, path: str) -> dict[str, object]:
    told: dict[str, object] = httpx.get(city.plan.public_url + path, timeout=10).json()
    return told


def test_every_part_is_behind_the_one_door(city: supervisor.City) -> None:
    assert get(city, "/catalogue/health/ready")["name"] == "catalogue"
    assert get(city, "/awards")["name"] == "badges"
    assert httpx.get(city.plan.public_url + "/mail").status_code == 200


def test_what_runs_can_be_found_in_the_data_directory(city: supervisor.City) -> None:
    found = state.read(city.plan.directory)
    assert found is not None
    assert found.supervisor == os.getpid()
    assert found.children.keys() == {"postgres", "nats", "mail", "catalogue", "badges", "caddy"}
    for one in found.children.values():
        assert one.command in child.command_line(one.pid)


async def test_the_addresses_of_a_running_city_let_one_in(city: supervisor.City) -> None:
    places = addresses.of_running(city.plan.directory)
    connection = await asyncpg.connect(places.database_admin_url)
    assert await connection.fetchval("show synchronous_commit") == "on"
    await connection.close()
    password = places.nats_password("operator")
    client = await nats.connect(
        places.nats_url, user="operator", password=password, inbox_prefix="_INBOX_operator"
    )
    assert (await client.jetstream().account_info()).streams == 0
    await client.close()


def test_the_mail_sink_can_be_counted(city: supervisor.City) -> None:
    places = addresses.of_running(city.plan.directory)
    assert httpx.get(places.mail_page + "/mail/counts.json").json()["messages"] == 0


def test_a_service_is_told_its_own_secrets_and_no_others(city: supervisor.City) -> None:
    told = get(city, "/catalogue/health/live")
    assert told["secrets"] == ["catalogue_nats_password", "recipient_secret"]
    environment = told["environment"]
    assert isinstance(environment, dict)
    assert environment["CATALOGUE_DATABASE_URL"].startswith("postgresql://catalogue:")
    assert environment["CATALOGUE_NATS_USER"] == "catalogue"
    assert "BADGES_DATABASE_URL" not in environment
    places = addresses.of_running(city.plan.directory)
    assert places.secrets.text("postgres_superuser_password") not in json.dumps(told)


def test_secrets_are_for_their_owner_alone(city: supervisor.City) -> None:
    files = [path for path in (city.directory / "secrets").rglob("*") if path.is_file()]
    assert len(files) > 8
    for path in [*files, city.directory / "run.json", city.directory / "nats" / "nats.conf"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((city.directory / "secrets").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["badges", "mail", "nats", "postgres", "caddy"])
def test_what_is_killed_comes_back_at_the_same_address(city: supervisor.City, name: str) -> None:
    before = state.read(city.plan.directory)
    assert before is not None
    os.kill(before.children[name].pid, signal.SIGKILL)
    settle(city, lambda: any(p.name == name and p.restarts for p in city.programs) and all_ready(city))
    after = state.read(city.plan.directory)
    assert after is not None
    assert after.children[name].pid != before.children[name].pid
    assert after.children[name].restarts == 1
    assert after.addresses == before.addresses
    assert f"{name}: killed by SIGKILL, starts again in 0.1 s" in said
    assert get(city, "/awards")["name"] == "badges"


def test_a_second_city_on_the_same_data_is_refused(city: supervisor.City) -> None:
    with pytest.raises(state.AlreadyRunning, match=rf"process {os.getpid()}"), supervisor.running(city.plan):
        pass
    assert state.read(city.plan.directory) is not None


def test_a_second_city_on_the_same_port_is_refused_by_the_name_of_the_setting(
    city: supervisor.City, tmp_path: Path
) -> None:
    plan = replace(city.plan, directory=tmp_path / ".city")
    with pytest.raises(caddy.PortBusy, match="PUBLIC_URL"), supervisor.running(plan):
        pass
    assert not (tmp_path / ".city" / "postgres").exists()


def test_a_service_that_does_not_start_is_an_error_with_its_log(tmp_path: Path) -> None:
    broken = supervisor.Service("badges", [sys.executable, "-c", "raise SystemExit('no such key')"])
    plan = supervisor.Plan([broken], public_url=url(), directory=tmp_path / ".city")
    complaint = pytest.raises(child.StartFailed, match=r"badges does not start(.|\n)*no such key")
    with complaint, supervisor.running(plan, said.append):
        pass
    assert state.read_last(tmp_path / ".city") is None


def test_servers_configured_from_outside_are_used_and_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setenv("DATABASE_ADMIN_URL", "postgresql://admin:secret@db.example.org/postgres")
    monkeypatch.setenv("NATS_URL", "nats://nats.example.org:4222")
    plan = supervisor.Plan(
        services("badges"),
        public_url=url(),
        directory=tmp_path / ".city",
        prepare=lambda places: seen.extend([places.database_admin_url, places.nats_url]),
    )
    with supervisor.running(plan, said.append) as city:
        assert {program.name for program in city.programs} == {"mail", "badges", "caddy"}
        environment = get(city, "/awards")["environment"]
        assert isinstance(environment, dict)
        assert environment["BADGES_DATABASE_URL"].endswith("@db.example.org/badges")
        assert environment["NATS_URL"] == "nats://nats.example.org:4222"
        assert "DATABASE_ADMIN_URL" not in environment
    assert seen == ["postgresql://admin:secret@db.example.org/postgres", "nats://nats.example.org:4222"]


async def count(admin_url: str) -> int:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute("create table if not exists starts (at timestamptz default now())")
        await connection.execute("insert into starts default values")
        found: int = await connection.fetchval("select count(*) from starts")
        return found
    finally:
        await connection.close()


def test_a_second_start_goes_on_from_the_data_of_the_first(tmp_path: Path) -> None:
    seen: list[int] = []
    plan = supervisor.Plan(
        [],
        public_url=url(),
        directory=tmp_path / ".city",
        prepare=lambda places: seen.append(asyncio.run(count(places.database_admin_url))),
    )
    for _ in range(2):
        with supervisor.running(plan, said.append):
            pass
    assert seen == [1, 2]


def test_data_without_the_secret_it_was_made_with_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(SecretsLost, match="restore it from the backup"):
        SecretFiles(tmp_path / "secrets").needed("postgres_superuser_password", tmp_path / "postgres")


def start_tiny(directory: Path, public_url: str) -> "subprocess.Popen[str]":
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(TINY), str(directory), public_url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    assert any(line == "healthy\n" for line in process.stdout), "the tiny city did not start"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_in_reverse_order(tmp_path: Path, number: signal.Signals) -> None:
    with start_tiny(tmp_path / ".city", url()) as process:
        running = state.read(tmp_path / ".city")
        assert running is not None
        process.send_signal(number)
        process.send_signal(number)  # a second one does not break off the stopping
        assert process.stdout is not None
        lines = process.stdout.read().splitlines()
    order = ("caddy", "catalogue", "badges", "mail", "nats", "postgres")
    assert lines == [*(f"{name}: stopped" for name in order), "stopped cleanly"]
    assert process.returncode == 0
    assert not any(child.command_line(one.pid) for one in running.children.values())
    assert state.read_last(tmp_path / ".city") is None


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start stops the children")
def test_a_killed_supervisor_takes_its_children_along_and_the_next_one_goes_on(tmp_path: Path) -> None:
    public_url = url()
    with start_tiny(tmp_path / ".city", public_url) as process:
        running = state.read(tmp_path / ".city")
        assert running is not None
        process.kill()
    assert state.read(tmp_path / ".city") is None
    pids = [one.pid for one in running.children.values()]
    assert child.came_true(lambda: not any(child.command_line(pid) for pid in pids), 10)
    with start_tiny(tmp_path / ".city", public_url) as process:
        process.terminate()
