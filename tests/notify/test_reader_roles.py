"""Every route about readers and nkeys with every role; `machine` is the integration's own client."""

import secrets

import httpx
import pytest

from services.chassis.testing import Keyring
from services.notify.domain.nkey import USER, written

from .conftest import City
from .outside import integrated
from .roles import ROLES, headers

EXPECTED = {
    "POST /integrations/{integration}/readers": "401 404 404 404 404 404 201 201 201",
    "GET /integrations/{integration}/readers": "401 404 404 404 404 404 200 200 200",
    "DELETE /integrations/{integration}/readers/{reader}": "401 404 404 404 404 404 204 204 204",
    "POST /integrations/{integration}/keys": "401 404 404 404 404 404 201 201 404",
    "GET /integrations/{integration}/keys": "401 404 404 404 404 404 200 200 200",
    "DELETE /integrations/{integration}/keys/{public}": "401 404 404 404 404 404 204 204 404",
}


def a_key() -> dict[str, str]:
    """The public half of some nkey."""
    return {"public": written(USER, secrets.token_bytes(32))}


@pytest.mark.parametrize("row", EXPECTED)
async def test_each_role_may_what_the_table_says(
    city: City, http: httpx.AsyncClient, keyring: Keyring, row: str
) -> None:
    method, _, path = row.partition(" ")
    found = []
    for role in ROLES:
        integration, machine = await integrated(city, http, keyring, city.organisation)
        base, operator = f"/integrations/{integration}", keyring.headers(operator=True)
        reader = await http.post(f"{base}/readers", json={"name": "first"}, headers=operator)
        key = await http.post(f"{base}/keys", json=a_key(), headers=operator)
        parts = {"integration": integration, "reader": reader.json()["id"], "public": key.json()["public"]}
        body = {"name": "second"} if path.endswith("readers") else a_key()
        answer = await http.request(
            method,
            path.format(**parts),
            json=body if method == "POST" else None,
            headers=machine if role == "machine" else headers(city, keyring, role),
        )
        found.append(str(answer.status_code))
    assert dict(zip(ROLES, found, strict=True)) == dict(zip(ROLES, EXPECTED[row].split(), strict=True))
