"""What notify needs to run."""

import re
import socket
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from services.chassis.settings import Settings as ChassisSettings

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class Settings(ChassisSettings):
    """Settings of notify."""

    service: ClassVar[str] = "notify"

    smtp_url: str = Field(
        default="smtp://127.0.0.1:1025",
        description="mail server: smtp://host:port (no encryption), smtp+starttls://host:port or smtps://host:port",
    )
    smtp_user: str | None = Field(default=None, description="user at the mail server; none: do not sign in")
    smtp_password: SecretStr | None = Field(default=None, description="password at the mail server")
    smtp_timeout: float = Field(default=30, gt=0, le=300, description="longest wait for an answer, seconds")
    smtp_connections: int = Field(
        default=4, ge=1, le=50, description="connections letters are sent over at once"
    )
    letters_per_second: float | None = Field(
        default=None, gt=0, description="most letters per second and process; none: no limit"
    )
    letter_retries: tuple[float, ...] = Field(
        default=(10, 60, 300, 900, 3600, 14400, 43200, 86400),
        description="delays before a letter is tried again after temporary refusals: a JSON list of seconds",
    )
    mail_from: str = Field(
        default="Cities of Learning <no-reply@localhost>",
        description="sender of every letter: Name <address>",
    )
    city_title: str | None = Field(default=None, description="the city's name as people write it")
    default_language: str = Field(default="en", description="language of letters to people who chose none")
    instance: str = Field(
        default_factory=socket.gethostname,
        min_length=1,
        max_length=100,
        description="name of this process among its replicas; the same after a restart",
    )
    state_dir: Path = Field(
        default=Path(".city/notify"),
        description="directory for what the mail server has accepted; kept over restarts, one per instance",
    )
    organisations_integrate: bool = Field(
        default=True, description="whether owners may register integrations, and not operators alone"
    )
    lease_seconds: float = Field(
        default=120,
        gt=0,
        description="after this long without a sign of life, what an instance was sending is unknown",
    )

    @field_validator("smtp_url")
    @classmethod
    def _server(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in PORTS or not parts.hostname or parts.path or parts.username:
            raise ValueError(
                f"write <{'|'.join(PORTS)}>://host:port; user and password are settings of their own"
            )
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        address = parseaddr(value)[1]
        if not value.isprintable() or not _ADDRESS.fullmatch(address):
            raise ValueError("write one line: Name <name@example.org>")
        return value

    @model_validator(mode="after")
    def _no_password_in_clear(self) -> "Settings":
        local = self.smtp_server.hostname in ("127.0.0.1", "::1", "localhost")
        if self.smtp_password and self.smtp_server.scheme == "smtp" and not local:
            raise ValueError(
                "SMTP_URL: smtp:// would send the password in clear; use smtp+starttls:// or smtps://"
            )
        return self

    @property
    def city_name(self) -> str:
        """The city's name as letters write it."""
        return self.city_title or self.city.replace("-", " ").title()

    @property
    def smtp_server(self) -> SplitResult:
        """The mail server's address in parts."""
        return urlsplit(self.smtp_url)

    @property
    def smtp_port(self) -> int:
        """The mail server's port."""
        return self.smtp_server.port or PORTS[self.smtp_server.scheme]

    @property
    def sender(self) -> Address:
        """The sender of every letter."""
        name, address = parseaddr(self.mail_from)
        return Address(display_name=name, addr_spec=address)
