"""From a badge on NATS to a letter at the mail server, through the running service."""

import nats
import orjson
from fastapi import FastAPI

from contracts.notify import LetterSent
from contracts.subjects import Plane, subject
from deploy import streams
from deploy.onemachine.testbed import RunningNats
from services.chassis.app import create_app
from services.chassis.testing import CITY, client_of, sealed, until
from services.notify.app import service

from .conftest import City
from .public import rows, until_kept


async def test_a_badge_on_nats_becomes_a_letter(city: City, nats_server: RunningNats) -> None:
    made = service(city.settings.model_copy(update={"nats_url": nats_server.url}))
    client = await nats.connect(nats_server.url)
    js = client.jetstream()
    await streams.declare(js, CITY, made.durables)
    running: FastAPI = create_app(made)

    async def arrived() -> bool:
        return len(city.mail.letters) == 2

    async with running.router.lifespan_context(running):
        for event in (city.awarded(), city.sign_in()):
            plane: Plane = "int" if "int" in event.planes() else "pub"
            await js.publish(subject(CITY, plane, event), sealed(event))
        await until(arrived, seconds=20)

        async def told() -> bool:
            return len(await city.told("letter.sent")) == 2

        await until(told)
        await until_kept(city.database, 2)  # what notify itself says to the public
        async with client_of(running) as http:
            ready = await http.get("/notify/health/ready")
            assert ready.status_code == 200 and len(ready.json()["checks"]) == 4, ready.text
    assert {orjson.loads(body)["type"] for _, body in await rows(city.database)} == {LetterSent.type}
    assert await city.states() == ["sent", "sent"]
    await client.close()
