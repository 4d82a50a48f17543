"""Durable consumers as they must be. An operator's connection declares them once; services only check them.

A subscriber that declared its own would fight the others over the same stream, and a durable's settings are
never updated by the client library.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from nats.js import JetStreamContext, api
from nats.js.errors import NotFoundError

from contracts import subjects
from contracts.envelope import Event

ACK_WAIT = 15.0  # seconds until what a killed process had in hand is given to another


class Drift(Exception):
    """NATS has other streams or consumers than this version needs; run `city bootstrap`."""


@dataclass(frozen=True)
class Durable:
    """One durable consumer: whose it is and which events it is given; without any, every public one."""

    name: str
    events: tuple[type[Event], ...]


def own(service: str, events: Iterable[type[Event]], urgent: Iterable[type[Event]] = ()) -> list[Durable]:
    """The consumers of a service: urgent events have one to themselves, and stand behind no others."""
    both = Durable(service, tuple(events)), Durable(f"{service}-urgent", tuple(urgent))
    return [durable for durable in both if durable.events]


def consumer_config(city: str, durable: Durable, batch_size: int = 500) -> api.ConsumerConfig:
    """A pull consumer with explicit acknowledgement. Redelivery never ends: giving up is ours to decide."""
    return api.ConsumerConfig(
        durable_name=durable.name,
        deliver_policy=api.DeliverPolicy.ALL,
        ack_policy=api.AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT,
        max_deliver=-1,
        max_ack_pending=max(2000, 4 * batch_size),
        filter_subjects=sorted(subjects.internal_filter(city, event) for event in durable.events)
        or [subjects.public_filter(city)],
    )


async def check(js: JetStreamContext, city: str, durable: Durable) -> api.ConsumerInfo:
    """The durable as the server has it. Raises Drift where it is missing or differs from this version."""
    try:
        info: api.ConsumerInfo = await js.consumer_info(subjects.stream(city), durable.name)
    except NotFoundError as error:
        raise Drift(f"consumer {durable.name} is not declared; run `city bootstrap`") from error
    wanted, found = consumer_config(city, durable), info.config
    subjects_found = found.filter_subjects or [found.filter_subject or ""]  # one alone has its own field
    same = (found.ack_policy, found.max_deliver) == (wanted.ack_policy, wanted.max_deliver)
    if not same or sorted(subjects_found) != wanted.filter_subjects:
        raise Drift(f"consumer {durable.name} is declared otherwise; run `city bootstrap`")
    return info
