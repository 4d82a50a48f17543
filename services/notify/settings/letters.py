"""The settings of letters: the mail server, the pace, and how the city presents itself."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.utils import parseaddr
from functools import lru_cache
from typing import Annotated, Self
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator

from services.chassis.settings import Settings as ChassisSettings

from ..domain.brand import Brand
from ..domain.pace import Quiet

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class LetterSettings(ChassisSettings):
    """What notify needs to write to people."""

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
    letters_per_second_by_domain: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default={},
        description="most letters per second and process to one receiving domain: a JSON object such as "
        '{"example.org": 5, "*": 50}; `*` is every other one',
    )
    letters_per_claim: int = Field(
        default=50, ge=1, le=500, description="letters a connection takes in hand at once"
    )
    letter_retries: tuple[float, ...] = Field(
        default=(10, 60, 300, 900, 3600, 14400, 43200, 86400),
        description="delays before a letter is tried again after temporary refusals: a JSON list of seconds",
    )
    mail_from: str = Field(
        default="Cities of Learning <no-reply@localhost>",
        description="sender of every letter: Name <address>",
    )
    bounce_address: str | None = Field(
        default=None,
        description="where bounces go, as name@example.org: letters have name+<letter>@example.org as their "
        "return address; none: that of MAIL_FROM",
    )
    feedback_secret: SecretStr = Field(
        default=SecretStr(""),
        description="by which mail servers and providers prove who they are when they tell of bounces, "
        "at least 16 characters; without it only operators may",
    )
    letter_id_headers: tuple[Annotated[str, Field(pattern=r"[A-Za-z][A-Za-z0-9-]{0,60}")], ...] = Field(
        default=(),
        description="headers that carry a letter's id beside X-Letter-Id: a JSON list such as "
        '["X-PM-Metadata-letter"]',
    )
    city_title: str | None = Field(default=None, description="the city's name as people write it")
    city_colour: str = Field(default="#0b5a9c", description="colour of buttons in letters: #rrggbb")
    city_logo: str | None = Field(default=None, description="URL of the city's logo, 280 pixels wide")
    city_postal: str | None = Field(
        default=None, max_length=300, description="postal address at the foot of letters: one line"
    )
    city_contact: str | None = Field(
        default=None, max_length=300, description="whom readers may ask, at the foot of letters: one line"
    )
    quiet_hours: str | None = Field(
        default=None, description="when no letters leave but those to sign in with: HH:MM-HH:MM in TIME_ZONE"
    )
    time_zone: str = Field(default="UTC", description="time zone of the city: IANA name")
    default_language: str = Field(default="en", description="language of letters to people who chose none")

    @field_validator("smtp_url")
    @classmethod
    def _server(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in PORTS or not parts.hostname or parts.path or parts.username:
            raise ValueError(
                f"write <{'|'.join(PORTS)}>://host:port; user and password are settings of their own"
            )
        return value

    @field_validator("city_colour")
    @classmethod
    def _colour(cls, value: str) -> str:
        return Brand("", value).colour

    @field_validator("city_logo", "city_postal", "city_contact")
    @classmethod
    def _one_line(cls, value: str | None) -> str | None:
        if value and not value.isprintable():
            raise ValueError("write one line")
        return value or None

    @field_validator("quiet_hours")
    @classmethod
    def _quiet(cls, value: str | None) -> str | None:
        if value:
            Quiet.read(value)
        return value or None

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("write the IANA name of a time zone, e.g. Europe/Vilnius") from error
        return value

    @field_validator("letters_per_second_by_domain")
    @classmethod
    def _domains(cls, value: dict[str, float]) -> dict[str, float]:
        return {domain.strip().lower(): rate for domain, rate in value.items()}

    @field_validator("feedback_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 16:
            raise ValueError("set at least 16 characters")
        return value

    @field_validator("bounce_address")
    @classmethod
    def _bounces(cls, value: str | None) -> str | None:
        if value and (not _ADDRESS.fullmatch(value) or len(value) > 180):
            raise ValueError("write name@example.org")
        return value or None

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        address = parseaddr(value)[1]
        if not value.isprintable() or not _ADDRESS.fullmatch(address):
            raise ValueError("write one line: Name <name@example.org>")
        return value

    @model_validator(mode="after")
    def _no_password_in_clear(self) -> Self:
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
        return _address(self.mail_from)

    @property
    def brand(self) -> Brand:
        """How the city presents itself in its letters."""
        return Brand(self.city_name, self.city_colour, self.city_logo, self.city_postal, self.city_contact)

    def quiet_at(self, now: datetime) -> bool:
        """Whether letters wait at this moment, but those to sign in with."""
        quiet = Quiet.read(self.quiet_hours) if self.quiet_hours else None
        return quiet is not None and quiet.at(now.astimezone(ZoneInfo(self.time_zone)).time())


@lru_cache(maxsize=4)
def _address(sender: str) -> Address:
    """The sender in parts; parsed once, since every letter needs it."""
    name, address = parseaddr(sender)
    return Address(display_name=name, addr_spec=address)
