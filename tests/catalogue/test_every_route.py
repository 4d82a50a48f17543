"""Who may call what: every route, with every kind of caller. A new route without a row fails."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from .city import City, recipient

CALLERS = ("visitor", "learner", "stranger", "reviewer", "issuer", "editor", "owner", "operator", "machine")
EVERYBODY = dict.fromkeys(CALLERS, 200)


def allow(status: int, *callers: str, others: int = 403, visitor: int = 401) -> dict[str, int]:
    """These callers get `status`, visitors and all others a refusal."""
    return dict.fromkeys(CALLERS, others) | {"visitor": visitor} | dict.fromkeys(callers, status)


PEOPLE = ("learner", "stranger", "reviewer", "issuer", "editor", "owner", "operator")
MEMBERS = ("reviewer", "issuer", "editor", "owner", "operator")
EDITORS = ("editor", "owner", "operator", "machine")
ISSUERS = ("issuer", "owner", "operator", "machine")
OWNERS = ("owner", "operator")
LINK = "A" * 43

# (method, path): (body, expected), called in this order by one caller after the other.
ROUTES: dict[tuple[str, str], tuple[Any, dict[str, int]]] = {
    ("POST", "/organisations"): ({"name": "New"}, allow(201, *PEOPLE)),
    ("GET", "/organisations"): (None, EVERYBODY),
    ("GET", "/organisations/{organisation}"): (None, EVERYBODY),
    ("PATCH", "/organisations/{organisation}"): ({"description": "More"}, allow(200, *OWNERS)),
    ("POST", "/organisations/{organisation}/verify"): (None, allow(200, "operator")),
    ("GET", "/organisations/{organisation}/members"): (None, allow(200, *MEMBERS)),
    ("POST", "/organisations/{organisation}/members"): (
        {"address": "new@example.org", "role": "editor"},
        allow(201, *OWNERS),
    ),
    ("DELETE", "/organisations/{organisation}/members/{member}"): (None, allow(404, *OWNERS)),
    ("GET", "/organisations/{organisation}/activities"): (None, allow(200, *MEMBERS, "machine")),
    ("POST", "/activities"): ({"title": "New", "organisation": "{organisation}"}, allow(201, *EDITORS)),
    ("GET", "/activities"): (None, EVERYBODY),
    ("GET", "/activities/{activity}"): (None, EVERYBODY),
    ("PATCH", "/activities/{activity}"): ({"description": "More"}, allow(200, *EDITORS)),
    ("POST", "/activities/{activity}/publish"): (None, allow(200, *EDITORS)),
    ("POST", "/activities/{activity}/join"): ({}, allow(200, *PEOPLE)),
    ("POST", "/activities/{activity}/leave"): (None, allow(204, *PEOPLE)),
    ("GET", "/activities/{activity}/participants"): (None, allow(200, *MEMBERS, "machine")),
    ("GET", "/activities/{activity}/completions"): (None, allow(200, *MEMBERS, "machine")),
    ("POST", "/activities/{activity}/completions"): (
        {"pasted": "new@example.org", "preview": True},
        allow(200, *ISSUERS),
    ),
    ("GET", "/people/me"): (None, allow(404, *PEOPLE)),
    ("PATCH", "/people/me"): ({"name": "Ada"}, allow(404, *PEOPLE)),
    ("DELETE", "/people/me"): (None, allow(404, *PEOPLE)),
    ("GET", "/people/me/export"): (None, allow(404, *PEOPLE)),
    ("POST", "/people/me/addresses"): ({"address": "new@example.org"}, allow(404, *PEOPLE)),
    ("POST", "/people/me/addresses/prove"): (
        {"address": "new@example.org", "code": "BCDF"},
        allow(403, *PEOPLE),
    ),
    ("POST", "/people/me/addresses/remove"): ({"address": "new@example.org"}, allow(404, *PEOPLE)),
    ("GET", "/people/me/sessions"): (None, allow(200, *PEOPLE)),
    ("DELETE", "/people/me/sessions/{id}"): (None, allow(404, *PEOPLE)),
    ("POST", "/people/forget"): ({"address": "nobody@example.org"}, allow(204, "operator")),
    ("POST", "/sign-in"): ({"address": "new@example.org"}, dict.fromkeys(CALLERS, 202)),
    ("POST", "/sign-in/code"): ({"address": "new@example.org", "code": "BCDF"}, dict.fromkeys(CALLERS, 403)),
    ("POST", "/sign-in/token"): (None, dict.fromkeys(CALLERS, 401)),
    ("POST", "/sign-in/out"): (None, dict.fromkeys(CALLERS, 204)),
    ("GET", "/sign-in/{token}"): (None, dict.fromkeys(CALLERS, 410)),
    ("POST", "/sign-in/{token}"): (None, dict.fromkeys(CALLERS, 410)),
    ("GET", "/skills"): (None, EVERYBODY),
    ("GET", "/skills/by-uri"): (None, dict.fromkeys(CALLERS, 404)),
    ("POST", "/oauth/clients"): (
        {"organisation": "{organisation}", "name": "New", "scopes": ["awards:read"]},
        allow(201, *OWNERS),
    ),
    ("GET", "/oauth/clients"): (None, allow(200, *OWNERS)),
    ("POST", "/oauth/clients/{client}/rotate"): ({}, allow(200, *OWNERS)),
    ("POST", "/oauth/clients/{client}/revoke"): (None, allow(204, *OWNERS)),
    ("POST", "/oauth/token"): (None, dict.fromkeys(CALLERS, 400)),
    ("GET", "/.well-known/jwks.json"): (None, EVERYBODY),
    ("POST", "/activities/{activity}/cancel"): (None, allow(200, *EDITORS)),
    ("POST", "/organisations/{organisation}/suspend"): ({"reason": "Checks"}, allow(200, "operator")),
}
QUERIES = {
    "/skills": "?text=team",
    "/skills/by-uri": "?uri=urn:nothing",
    "/oauth/clients": "?organisation={organisation}",
}


@dataclass
class Town:
    """What the routes' paths name."""

    organisation: UUID
    other: UUID
    activity: UUID
    client: str

    def fill(self, text: str) -> str:
        """The text with its names replaced."""
        names = {"organisation": self.organisation, "activity": self.activity, "client": self.client}
        for name, value in names.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text.replace("{token}", LINK).replace("{member}", LINK_ID).replace("{id}", LINK_ID)


LINK_ID = str(UUID(int=5))


@pytest.fixture
async def town(city: City) -> Town:
    """An organisation with an open activity and a machine, and another organisation."""
    organisation, other = await city.organisation(), await city.organisation(name="Other")
    activity = await city.activity(organisation, starts=None, ends=None)
    body = {"organisation": str(organisation), "name": "Importer", "scopes": ["awards:read"]}
    client = await city.ask("POST", "/oauth/clients", body, operator=True)
    return Town(organisation, other, activity, client["id"])


def claims(caller: str, town: Town) -> dict[str, Any]:
    """What the caller's access token says."""
    mine = {"recipients": [recipient(f"{caller}@example.org")]}
    if caller == "operator":
        return {**mine, "operator": True}
    if caller == "machine":
        scopes = "activities:write completions:write awards:read"
        return {"client_id": town.client, "organisation": str(town.organisation), "scope": scopes}
    roles = {"stranger": {town.other: ["owner"]}, "learner": {}}
    return {**mine, "roles": roles.get(caller, {town.organisation: [caller]})}


async def status(city: City, town: Town, method: str, path: str, body: Any, caller: str) -> int:
    """What the caller is answered."""
    told = (
        {k: town.fill(v) if isinstance(v, str) else v for k, v in body.items()} if body is not None else None
    )
    query = town.fill(QUERIES.get(path, "")) if method == "GET" else ""
    who = claims(caller, town) if caller != "visitor" else {}
    city.client.cookies.clear()
    return (await city.say(method, town.fill(path) + query, told, **who)).status_code


def own_routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """The service's own routes; health and metrics are the chassis'."""
    described = app.openapi()["paths"]
    for path, operations in described.items():
        if not path.startswith("/catalogue/"):
            yield from ((method.upper(), path) for method in operations)


def test_every_route_has_its_row(app: FastAPI) -> None:
    assert set(own_routes(app)) == set(ROUTES)
    hidden = [r.path for r in app.routes if isinstance(r, APIRoute) and not r.include_in_schema]
    assert all(path.startswith("/catalogue/") for path in hidden)


async def test_every_route_answers_every_caller_as_the_table_says(city: City, town: Town) -> None:
    found = {
        (method, path, caller): await status(city, town, method, path, body, caller)
        for (method, path), (body, _) in ROUTES.items()
        for caller in CALLERS
    }
    wanted = {(m, p, caller): code for (m, p), (_, told) in ROUTES.items() for caller, code in told.items()}
    assert {key: code for key, code in found.items() if wanted[key] != code} == {}
