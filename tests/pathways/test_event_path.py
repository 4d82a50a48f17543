"""From a badge on NATS to a completed pathway on NATS, through the running service."""

import nats
import orjson
from fastapi import FastAPI
from nats.js.api import AckPolicy, ConsumerConfig

from contracts.badges import BadgeAwarded
from contracts.envelope import Event
from contracts.pathways import PathwayCompleted
from contracts.subjects import internal_filter, stream, subject
from deploy import streams
from deploy.onemachine.testbed import RunningNats
from services.chassis.app import create_app
from services.chassis.testing import CITY, sealed
from services.pathways.app import service
from services.pathways.settings import Settings

from .conftest import City, Learner


async def test_a_badge_on_nats_completes_a_pathway_on_nats(
    city: City, settings: Settings, learner: Learner, nats_server: RunningNats
) -> None:
    await city.start(learner, await city.pathway((1, city.achievements[:1], True)))
    made = service(settings.model_copy(update={"nats_url": nats_server.url}))
    client = await nats.connect(nats_server.url)
    js = client.jetstream()
    await streams.declare(js, CITY, made.durables)
    running: FastAPI = create_app(made)
    async with running.router.lifespan_context(running):
        award: Event = city.awarded(learner, city.achievements[0])
        assert isinstance(award, BadgeAwarded)
        await js.publish(subject(CITY, "int", award), sealed(award))
        watched = ConsumerConfig(
            filter_subject=internal_filter(CITY, PathwayCompleted), ack_policy=AckPolicy.NONE
        )
        subscription = await js.pull_subscribe("", stream=stream(CITY), config=watched)
        (message,) = await subscription.fetch(1, timeout=20)
        assert orjson.loads(message.data)["data"]["recipient"] == str(learner.recipient)
    await client.close()
