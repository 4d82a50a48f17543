"""Signing in by a letter's link or code."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.catalogue import storage

from .city import City, recipient

ADA = "ada@example.org"


async def ask(city: City, address: str = ADA, language: str = "fi") -> dict[str, Any]:
    """Ask for a letter; answers what the letter is told."""
    answer = await city.ask("POST", "/sign-in", {"address": address, "language": language})
    assert answer["expires_in"] == 900
    return (await city.events("sign-in.requested"))[-1]


async def sign_in(city: City, address: str = ADA) -> dict[str, str]:
    """Sign in by code; answers the Authorization header."""
    letter = await ask(city, address)
    answer = await city.ask("POST", "/sign-in/code", {"address": address, "code": letter["code"]})
    return {"Authorization": f"Bearer {answer['access_token']}"}


async def age(city: City, minutes: int) -> None:
    """Make what was asked for that much older."""
    async with city.database.transaction() as session:
        values = {"by": timedelta(minutes=minutes)}
        await session.execute(
            text("UPDATE sign_in SET created_at = created_at - CAST(:by AS interval)"), values
        )
        await session.execute(
            text("UPDATE sign_in SET expires_at = expires_at - CAST(:by AS interval)"), values
        )


async def test_a_code_signs_in_once_and_the_first_proof_makes_an_account(city: City) -> None:
    letter = await ask(city, "  Ada@Example.org ")
    body = {"address": ADA, "code": letter["code"].lower().replace("-", " ")}
    first = await city.ask("POST", "/sign-in/code", body)
    me = await city.client.get("/people/me", headers={"Authorization": f"Bearer {first['access_token']}"})
    assert me.json()["addresses"][0]["address"] == ADA
    assert me.json()["language"] == "fi"
    assert (await city.say("POST", "/sign-in/code", body)).status_code == 403
    proven = await city.events("address.proven")
    assert [UUID(e["recipient"]) for e in proven] == [recipient(ADA)]
    assert [e["said_by"] for e in await city.events("recipient.named")] == ["person"]


async def test_the_second_sign_in_finds_the_same_account(city: City) -> None:
    first = await city.client.get("/people/me", headers=await sign_in(city))
    again = await city.client.get("/people/me", headers=await sign_in(city))
    assert first.json()["id"] == again.json()["id"]


async def test_opening_the_link_uses_nothing_up(city: City) -> None:
    link = (await ask(city))["link"]
    for _ in range(2):
        page = await city.client.get(link)
        assert page.status_code == 200
        assert "<button>Kirjaudu</button>" in page.text
        assert "ada" not in page.text
    html = {"Accept": "text/html", "Origin": "https://city.test"}
    pressed = await city.client.post(link, headers=html)
    assert pressed.status_code == 200
    cookies = pressed.headers.get_list("set-cookie")
    assert all("HttpOnly" in c and "SameSite=lax" in c and "Secure" in c for c in cookies)
    assert (await city.client.post(link)).status_code == 410
    assert (await city.client.get(link)).status_code == 410


async def test_a_session_refreshes_its_access_token_until_it_is_signed_out(city: City) -> None:
    await city.client.post((await ask(city))["link"])
    fresh = await city.client.post("/sign-in/token")
    assert fresh.status_code == 200
    bearer = {"Authorization": f"Bearer {fresh.json()['access_token']}"}
    listed = (await city.client.get("/people/me/sessions", headers=bearer)).json()
    assert [one["device"][:5] for one in listed] == ["pytho"]
    assert (await city.client.post("/sign-in/out")).status_code == 204
    assert (await city.client.post("/sign-in/token")).status_code == 401


async def test_a_session_can_be_ended_from_elsewhere(city: City) -> None:
    await city.client.post((await ask(city))["link"])
    bearer = await sign_in_without_cookies(city)
    sessions = (await city.client.get("/people/me/sessions", headers=bearer)).json()
    for one in sessions:
        assert (
            await city.client.delete(f"/people/me/sessions/{one['id']}", headers=bearer)
        ).status_code == 204
    assert (await city.client.post("/sign-in/token")).status_code == 401
    assert (
        await city.client.delete(f"/people/me/sessions/{sessions[0]['id']}", headers=bearer)
    ).status_code == 404


async def sign_in_without_cookies(city: City) -> dict[str, str]:
    """Sign in once more, keeping the cookies of the browser as they are."""
    kept = list(city.client.cookies.jar)
    bearer = await sign_in(city)
    city.client.cookies.clear()
    for cookie in kept:
        city.client.cookies.jar.set_cookie(cookie)
    return bearer


async def test_five_wrong_codes_void_the_code_but_not_the_link(city: City) -> None:
    letter = await ask(city)
    for _ in range(5):
        wrong = await city.say("POST", "/sign-in/code", {"address": ADA, "code": "BBBB-BBBB"})
        assert wrong.status_code == 403
        assert wrong.json()["errors"][0]["field"] == "body.code"
    right = await city.say("POST", "/sign-in/code", {"address": ADA, "code": letter["code"]})
    assert right.status_code == 403
    assert (await city.client.post(letter["link"])).status_code == 200


async def test_letters_are_void_after_fifteen_minutes(city: City) -> None:
    letter = await ask(city)
    await age(city, 15)
    assert (
        await city.say("POST", "/sign-in/code", {"address": ADA, "code": letter["code"]})
    ).status_code == 403
    assert (await city.client.post(letter["link"])).status_code == 410


async def test_an_address_gets_no_more_than_five_letters_and_nobody_can_tell(city: City) -> None:
    answers = [await city.say("POST", "/sign-in", {"address": ADA}) for _ in range(7)]
    assert {(a.status_code, a.text) for a in answers} == {(202, answers[0].text)}
    assert len(await city.events("sign-in.requested")) == 5
    await age(city, 16)
    await ask(city)
    assert len(await city.events("sign-in.requested")) == 6


async def test_a_network_that_asks_too_much_is_told_to_wait(city: City) -> None:
    answers = [await city.say("POST", "/sign-in", {"address": f"a{n}@example.org"}) for n in range(31)]
    assert [a.status_code for a in answers] == [202] * 30 + [429]


async def test_using_one_letter_voids_the_others(city: City) -> None:
    first, second = await ask(city), await ask(city)
    await city.ask("POST", "/sign-in/code", {"address": ADA, "code": second["code"]})
    assert (await city.client.post(first["link"])).status_code == 410


async def test_nothing_that_signs_in_is_stored_readable(city: City) -> None:
    letter = await ask(city)
    async with city.database.engine.connect() as connection:
        stored = str((await connection.execute(text("SELECT * FROM sign_in"))).all())
    assert letter["code"] not in stored
    assert letter["code"].replace("-", "") not in stored
    assert letter["link"].rpartition("/")[2] not in stored


async def test_a_foreign_page_cannot_sign_a_browser_in(city: City) -> None:
    link = (await ask(city))["link"]
    response = await city.client.post(link, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403
    assert (await city.client.post(link)).status_code == 200


async def test_the_access_token_carries_roles_addresses_and_whether_an_operator(city: City) -> None:
    organisation = await city.organisation()
    owner = (await city.client.get("/people/me", headers=await sign_in(city, "owner@example.org"))).json()
    assert owner["roles"] == {str(organisation): ["owner"]}
    assert owner["operator"] is False
    operator = await city.client.get("/people/me", headers=await sign_in(city, "Operator@city.example"))
    assert operator.json()["operator"] is True
    assert [e["role"] for e in await city.events("member.added")] == ["owner"]


async def test_what_is_no_address_is_refused_by_name(city: City) -> None:
    for address in ("nobody", "a@b", "a b@example.org", "@example.org"):
        response = await city.say("POST", "/sign-in", {"address": address})
        assert (address, response.status_code) == (address, 422)
        assert response.json()["errors"][0]["field"] == "body.address"
    assert not await city.events("sign-in.requested")


async def test_a_code_pressed_many_times_at_once_signs_in_once(city: City) -> None:
    body = {"address": ADA, "code": (await ask(city))["code"]}
    answers = await asyncio.gather(*(city.say("POST", "/sign-in/code", body) for _ in range(5)))
    assert sorted(a.status_code for a in answers) == [200, 403, 403, 403, 403]
    assert len(await city.events("address.proven")) == 1


async def test_what_is_past_its_time_is_deleted(city: City) -> None:
    await city.client.post((await ask(city))["link"])
    await ask(city)
    later = datetime.now(UTC) + timedelta(days=31)
    async with city.database.transaction() as session:
        await storage.sign_ins.tidy(session, later)
    async with city.database.engine.connect() as connection:
        for table in ("sign_in", "session"):
            assert (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar() == 0
