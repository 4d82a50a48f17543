"""Confirming who completed an activity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import ActivityCompleted
from contracts.envelope import uuid7
from services.chassis.journal import emit

from .. import storage
from ..domain.activity import Activity
from ..domain.completion import check_confirmable
from ..domain.organisation import must_be_active
from ..domain.recipient import Naming
from ..storage.completions import Confirmation
from . import activities, organisations
from .activities import Edge
from .naming import take_in

Result = Literal["confirmed", "already", "bad"]


@dataclass(frozen=True)
class Person:
    """Somebody to confirm: a known recipient, an address, or a line that is wrong (`problem` says how)."""

    line: int
    who: Naming | UUID | None
    problem: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one line."""

    line: int
    result: Result
    completion: UUID | None = None
    problem: str | None = None


async def confirm(
    session: AsyncSession,
    id_: UUID,
    people: Sequence[Person],
    day: date | None,
    completed_on: date | None,
    edge: Edge,
) -> list[Outcome]:
    """Confirm that people completed an activity, or its session on `day`; answers one outcome a line.

    Who is confirmed already stays so; for a bad line nothing is written. Raises UnknownActivity, NotVerified,
    Suspended, NotPublished, NotBegun, BadSession, InTheFuture.
    """
    found = await activities.find(session, id_)
    must_be_active(await organisations.find(session, found.organisation), edge.require_verification)
    told = Confirmation(id_, day, check_confirmable(found, day, completed_on, edge.now), edge.now, edge.actor)
    checked = await _known(session, people)
    await take_in(session, [person.who for person in checked if isinstance(person.who, Naming)])
    # In one order, so that two lists with the same people never wait for each other.
    wanted = {who: uuid7() for who in sorted(_recipient(person) for person in checked if person.who)}
    new = await storage.completions.confirm(session, told, wanted)
    for recipient, completion in new.items():
        emit(session, _completed(found, told, recipient, completion))
    return list(_outcomes(checked, new))


async def preview(
    session: AsyncSession,
    id_: UUID,
    people: Sequence[Person],
    day: date | None,
    completed_on: date | None,
    edge: Edge,
) -> list[Outcome]:
    """What `confirm` would answer, without confirming anybody. Raises what it raises."""
    found = await activities.find(session, id_)
    must_be_active(await organisations.find(session, found.organisation), edge.require_verification)
    check_confirmable(found, day, completed_on, edge.now)
    checked = await _known(session, people)
    wanted = [_recipient(person) for person in checked if person.who]
    done = await storage.completions.completed(session, id_, day, wanted)
    return list(_outcomes(checked, {recipient: None for recipient in wanted if recipient not in done}))


async def _known(session: AsyncSession, people: Iterable[Person]) -> list[Person]:
    """The same people; ids that no address belongs to have become problems."""
    listed = list(people)
    ids = [person.who for person in listed if isinstance(person.who, UUID)]
    known = {id_ for id_, one in (await storage.recipients.known(session, ids)).items() if one.address}
    return [
        Person(p.line, None, "is no recipient known here; give the address instead")
        if isinstance(p.who, UUID) and p.who not in known
        else p
        for p in listed
    ]


def _recipient(person: Person) -> UUID:
    assert person.who is not None
    return person.who.recipient if isinstance(person.who, Naming) else person.who


def _outcomes(people: Iterable[Person], new: dict[UUID, UUID] | dict[UUID, None]) -> Iterable[Outcome]:
    left = dict(new)
    for person in people:
        if person.who is None:
            yield Outcome(person.line, "bad", problem=person.problem)
            continue
        recipient = _recipient(person)
        if recipient in left:  # the first line that names them; later ones repeat it
            yield Outcome(person.line, "confirmed", completion=left.pop(recipient))
        else:
            yield Outcome(person.line, "already")


def _completed(found: Activity, told: Confirmation, recipient: UUID, completion: UUID) -> ActivityCompleted:
    return ActivityCompleted(
        completion=completion,
        activity=found.id,
        organisation=found.organisation,
        session=told.session,
        completed_on=told.completed_on,
        recipient=recipient,
    )
