"""Every route with every role, against a table. A route without a row fails."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.pathways.api import router

from .conftest import City, Learner

ROLES = (
    "visitor",
    "learner",
    "foreign_owner",
    "reviewer",
    "issuer",
    "editor",
    "owner",
    "operator",
    "machine",
)
EXPECTED = {
    "POST /pathways": "401 403 403 403 403 201 201 201 403",
    "GET /pathways": "200 200 200 200 200 200 200 200 200",
    "GET /pathways?drafts": "401 403 403 403 403 200 200 200 403",
    "GET /pathways/mine": "401 200 200 200 200 200 200 200 403",
    "GET /pathways/{pathway_id}": "200 200 200 200 200 200 200 200 200",
    "GET /pathways/{pathway_id}/draft": "401 403 403 403 403 200 200 200 403",
    "PUT /pathways/{pathway_id}": "401 403 403 403 403 200 200 200 403",
    "POST /pathways/{pathway_id}/publish": "401 403 403 403 403 200 200 200 403",
    "POST /pathways/{pathway_id}/start": "401 201 201 201 201 201 201 201 403",
    "GET /pathways/{pathway_id}/progress": "401 200 200 200 200 200 200 200 403",
    "POST /pathways/{pathway_id}/stop": "401 204 204 204 204 204 204 204 403",
}


def headers(city: City, role: str, learner: Learner) -> dict[str, str]:
    """The credentials of somebody with this role."""
    roles = {city.organisation: [role]} if role in ("reviewer", "issuer", "editor", "owner") else {}
    if role == "foreign_owner":
        roles = {uuid4(): ["owner"]}
    if role == "visitor":
        return {}
    if role == "machine":
        claims: dict[str, Any] = {"client_id": str(uuid4()), "organisation": str(city.organisation)}
        return city.keyring.headers(**claims)
    people = {"recipients": [learner.recipient], "roles": roles, "operator": role == "operator"}
    return city.keyring.headers(learner.id, **people)


def test_every_route_has_its_row(app: FastAPI) -> None:
    routes = [route for route in router.routes if isinstance(route, APIRoute)]
    walked = {f"{method} {route.path}" for route in routes for method in route.methods or ()}
    assert walked == {row.partition("?")[0] for row in EXPECTED}


@pytest.mark.parametrize("row", EXPECTED)
async def test_each_role_may_what_the_table_says(city: City, row: str) -> None:
    method, _, path = row.partition(" ")
    found = []
    for role in ROLES:
        learner, pathway = Learner(), await city.pathway()
        if path.endswith(("progress", "stop")):
            await city.start(learner, pathway)
        answer = await city.http.request(
            method,
            path.partition("?")[0].format(pathway_id=pathway),
            params={"organisation": str(city.organisation), "drafts": True} if "?" in path else {},
            json=_body(city, row),
            headers=headers(city, role, learner),
        )
        found.append(str(answer.status_code))
    assert dict(zip(ROLES, found, strict=True)) == dict(zip(ROLES, EXPECTED[row].split(), strict=True))


def _body(city: City, row: str) -> dict[str, Any] | None:
    if row.startswith("PUT"):
        return city.plan()
    return city.plan() | {"organisation": str(city.organisation)} if row == "POST /pathways" else None


@pytest.mark.parametrize("role", ["learner", "foreign_owner", "reviewer", "issuer", "machine"])
async def test_who_may_not_edit_is_not_told_that_there_is_a_draft(city: City, role: str) -> None:
    body = city.plan() | {"organisation": str(city.organisation)}
    drafted = (await city.http.post("/pathways", json=body, headers=city.editor())).json()["id"]
    who = headers(city, role, Learner())
    for method, path in (("GET", "/draft"), ("PUT", ""), ("POST", "/publish")):
        url = f"/pathways/{drafted}{path}"
        answer = await city.http.request(
            method, url, json=city.plan() if method == "PUT" else None, headers=who
        )
        assert answer.status_code == 404, path
