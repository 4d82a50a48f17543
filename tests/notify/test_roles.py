"""Every route with every role, against a table. A route without a row fails."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi.routing import APIRoute

from services.chassis.testing import Keyring
from services.notify.api import ROUTERS, events
from services.notify.domain.naming import ticket
from services.notify.listeners import Listeners

from .conftest import City
from .reports import report
from .roles import ROLES, headers
from .test_outside_roles import EXPECTED as OUTSIDE
from .test_reader_roles import EXPECTED as READERS
from .test_subscription_roles import EXPECTED as SUBSCRIPTIONS

EXPECTED = {
    "GET /letters": "401 403 200 403 200 403 200 200 403",
    "GET /letters?organisation": "401 403 403 403 200 403 200 200 403",
    "GET /letters/counts": "401 403 403 403 403 403 403 200 403",
    "GET /letters/{letter_id}": "401 404 404 404 200 404 200 200 404",
    "POST /letters/{letter_id}/resend": "401 404 404 404 202 404 202 202 404",
    "POST /letters/{letter_id}/address": "401 404 404 404 202 404 202 202 404",
    "GET /letters/preview": "401 403 403 403 403 403 403 200 403",
    "GET /letters/preview/sample-badge.png": "200 200 200 200 200 200 200 200 200",
    "GET /letters/preview/{kind}/{language}/{case}": "401 403 403 403 403 403 403 200 403",
    "GET /letters/preferences": "401 200 200 200 200 200 200 200 403",
    "PUT /letters/preferences": "401 200 200 200 200 200 200 200 403",
    "GET /letters/preferences/{ticket}": "200 200 200 200 200 200 200 200 200",
    "POST /letters/preferences/{ticket}": "200 200 200 200 200 200 200 200 200",
    "GET /letters/unsubscribe/{ticket}": "200 200 200 200 200 200 200 200 200",
    "POST /letters/unsubscribe/{ticket}": "422 422 422 422 422 422 422 422 422",  # a letter about a badge
    "POST /letters/bounces": "401 401 401 401 401 401 401 200 401",
    "POST /letters/feedback/{provider}": "401 401 401 401 401 401 401 200 401",
    "POST /letters/suppressed/list": "401 403 403 403 403 403 403 200 403",
    "POST /letters/suppressed": "401 403 403 403 403 403 403 201 403",
    "POST /letters/suppressed/remove": "401 403 403 403 403 403 403 404 403",
    "GET /letters/digests/{organisation}": "401 403 403 403 403 403 404 404 403",
    "PUT /letters/digests/{organisation}": "401 403 403 403 403 403 200 200 403",
    "DELETE /letters/digests/{organisation}": "401 403 403 403 403 403 404 404 403",
}
ADDRESS = {"address": "somebody@example.org"}
BODIES: dict[str, Any] = {
    "POST /letters/{letter_id}/address": ADDRESS,
    "PUT /letters/preferences": {},
    "POST /letters/feedback/{provider}": {},
    "POST /letters/suppressed/list": {},
    "POST /letters/suppressed": ADDRESS | {"why": "a test"},
    "POST /letters/suppressed/remove": {"address": "nobody@example.org"},
    "PUT /letters/digests/{organisation}": ADDRESS,
}


def test_every_route_has_its_row() -> None:
    routers = (*ROUTERS, events.routes(Listeners(1)))
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    walked = {f"{method} {route.path}" for route in routes for method in route.methods or ()}
    assert walked == {row.partition("?")[0] for row in (*EXPECTED, *OUTSIDE, *READERS, *SUBSCRIPTIONS)}


@pytest.mark.parametrize("row", EXPECTED)
async def test_each_role_may_what_the_table_says(
    city: City, http: httpx.AsyncClient, keyring: Keyring, row: str
) -> None:
    method, _, path = row.partition(" ")
    found = []
    for role in ROLES:
        city.mail.will("RCPT", *["550 nobody here"] * 9)  # also for what the role before had sent again
        await city.hear(city.awarded())
        await city.send()
        city.mail.answers["RCPT"].clear()
        letter = (await http.get("/letters", headers=keyring.headers(operator=True))).json()["items"][0]["id"]
        values = {
            "letter_id": letter,
            "organisation": city.organisation,
            "kind": "badge_awarded",
            "language": "ar",
            "case": "usual",
            "provider": "plain",
            "ticket": ticket(UUID(letter), city.settings.webhook_key),
        }
        raw = report(UUID(letter)) if row == "POST /letters/bounces" else None
        answer = await http.request(
            method,
            path.partition("?")[0].format(**values),
            params={"organisation": str(city.organisation)} if "?" in path else {},
            headers=headers(city, keyring, role),
            json=BODIES.get(row),
            content=raw,
        )
        found.append(str(answer.status_code))
    assert dict(zip(ROLES, found, strict=True)) == dict(zip(ROLES, EXPECTED[row].split(), strict=True))
