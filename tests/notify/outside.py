"""Systems outside the city, registered as integrations."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.catalogue import ClientRegistered
from services.chassis.testing import Keyring

from .conftest import City


def registered(client: UUID, organisation: UUID | None, *scopes: str) -> ClientRegistered:
    """A client that may read events, unless other scopes are given."""
    return ClientRegistered(
        client=client, organisation=organisation, name="HR", scopes=scopes or ("events:read",)
    )


def draft(client: UUID, organisation: UUID | None = None) -> dict[str, Any]:
    """What is asked for when an integration is registered."""
    told = {"name": "University", "contact": "it@university.test", "client": str(client)}
    return told | ({"organisation": str(organisation)} if organisation else {})


async def integrated(
    city: City, http: httpx.AsyncClient, keyring: Keyring, organisation: UUID | None
) -> tuple[str, dict[str, str]]:
    """A new integration that sees one organisation or (None) the city: its id, and its client's headers."""
    client = uuid4()
    await city.hear(registered(client, organisation))
    answer = await http.post(
        "/integrations", json=draft(client, organisation), headers=keyring.headers(operator=True)
    )
    assert answer.status_code == 201, answer.text
    claims: dict[str, Any] = {"client_id": str(client), "scope": "events:read"}
    if organisation:
        claims["organisation"] = str(organisation)
    return answer.json()["id"], keyring.headers(**claims)
