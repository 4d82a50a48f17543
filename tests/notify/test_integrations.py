"""Integrations: who may register one, with which client, and how its client's end is its own."""

from itertools import permutations
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from contracts.catalogue import ClientRevoked
from services.chassis.app import create_app
from services.chassis.testing import Keyring, client_of
from services.notify.app import service
from services.notify.settings import Settings

from .conftest import City
from .outside import draft, registered


async def test_an_owner_registers_an_integration_of_the_organisation(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    client, owner = uuid4(), keyring.headers(roles={city.organisation: ["owner"]})
    await city.hear(registered(client, city.organisation))
    made = await http.post("/integrations", json=draft(client, city.organisation), headers=owner)
    assert made.status_code == 201, made.text
    listed = (await http.get("/integrations", headers=owner)).json()
    assert [one["id"] for one in listed["items"]] == [made.json()["id"]]
    log = (await http.get(f"/integrations/{made.json()['id']}/log", headers=owner)).json()
    assert [entry["what"] for entry in log["items"]] == ["registered"]


@pytest.mark.parametrize("case", ["unknown", "revoked", "scope", "foreign", "wider"])
async def test_an_unsuitable_client_is_refused_with_its_field(
    city: City, http: httpx.AsyncClient, keyring: Keyring, case: str
) -> None:
    client, organisation = uuid4(), city.organisation
    if case == "revoked":
        await city.hear(registered(client, organisation), ClientRevoked(client=client))
    if case == "scope":
        await city.hear(registered(client, organisation, "awards:read"))
    if case == "foreign":
        await city.hear(registered(client, uuid4()))
    if case == "wider":
        await city.hear(registered(client, organisation))
    asked = draft(client, None if case == "wider" else organisation)
    answer = await http.post("/integrations", json=asked, headers=keyring.headers(operator=True))
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["body.client"]
    assert (await http.get("/integrations", headers=keyring.headers(operator=True))).json()["items"] == []


async def test_a_client_speaks_for_one_integration(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    client, operator = uuid4(), keyring.headers(operator=True)
    await city.hear(registered(client, None))
    first = await http.post("/integrations", json=draft(client), headers=operator)
    assert (await http.post("/integrations", json=draft(client), headers=operator)).status_code == 409
    assert (await http.delete(f"/integrations/{first.json()['id']}", headers=operator)).status_code == 204
    assert (await http.post("/integrations", json=draft(client), headers=operator)).status_code == 201


async def test_a_revoked_client_pauses_its_integration_until_it_has_another(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    client, other, operator = uuid4(), uuid4(), keyring.headers(operator=True)
    await city.hear(registered(client, None), registered(other, None))
    made = (await http.post("/integrations", json=draft(client), headers=operator)).json()
    await city.hear(ClientRevoked(client=client))
    path = f"/integrations/{made['id']}"
    assert (await http.get(path, headers=operator)).json()["state"] == "paused"
    assert (await http.post(f"{path}/resume", headers=operator)).status_code == 422
    assert (await http.put(path, json=draft(other), headers=operator)).status_code == 200
    assert (await http.post(f"{path}/resume", headers=operator)).json()["state"] == "active"


async def test_a_client_revoked_in_any_order_stays_revoked(city: City) -> None:
    for order in permutations(range(3)):
        client = uuid4()
        told = (registered(client, None), ClientRevoked(client=client), registered(client, None))
        await city.hear(*(told[number] for number in order))
        async with city.database.engine.connect() as connection:
            found = await connection.execute(
                text("SELECT revoked, scopes FROM client WHERE id = :id"), {"id": client}
            )
            assert found.one() == (True, ["events:read"])


async def test_a_city_may_keep_integrations_to_its_operators(
    city: City, settings: Settings, keyring: Keyring
) -> None:
    client = uuid4()
    await city.hear(registered(client, city.organisation))
    strict = create_app(service(settings.model_copy(update={"organisations_integrate": False})))
    owner = keyring.headers(roles={city.organisation: ["owner"]})
    async with client_of(strict) as http:
        answer = await http.post("/integrations", json=draft(client, city.organisation), headers=owner)
        assert answer.status_code == 403
        operator = keyring.headers(operator=True)
        answer = await http.post("/integrations", json=draft(client, city.organisation), headers=operator)
        assert answer.status_code == 201
