"""Real PostgreSQL and NATS for the tests, started once a run on free ports."""

from collections.abc import Iterator

import pytest

from deploy.onemachine.testbed import RunningNats, RunningPostgres, start_nats, start_postgres
from services.chassis.testing import Databases, Keyring


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgres]:
    """One PostgreSQL cluster for the run."""
    running = start_postgres(tmp_path_factory.mktemp("postgres"))
    yield running
    running.stop()


@pytest.fixture
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNats]:
    """A NATS server of the test's own (it starts in 20 ms)."""
    running = start_nats(tmp_path_factory.mktemp("nats"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def databases(postgres: RunningPostgres) -> Databases:
    """Makes migrated databases: `await databases.fresh("badges")` answers a URL."""
    return Databases(postgres.admin_url)


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Issues access tokens; its `jwks_file` goes into a service's settings."""
    return Keyring(tmp_path_factory.mktemp("keys"))
