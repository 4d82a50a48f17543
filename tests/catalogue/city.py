"""A small city for tests: what its people say to the catalogue, through its routes alone."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import orjson
from sqlalchemy import select

from contracts.events import EVENTS
from contracts.recipients import recipient_id
from services.chassis.database import Database
from services.chassis.tables import journal
from services.chassis.testing import SECRET, Keyring

WORKSHOP = {
    "title": "Podcast: First Steps",
    "description": "Hold a microphone for the first time and record three minutes about your street.",
    "kind": "workshop",
    "layer": "participate",
    "language": "en",
    "languages": ["en", "fi"],
    "interests": ["media"],
    "place": {"name": "Oodi", "latitude": 60.1739, "longitude": 24.9381},
    "starts": "2026-01-10T17:00:00+02:00",
    "ends": "2026-01-10T19:30:00+02:00",
    "time_zone": "Europe/Helsinki",
}


def recipient(address: str) -> UUID:
    """The recipient id of an address in the city of the tests."""
    return recipient_id(address, SECRET.encode())


@dataclass
class City:
    """Says things to the catalogue as whoever has the right to."""

    client: httpx.AsyncClient
    database: Database
    keyring: Keyring

    async def say(self, method: str, path: str, body: Any = None, **who: Any) -> httpx.Response:
        """A request by somebody: `learner=`, `roles=`, `operator=` as in Keyring.token; else by a visitor."""
        headers = self.keyring.headers(**who) if who else {}
        return await self.client.request(method, path, json=body, headers=headers)

    async def ask(self, method: str, path: str, body: Any = None, **who: Any) -> Any:
        """What `say` answers, which must be a success."""
        response = await self.say(method, path, body, **who)
        assert response.is_success, response.text
        return response.json() if response.content else None

    async def organisation(self, *, verified: bool = True, **fields: Any) -> UUID:
        """A new organisation, whose owner is owner@example.org."""
        body = {"name": "Youth Radio", "owner": "owner@example.org", **fields}
        made = await self.ask("POST", "/organisations", body, operator=True)
        if verified:
            await self.ask("POST", f"/organisations/{made['id']}/verify", operator=True)
        return UUID(made["id"])

    async def activity(self, organisation: UUID, *, published: bool = True, **fields: Any) -> UUID:
        """A new activity of the organisation, a workshop in January 2026 unless `fields` say otherwise."""
        body = {**WORKSHOP, "organisation": str(organisation), **fields}
        made = await self.ask("POST", "/activities", body, roles={organisation: ["editor"]})
        if published:
            await self.ask("POST", f"/activities/{made['id']}/publish", roles={organisation: ["editor"]})
        return UUID(made["id"])

    async def confirm(self, activity: UUID, **fields: Any) -> Any:
        """Confirm completions as an operator; answers the report."""
        return await self.ask("POST", f"/activities/{activity}/completions", fields, operator=True)

    async def events(self, kind: str, plane: str | None = None) -> list[dict[str, Any]]:
        """The data of the events of one type, e.g. `activity.published`, on a plane, else the fullest."""
        wanted = EVENTS[f"col.catalogue.{kind}.v1"]
        async with self.database.engine.connect() as connection:
            query = select(journal.c.body).where(journal.c.plane == (plane or wanted.planes()[0]))
            told = [orjson.loads(body) for body in await connection.scalars(query.order_by(journal.c.id))]
        return [e["data"] for e in told if e.get("type") == wanted.type]
