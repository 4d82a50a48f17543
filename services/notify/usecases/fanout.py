"""What new events of the feed lead to."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.feed import FeedItem


async def fan_out(session: AsyncSession, rows: Sequence[FeedItem]) -> None:
    """Write down what is due to whom, in the transaction that puts `rows` into the feed."""
