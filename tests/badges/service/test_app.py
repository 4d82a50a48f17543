"""The whole service, running: events from NATS in, a badge out, and the event that tells of it on NATS."""

import asyncio

import nats
import orjson

from contracts import subjects
from contracts.badges import BadgeAwarded
from deploy import streams
from deploy.onemachine.testbed import RunningNats
from services.badges.app import service
from services.badges.settings import Settings
from services.chassis.app import create_app
from services.chassis.testing import CITY, client_of, sealed
from tests.badges.service.town import Facts


async def test_events_come_in_and_a_badge_goes_out(settings: Settings, nats_server: RunningNats) -> None:
    badges = service(settings.model_copy(update={"nats_url": nats_server.url}))
    client = await nats.connect(nats_server.url)
    js = client.jetstream()
    await streams.declare(js, CITY, badges.durables)
    told = await client.subscribe(subjects.internal_filter(CITY, BadgeAwarded))
    app = create_app(badges)
    async with app.router.lifespan_context(app):
        for event in Facts().all():
            plane: subjects.Plane = "int" if "int" in event.planes() else "pub"
            await js.publish(subjects.subject(CITY, plane, event), sealed(event))
        async with asyncio.timeout(20):
            awarded = orjson.loads((await told.next_msg(timeout=20)).data)
        async with client_of(app) as http:
            page = await http.get(awarded["data"]["claim"])
            ready = await http.get("/badges/health/ready")
    await client.close()
    assert page.status_code == 200
    assert ready.status_code == 200, ready.text
