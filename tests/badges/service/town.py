"""A small city's facts, and the service that hears of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from pydantic import SecretStr

from contracts.catalogue import (
    ActivityChanged,
    ActivityCompleted,
    ActivityPublished,
    OrganisationRegistered,
    OrganisationVerified,
    RecipientForgotten,
    RecipientNamed,
    SkillNamed,
)
from contracts.envelope import Event, uuid7
from contracts.recipients import recipient_id
from services.badges.api import STATUSES
from services.badges.app import loops
from services.badges.consumers import HANDLERS
from services.badges.settings import Settings
from services.badges.usecases.issuing import ISSUING
from services.badges.usecases.keys import STATUS_LISTS
from services.chassis.database import Database
from services.chassis.delivery import Delivery
from services.chassis.testing import CITY, ORIGIN, SECRET, Keyring, journaled, sealed

ADDRESS = "learner@example.org"
LEARNER = recipient_id(ADDRESS, SECRET.encode())
ORGANISATION = UUID("0199a0b0-0000-7000-8000-000000000001")
ACTIVITY = UUID("0199a0b0-0000-7000-8000-0000000000a1")
BEFORE = datetime(2026, 9, 1, 12, tzinfo=UTC)


def settings_for(database_url: str, keyring: Keyring, **changes: Any) -> Settings:
    """Settings of badges over that database."""
    values: dict[str, Any] = {
        "city": CITY,
        "public_url": ORIGIN,
        "database_url": database_url,
        "jwks_file": keyring.jwks_file,
        "recipient_secret": SecretStr(SECRET),
        "key_encryption_key": SecretStr("07" * 32),
        "workers": 0,
        "retry_seconds": 0.01,
        "verify_per_minute": 0,
    }
    return Settings(**values | changes)


@dataclass
class Facts:
    """What other services say about one organisation, one activity and one learner."""

    organisation: UUID = ORGANISATION
    activity: UUID = ACTIVITY
    recipient: UUID = LEARNER
    address: str = ADDRESS
    completion: UUID = field(default_factory=uuid4)

    @property
    def registered(self) -> Event:
        """The organisation registered."""
        return OrganisationRegistered(
            organisation=self.organisation,
            name="Nuorten Ääni",
            description="Radio made by young people.",
            website="https://nuortenaani.example",
            language="fi",
        )

    @property
    def verified(self) -> Event:
        """It was verified."""
        return OrganisationVerified(organisation=self.organisation)

    def published(self, version: int = 1, **changes: Any) -> ActivityPublished:
        """The activity was published, or changed where `version` is not the first."""
        kind = ActivityPublished if version == 1 else ActivityChanged
        told: dict[str, Any] = {
            "activity": self.activity,
            "organisation": self.organisation,
            "version": version,
            "title": "Podcast maker",
            "description": "Plan, record and edit an episode.",
            "kind": "workshop",
            "mode": "in_person",
            "layer": "demonstrate",
            "language": "en",
            "interests": ("radio",),
            "skills": (SkillNamed(uri="http://data.europa.eu/esco/skill/60c78287", label="work in teams"),),
            "time_zone": "Europe/Helsinki",
            "url": f"{ORIGIN}/activities/{self.activity}",
        }
        return kind(**told | changes)

    @property
    def named(self) -> RecipientNamed:
        """The learner's address became known."""
        return RecipientNamed(
            recipient=self.recipient, address=self.address, language="fi", said_by="organiser", at=BEFORE
        )

    @property
    def completed(self) -> ActivityCompleted:
        """The learner completed the activity."""
        return ActivityCompleted(
            completion=self.completion,
            activity=self.activity,
            organisation=self.organisation,
            completed_on=date(2026, 9, 30),
            recipient=self.recipient,
        )

    @property
    def forgotten(self) -> RecipientForgotten:
        """The learner asked to be forgotten, after all the rest."""
        return RecipientForgotten(recipient=self.recipient, at=datetime.now(UTC) + timedelta(hours=1))

    def all(self) -> list[Event]:
        """Everything that leads to a badge, in its natural order."""
        return [self.registered, self.verified, self.published(), self.named, self.completed]


class Town:
    """The service with its consumer and loops, driven by hand."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url, CITY)
        self.delivery = Delivery("badges", HANDLERS, tuple(STATUSES), self.database, settings)
        self.loops = {loop.name: loop for loop in loops(self.database, settings)}

    async def hear(self, *events: Event) -> None:
        """Have the consumer take in these events as one batch, and then all that waited and is due."""
        await self.hear_bodies([sealed(event) for event in events])

    async def hear_bodies(self, bodies: Sequence[bytes]) -> None:
        """The same for the events' bytes."""
        await self.delivery.handle(bodies)
        while await self.delivery.handle_waiting():
            pass

    async def work(self, *names: str) -> None:
        """Let these loops do all that there is to do; without names those that sign."""
        for name in names or (ISSUING, STATUS_LISTS):
            while await self.loops[name].step():
                pass

    async def told(self, kind: type[Event], plane: str = "int") -> list[dict[str, Any]]:
        """The data of the journaled events of that kind on one plane, in order."""
        schema = f"{kind.type}.pub." if plane == "pub" and kind.personal_fields() else f"{kind.type}."
        return [
            each["data"]
            for each in await journaled(self.database)
            if each.get("type") == kind.type and each["dataschema"].endswith(f"{schema}data.json")
        ]

    async def close(self) -> None:
        """Close the database."""
        await self.database.close()


def bytes_of(events: Sequence[Event]) -> list[bytes]:
    """Each event sealed once, so that doubles and replays are the same bytes."""
    return [sealed(event, uuid7()) for event in events]


def parsed(body: bytes) -> dict[str, Any]:
    """A JSON document."""
    document: dict[str, Any] = orjson.loads(body)
    return document
