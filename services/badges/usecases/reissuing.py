"""Issuing anew: the same credential under the organisation's present key, after another was given up."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.database import wake

from ..domain.issue import Reissue, Signed
from ..settings import Settings
from ..storage import keys, reissues
from ..storage.reissues import Wanted
from .issuing import ISSUING
from .keys import MakeKey, UnknownKey, signing_keys

log = logging.getLogger(__name__)
SignAgain = Callable[[Sequence[Reissue]], Awaitable[Sequence[Signed]]]


class StillInUse(Exception):
    """The organisation signs with this key; `city keys rotate` or `compromise` replaces it first."""


async def order(session: AsyncSession, wanted: Wanted, now: datetime) -> int:
    """Have these credentials issued anew; answers how many. Those already ordered are not counted.

    What their organisation's present key signed is left as it is. Raises UnknownKey and StillInUse.
    """
    if wanted.key is not None:
        found = await keys.key(session, wanted.key)
        if found is None:
            raise UnknownKey
        if found.retired_at is None:
            raise StillInUse
    ordered = await reissues.order(session, wanted, now)
    wake(session, ISSUING)
    return ordered


async def reissue_due(
    session: AsyncSession, settings: Settings, sign: SignAgain, make_key: MakeKey, now: datetime
) -> int:
    """Issue anew what is due, a batch at a time; answers how many were looked at.

    Id, day of award, salt and entry of the status list stay; nobody is told, as nothing new was awarded.
    """
    due = await reissues.take_due(session, settings.issue_batch, now)
    organisations = {each.organisation for each in due}
    present = await signing_keys(session, organisations, settings.public_url, make_key, now)
    drafts = [_draft(each, present[each.organisation]) for each in due]
    signed = await sign(drafts) if drafts else ()
    for draft, outcome in zip(drafts, signed, strict=True):
        if isinstance(outcome, bytes):
            etag = hashlib.sha256(outcome).hexdigest()
            await reissues.replace(session, draft, outcome, etag)
        else:
            log.error("award %s cannot be issued anew: %s", draft.award, outcome)
            await reissues.put_off(session, draft.award)
    return len(due)


def _draft(due: reissues.Due, key: keys.Key) -> Reissue:
    return Reissue(due.award, due.organisation, due.body, key.sealed, key.name)
