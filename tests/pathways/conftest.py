"""Pathways over a fresh database, with an organisation, its editor and some achievements."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from contracts.badges import AchievementPublished, BadgeAwarded, BadgeRevoked, Source
from contracts.catalogue import OrganisationRegistered, OrganisationVerified
from contracts.envelope import Event
from services.chassis.app import create_app
from services.chassis.database import Database
from services.chassis.delivery import Delivery
from services.chassis.testing import CITY, ORIGIN, SECRET, Databases, Keyring, client_of, journaled, sealed
from services.pathways import usecases
from services.pathways.app import service
from services.pathways.settings import Settings

NOW = datetime.now(UTC)


@pytest.fixture
async def settings(databases: Databases, keyring: Keyring) -> Settings:
    """Settings over a fresh database; no NATS."""
    return Settings(
        city=CITY,
        public_url=ORIGIN,
        database_url=await databases.fresh("pathways"),
        jwks_file=keyring.jwks_file,
        recipient_secret=SECRET,
        retry_seconds=0.05,
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
class Learner:
    """Somebody signed in, with one address."""

    id: UUID = field(default_factory=uuid4)
    recipient: UUID = field(default_factory=uuid4)


@dataclass
class City:
    """What the rest of the city would do to pathways, and what pathways tells it."""

    database: Database
    delivery: Delivery[Settings]
    http: httpx.AsyncClient
    keyring: Keyring
    organisation: UUID = field(default_factory=uuid4)
    achievements: tuple[UUID, ...] = field(default_factory=lambda: tuple(uuid4() for _ in range(4)))

    async def hear(self, *events: Event) -> None:
        """Take events in and work out what follows."""
        await self.delivery.handle([sealed(event) for event in events])
        await self.settle()

    async def settle(self) -> None:
        """Work out enrolments until nothing is due."""
        more = True
        while more:
            async with self.database.transaction() as session:
                more = await usecases.work_out(session)

    async def told(self, kind: str, plane: str = "int") -> list[dict[str, Any]]:
        """The data of the events of a type such as `pathway.completed` in the journal."""
        wanted = f"col.pathways.{kind}.v1"
        found = [event for event in await journaled(self.database) if event["type"] == wanted]
        return [e["data"] for e in found if (f"{wanted}.pub" in e["dataschema"]) == (plane == "pub")]

    def editor(self) -> dict[str, str]:
        """Headers of an editor of the organisation."""
        return self.keyring.headers(roles={self.organisation: ["editor"]})

    def of(self, learner: Learner) -> dict[str, str]:
        """Headers of a learner."""
        return self.keyring.headers(learner.id, recipients=[learner.recipient])

    def plan(self, *steps: tuple[int, Sequence[UUID], bool]) -> dict[str, Any]:
        """The body of a pathway: steps of need, achievements and whether it is mandatory."""
        chosen = steps or ((1, self.achievements[:2], True), (1, self.achievements[2:3], True))
        return {
            "name": "Voices of the City",
            "language": "en",
            "steps": [
                {"title": f"Step {n}", "need": need, "achievements": [str(a) for a in of], "mandatory": must}
                for n, (need, of, must) in enumerate(chosen, 1)
            ],
        }

    async def pathway(self, *steps: tuple[int, Sequence[UUID], bool]) -> UUID:
        """A published pathway."""
        body = self.plan(*steps) | {"organisation": str(self.organisation)}
        drafted = await self.http.post("/pathways", json=body, headers=self.editor())
        assert drafted.status_code == 201, drafted.text
        path = f"/pathways/{drafted.json()['id']}/publish"
        published = await self.http.post(path, headers=self.editor())
        assert published.status_code == 200, published.text
        return UUID(published.json()["id"])

    async def start(self, learner: Learner, pathway: UUID) -> dict[str, Any]:
        """The learner starts a pathway; answers what the service said."""
        answer = await self.http.post(f"/pathways/{pathway}/start", headers=self.of(learner))
        assert answer.status_code == 201, answer.text
        await self.settle()
        body: dict[str, Any] = answer.json()
        return body

    def awarded(self, learner: Learner, achievement: UUID, **facts: Any) -> BadgeAwarded:
        """The learner is awarded a badge."""
        return BadgeAwarded(
            **{
                "award": uuid4(),
                "achievement": achievement,
                "version": 1,
                "organisation": self.organisation,
                "occasion": "direct",
                "awarded_at": NOW - timedelta(days=1),
                "recipient": learner.recipient,
                **facts,
            }
        )

    def revoked(self, award: BadgeAwarded) -> BadgeRevoked:
        """That award is withdrawn."""
        return BadgeRevoked(
            award=award.award,
            achievement=award.achievement,
            organisation=award.organisation,
            recipient=award.recipient,
        )

    def achievement(self, achievement: UUID, **facts: Any) -> AchievementPublished:
        """An achievement of the organisation is published."""
        return AchievementPublished(
            **{
                "achievement": achievement,
                "version": 1,
                "organisation": self.organisation,
                "name": "Podcast Producer",
                "description": "Made a podcast.",
                "language": "en",
                "source": Source(kind="activity", id=uuid4()),
                "picture": f"{ORIGIN}/achievements/{achievement}/1/image.png",
                **facts,
            }
        )


@pytest.fixture
async def city(app: FastAPI, settings: Settings, http: httpx.AsyncClient, keyring: Keyring) -> City:
    """A verified organisation and four achievements."""
    made = service(settings)
    database: Database = app.state.database
    delivery = Delivery("pathways", made.handlers, tuple(made.statuses), database, settings)
    city = City(database, delivery, http, keyring)
    await city.hear(
        OrganisationRegistered(organisation=city.organisation, name="Youth Radio"),
        OrganisationVerified(organisation=city.organisation),
        *(city.achievement(achievement) for achievement in city.achievements),
    )
    return city


@pytest.fixture
def learner() -> Learner:
    """Somebody signed in."""
    return Learner()
