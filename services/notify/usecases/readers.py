"""Readers and keys: asked for, listed, given up; made and taken away on NATS by the keeper (keeper.py)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.subjects import reader_filter
from services.chassis.database import wake

from ..domain.integration import Integration
from ..domain.nkey import USER, NotOurs, raw
from ..domain.reader import (
    Key,
    KeyTaken,
    NotAKey,
    Reader,
    ReaderNameTaken,
    TooManyKeys,
    TooManyReaders,
    UnknownKey,
    UnknownReader,
    subject_end,
)
from ..storage import integrations
from ..storage import readers as storage
from .integrations import CUT, find

KEEPER = "readers"  # the loop that makes and takes away consumers


@dataclass(frozen=True)
class Wanted:
    """A consumer that is to be on NATS: its name and what it is given."""

    durable: str
    filter: str


@dataclass(frozen=True)
class Plan:
    """What the keeper has to do."""

    wanted: Sequence[Wanted]
    again: Sequence[Reader]  # were there once, and are not any more: NATS has lost them
    fresh: Collection[UUID]  # readers that become ready
    superfluous: Sequence[str]  # consumers of nobody
    gone: Collection[UUID]  # readers that can be forgotten


async def add(session: AsyncSession, reader: Reader, most: int) -> Reader:
    """Ask for a reader; its consumer is there a moment later.

    Raises UnknownTypePattern, TooManyReaders (there are `most`), ReaderNameTaken, UnknownIntegration.
    """
    subject_end(reader.types)
    await find(session, reader.integration, lock=True)
    if len(await storage.of(session, reader.integration)) >= most:
        raise TooManyReaders
    if not await storage.add(session, reader):
        raise ReaderNameTaken
    await integrations.log(session, reader.integration, reader.created_by, "reader made", reader.id)
    wake(session, KEEPER)
    return reader


async def remove(session: AsyncSession, integration: UUID, reader: UUID, by: str) -> None:
    """Give a reader up, with how far it has read. Raises UnknownReader."""
    if reader not in {each.id for each in await storage.of(session, integration)}:
        raise UnknownReader
    await storage.mark(session, [reader], "gone")
    await storage.release(session, reader)
    await integrations.log(session, integration, by, "reader removed", reader)
    wake(session, KEEPER)


async def add_key(session: AsyncSession, key: Key, most: int) -> Key:
    """Let the holder of an nkey connect. Raises NotAKey, TooManyKeys, KeyTaken, UnknownIntegration."""
    try:
        raw(USER, key.public)
    except NotOurs as error:
        raise NotAKey from error
    await find(session, key.integration, lock=True)
    if len(await storage.keys_of(session, key.integration)) >= most:
        raise TooManyKeys
    if not await storage.add_key(session, key):
        raise KeyTaken
    await integrations.log(session, key.integration, key.created_by, f"key {key.public} registered")
    return key


async def remove_key(session: AsyncSession, integration: UUID, public: str, by: str) -> None:
    """Let the holder of an nkey in no longer; who is connected by it is cut off. Raises UnknownKey."""
    if not await storage.drop_key(session, integration, public):
        raise UnknownKey
    await integrations.log(session, integration, by, f"key {public} removed")
    wake(session, CUT)


async def plan(session: AsyncSession, city: str, there: Collection[str]) -> Plan | None:
    """What to do where these consumers are there; None while another process sees to it.

    Holds off all other keepers until the transaction ends.
    """
    if not await storage.alone(session):
        return None
    every = await storage.every(session)
    kept = {each.durable: (each, whose) for each, whose in every if whose and each.state != "gone"}
    missing = [(each, whose) for name, (each, whose) in kept.items() if name not in there]
    return Plan(
        wanted=[wanted(city, each, whose) for each, whose in missing],
        again=[each for each, _ in missing if each.state == "ready"],
        fresh=[each.id for each, _ in kept.values() if each.state == "wanted"],
        superfluous=[name for name in there if name not in kept],
        gone=[each.id for each, _ in every if each.durable not in kept],
    )


async def settle(session: AsyncSession, done: Plan) -> None:
    """Write down what has been done on NATS."""
    await storage.mark(session, done.fresh, "ready")
    await storage.drop(session, done.gone)
    for each in done.again:
        told = "reader made anew, from the first event: NATS had lost it"
        await integrations.log(session, each.integration, "notify", told, each.id)


def wanted(city: str, reader: Reader, whose: Integration) -> Wanted:
    """The consumer of a reader. An integration of one organisation is given that one's events alone."""
    return Wanted(reader.durable, reader_filter(city, whose.organisation, subject_end(reader.types)))
