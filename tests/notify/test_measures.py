"""What waits in notify, as its metrics say."""

import httpx
from sqlalchemy import text

from services.chassis.testing import Keyring
from services.notify.storage.measures import MEASURES

from .conftest import City
from .hooks import Hooks
from .receiver import Receiver, receiving


async def figures(city: City) -> dict[str, dict[str, float]]:
    """What each measure's query answers, by label or under an empty one."""
    found: dict[str, dict[str, float]] = {}
    async with city.database.engine.connect() as connection:
        for each in MEASURES:
            rows = [tuple(row) for row in await connection.execute(text(each.query))]
            found[each.name] = {row[0] if len(row) == 2 else "": float(row[-1]) for row in rows}
    return found


async def run(city: City, *statements: str) -> None:
    """Bring the database into a state."""
    async with city.database.transaction() as session:
        for statement in statements:
            await session.execute(text(statement))


async def test_letters_by_state_and_how_late_the_first_is(city: City) -> None:
    await city.hear(city.sign_in(), city.sign_in(), city.sign_in())
    late = "UPDATE letter SET due = now() - interval '1 minute'"
    await run(
        city, late, "UPDATE letter SET state = 'unknown' WHERE id = (SELECT min(id::text)::uuid FROM letter)"
    )
    found = await figures(city)
    states = dict.fromkeys(("sending", "failed", "bounced", "complained"), 0)
    assert found["col_letters_now"] == {"queued": 2, "unknown": 1, **states}
    assert 60 <= found["col_letters_late"][""] < 120


async def test_letters_that_went_wrong_are_counted_by_an_index(city: City) -> None:
    async with city.database.transaction() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        (query,) = (each.query for each in MEASURES if each.name == "col_letters_now")
        plan = "\n".join(str(row[0]) for row in await session.execute(text(f"EXPLAIN {query}")))
    assert "Seq Scan on letter" not in plan and "letter_troubled" in plan


async def test_deliveries_and_subscriptions_by_state(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    hooks = Hooks(city, http, keyring, city.settings)
    await hooks.begin()
    async with receiving(Receiver()) as receiver:
        await hooks.subscribe(receiver)
        await hooks.subscribe(receiver)
    one = "(SELECT min(id::text)::uuid FROM subscription)"
    insert = (
        "INSERT INTO delivery (id, subscription, position, event, type, state, attempts, attempts_before,"
        f" due, created_at, changed_at) SELECT gen_random_uuid(), {one}, n, gen_random_uuid(), 'x',"
        " CASE WHEN n = 4 THEN 'sending' ELSE 'due' END, n / 3, 0,"
        " now() - interval '2 minutes', now(), now() FROM generate_series(1, 4) n"
    )
    fail = f"UPDATE subscription SET failing_since = now() WHERE id <> {one}"
    await run(city, insert, fail)
    found = await figures(city)
    assert found["col_deliveries_now"] == {"due": 2, "retrying": 1, "sending": 1}
    assert 120 <= found["col_deliveries_late"][""] < 180
    assert found["col_subscriptions"] == {"active": 1, "failing": 1, "paused": 0, "disabled": 0}
    await run(city, "UPDATE subscription SET state = 'paused', failing_since = NULL")
    found = await figures(city)
    assert found["col_subscriptions"] == {"active": 0, "failing": 0, "paused": 2, "disabled": 0}
    assert found["col_deliveries_late"] == {"": 0}, "what is paused is not late"
