"""OAuth clients, the tokens they call with, and the keys by which tokens are verified."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from .city import City


async def register(city: City, organisation: UUID | None, scopes: list[str]) -> Any:
    """Register a client as the organisation's owner, or as an operator; answers it with its secret."""
    body = {"organisation": str(organisation) if organisation else None, "name": "Importer", "scopes": scopes}
    who: dict[str, Any] = {"roles": {organisation: ["owner"]}} if organisation else {"operator": True}
    return await city.ask("POST", "/oauth/clients", body, **who)


async def token(city: City, client: Any, **form: str) -> httpx.Response:
    """Ask for a token with client_secret_basic."""
    auth = (client["id"], client["client_secret"])
    return await city.client.post(
        "/oauth/token", data={"grant_type": "client_credentials", **form}, auth=auth
    )


async def test_a_client_calls_within_its_scopes_and_its_organisation(city: City) -> None:
    organisation, other = await city.organisation(), await city.organisation(name="Other")
    client = await register(city, organisation, ["activities:write", "awards:read"])
    answer = await token(city, client)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["scope"] == "activities:write awards:read"
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    body = {"title": "Imported", "organisation": str(organisation)}
    made = await city.client.post("/activities", json=body, headers=bearer)
    assert made.status_code == 201
    foreign = await city.client.post("/activities", json={**body, "organisation": str(other)}, headers=bearer)
    assert foreign.status_code == 403
    path = f"/activities/{made.json()['id']}/completions"
    assert (await city.client.post(path, json={"pasted": "a@b.example"}, headers=bearer)).status_code == 403
    less = (await token(city, client, scope="awards:read")).json()["access_token"]
    bearer = {"Authorization": f"Bearer {less}"}
    assert (await city.client.post("/activities", json=body, headers=bearer)).status_code == 403


async def test_secrets_come_in_the_form_too_and_are_stored_hashed(city: City) -> None:
    client = await register(city, await city.organisation(), ["awards:read"])
    form = {
        "grant_type": "client_credentials",
        "client_id": client["id"],
        "client_secret": client["client_secret"],
    }
    assert (await city.client.post("/oauth/token", data=form)).status_code == 200
    async with city.database.engine.connect() as connection:
        stored = str((await connection.execute(text("SELECT * FROM client"))).all())
        journal = str((await connection.execute(text("SELECT body FROM journal"))).all())
    assert client["client_secret"] not in stored + journal


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}, 401, "invalid_client"),
    ],
)
async def test_refusals_are_those_of_the_standard(
    city: City, form: dict[str, str], status: int, error: str
) -> None:
    answer = await city.client.post("/oauth/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_scope_that_was_not_given_is_refused(city: City) -> None:
    client = await register(city, await city.organisation(), ["awards:read"])
    answer = await token(city, client, scope="awards:read awards:write")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


async def test_a_rotated_secret_ends_at_once_or_after_the_hours_given(city: City) -> None:
    organisation = await city.organisation()
    first = await register(city, organisation, ["awards:read"])
    owner = {"roles": {organisation: ["owner"]}}
    path = f"/oauth/clients/{first['id']}/rotate"
    second = await city.ask("POST", path, {"keep_hours": 1}, **owner)
    assert [(await token(city, c)).status_code for c in (first, second)] == [200, 200]
    third = await city.ask("POST", path, {}, **owner)
    assert [(await token(city, c)).status_code for c in (first, second, third)] == [401, 401, 200]


async def test_a_revoked_client_gets_no_token_and_no_new_secret(city: City) -> None:
    client = await register(city, None, ["events:read"])
    await city.ask("POST", f"/oauth/clients/{client['id']}/revoke", operator=True)
    await city.ask("POST", f"/oauth/clients/{client['id']}/revoke", operator=True)
    assert (await token(city, client)).status_code == 401
    again = await city.say("POST", f"/oauth/clients/{client['id']}/rotate", {}, operator=True)
    assert again.status_code == 409
    listed = await city.ask("GET", "/oauth/clients", operator=True)
    assert listed[0]["revoked_at"]
    assert len(await city.events("client.registered")) == len(await city.events("client.revoked")) == 1


async def test_a_secret_is_never_kept_to_be_repeated(city: City) -> None:
    organisation = await city.organisation()
    body = {"organisation": str(organisation), "name": "Importer", "scopes": ["awards:read"]}
    headers = city.keyring.headers(roles={organisation: ["owner"]}) | {"Idempotency-Key": "k"}
    assert (await city.client.post("/oauth/clients", json=body, headers=headers)).status_code == 400


async def test_the_public_keys_are_served_without_private_parts(city: City) -> None:
    keys = await city.ask("GET", "/.well-known/jwks.json")
    assert keys["keys"]
    assert not any("d" in key for key in keys["keys"])
