"""Every route about integrations with every role, by a table; `machine` is the integration's own client."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.chassis.testing import Keyring

from .conftest import City
from .outside import draft, integrated, registered
from .roles import ROLES, headers

EXPECTED = {
    "POST /integrations": "401 403 403 403 403 403 201 201 403",
    "GET /integrations": "401 403 200 403 403 403 200 200 403",
    "GET /integrations?organisation": "401 403 403 403 403 403 200 200 403",
    "GET /integrations/{integration}": "401 404 404 404 404 404 200 200 200",
    "PUT /integrations/{integration}": "401 404 404 404 404 404 200 200 404",
    "POST /integrations/{integration}/pause": "401 404 404 404 404 404 200 200 404",
    "POST /integrations/{integration}/resume": "401 404 404 404 404 404 200 200 404",
    "DELETE /integrations/{integration}": "401 404 404 404 404 404 204 204 404",
    "GET /integrations/{integration}/log": "401 404 404 404 404 404 200 200 404",
    "GET /events": "401 403 403 403 403 403 403 200 200",
    "GET /events?organisation": "401 403 403 403 403 403 403 200 200",
    **{
        f"GET /developers{path}": " ".join(["200"] * len(ROLES))
        for path in (
            "",
            "/asyncapi.yaml",
            "/examples",
            "/examples/{sample}",
            "/openapi",
            "/openapi/notify",
            "/schemas",
            "/schemas/{schema}",
            "/style.css",
            "/{page}",
        )
    },
}
FILES = {"sample": "token.sh", "schema": "col.badges.badge.awarded.v1.pub.json", "page": "feed"}
BODIES: dict[str, dict[str, Any]] = {"POST /integrations/{integration}/pause": {}}


@pytest.mark.parametrize("row", EXPECTED)
async def test_each_role_may_what_the_table_says(
    city: City, http: httpx.AsyncClient, keyring: Keyring, row: str
) -> None:
    method, _, path = row.partition(" ")
    found = []
    for role in ROLES:
        integration, machine = await integrated(city, http, keyring, city.organisation)
        client = uuid4()
        await city.hear(registered(client, city.organisation))
        body = draft(client) if method == "PUT" else draft(client, city.organisation)
        answer = await http.request(
            method,
            path.partition("?")[0].format(integration=integration, **FILES),
            params={"organisation": str(city.organisation)} if "?" in path else {},
            json=None if method == "GET" else BODIES.get(row, body),
            headers=machine if role == "machine" else headers(city, keyring, role),
        )
        found.append(str(answer.status_code))
    assert dict(zip(ROLES, found, strict=True)) == dict(zip(ROLES, EXPECTED[row].split(), strict=True))
