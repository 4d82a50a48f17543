"""Forgetting somebody: what names them goes, what they hold stays valid, and nothing brings them back."""

from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import text

from contracts.badges import BadgeAwarded, BadgeRevoked, RecipientNamed
from services.badges.app import service
from services.badges.domain.shown import achievement_id
from services.chassis.app import create_app
from services.chassis.testing import Keyring, client_of
from tests.badges.service.town import ACTIVITY, LEARNER, ORGANISATION, Facts, Town, bytes_of

JSON = {"Accept": "application/json"}


async def _everything(town: Town) -> str:
    """All that the database holds, as text."""
    async with town.database.engine.connect() as connection:
        names = await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        rows = [await connection.execute(text(f'SELECT t::text FROM "{name}" t')) for (name,) in names]
        return "\n".join(line for found in rows for (line,) in found)


async def _claim(town: Town, http: httpx.AsyncClient) -> httpx.Response:
    (awarded,) = await town.told(BadgeAwarded)
    return await http.get(awarded["claim"], headers=JSON)


async def test_what_names_somebody_is_deleted_and_their_badge_stays(town: Town) -> None:
    await town.hear(*Facts().all())
    await town.work()
    async with client_of(create_app(service(town.settings))) as http:
        badge = (await _claim(town, http)).json()
        before = await http.get(badge["credential"])
        await town.hear(Facts().forgotten)
        assert (await http.get(badge["credential"])).content == before.content
        assert (await http.get(badge["claim"], headers=JSON)).json()["state"] == "valid"
    held = await _everything(town)
    assert "learner@" not in held
    tombstones = [line for line in held.splitlines() if str(LEARNER) in line and "redacted" not in line]
    assert len(tombstones) == 1


async def test_nothing_that_was_heard_before_brings_somebody_back(town: Town) -> None:
    bodies = bytes_of(Facts().all())
    await town.hear_bodies(bodies)
    await town.work()
    await town.hear(Facts().forgotten)
    # As after NATS was wiped: the same facts come again, and the inbox knows none of them.
    async with town.database.transaction() as session:
        await session.execute(text("DELETE FROM inbox"))
    await town.hear_bodies(bodies)
    await town.work()
    held = await _everything(town)
    assert "learner@" not in held
    assert len(await town.told(BadgeAwarded, "pub")) == 1
    assert await town.told(BadgeAwarded, "int") == []


async def test_what_was_due_to_somebody_forgotten_is_not_issued(town: Town, keyring: Keyring) -> None:
    owner = keyring.headers(roles={ORGANISATION: ["owner"]})
    facts = Facts()
    await town.hear(facts.registered, facts.verified, facts.published())
    async with client_of(create_app(service(town.settings))) as http:
        body = {"achievement": str(achievement_id(ACTIVITY)), "recipients": "learner@example.org"}
        job = await http.post("/awards", json=body, headers=owner)
        await town.hear(facts.forgotten)
        await town.work()
        done = await http.get(job.headers["location"], headers=owner)
    assert done.json()["lines"][0]["state"] == "dropped"
    assert await town.told(BadgeAwarded) == []
    assert await town.told(RecipientNamed) == []


async def test_somebody_who_comes_back_starts_with_an_empty_portfolio(town: Town, keyring: Keyring) -> None:
    await town.hear(*Facts().all())
    await town.work()
    learner = keyring.headers(recipients=[LEARNER])
    async with client_of(create_app(service(town.settings))) as http:
        assert len((await http.get("/portfolio", headers=learner)).json()["items"]) == 1
        forgotten = Facts().forgotten
        back = Facts().named.model_copy(update={"at": datetime.now(UTC).replace(year=2100)})
        await town.hear(forgotten, back)
        assert (await http.get("/portfolio", headers=learner)).json()["items"] == []


async def test_a_badge_of_somebody_forgotten_can_still_be_withdrawn(town: Town, keyring: Keyring) -> None:
    owner = keyring.headers(roles={ORGANISATION: ["owner"]})
    await town.hear(*Facts().all())
    await town.work()
    async with client_of(create_app(service(town.settings))) as http:
        award = (await town.told(BadgeAwarded, "pub"))[0]["award"]
        await town.hear(Facts().forgotten)
        seen = (await http.get(f"/awards/{award}", headers=owner)).json()
        assert seen["address"] is None
        answer = await http.post(f"/awards/{award}/revoke", json={"reason": "x"}, headers=owner)
    assert answer.json()["state"] == "revoked"
    (told,) = await town.told(BadgeRevoked)
    assert told["recipient"] != str(LEARNER)


async def test_what_was_awarded_after_somebody_was_forgotten_is_issued_once_they_are_named_anew(
    town: Town,
) -> None:
    facts = Facts()
    long_ago = facts.named.at + timedelta(days=1)
    await town.hear(*facts.all(), facts.forgotten.model_copy(update={"at": long_ago}))
    await town.work()
    assert await town.told(BadgeAwarded) == []
    await town.hear(facts.named.model_copy(update={"at": long_ago + timedelta(days=1)}))
    await town.work()
    assert len(await town.told(BadgeAwarded)) == 1
