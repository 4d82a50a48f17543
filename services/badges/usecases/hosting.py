"""Showing an award as Open Badges 2.0, or not: its recipient decides."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.award import UnknownAward
from ..storage import awards, hosted


class NotYours(Exception):
    """This award is somebody else's; only whom it was awarded to decides about this."""


class NotIssued(Exception):
    """The badge of this award is not issued yet; ask again in a few seconds."""


async def show(session: AsyncSession, award: UUID, recipients: Collection[UUID], shown: bool) -> str:
    """Show an award's view or hide it, for one of `recipients`; answers the id of the view.

    Raises UnknownAward, NotYours and NotIssued.
    """
    found = await awards.award(session, award)
    if found is None:
        raise UnknownAward
    if found.recipient not in recipients:
        raise NotYours
    assertion = await hosted.show(session, award, shown)
    if assertion is None:
        raise NotIssued
    return assertion
