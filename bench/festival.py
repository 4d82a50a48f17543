"""A festival in the measured city: a verified organisation, its badge, and a playlist with people on it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import httpx

from contracts.envelope import uuid7
from contracts.recipients import recipient_id
from deploy.commands.place import City
from deploy.commands.token import Mint
from deploy.demo.door import Door, client, id_of
from deploy.keys import RECIPIENT_SECRET

OPERATOR = "operator@example.org"


@dataclass(frozen=True)
class Festival:
    """What is awarded, and the playlist that it is a step of."""

    city: City
    mint: Mint
    organisation: UUID
    badge: UUID
    pathway: UUID

    @property
    def headers(self) -> dict[str, str]:
        """Of a request by the operator."""
        return {"Authorization": f"Bearer {self.mint.token(OPERATOR, operator=True)}"}

    def addresses(self, name: str, count: int) -> list[str]:
        """So many people's addresses."""
        return [f"{name}.{number}@example.org" for number in range(count)]

    async def enrol(self, addresses: Sequence[str]) -> None:
        """Put these people on the playlist, straight in the database: that is not what is measured."""
        secret = self.city.addresses.secrets.path(RECIPIENT_SECRET).read_text().strip().encode()
        now = datetime.now(UTC)
        records = [(uuid7(), self.pathway, 1, uuid7(), recipient_id(each, secret), now) for each in addresses]
        connection = await asyncpg.connect(self.city.addresses.database_url("pathways"))
        columns = ("id", "pathway", "version", "learner", "recipient", "started_at")
        await connection.copy_records_to_table("enrolment", records=records, columns=columns)
        await connection.execute("ANALYZE enrolment")
        await connection.close()

    async def order(
        self, http: httpx.AsyncClient, addresses: Sequence[str], occasion: str
    ) -> tuple[str, float]:
        """Confirm a bulk award; answers the job and how many seconds its 202 took."""
        content = "address,name,language\n" + "".join(f"{each},Somebody,fi\n" for each in addresses)
        headers = {**self.headers, "Content-Type": "text/csv"}
        query = {"confirm": "true", "occasion": occasion}
        url = f"{self.city.public_url}/achievements/{self.badge}/awards/bulk"
        body, started = content.encode(), time.monotonic()
        answer = await http.post(url, content=body, headers=headers, params=query)
        seconds = time.monotonic() - started
        if answer.status_code != 202:
            raise RuntimeError(answer.text)
        return str(answer.json()["job"]), seconds


async def prepared(city: City) -> Festival:
    """A verified organisation with a badge of its own, which is a step of a playlist."""
    mint = Mint(city)
    async with client() as http:
        door, token = Door(city.public_url, mint, http), mint.token(OPERATOR, operator=True)
        organisation = await organised(door, token)
        badge, other = [
            id_of(await door.post("/achievements", token, _badge(organisation), early=(404, 409)))
            for _ in range(2)
        ]
        plan = {
            "organisation": str(organisation),
            "name": "Festival",
            "description": "A day with everybody.",
            "language": "en",
            "steps": [
                {"title": "Be there", "need": 1, "achievements": [str(badge)]},
                {"title": "Come again", "need": 1, "achievements": [str(other)]},
            ],
        }
        pathway = id_of(await door.post("/pathways", token, plan, early=(404, 409, 422)))
        await door.post(f"/pathways/{pathway}/publish", token, early=(409,))
    return Festival(city, mint, organisation, badge, pathway)


async def organised(door: Door, token: str) -> UUID:
    """One more verified organisation."""
    told = {"name": f"Festival {uuid7()}", "owner": OPERATOR, "description": "Makes it.", "language": "en"}
    made = id_of(await door.post("/organisations", token, told))
    await door.post(f"/organisations/{made}/verify", token)
    return made


def _badge(organisation: UUID) -> dict[str, object]:
    return {
        "organisation": str(organisation),
        "name": "Helper of the festival",
        "description": "Helped to make the festival what it was – all day long.",
        "criteria": "Was there, and helped.",
        "language": "en",
        "layer": "demonstrate",
        "tags": ["festival"],
        "skills": [
            {
                "uri": "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0",
                "label": "work in teams",
            }
        ],
    }
