"""What containers are given before they start, and that the servers take the configuration they are given."""

import re
import subprocess
from pathlib import Path

import pytest

from deploy import containers, keys
from deploy.commands import place
from deploy.databases import connected
from deploy.onemachine import nats
from deploy.onemachine.testbed import RunningPostgres
from deploy.services import SERVICES

DEPLOY = Path(containers.__file__).parent
SETTINGS = {
    "CITY": "helsinki",
    "PUBLIC_URL": "https://city.test",
    "DATABASE_ADMIN_URL": "postgresql://postgres@postgres:5432/postgres",
    "NATS_URL": "nats://nats:4222",
}


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> place.City:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    found = place.find(tmp_path)
    containers.lay_out(found)
    return found


def handed(city: place.City, reader: str) -> set[str]:
    return {path.name for path in (city.addresses.secrets.directory / "for" / reader).iterdir()}


def test_every_service_is_handed_its_own_secrets(city: place.City) -> None:
    for service in SERVICES:
        own = {f"{service}_nats_password", f"{service}_database_url", *keys.OF_SERVICE[service]}
        assert handed(city, service) == own
    assert handed(city, "postgres") == {"postgres_superuser_password"}
    assert handed(city, "nats") == {"accounts.conf"}


def test_a_service_s_database_is_where_the_admin_s_is_with_a_password_of_its_own(city: place.City) -> None:
    secrets = city.addresses.secrets
    password = secrets.text("badges_database_password")
    url = secrets.path("for/badges/badges_database_url").read_text()
    assert url == f"postgresql://badges:{password}@postgres:5432/badges"


def test_the_admin_s_password_is_the_one_that_postgres_is_given(city: place.City) -> None:
    password = city.addresses.secrets.path("for/postgres/postgres_superuser_password").read_text()
    assert city.addresses.database_admin_url == f"postgresql://postgres:{password}@postgres:5432/postgres"


def test_a_second_start_changes_no_secret(city: place.City) -> None:
    def all_of_them() -> dict[str, str]:
        directory = city.addresses.secrets.directory
        return {str(path): path.read_text() for path in directory.rglob("*") if path.is_file()}

    before = all_of_them()
    containers.lay_out(city)
    assert all_of_them() == before


def test_each_folder_belongs_to_who_reads_it(city: place.City, tmp_path: Path) -> None:
    volumes = tmp_path / "volumes"
    for name in ("postgres", "nats"):
        (volumes / name / "deeper").mkdir(parents=True)
    secrets = city.addresses.secrets
    owned = dict(containers.owners(secrets, volumes))
    for inside in ("for/postgres", "for/postgres/postgres_superuser_password"):
        assert owned[secrets.path(inside)] == 999
    assert (
        owned[secrets.path("for/badges/recipient_secret")] == owned[secrets.path("recipient_secret")] == 10001
    )
    assert {path.relative_to(volumes): user for path, user in owned.items() if volumes in path.parents} == {
        Path("postgres"): 999,
        Path("nats"): 10001,
    }


def test_nobody_else_can_read_a_secret(city: place.City) -> None:
    assert list(keys.exposed(city.addresses.secrets)) == []


def test_nats_takes_its_configuration_with_the_city_s_account(city: place.City, tmp_path: Path) -> None:
    (tmp_path / "nats.conf").write_text((DEPLOY / "nats/nats.conf").read_text())
    (tmp_path / "accounts").symlink_to(city.addresses.secrets.path("for/nats"))
    asked: list[str | Path] = [nats.find_server(), "-t", "-c", tmp_path / "nats.conf"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "sync_interval: always" in (DEPLOY / "nats/nats.conf").read_text()


def quoted(value: str) -> str:
    return value if value.startswith("'") else f"'{value}'"


async def test_postgres_knows_every_setting_it_is_given(postgres: RunningPostgres) -> None:
    """A real server checks name and value of each; it is never told to load them."""
    given = dict(re.findall(r"^(\w+) = (\S+)", (DEPLOY / "postgres/postgresql.conf").read_text(), re.M))
    assert given["fsync"] == given["synchronous_commit"] == "on"
    async with connected(postgres.admin_url) as admin:
        for name, value in given.items():
            await admin.execute(f"ALTER SYSTEM SET {name} = {quoted(value)}")
            await admin.execute(f"ALTER SYSTEM RESET {name}")


def test_a_service_s_role_reaches_its_own_database_alone() -> None:
    lines = (DEPLOY / "postgres/pg_hba.conf").read_text().splitlines()
    rules = [line.split() for line in lines if not line.startswith("#")]
    assert all(rule[-1] == "scram-sha-256" for rule in rules)
    assert [rule[1:3] for rule in rules if rule[2] != "postgres"] == [[name, name] for name in SERVICES]
