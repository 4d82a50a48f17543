"""The city's one stream, and the durables of its services, as an operator declares them."""

from collections.abc import Iterable

from nats.js import JetStreamContext, api
from nats.js.errors import NotFoundError

from contracts import subjects
from services.chassis.topology import Durable, consumer_config

DAY = 86_400.0


def stream_config(city: str, replicas: int = 1, max_bytes: int = -1) -> api.StreamConfig:
    """The city's one stream. `max_bytes` -1 is no limit; a full stream refuses, it never drops."""
    return api.StreamConfig(
        name=subjects.stream(city),
        subjects=[subjects.stream_subjects(city)],
        retention=api.RetentionPolicy.LIMITS,
        storage=api.StorageType.FILE,
        discard=api.DiscardPolicy.NEW,
        max_age=90 * DAY,
        max_bytes=max_bytes,
        duplicate_window=300,
        num_replicas=replicas,
        deny_delete=True,
        deny_purge=True,
        allow_direct=False,
        allow_atomic=True,
        allow_msg_ttl=True,
    )


async def declare(js: JetStreamContext, city: str, durables: Iterable[Durable], replicas: int = 1) -> None:
    """Create or update the stream and every durable. Running it again changes nothing."""
    config = stream_config(city, replicas)
    try:
        await js.stream_info(subjects.stream(city))
        await js.update_stream(config)
    except NotFoundError:
        await js.add_stream(config)
    for durable in durables:
        await js.add_consumer(subjects.stream(city), consumer_config(city, durable))
