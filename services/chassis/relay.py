"""The relay: numbers new journal rows, publishes numbered rows in order, marks them sent.

Numbering is a committed transaction of its own, so that a crash anywhere afterwards republishes the same
number, id and bytes. Rows that commit late simply get a later number.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID, uuid4

import orjson
from nats.aio.client import Client
from opentelemetry.trace import SpanKind
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from .database import Database, lead
from .journal import REDACTED
from .telemetry import counter, span

log = logging.getLogger(__name__)
BATCH = 1000  # the most messages an atomic batch may hold
ANSWER = 10.0  # seconds that NATS may take
MOST_LINKS = 100  # of a batch to the traces of its events
INTERNAL_TTL = "720h"  # Go durations know no days
_sent = counter("col_events_published", "events handed to NATS")

_NUMBER = text("""
    WITH new AS (DELETE FROM unnumbered WHERE id = ANY(ARRAY(
            SELECT id FROM unnumbered ORDER BY id LIMIT :limit)) RETURNING id),
        head AS (SELECT coalesce(max(sequence), 0) AS number FROM numbered)
    INSERT INTO numbered (sequence, id) SELECT number + row_number() OVER (ORDER BY id), id FROM new, head
""")
_DUE = text("""
    SELECT sequence, event_id, plane, subject, body, (SELECT upto FROM relayed)
    FROM numbered JOIN journal USING (id) WHERE sequence > (SELECT upto FROM relayed)
    ORDER BY sequence LIMIT :limit
""")
_MARK = text("UPDATE relayed SET upto = :last WHERE upto = :before")  # unless all is to be sent again


class Due(NamedTuple):
    """One numbered row that has not been marked sent; `before` is the number of the last one that was."""

    sequence: int
    event_id: UUID
    plane: str
    subject: str
    written: str
    before: int = 0

    @property
    def body(self) -> bytes:
        """What leaves: what was written with its number; the same however often it leaves."""
        return f'{{"sequence":"{self.sequence:020}",{self.written[1:]}'.encode()

    @property
    def headers(self) -> dict[str, str]:
        """What JetStream deduplicates and expires by; the content type says CloudEvents structured mode."""
        headers = {"Nats-Msg-Id": str(self.event_id), "Content-Type": "application/cloudevents+json"}
        return headers | {"Nats-TTL": INTERNAL_TTL} if self.plane == "int" else headers


class NotStored(Exception):
    """JetStream did not store a message; the journal keeps it and the relay tries again."""


async def run(database: Database, client: Client) -> None:
    """Lead the relay of this service until cancelled; wait where another process leads."""
    async with database.engine.connect() as connection:
        try:
            leads = await lead(connection, "relay")
            await connection.commit()
            if not leads:
                await asyncio.sleep(1)
            while leads:
                if not await step(connection, client):
                    await database.woken("relay", seconds=1)
        except TimeoutError:  # after a reconnect the client may hear nothing more, and not notice it
            await client.force_reconnect()
            raise
        finally:
            await connection.invalidate()  # in the pool it would go on leading, and do nothing


async def step(connection: AsyncConnection, client: Client) -> int:
    """Number, publish and mark one batch; answers how many were due. The next step commits the mark."""
    await connection.execute(_NUMBER, {"limit": BATCH})
    await connection.commit()
    rows = [Due(*row) for row in await connection.execute(_DUE, {"limit": BATCH})]
    await connection.commit()
    if rows:
        due = [row for row in rows if row.written != REDACTED]
        await _publish(client, due)
        await connection.execute(_MARK, {"before": rows[0].before, "last": rows[-1].sequence})
        _sent.add(len(due))
    return len(rows)


async def _publish(client: Client, rows: list[Due]) -> None:
    traces = set(filter(None, (orjson.loads(row.written).get("traceparent") for row in rows[:MOST_LINKS])))
    with span("publish", SpanKind.PRODUCER, None, {"messaging.batch.message_count": len(rows)}, traces):
        if len(rows) < 2 or not await _publish_atomically(client, rows):
            await _publish_singly(client, rows)


async def _publish_singly(client: Client, rows: list[Due]) -> None:
    for start in range(0, len(rows), 100):
        await asyncio.gather(*(_publish_one(client, row) for row in rows[start : start + 100]))


async def _publish_atomically(client: Client, rows: list[Due]) -> bool:
    """One JetStream atomic batch: one fsync for all. False where the server refused it as a batch.

    It refuses when a message of the batch is already stored, which is so after a crash between publishing
    and marking; then each message is published by itself and the duplicates are absorbed.
    """
    batch = uuid4().hex
    for number, row in enumerate(rows, 1):
        headers = row.headers | {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
        if number == len(rows):
            headers["Nats-Batch-Commit"] = "1"
        if number not in (1, len(rows)):
            await client._send_command(_command(row, headers))
            continue
        answer = await client.request(row.subject, row.body, timeout=ANSWER, headers=headers)
        if answer.data and "error" in (told := orjson.loads(answer.data)):
            log.info("atomic batch refused: %s", told["error"].get("description"))
            return False
    return True


def _command(row: Due, headers: Mapping[str, str]) -> bytes:
    """What `client.publish` would send; it looks for line breaks in each header, and all of ours are ids."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    head, body = f"NATS/1.0\r\n{lines}\r\n".encode(), row.body
    sizes = len(head), len(head) + len(body)
    return b"HPUB %b %d %d\r\n%b%b\r\n" % (row.subject.encode(), *sizes, head, body)


async def _publish_one(client: Client, row: Due) -> None:
    answer = await client.request(row.subject, row.body, timeout=ANSWER, headers=row.headers)
    if "error" in (told := orjson.loads(answer.data)):
        log.error("NATS did not store an event: %s", told["error"].get("description"))
        raise NotStored
