"""Where the Open Badges 2.0 views of awards stand, and whether they are shown."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from .tables import AwardRow, CredentialRow


@dataclass(frozen=True, slots=True)
class View:
    """What an award's view is made of; `hosted` is what its holder said, None where nothing."""

    assertion: str
    achievement: UUID
    version: int
    body: bytes
    hosted: bool | None
    revoked_at: datetime | None


async def view(session: AsyncSession, assertion: str) -> View | None:
    """The award whose view stands there, or None."""
    of = select(
        col(CredentialRow.assertion),
        col(AwardRow.achievement),
        col(AwardRow.version),
        col(CredentialRow.body),
        col(CredentialRow.hosted),
        col(AwardRow.revoked_at),
    ).join(AwardRow, col(AwardRow.id) == col(CredentialRow.award))
    row = (await session.execute(of.where(col(CredentialRow.assertion) == assertion))).one_or_none()
    return View(**row._mapping) if row else None


async def show(session: AsyncSession, award: UUID, shown: bool) -> str | None:
    """Note whether an award's view is shown; answers where it stands, None where nothing is issued yet."""
    changed = update(CredentialRow).where(col(CredentialRow.award) == award).values(hosted=shown)
    return (await session.scalars(changed.returning(col(CredentialRow.assertion)))).one_or_none()


async def hide(session: AsyncSession, recipient: UUID, until: datetime) -> None:
    """Show nothing any more of what a recipient was awarded until then."""
    theirs = select(col(AwardRow.id)).where(
        col(AwardRow.recipient) == recipient, col(AwardRow.awarded_at) <= until
    )
    hidden = update(CredentialRow).where(col(CredentialRow.award).in_(theirs)).values(hosted=False)
    await session.execute(hidden.execution_options(synchronize_session=False))
