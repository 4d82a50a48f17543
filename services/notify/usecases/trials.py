"""Test events: an example of a type, as the contract shows it, sent to one subscription alone."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import contracts
from contracts.envelope import Event, uuid7
from contracts.events import EVENTS
from services.chassis.database import wake

from ..domain.integration import Integration
from ..domain.subscription import NotPublicType, Subscription
from ..storage import deliveries, integrations
from ..storage.deliveries import DELIVER, Delivery

_EXAMPLES = Path(next(iter(contracts.__path__))) / "examples"


async def send(
    session: AsyncSession,
    subscription: Subscription,
    integration: Integration,
    type_: str,
    city: str,
    at: datetime,
    by: str,
) -> Delivery:
    """Queue a test event of a public type, whatever the filter says. Raises NotPublicType."""
    event = EVENTS.get(type_ if type_.startswith("col.") else f"col.{type_}")
    if event is None or "pub" not in event.planes():
        raise NotPublicType
    told = example(event, city, integration.organisation, at)
    id_, body = uuid7(), json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    await deliveries.queue_test(session, id_, subscription.id, UUID(told["id"]), event.type, body)
    await integrations.log(
        session, subscription.integration, by, f"sent a test event {event.type}", subscription.id
    )
    wake(session, DELIVER)
    found = await deliveries.one(session, subscription.id, id_)
    assert found, "it was stored just now"
    return found


def example(event: type[Event], city: str, organisation: UUID | None, at: datetime) -> dict[str, Any]:
    """An event of that type that never happened: its CloudEvents attribute `test` is true.

    It has an id and a time of its own; its `sequence` is zero, as no service published it.
    """
    told = {name: value for name, value in _example(event).items() if name != "traceparent"}
    told |= {"id": str(uuid7()), "source": f"/cities/{city}/{event.service()}", "city": city, "test": True}
    told["sequence"] = "0" * 20
    told["time"] = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if organisation and "organisation" in told:
        told["organisation"] = str(organisation)
        told["data"] = told["data"] | {"organisation": str(organisation)}
    return told


@cache
def _example(event: type[Event]) -> dict[str, Any]:
    """The example that the contract keeps: that of the public plane where there are two."""
    public = ".pub" if event.personal_fields() else ""
    read: dict[str, Any] = json.loads((_EXAMPLES / f"{event.type}{public}.json").read_text("utf-8"))
    return read
