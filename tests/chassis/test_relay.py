"""The relay: nothing lost, nothing renumbered, whatever dies in between."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import nats
import orjson
import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig
from sqlalchemy import text

from contracts.catalogue import ActivityJoined, OrganisationVerified, RecipientForgotten
from contracts.envelope import uuid7
from deploy import streams
from deploy.onemachine.testbed import RunningNats
from deploy.parked import republish
from services.chassis import relay
from services.chassis.database import Database, lead
from services.chassis.journal import emit, forget, redact_before
from services.chassis.testing import CITY


@pytest.fixture
async def client(nats_server: RunningNats) -> AsyncIterator[Client]:
    """A connection to a NATS that has the city's stream."""
    client = await nats.connect(nats_server.url)
    await streams.declare(client.jetstream(), CITY, [])
    yield client
    await client.close()


def joined() -> ActivityJoined:
    """A fact with a person in it."""
    return ActivityJoined(activity=uuid4(), organisation=uuid4(), recipient=uuid4())


async def stored(client: Client) -> list[Any]:
    """Every message of the stream, in its order."""
    js = client.jetstream()
    info = await js.stream_info("EVT_TESTVILLE")
    numbers = range(info.state.first_seq, info.state.last_seq + 1)
    return [await js.get_msg("EVT_TESTVILLE", number) for number in numbers]


async def test_a_crash_between_publishing_and_marking_republishes_the_same_bytes(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late = OrganisationVerified(organisation=uuid4()), OrganisationVerified(organisation=uuid4())
    async with database.engine.connect() as slow, database.engine.connect() as leader:
        await slow.execute(text("SELECT nextval(pg_get_serial_sequence('journal', 'id'))"))
        await slow.execute(
            text(
                "WITH new AS (INSERT INTO journal (event_id, plane, subject, body)"
                " VALUES (:id, 'pub', :subject, :body) RETURNING id)"
                " INSERT INTO unnumbered SELECT id FROM new"
            ),
            {"id": uuid7(), "subject": "evt.testville.pub._.x.y.z.v1", "body": '{"id":"early"}'},
        )
        async with database.transaction() as session:
            emit(session, late)
        with monkeypatch.context() as crash:
            crash.setattr(relay, "_MARK", text("SELECT 1 / 0"))
            with pytest.raises(Exception, match="division by zero"):
                await relay.step(leader, client)
        await leader.rollback()
        await slow.commit()  # the older transaction becomes visible only now
        before = [message.data for message in await stored(client)]
        while await relay.step(leader, client):
            pass
        after = [message.data for message in await stored(client)]
    assert len(before) == 1
    assert after[0] == before[0]
    assert [orjson.loads(body)["sequence"][-1] for body in after] == ["1", "2"]
    assert orjson.loads(after[1])["id"] == "early"
    assert early.organisation != late.organisation


async def test_events_leave_in_the_order_of_their_numbers(database: Database, client: Client) -> None:
    async with database.transaction() as session:
        for _ in range(1200):
            emit(session, joined())
    async with database.engine.connect() as leader:
        while await relay.step(leader, client):
            pass
    bodies = [orjson.loads(message.data) for message in await stored(client)]
    assert [int(body["sequence"]) for body in bodies] == list(range(1, 2401))


async def test_internal_events_expire_and_public_ones_name_nobody(database: Database, client: Client) -> None:
    fact = joined()
    async with database.transaction() as session:
        emit(session, fact)
    async with database.engine.connect() as leader:
        await relay.step(leader, client)
    whole, public = await stored(client)
    assert whole.headers["Nats-TTL"] == relay.INTERNAL_TTL
    assert "Nats-TTL" not in public.headers
    assert str(fact.recipient).encode() in whole.data
    assert str(fact.recipient).encode() not in public.data
    assert public.subject.startswith("evt.testville.pub.")
    assert orjson.loads(public.data)["id"] != orjson.loads(whole.data)["id"]


async def test_a_full_stream_refuses_and_the_journal_keeps_the_event(
    database: Database, client: Client
) -> None:
    config: StreamConfig = streams.stream_config(CITY)
    config.max_msgs = 1
    await client.jetstream().update_stream(config)
    async with database.transaction() as session:
        for _ in range(2):
            emit(session, OrganisationVerified(organisation=uuid4()))
    async with database.engine.connect() as leader:
        with pytest.raises(relay.NotStored):
            await relay.step(leader, client)
        await leader.rollback()
        await client.jetstream().update_stream(streams.stream_config(CITY))
        while await relay.step(leader, client):
            pass
    assert len(await stored(client)) == 2


async def test_what_is_to_be_sent_again_while_a_batch_leaves_is_sent_again(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as session:
        emit(session, OrganisationVerified(organisation=uuid4()))
    async with database.engine.connect() as leader:
        while await relay.step(leader, client):
            pass
    publish = relay._publish

    async def meanwhile(client: Client, rows: list[relay.Due]) -> None:
        await publish(client, rows)
        async with database.engine.begin() as operator:
            assert await republish(operator) == 2

    async with database.transaction() as session:
        emit(session, OrganisationVerified(organisation=uuid4()))
    async with database.engine.connect() as leader:
        with monkeypatch.context() as once:
            once.setattr(relay, "_publish", meanwhile)
            assert await relay.step(leader, client) == 1
        assert await relay.step(leader, client) == 2
        assert await relay.step(leader, client) == 0


async def test_a_person_who_is_forgotten_before_an_event_has_left_keeps_nothing_up(
    database: Database, client: Client
) -> None:
    gone, other = joined(), joined()
    async with database.transaction() as session:
        emit(session, gone)
    async with database.transaction() as session:
        await forget(session, gone.recipient, datetime.now(UTC))
        emit(session, other)
    async with database.engine.connect() as leader:
        while await relay.step(leader, client):
            pass
    bodies = [message.data for message in await stored(client)]
    assert [int(orjson.loads(body)["sequence"]) for body in bodies] == [2, 3, 4]
    assert str(gone.recipient) not in str(bodies)


async def test_only_one_process_leads(database: Database) -> None:
    async with database.engine.connect() as first, database.engine.connect() as second:
        assert await lead(first, "relay")
        assert not await lead(second, "relay")


async def test_what_was_forgotten_or_redacted_is_not_republished(database: Database, client: Client) -> None:
    remembered, forgotten, old = joined(), joined(), joined()
    async with database.transaction() as session:
        for fact in (old, remembered, forgotten):
            emit(session, fact)
    async with database.engine.connect() as leader:
        while await relay.step(leader, client):
            pass
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE journal SET created_at = now() - interval '40 days' WHERE :id = ANY(about)"),
            {"id": old.recipient},
        )
        assert await redact_before(session, datetime.now(UTC) - timedelta(days=30)) == 1
        await forget(session, forgotten.recipient, datetime.now(UTC))
        emit(session, RecipientForgotten(recipient=forgotten.recipient, at=datetime.now(UTC)))
    async with database.engine.begin() as connection:
        assert await republish(connection) == 4  # one whole, three public; the forgetting itself is unsent
        rows = await connection.execute(text("SELECT body FROM journal WHERE plane = 'int'"))
        kept = " ".join(rows.scalars())
    assert str(remembered.recipient) in kept
    assert str(old.recipient) not in kept
    assert kept.count(str(forgotten.recipient)) == 2  # in RecipientForgotten: its subject and its data


async def test_a_relay_that_failed_gives_its_lead_up(database: Database) -> None:
    async with database.transaction() as session:
        emit(session, joined())
    with pytest.raises(AssertionError, match="connect"):
        await relay.run(database, Client())  # never connected
    async with database.engine.connect() as connection:
        locks = await connection.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
        assert locks.scalar() == 0
