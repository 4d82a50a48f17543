"""What becomes of events: handled once, refused for good, parked, retried, dead, released."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import ActivityJoined, OrganisationVerified
from contracts.envelope import Envelope, uuid7
from deploy import parked
from services.chassis import inbox, journal, waiting
from services.chassis.database import Database
from services.chassis.delivery import Delivery, Handlers, Outage
from services.chassis.testing import sealed

from .conftest import ToySettings


class NotAllowed(Exception):
    """A rule said no."""


class Toy:
    """Handlers that count in the database (as journal rows) and fail as they are told."""

    def __init__(self, database: Database, settings: ToySettings) -> None:
        self.failing: dict[UUID, Exception] = {}
        handlers: Handlers[ToySettings] = {ActivityJoined: self.joined, OrganisationVerified: self.verified}
        self.delivery = Delivery("toy", handlers, (NotAllowed,), database, settings)
        self.database = database

    async def joined(self, session: AsyncSession, envelope: Envelope[Any], _: ToySettings) -> None:
        """Journal a fact about the same activity, then fail where told to."""
        journal.emit(session, OrganisationVerified(organisation=envelope.data.activity))
        if error := self.failing.get(envelope.data.activity):
            raise error

    async def verified(self, session: AsyncSession, envelope: Envelope[Any], _: ToySettings) -> None:
        """Bring what others wait for."""
        self.failing.pop(envelope.data.organisation, None)
        await waiting.release(session, f"thing:{envelope.data.organisation}")

    async def done(self) -> Counter[str]:
        """How often each activity was handled."""
        async with self.database.engine.connect() as connection:
            rows = await connection.execute(text("SELECT body::json ->> 'subject' FROM journal"))
            return Counter(rows.scalars())

    async def waits(self) -> list[Any]:
        """The rows that wait."""
        async with self.database.engine.connect() as connection:
            return list(await connection.execute(text("SELECT * FROM waiting")))

    async def work_off(self) -> None:
        """Make what waits due, and handle it."""
        async with self.database.transaction() as session:
            await session.execute(text("UPDATE waiting SET next_at = now() WHERE next_at IS NOT NULL"))
        while await self.delivery.handle_waiting():
            pass


@pytest.fixture
def toy(database: Database, settings: ToySettings) -> Toy:
    """The toy over a fresh database."""
    return Toy(database, settings)


def joined(activity: UUID | None = None, recipient: UUID | None = None) -> ActivityJoined:
    """A fact to handle."""
    return ActivityJoined(activity=activity or uuid4(), organisation=uuid4(), recipient=recipient or uuid4())


async def test_an_event_seen_twice_is_handled_once_within_and_across_batches(toy: Toy) -> None:
    fact, event_id = joined(), uuid7()
    body = sealed(fact, event_id)
    await toy.delivery.handle([body, body])
    await toy.delivery.handle([body])
    assert await toy.done() == {str(fact.activity): 1}


async def test_one_bad_event_costs_its_neighbours_nothing(toy: Toy) -> None:
    facts = [joined() for _ in range(50)]
    toy.failing[facts[17].activity] = RuntimeError("broken")
    toy.failing[facts[33].activity] = NotAllowed()
    await toy.delivery.handle([b"{not json", *(sealed(fact) for fact in facts), b'{"type":"unknown"}'])
    done = await toy.done()
    assert len(done) == 48
    assert set(done.values()) == {1}
    assert str(facts[17].activity) not in done
    assert len(await toy.waits()) == 3  # the broken one and the two that cannot be read


async def test_a_refusal_is_final_and_recorded(toy: Toy, database: Database) -> None:
    fact = joined()
    toy.failing[fact.activity] = NotAllowed()
    body = sealed(fact)
    await toy.delivery.handle([body])
    toy.failing.clear()
    await toy.delivery.handle([body])
    assert await toy.done() == {}
    async with database.engine.connect() as connection:
        refused = (await connection.execute(text("SELECT refused FROM inbox"))).scalars().all()
    assert refused == ["NotAllowed"]


async def test_a_fault_is_retried_then_lies_among_the_dead_letters_until_retried(
    toy: Toy, database: Database
) -> None:
    fact = joined()
    toy.failing[fact.activity] = RuntimeError("somebody@example.org is in this message")
    await toy.delivery.handle([sealed(fact)])
    for _ in range(5):
        await toy.work_off()
    async with database.engine.connect() as connection:
        (dead,) = await parked.dead_letters(connection)
    assert dead.attempts == 3
    assert "RuntimeError" in dead.reason
    assert "example.org" not in dead.reason
    toy.failing.clear()
    async with database.engine.begin() as connection:
        assert await parked.retry(connection, dead.event_id) == 1
    assert await toy.delivery.handle_waiting()
    assert await toy.done() == {str(fact.activity): 1}
    assert await toy.waits() == []


async def test_an_early_event_waits_and_is_released_by_what_it_needs(toy: Toy) -> None:
    fact = joined()
    toy.failing[fact.activity] = waiting.Needs(f"thing:{fact.activity}")
    body = sealed(fact)
    await toy.delivery.handle([body])
    await toy.delivery.handle([body])  # redelivered while it waits
    assert await toy.done() == {}
    await toy.delivery.handle([sealed(OrganisationVerified(organisation=fact.activity))])
    assert await toy.delivery.handle_waiting()
    assert not await toy.delivery.handle_waiting()
    await toy.delivery.handle([body])  # and once more afterwards
    assert await toy.done() == {str(fact.activity): 1}
    assert await toy.waits() == []


async def test_an_early_event_that_never_gets_its_thing_is_shown_after_a_day(
    toy: Toy, database: Database
) -> None:
    fact = joined()
    toy.failing[fact.activity] = waiting.Needs(f"thing:{fact.activity}")
    await toy.delivery.handle([sealed(fact)])
    async with database.engine.begin() as connection:
        assert await parked.dead_letters(connection) == []
        await connection.execute(text("UPDATE waiting SET since = now() - interval '25 hours'"))
        (shown,) = await parked.dead_letters(connection)
    assert shown.reason == "waits for thing"


async def test_an_event_of_a_forgotten_person_waits_no_longer(toy: Toy, database: Database) -> None:
    person = uuid4()
    fact = joined(recipient=person)
    toy.failing[fact.activity] = waiting.Needs("thing:1")
    await toy.delivery.handle([sealed(fact)])
    async with database.transaction() as session:
        await journal.forget(session, person, datetime.now(UTC))
    assert await toy.waits() == []


async def test_what_was_said_after_somebody_was_forgotten_goes_on_waiting(
    toy: Toy, database: Database
) -> None:
    person = uuid4()
    before, after = joined(recipient=person), joined(recipient=person)
    for fact in (before, after):
        toy.failing[fact.activity] = waiting.Needs(f"thing:{fact.activity}")
    await toy.delivery.handle([sealed(before)])
    at = datetime.now(UTC)
    await toy.delivery.handle([sealed(after).replace(b'"time":"20', b'"time":"21')])
    async with database.transaction() as session:
        await journal.forget(session, person, at)
    (left,) = await toy.waits()
    assert str(after.activity) in str(left)


async def test_a_handler_that_speaks_to_a_missing_database_decides_nothing(settings: ToySettings) -> None:
    gone = Database("postgresql://nobody:x@127.0.0.1:1/none", "testville")
    toy = Toy(gone, settings)
    with pytest.raises(Outage):
        await toy.delivery.handle([sealed(joined())])
    with pytest.raises(Outage):
        await toy.delivery.handle_waiting()
    await gone.close()


async def test_remembering_answers_what_is_new(database: Database) -> None:
    first, second = uuid4(), uuid4()
    async with database.transaction() as session:
        assert await inbox.remember(session, "toy", [first, first]) == {first}
    async with database.transaction() as session:
        assert await inbox.remember(session, "toy", [first, second]) == {second}
        assert await inbox.remember(session, "other", [first]) == {first}
