"""The catalogue as it runs: with NATS, its loops and its consumer."""

from uuid import uuid4

import nats
from fastapi import FastAPI

from contracts.badges import AchievementPublished, RecipientNamed, Source
from contracts.subjects import subject
from deploy import streams
from deploy.onemachine.testbed import RunningNats
from services.catalogue.app import service
from services.catalogue.settings import CatalogueSettings
from services.chassis.app import create_app
from services.chassis.testing import CITY, Keyring, client_of, sealed, until

from .city import City


def test_it_hears_what_the_readme_says(settings: CatalogueSettings) -> None:
    (durable,) = service(settings).durables
    assert set(durable.events) == {AchievementPublished, RecipientNamed}


async def test_an_activity_gets_its_badge_through_nats(
    settings: CatalogueSettings, nats_server: RunningNats, keyring: Keyring
) -> None:
    described = service(settings.model_copy(update={"nats_url": nats_server.url}))
    admin = await nats.connect(nats_server.url)
    await streams.declare(admin.jetstream(), CITY, described.durables)
    app: FastAPI = create_app(described)
    async with app.router.lifespan_context(app), client_of(app) as client:
        city = City(client, app.state.database, keyring)
        organisation = await city.organisation()
        activity = await city.activity(organisation)
        told = AchievementPublished(
            achievement=uuid4(),
            version=1,
            organisation=organisation,
            name="Podcast maker",
            description="",
            language="en",
            source=Source(kind="activity", id=activity),
            picture="https://city.test/badge.png",
        )
        await admin.jetstream().publish(subject(CITY, "pub", told), sealed(told))

        async def has_badge() -> bool:
            return (await city.ask("GET", f"/activities/{activity}"))["badge"] is not None

        await until(has_badge)
        ready = await client.get("/catalogue/health/ready")
        assert ready.status_code == 200, ready.text
    await admin.close()
