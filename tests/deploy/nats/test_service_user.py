"""A service does its whole work with the permissions of its NATS user: publish, fetch, acknowledge."""

from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import nats
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import ActivityJoined
from contracts.envelope import Envelope
from deploy import streams
from deploy.nats import permissions
from deploy.onemachine import testbed
from services.chassis import topology
from services.chassis.app import Service, create_app
from services.chassis.database import Database
from services.chassis.journal import emit
from services.chassis.settings import Settings
from services.chassis.testing import CITY, Databases, client_of, until

PASSWORDS = {"operator": "secret-operator", "catalogue": "secret-catalogue"}


class CatalogueSettings(Settings):
    """A service that may publish what the catalogue publishes."""

    service: ClassVar[str] = "catalogue"


async def test_a_service_user_can_do_all_that_a_service_does(
    databases: Databases, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = testbed.start_nats(tmp_path, permissions=permissions.render(CITY, PASSWORDS))
    settings = CatalogueSettings(
        city=CITY,
        database_url=await databases.fresh("chassis"),
        nats_url=server.url,
        nats_user="catalogue",
        nats_password=SecretStr(PASSWORDS["catalogue"]),
    )
    seen: list[Any] = []

    async def note(_session: AsyncSession, envelope: Envelope[Any], _settings: Settings) -> None:
        seen.append(envelope.data)

    service = Service(settings, "Toy", (), {ActivityJoined: note})
    await declare(server.url, *service.durables)
    app = create_app(service)
    facts = [ActivityJoined(activity=uuid4(), organisation=uuid4(), recipient=uuid4()) for _ in range(3)]
    async with app.router.lifespan_context(app):
        database: Database = app.state.database
        async with database.transaction() as session:
            for fact in facts:
                emit(session, fact)

        async def all_seen() -> bool:
            return len(seen) == len(facts)

        await until(all_seen)
        async with client_of(app) as http:
            ready = await http.get("/catalogue/health/ready")
            assert ready.status_code == 200, ready.text
    server.stop()
    assert seen == facts
    assert "permissions violation" not in caplog.text.lower()
    assert "Violation" not in (tmp_path / "nats.log").read_text()


async def declare(url: str, durable: topology.Durable) -> None:
    """The operator's part."""
    client = await nats.connect(
        url, user="operator", password=PASSWORDS["operator"], inbox_prefix="_INBOX_operator"
    )
    await streams.declare(client.jetstream(), CITY, [durable])
    await client.close()
