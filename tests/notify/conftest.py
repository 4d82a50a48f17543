"""Notify over a fresh database, with a real mail server that does as it is told."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx
import pytest
from aiosmtpd.smtp import SMTP
from fastapi import FastAPI
from sqlalchemy import text

from contracts.badges import AchievementPublished, BadgeAwarded, BadgeRevoked, Source
from contracts.catalogue import OrganisationRegistered, RecipientForgotten, RecipientNamed, SignInRequested
from contracts.envelope import Event
from contracts.pathways import PathwayCompleted, PathwayPublished
from services.chassis.app import create_app
from services.chassis.database import Database
from services.chassis.delivery import Delivery
from services.chassis.testing import CITY, ORIGIN, SECRET, Databases, Keyring, client_of, journaled, sealed
from services.notify.app import service
from services.notify.sender import Line, Sender
from services.notify.settings import Settings

NOW = datetime.now(UTC)
Stage = Literal["MAIL", "RCPT", "DATA"]
DROP = "drop"  # instead of an answer: close the connection


@dataclass
class MailServer:
    """A mail server for tests. `answers[stage]` are given once each, then everything is accepted.

    A letter whose `DATA` is answered `drop` was taken in, but its sender is not told. With `silence`, letters
    are answered once that is set; with `hold_recipients`, so are recipients.
    """

    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    answers: dict[Stage, deque[str]] = field(
        default_factory=lambda: {"MAIL": deque(), "RCPT": deque(), "DATA": deque()}
    )
    connections: int = 0
    silence: asyncio.Event | None = None
    hold_recipients: asyncio.Event | None = None
    _open: list[SMTP] = field(default_factory=list)

    def will(self, stage: Stage, *answers: str) -> None:
        """Answer a command of this stage so, once each."""
        self.answers[stage].extend(answers)

    def hang_up(self) -> None:
        """Close every connection."""
        for server in self._open:
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()

    @property
    def letters(self) -> list[EmailMessage]:
        """What was taken in."""
        return [message for _, message in self.taken]

    def _answer(self, server: SMTP, stage: Stage) -> str:
        answer = self.answers[stage].popleft() if self.answers[stage] else "250 fine"
        if answer == DROP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count the connection."""
        session.host_name = hostname
        self.connections += 1
        self._open.append(server)
        return responses

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Answer MAIL FROM."""
        answer = self._answer(server, "MAIL")
        if answer.startswith("2"):
            envelope.mail_from, envelope.mail_options = address, options
        return answer

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        if self.hold_recipients:
            await self.hold_recipients.wait()
        answer = self._answer(server, "RCPT")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802 (as above)
        """Take a letter in, or say why not."""
        answer = self._answer(server, "DATA")
        if self.silence:
            await self.silence.wait()
        if answer == DROP or answer.startswith("2"):
            message = message_from_bytes(envelope.original_content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.taken.append((envelope.rcpt_tos[0], message))
        return answer


@asynccontextmanager
async def serving(mail: MailServer, *, utf8: bool = True, port: int = 0) -> AsyncIterator[MailServer]:
    """Run the mail server on a free port, or on `port`."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mail, enable_SMTPUTF8=utf8, loop=loop), "127.0.0.1", port)
    mail.port = server.sockets[0].getsockname()[1]
    try:
        yield mail
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    """A running mail server."""
    async with serving(MailServer()) as running:
        yield running


@pytest.fixture
async def settings(databases: Databases, keyring: Keyring, mail: MailServer, tmp_path: Path) -> Settings:
    """Settings over a fresh database and that mail server; no NATS."""
    return Settings(
        city=CITY,
        public_url=ORIGIN,
        database_url=await databases.fresh("notify"),
        jwks_file=keyring.jwks_file,
        recipient_secret=SECRET,
        retry_seconds=0.05,
        smtp_url=f"smtp://127.0.0.1:{mail.port}",
        smtp_timeout=5,
        letter_retries=(0, 0),
        mail_from="City of Learning <no-reply@city.test>",
        city_title="Testville",
        instance="one",
        state_dir=tmp_path / "notify",
    )


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """The application; its loops do not run."""
    return create_app(service(settings))


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application."""
    async with client_of(app) as client:
        yield client


@dataclass
class City:
    """What the rest of the city tells notify, and what notify makes of it."""

    database: Database
    delivery: Delivery[Settings]
    settings: Settings
    mail: MailServer
    sender: Sender
    organisation: UUID = field(default_factory=uuid4)
    achievement: UUID = field(default_factory=uuid4)
    recipient: UUID = field(default_factory=uuid4)

    async def hear(self, *events: Event) -> None:
        """Take events in, and those that waited for them."""
        await self.delivery.handle([sealed(event) for event in events])
        while await self.delivery.handle_waiting():
            pass

    async def send(self) -> None:
        """Send whatever is due, over one connection."""
        line = Line(self.sender)
        while await line.step():
            pass

    async def states(self) -> list[str]:
        """The states of all letters, oldest first."""
        async with self.database.engine.connect() as connection:
            rows = await connection.execute(text("SELECT state FROM letter ORDER BY id"))
            return list(rows.scalars())

    async def told(self, kind: str) -> list[dict[str, Any]]:
        """The data of the internal events of a type such as `letter.sent` in the journal."""
        wanted = f"col.notify.{kind}.v1"
        found = [event for event in await journaled(self.database) if event["type"] == wanted]
        return [event["data"] for event in found if "recipient" in event["data"]]

    def prepared(self) -> tuple[Event, ...]:
        """What a letter about a badge needs: organisation, achievement, address."""
        return (
            OrganisationRegistered(organisation=self.organisation, name="Youth Radio"),
            self.published(),
            self.named(),
        )

    def published(self, **facts: Any) -> AchievementPublished:
        """The achievement is published."""
        return AchievementPublished(
            **{
                "achievement": self.achievement,
                "version": 1,
                "organisation": self.organisation,
                "name": "Podcast Producer",
                "description": "Made a podcast.",
                "language": "en",
                "source": Source(kind="activity", id=uuid4()),
                "picture": f"{ORIGIN}/achievements/{self.achievement}/1/image.png",
                **facts,
            }
        )

    def named(self, **facts: Any) -> RecipientNamed:
        """The recipient's address becomes known."""
        return RecipientNamed(
            **{
                "recipient": self.recipient,
                "address": "aino@example.org",
                "name": "Aino Virtanen",
                "language": "en",
                "said_by": "organiser",
                "at": NOW - timedelta(days=2),
                **facts,
            }
        )

    def awarded(self, **facts: Any) -> BadgeAwarded:
        """The recipient is awarded the badge."""
        return BadgeAwarded(
            **{
                "award": uuid4(),
                "achievement": self.achievement,
                "version": 1,
                "organisation": self.organisation,
                "occasion": "direct",
                "awarded_at": NOW - timedelta(days=1),
                "recipient": self.recipient,
                "claim": f"{ORIGIN}/credentials/k3zj9q",
                **facts,
            }
        )

    def playlist(self, pathway: UUID, **facts: Any) -> PathwayPublished:
        """The pathway is published."""
        return PathwayPublished(
            **{
                "pathway": pathway,
                "version": 1,
                "organisation": self.organisation,
                "name": "Voices",
                "description": "",
                "language": "en",
                "steps": (),
                **facts,
            }
        )

    def completed(self, pathway: UUID, **facts: Any) -> PathwayCompleted:
        """The recipient completed the pathway."""
        return PathwayCompleted(
            **{
                "enrolment": uuid4(),
                "pathway": pathway,
                "version": 1,
                "organisation": self.organisation,
                "recipient": self.recipient,
                "completed_at": NOW - timedelta(hours=1),
                **facts,
            }
        )

    def sign_in(self, **facts: Any) -> SignInRequested:
        """Somebody new wants to sign in."""
        return SignInRequested(
            **{
                "request": uuid4(),
                "address": "new@example.org",
                "recipient": uuid4(),
                "code": "271828",
                "link": f"{ORIGIN}/sign-in?t=1",
                "language": "en",
                "expires": datetime.now(UTC) + timedelta(minutes=15),
                **facts,
            }
        )

    def forgotten(self) -> RecipientForgotten:
        """The recipient asked to be forgotten."""
        return RecipientForgotten(recipient=self.recipient, at=NOW)

    def revoked(self, award: BadgeAwarded) -> BadgeRevoked:
        """That award is withdrawn."""
        return BadgeRevoked(
            award=award.award,
            achievement=award.achievement,
            organisation=award.organisation,
            recipient=award.recipient,
        )


@pytest.fixture
def make_city(app: FastAPI, settings: Settings, mail: MailServer) -> Callable[[], City]:
    """A city over the test's database."""
    made = service(settings)
    database: Database = app.state.database
    delivery = Delivery("notify", made.handlers, tuple(made.statuses), database, settings)
    sender = Sender(database, settings)
    return lambda: City(database, delivery, settings, mail, sender)


@pytest.fixture
async def city(make_city: Callable[[], City], http: httpx.AsyncClient) -> City:
    """A city that knows one organisation, one achievement and one recipient."""
    city = make_city()
    await city.hear(*city.prepared())
    return city
