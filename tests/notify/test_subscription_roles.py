"""Every route about subscriptions with every role, by a table; `machine` is the integration's own client."""

from typing import Any

import httpx
import pytest

from services.chassis.testing import Keyring
from services.notify.settings import Settings

from .conftest import City
from .hooks import Hooks
from .roles import ROLES, headers

ONE = "/subscriptions/{subscription}"
EXPECTED = {
    "POST /subscriptions": "401 404 404 404 404 404 201 201 201",
    "GET /subscriptions": "401 403 200 403 403 403 200 200 200",
    "GET /subscriptions?integration": "401 404 404 404 404 404 200 200 200",
    f"GET {ONE}": "401 404 404 404 404 404 200 200 200",
    f"PUT {ONE}": "401 404 404 404 404 404 200 200 200",
    f"POST {ONE}/pause": "401 404 404 404 404 404 200 200 200",
    f"POST {ONE}/resume": "401 404 404 404 404 404 200 200 200",
    f"POST {ONE}/rotate": "401 404 404 404 404 404 200 200 200",
    f"POST {ONE}/test": "401 404 404 404 404 404 202 202 202",
    f"POST {ONE}/replay": "401 404 404 404 404 404 202 202 202",
    f"GET {ONE}/replays": "401 404 404 404 404 404 200 200 200",
    f"GET {ONE}/deliveries": "401 404 404 404 404 404 200 200 200",
    f"GET {ONE}/deliveries/{{delivery}}": "401 404 404 404 404 404 200 200 200",
    f"POST {ONE}/deliveries/{{delivery}}/replay": "401 404 404 404 404 404 202 202 202",
    f"DELETE {ONE}": "401 404 404 404 404 404 204 204 204",
}
BODIES: dict[str, dict[str, Any]] = {
    f"POST {ONE}/pause": {},
    f"POST {ONE}/resume": {},
    f"POST {ONE}/rotate": {},
    f"POST {ONE}/test": {"type": "badges.badge.awarded.v1"},
    f"POST {ONE}/replay": {"failed": True},
    f"POST {ONE}/deliveries/{{delivery}}/replay": {},
}


@pytest.mark.parametrize("row", EXPECTED)
async def test_each_role_may_what_the_table_says(
    city: City, http: httpx.AsyncClient, keyring: Keyring, settings: Settings, row: str
) -> None:
    method, _, path = row.partition(" ")
    found = []
    for role in ROLES:
        hooks = Hooks(city, http, keyring, settings)
        await hooks.begin(city.organisation)
        told = await hooks.subscribe("http://127.0.0.1:9/hook")
        await hooks.post(f"/subscriptions/{told['id']}/test", {"type": "badges.badge.revoked.v1"}, 202)
        await hooks.change("UPDATE delivery SET state = 'failed'")
        ((delivery,),) = await hooks.rows("SELECT id FROM delivery")
        draft = hooks.draft("http://127.0.0.1:9/hook")
        if method == "PUT":
            del draft["integration"]
        answer = await http.request(
            method,
            path.partition("?")[0].format(subscription=told["id"], delivery=delivery),
            params={"integration": hooks.integration} if "?" in path else {},
            json=None if method == "GET" else BODIES.get(row, draft),
            headers=hooks.machine if role == "machine" else headers(city, keyring, role),
        )
        found.append(str(answer.status_code))
        await hooks.change("DELETE FROM delivery")
    assert dict(zip(ROLES, found, strict=True)) == dict(zip(ROLES, EXPECTED[row].split(), strict=True))


async def test_a_machine_needs_the_scope_for_events(
    city: City, http: httpx.AsyncClient, keyring: Keyring, settings: Settings
) -> None:
    hooks = Hooks(city, http, keyring, settings)
    await hooks.begin()
    told = await hooks.subscribe("http://127.0.0.1:9/hook")
    ((client,),) = await hooks.rows("SELECT client FROM integration")
    without = keyring.headers(client_id=str(client), scope="awards:read")
    assert (await http.get(f"/subscriptions/{told['id']}", headers=without)).status_code == 404
    assert (await http.get("/subscriptions", headers=without)).status_code == 403
