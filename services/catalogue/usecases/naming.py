"""Taking in addresses: the register of names hears them, and so does everybody else."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import RecipientNamed
from services.chassis.journal import emit

from .. import storage
from ..domain.recipient import Naming, Recipient, hear


async def take_in(session: AsyncSession, namings: Iterable[Naming]) -> dict[UUID, Recipient]:
    """Note what was said about recipients and announce what was new; answers what is known now."""
    told = list(namings)
    before = await storage.recipients.lock(session, [naming.recipient for naming in told])
    known = dict(before)
    for naming in told:
        heard = hear(known[naming.recipient], naming)
        if _told(heard) != _told(known[naming.recipient]):  # saying the same again is no news
            emit(session, _named(naming))
        known[naming.recipient] = heard
    await _save_changes(session, before, known)
    return known


async def hear_from_elsewhere(session: AsyncSession, namings: Sequence[Naming]) -> None:
    """Note what another service took in; it has announced that itself. Most people are new."""
    heard: dict[UUID, Recipient] = {}
    for naming in namings:
        heard[naming.recipient] = hear(heard.get(naming.recipient), naming)
    fresh = await storage.recipients.add(session, heard.values())
    rest = [naming for naming in namings if naming.recipient not in fresh]
    before = await storage.recipients.lock(session, [naming.recipient for naming in rest])
    known = dict(before)
    for naming in rest:
        known[naming.recipient] = hear(known[naming.recipient], naming)
    await _save_changes(session, before, known)


async def _save_changes(
    session: AsyncSession, before: Mapping[UUID, Recipient], known: Mapping[UUID, Recipient]
) -> None:
    await storage.recipients.save(session, [one for id_, one in known.items() if one != before[id_]])


def _told(known: Recipient) -> tuple[object, ...]:
    said = [(s.value, s.by_person) if s else None for s in (known.name, known.language)]
    return (known.address, *said)


def _named(naming: Naming) -> RecipientNamed:
    return RecipientNamed(
        recipient=naming.recipient,
        address=naming.address,
        name=naming.name,
        language=naming.language,
        said_by="person" if naming.by_person else "organiser",
        at=naming.at,
    )
