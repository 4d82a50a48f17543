"""Where the parts of a city on this machine are and how one gets in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from . import state
from .secret_files import SecretFiles

ADMIN_SETTING = "DATABASE_ADMIN_URL"
NATS_SETTING = "NATS_URL"
SUPERUSER_SECRET = "postgres_superuser_password"  # noqa: S105 - a name


class NotRunning(Exception):
    """No city runs from this data directory; `city up` starts one."""


@dataclass(frozen=True)
class Addresses:
    """The servers and the secrets of one city on one machine.

    `parts` maps postgres, nats, smtp, mail and each service to host:port. What is not there was configured
    from outside by DATABASE_ADMIN_URL and NATS_URL.
    """

    directory: Path
    parts: Mapping[str, str]

    @property
    def secrets(self) -> SecretFiles:
        """The city's secrets."""
        return secrets_of(self.directory)

    @property
    def database_admin_url(self) -> str:
        """Where a superuser makes databases and roles.

        A configured URL with a user but no password is given the one kept as a secret, if there is one.
        """
        if "postgres" in self.parts:
            return self._with_password(f"postgresql://postgres@{self.parts['postgres']}/postgres")
        configured = os.environ[ADMIN_SETTING]
        url, secret = urlsplit(configured), self.secrets.path(SUPERUSER_SECRET)
        lacking = url.username and not url.password and secret.exists()
        return self._with_password(configured) if lacking else configured

    def _with_password(self, admin_url: str) -> str:
        url, password = urlsplit(admin_url), quote(self.secrets.text(SUPERUSER_SECRET), safe="")
        user, _, place = url.netloc.rpartition("@")
        return url._replace(netloc=f"{user}:{password}@{place}").geturl()

    def database_url(self, service: str) -> str:
        """`<SERVICE>_DATABASE_URL`, else the role and the database named after the service."""
        configured = os.environ.get(f"{service.upper()}_DATABASE_URL")
        if configured:
            return configured
        server = urlsplit(self.database_admin_url)
        password = quote(self.secrets.text(f"{service}_database_password"), safe="")
        place = server.netloc.rpartition("@")[2]
        return server._replace(netloc=f"{service}:{password}@{place}", path=f"/{service}").geturl()

    @property
    def nats_url(self) -> str:
        """The NATS server; users and passwords are apart."""
        return f"nats://{self.parts['nats']}" if "nats" in self.parts else os.environ[NATS_SETTING]

    def nats_password(self, user: str) -> str:
        """`<USER>_NATS_PASSWORD`, else the secret, of a service or `operator`.

        A client's inbox prefix must be `_INBOX_<user>`.
        """
        configured = os.environ.get(f"{user.upper()}_NATS_PASSWORD")
        return configured or self.secrets.text(f"{user}_nats_password")

    @property
    def mail_page(self) -> str:
        """Where the mail sink answers, without the city's door in between; its pages are under /mail."""
        return f"http://{self.parts['mail']}"


def secrets_of(directory: Path) -> SecretFiles:
    """The secrets kept in a data directory."""
    return SecretFiles(directory / "secrets")


def of_running(directory: Path = state.DEFAULT_DIRECTORY) -> Addresses:
    """The addresses of the city that runs from this data directory; raises NotRunning."""
    running = state.read(directory)
    if running is None:
        raise NotRunning(f"no city runs from {directory}: start one with `city up`")
    return Addresses(directory, running.addresses)
