"""Issuing anew in batches, and status lists that are renewed before they run out."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from alembic import command
from sqlalchemy import Connection, text

from contracts.badges import BadgeAwarded
from services.badges.app import service
from services.badges.settings import Settings
from services.badges.storage.reissues import Wanted
from services.badges.usecases.issuing import ISSUING
from services.badges.usecases.keys import STATUS_LISTS
from services.chassis import migrate
from services.chassis.app import create_app
from services.chassis.testing import client_of, until
from tests.badges.service.test_keys import KEK, upkeep_of
from tests.badges.service.town import ORGANISATION, Facts, Town


async def rows(town: Town, statement: str) -> list[Any]:
    async with town.database.transaction() as session:
        result: Any = await session.execute(text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


async def test_badges_are_issued_anew_in_batches_and_one_that_cannot_be_holds_up_no_other(
    settings: Settings,
) -> None:
    town = Town(settings.model_copy(update={"issue_batch": 4}))
    upkeep, first = upkeep_of(settings), Facts()
    people = [Facts(recipient=uuid4(), address=f"p{n}@example.org", completion=uuid4()) for n in range(10)]
    await town.hear(first.registered, first.verified, first.published())
    await town.hear(*(each.named for each in people), *(each.completed for each in people))
    await town.work(ISSUING)
    await rows(
        town,
        "UPDATE credential SET body = convert_to(replace(convert_from(body, 'UTF8'),"
        " '\"OpenBadgeCredential\"', '\"Nonsense\"'), 'UTF8')"
        " WHERE award = (SELECT award FROM credential LIMIT 1)",
    )
    places = "SELECT award, capability, list_number, list_index FROM credential ORDER BY award"
    before = await rows(town, places)
    await upkeep.compromise((await upkeep.list_keys(None))[0].name, KEK)
    assert (await upkeep.reissue(Wanted(organisation=ORGANISATION))).badges == 10
    left = []

    async def done() -> bool:
        await town.loops[ISSUING].step()
        left.append(await upkeep.left())
        return left[-1] == 0

    await until(done)
    assert set(left) == {10, 6, 2, 0} or set(left) == {6, 2, 0}
    by_key = await rows(town, "SELECT count(*) FROM credential GROUP BY signed_by ORDER BY 1")
    assert by_key == [(1,), (9,)]
    assert await rows(town, places) == before
    assert len(await town.told(BadgeAwarded)) == 10
    await town.close()


async def test_a_status_list_runs_out_and_is_signed_anew_halfway(town: Town) -> None:
    await town.hear(*Facts().all())
    await town.work()
    async with client_of(create_app(service(town.settings))) as http:

        async def published() -> dict[str, Any]:
            await town.work(STATUS_LISTS)
            document: dict[str, Any] = (await http.get(f"/status/{ORGANISATION}/1")).json()
            return document

        first = await published()
        since, until_ = (datetime.fromisoformat(first[name]) for name in ("validFrom", "validUntil"))
        assert until_ - since == timedelta(days=town.settings.status_valid_days)
        assert await published() == first, "it is fresh"
        await rows(town, "UPDATE status_list SET signed_at = signed_at - interval '14 days'")
        assert await published() == first
        await rows(town, "UPDATE status_list SET signed_at = signed_at - interval '2 days', body = ''")
        assert (await published())["credentialSubject"] == first["credentialSubject"]


async def test_badges_of_the_version_before_know_which_key_signed_them_and_have_a_view(town: Town) -> None:
    await town.hear(*Facts().all())
    await town.work()
    columns = "SELECT signed_by, signed_at, reissue_at, hosted FROM credential"
    before = await rows(town, columns)

    def there_and_back(connection: Connection) -> None:
        versions, table = migrate.branches("badges")[1]
        command.downgrade(migrate.configure(connection, versions, table, None), "0001")
        command.upgrade(migrate.configure(connection, versions, table, None), "heads")

    async with town.database.engine.begin() as connection:
        await connection.run_sync(there_and_back)
    await town.database.engine.dispose()  # what its connections had prepared is of the tables before
    assert await rows(town, columns) == before
    ((assertion,),) = await rows(town, "SELECT assertion FROM credential")
    assert len(assertion) == 22 and {"+", "/", "="}.isdisjoint(assertion)
