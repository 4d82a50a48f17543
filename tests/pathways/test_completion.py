"""Progress follows the facts, and is told once."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import orjson
from sqlalchemy import text

from contracts.catalogue import AddressProven, RecipientForgotten
from services.chassis.testing import journaled, sealed, until
from services.pathways import usecases
from services.pathways.storage import Table

from .conftest import NOW, City, Learner


async def test_earning_every_mandatory_step_completes_the_pathway(city: City, learner: Learner) -> None:
    first, second, third, fourth = city.achievements
    pathway = await city.pathway((1, [first, second], True), (1, [third], True), (1, [fourth], False))
    started = await city.start(learner, pathway)
    assert started["completed_at"] is None and started["mandatory_steps"] == 2

    await city.hear(city.awarded(learner, second))
    assert len(await city.told("step.completed")) == 1
    await city.hear(city.awarded(learner, third, awarded_at=NOW))

    (done,) = await city.told("pathway.completed")
    assert UUID(done["recipient"]) == learner.recipient and UUID(done["pathway"]) == pathway
    assert len(await city.told("step.completed")) == 2
    progress = await city.http.get(f"/pathways/{pathway}/progress", headers=city.of(learner))
    assert progress.json()["mandatory_done"] == 2 and progress.json()["next_step"] is None


async def test_badges_earned_before_the_start_count(city: City, learner: Learner) -> None:
    await city.hear(*(city.awarded(learner, achievement) for achievement in city.achievements))
    started = await city.start(learner, await city.pathway())
    assert started["completed_at"] is not None
    assert len(await city.told("pathway.completed")) == 1


async def test_what_is_told_in_public_names_no_recipient(city: City, learner: Learner) -> None:
    await city.hear(*(city.awarded(learner, achievement) for achievement in city.achievements))
    await city.start(learner, await city.pathway())
    for kind in ("pathway.started", "step.completed", "pathway.completed"):
        for fact in await city.told(kind, plane="pub"):
            assert "recipient" not in fact


async def test_a_withdrawn_badge_reopens_the_pathway_and_another_completes_it_again(
    city: City, learner: Learner
) -> None:
    first, second, third, _ = city.achievements
    await city.start(learner, await city.pathway((1, [first, second], True), (1, [third], True)))
    one, three = city.awarded(learner, first), city.awarded(learner, third)
    await city.hear(one, three)
    await city.hear(city.revoked(one))
    assert len(await city.told("pathway.reopened")) == 1
    await city.hear(city.awarded(learner, second))
    assert len(await city.told("pathway.completed")) == 2
    assert len(await city.told("step.completed")) == 2


async def test_a_withdrawal_heard_before_its_award_counts(city: City, learner: Learner) -> None:
    await city.start(learner, await city.pathway((1, city.achievements[:1], True)))
    award = city.awarded(learner, city.achievements[0])
    await city.hear(city.revoked(award), award)
    assert await city.told("pathway.completed") == []


async def test_badges_of_all_a_learners_addresses_count_together(city: City, learner: Learner) -> None:
    first, second = city.achievements[:2]
    pathway = await city.pathway((2, [first, second], True))
    await city.start(learner, pathway)
    other = Learner(id=learner.id)
    await city.hear(city.awarded(learner, first), city.awarded(other, second))
    assert await city.told("pathway.completed") == []
    await city.hear(AddressProven(learner=learner.id, recipient=other.recipient, at=NOW))
    (done,) = await city.told("pathway.completed")
    assert UUID(done["recipient"]) == learner.recipient


async def test_two_batches_for_one_learner_complete_the_pathway_once(city: City) -> None:
    first, second = city.achievements[:2]
    pathway = await city.pathway((2, [first, second], True))
    for _ in range(8):
        learner = Learner()
        await city.start(learner, pathway)
        awards = [city.awarded(learner, achievement) for achievement in (first, second)]
        await asyncio.gather(*(city.hear(award) for award in awards))
    assert len(await city.told("pathway.completed")) == 8
    assert len(await city.told("step.completed")) == 8


async def test_a_start_beside_the_last_badge_misses_nothing(city: City) -> None:
    pathway = await city.pathway((1, city.achievements[:1], True))
    for _ in range(8):
        learner = Learner()
        award = city.awarded(learner, city.achievements[0])
        await asyncio.gather(city.start(learner, pathway), city.hear(award))
    assert len(await city.told("pathway.completed")) == 8


async def test_what_is_told_goes_on_with_the_trace_of_the_award_that_led_to_it(city: City) -> None:
    first = city.achievements[0]
    pathway = await city.pathway((1, [first], True))
    learners, traces = [Learner(), Learner(), Learner()], ["a" * 32, "b" * 32, "b" * 32]
    for learner in learners:
        await city.start(learner, pathway)
    bodies = [
        orjson.loads(sealed(city.awarded(learner, first))) | {"traceparent": f"00-{trace}-{'c' * 16}-01"}
        for learner, trace in zip(learners, traces, strict=True)
    ]
    await city.delivery.handle([orjson.dumps(body) for body in bodies])
    await city.settle()
    found = {
        UUID(fact["data"]["recipient"]): fact["traceparent"].split("-")[1]
        for fact in await journaled(city.database)
        if fact["type"] == "col.pathways.pathway.completed.v1" and "recipient" in fact["data"]
    }
    assert found == dict(zip((learner.recipient for learner in learners), traces, strict=True))


async def test_who_stopped_is_told_nothing_more(city: City, learner: Learner) -> None:
    pathway = await city.pathway((1, city.achievements[:1], True))
    await city.start(learner, pathway)
    stopped = await city.http.post(f"/pathways/{pathway}/stop", headers=city.of(learner))
    assert stopped.status_code == 204
    await city.hear(city.awarded(learner, city.achievements[0]))
    assert await city.told("pathway.completed") == []


async def test_nothing_leads_to_a_forgotten_learner(city: City, learner: Learner) -> None:
    pathway = await city.pathway((1, city.achievements[:1], True))
    await city.start(learner, pathway)
    award = city.awarded(learner, city.achievements[0])
    proven = AddressProven(learner=learner.id, recipient=learner.recipient, at=NOW)
    await city.hear(award, proven)
    await city.hear(RecipientForgotten(recipient=learner.recipient, at=datetime.now(UTC)))

    await city.hear(award, proven)  # published once more, as `city journal republish` does
    async with city.database.engine.connect() as connection:
        people = {str(learner.id), str(learner.recipient)}
        for table in Table.metadata.tables:
            for row in await connection.execute(text(f'SELECT * FROM "{table}"')):
                assert table == "forgotten" or not people & {str(value) for value in row}, table
        assert await connection.scalar(text("SELECT count(*) FROM enrolment")) == 1
    for fact in await journaled(city.database):
        assert str(learner.recipient) not in str(fact)


async def test_a_new_history_begins_after_forgetting(city: City, learner: Learner) -> None:
    pathway = await city.pathway((1, city.achievements[:1], True))
    await city.hear(RecipientForgotten(recipient=learner.recipient, at=NOW))
    await city.hear(city.awarded(learner, city.achievements[0], awarded_at=NOW))
    await city.start(learner, pathway)
    assert await city.told("pathway.completed") == []
    await city.hear(city.awarded(learner, city.achievements[0], awarded_at=datetime.now(UTC)))
    assert len(await city.told("pathway.completed")) == 1


async def test_of_two_transactions_at_once_the_later_sees_what_the_earlier_told(
    city: City, learner: Learner
) -> None:
    first, second = city.achievements[:2]
    await city.start(learner, await city.pathway((2, [first, second], True)))
    for achievement in (first, second):
        await city.delivery.handle([sealed(city.awarded(learner, achievement))])

    async def later() -> None:
        async with city.database.transaction() as session:
            assert await usecases.work_out(session, limit=1)

    async def blocked_or_done() -> bool:
        async with city.database.engine.connect() as connection:
            waiting = await connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        return bool(waiting) or task.done()

    async with city.database.transaction() as session:
        assert await usecases.work_out(session, limit=1)
        task = asyncio.create_task(later())
        await until(blocked_or_done)
    await task
    assert len(await city.told("pathway.completed")) == 1
