"""Taking in addresses: the register of names hears them, and so does everybody else."""

from collections.abc import Iterable, Sequence
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
    await storage.recipients.save(session, [one for id_, one in known.items() if one != before[id_]])
    return known


async def hear_from_elsewhere(session: AsyncSession, namings: Sequence[Naming]) -> None:
    """Note what another service took in; it has announced that itself."""
    known = await storage.recipients.lock(session, [naming.recipient for naming in namings])
    for naming in namings:
        known[naming.recipient] = hear(known[naming.recipient], naming)
    await storage.recipients.save(session, known.values())


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
