"""Letters over HTTP: who sees what of them, and sending again."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from services.chassis.testing import Keyring

from .conftest import City
from .mailserver import DROP


@pytest.fixture
def operator(keyring: Keyring) -> dict[str, str]:
    """Headers of an operator."""
    return keyring.headers(operator=True)


@pytest.fixture
def issuer(keyring: Keyring, city: City) -> dict[str, str]:
    """Headers of an issuer of the city's organisation."""
    return keyring.headers(roles={city.organisation: ["issuer"]})


async def listed(http: httpx.AsyncClient, headers: dict[str, str], **query: Any) -> list[dict[str, Any]]:
    answer = await http.get("/letters", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_an_operator_sees_address_and_reason_and_an_issuer_does_not(
    city: City, http: httpx.AsyncClient, operator: dict[str, str], issuer: dict[str, str]
) -> None:
    city.mail.will("RCPT", "550 5.1.1 <aino@example.org> unknown")
    await city.hear(city.awarded())
    await city.send()
    (whole,) = await listed(http, operator)
    assert whole["address"] == "aino@example.org" and "unknown" in whole["reason"]
    (part,) = await listed(http, issuer)
    assert part == whole | {"address": None, "reason": None}
    one = await http.get(f"/letters/{whole['id']}", headers=issuer)
    assert one.json() == part


async def test_sign_in_letters_are_for_operators_and_without_their_secrets(
    city: City, http: httpx.AsyncClient, operator: dict[str, str], issuer: dict[str, str]
) -> None:
    await city.hear(city.sign_in())
    (letter,) = await listed(http, operator)
    assert "271828" not in str(letter) and letter["address"] == "new@example.org"
    assert await listed(http, issuer) == []
    assert (await http.get(f"/letters/{letter['id']}", headers=issuer)).status_code == 404


async def test_letters_are_filtered_and_paged_newest_first(
    city: City, http: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    awards = [city.awarded() for _ in range(3)]
    await city.hear(awards[0])
    await city.send()
    await city.hear(*awards[1:], city.sign_in())
    causes = [str(award.award) for award in awards]
    first = (await http.get("/letters", params={"limit": 2}, headers=operator)).json()
    second = (
        await http.get("/letters", params={"limit": 2, "after": first["next"]}, headers=operator)
    ).json()
    assert [item["cause"] for item in first["items"][1:] + second["items"]] == causes[::-1]
    assert second["next"] is None
    assert [item["cause"] for item in await listed(http, operator, state="sent")] == causes[:1]
    assert len(await listed(http, operator, kind="sign_in")) == 1
    mine = await listed(http, operator, organisation=str(city.organisation), state="queued")
    assert len(mine) == 2 and await listed(http, operator, organisation=str(uuid4())) == []
    counts = await http.get("/letters/counts", headers=operator)
    assert (counts.json()["sent"], counts.json()["queued"]) == (1, 3)


async def test_an_unknown_letter_is_sent_again_only_when_asked_and_by_whom_is_kept(
    city: City, http: httpx.AsyncClient, issuer: dict[str, str]
) -> None:
    city.mail.will("DATA", DROP)
    await city.hear(city.awarded())
    await city.send()
    (letter,) = await listed(http, issuer)
    assert letter["state"] == "unknown"
    path = f"/letters/{letter['id']}/resend"
    again = await http.post(path, headers=issuer | {"Idempotency-Key": "once"})
    assert (again.status_code, again.json()["state"]) == (202, "queued")
    await city.send()
    repeated = await http.post(path, headers=issuer | {"Idempotency-Key": "once"})
    assert repeated.status_code == 202, "the same request, answered once"
    await city.send()
    assert [m["X-Letter-Id"] for m in city.mail.letters] == [letter["id"]] * 2
    assert len({m["Message-ID"] for m in city.mail.letters}) == 1
    assert (await http.post(path, headers=issuer)).status_code == 409
    async with city.database.engine.connect() as connection:
        (record,) = await connection.execute(text("SELECT letter::text, by, was FROM resend"))
    assert record[0] == letter["id"] and record[1].startswith("learner:") and record[2] == "unknown"


async def test_a_letter_sent_again_has_all_its_tries_anew(
    city: City, http: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    city.mail.will("RCPT", *["450 greylisted"] * 5)
    await city.hear(city.awarded())
    await city.send()
    (letter,) = await listed(http, operator, state="failed")
    await http.post(f"/letters/{letter['id']}/resend", headers=operator)
    await city.send()
    (letter,) = await listed(http, operator)
    assert (letter["state"], letter["attempts"]) == ("sent", 6)


async def test_nobody_is_written_to_again_who_was_forgotten(
    city: City, http: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    city.mail.will("RCPT", "550 nobody here")
    await city.hear(city.awarded())
    await city.send()
    await city.hear(city.forgotten())
    (letter,) = await listed(http, operator)
    assert letter["address"] is None and letter["reason"] is None
    assert (await http.post(f"/letters/{letter['id']}/resend", headers=operator)).status_code == 409


@pytest.mark.parametrize(
    "query", [{"state": "lost"}, {"kind": "x"}, {"limit": 0}, {"limit": "9" * 40}, {"after": "x"}]
)
async def test_bad_filters_are_refused_by_name(
    city: City, http: httpx.AsyncClient, operator: dict[str, str], query: dict[str, Any]
) -> None:
    answer = await http.get("/letters", params=query, headers=operator)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == f"query.{next(iter(query))}"
