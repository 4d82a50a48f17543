"""Notify over a fresh database, with a real mail server that does as it is told."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
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

from .mailserver import MailServer, serving

NOW = datetime.now(UTC)


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
        webhook_secret=SecretStr("a secret of webhooks for tests, long enough"),
        webhook_allowed_hosts="127.0.0.1 localhost",
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

    async def told_all(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of a type such as `subscription.disabled` in the journal."""
        wanted = f"col.notify.{kind}.v1"
        return [event["data"] for event in await journaled(self.database) if event["type"] == wanted]

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
    delivery = Delivery("notify", {**made.handlers, **made.urgent}, tuple(made.statuses), database, settings)
    sender = Sender(database, settings)
    return lambda: City(database, delivery, settings, mail, sender)


@pytest.fixture
async def city(make_city: Callable[[], City], http: httpx.AsyncClient) -> City:
    """A city that knows one organisation, one achievement and one recipient."""
    city = make_city()
    await city.hear(*city.prepared())
    return city
