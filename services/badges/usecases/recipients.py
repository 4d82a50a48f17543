"""Recipients: named by whoever knows them, and forgotten when they ask for it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis import journal, waiting

from ..domain.recipient import Named
from ..storage import awards, bulk, hosted, recipients, wallets


async def name(session: AsyncSession, statements: Mapping[UUID, Named]) -> set[UUID]:
    """Take in addresses; what waited for them goes on. Answers those of whom something new is known."""
    new = await recipients.name(session, statements)
    if new:
        await waiting.release(session, *(f"recipient:{recipient}" for recipient in new))
    return new


async def lose(session: AsyncSession, recipient: UUID, at: datetime) -> None:
    """An address is its learner's no longer: what goes to it names their wallet no longer."""
    await wallets.forget(session, recipient, at)


async def forget(session: AsyncSession, recipient: UUID, at: datetime) -> None:
    """Forget a recipient: what was due to them until `at` is dropped, what they hold no longer names them.

    Their credentials stay valid, and stay where their holder finds them; their Open Badges 2.0 views, which
    anybody may have been told of, do not.
    """
    await recipients.forget(session, recipient, at)
    await wallets.forget(session, recipient, at)
    await awards.drop_due(session, recipient, at)
    await hosted.hide(session, recipient, at)
    await awards.unlink(session, recipient, at)
    await bulk.forget(session, recipient, at)
    await journal.forget(session, recipient, at)
