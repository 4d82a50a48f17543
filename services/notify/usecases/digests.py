"""Summaries for organisers: once a day, what became of the letters sent in an organisation's name."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7

from ..settings import Settings
from ..storage import digests, letters
from ..storage.digests import Digest
from ..storage.letters import Letter
from .feedback import NotAnAddress, normal

_DAILY = timedelta(days=1)


class NoDigest(Exception):
    """Nobody is named for this organisation's summaries."""


async def name_reader(session: AsyncSession, organisation: UUID, address: str, language: str) -> None:
    """Send the organisation's summaries to this address, from now on. Raises NotAnAddress."""
    if not normal(address):
        raise NotAnAddress("write one e-mail address as name@example.org")
    await digests.put(session, Digest(organisation, address.strip(), language))


async def shown(session: AsyncSession, organisation: UUID) -> Digest:
    """Who gets the organisation's summaries. Raises NoDigest."""
    found = await digests.one(session, organisation)
    if found is None:
        raise NoDigest
    return found


async def stop(session: AsyncSession, organisation: UUID) -> None:
    """Send no more summaries. Raises NoDigest."""
    if not await digests.remove(session, organisation):
        raise NoDigest


async def write_due(session: AsyncSession, now: datetime, settings: Settings) -> bool:
    """Queue the summary that is due longest; False where none is. Days without anything have none."""
    due = await digests.take(session, now - _DAILY)
    if due is None:
        return False
    digest, since = due
    figures = await digests.figures(session, digest.organisation, since, now)
    await digests.reach(session, digest.organisation, now)
    if any(figures):
        letter = Letter(
            id=uuid7(),
            kind="digest",
            cause=uuid5(digest.organisation, since.isoformat()),
            caused_at=now,
            recipient=None,
            organisation=digest.organisation,
            link=f"{settings.public_url}/letters?organisation={digest.organisation}",
            address=digest.address,
            language=digest.language,
            figures=figures,
        )
        await letters.queue(session, letter)
    return True
