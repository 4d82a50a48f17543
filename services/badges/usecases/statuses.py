"""Status lists: signed anew whenever something was withdrawn."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.addresses import Addresses
from ..domain.did import organisation_did
from ..domain.issue import UnsignedList
from ..settings import Settings
from ..storage import keys, statuses

SignLists = Callable[[Sequence[UnsignedList]], Awaitable[Sequence[bytes]]]


async def sign_stale(session: AsyncSession, settings: Settings, sign: SignLists, now: datetime) -> int:
    """Sign the status lists that changed, or are half as old as they may become; answers how many."""
    old = now - timedelta(days=settings.status_valid_days) / 2
    stale = await statuses.take_stale(session, old)
    present = await keys.current_keys(session, {each.organisation for each in stale})
    unsigned = [
        UnsignedList(
            url=Addresses(settings.public_url).status_list(str(each.organisation), each.number),
            issuer=organisation_did(settings.public_url, str(each.organisation)),
            bits=each.bits,
            ttl_seconds=settings.status_ttl_seconds,
            valid_seconds=settings.status_valid_days * 86_400,
            sealed_key=present[each.organisation].sealed,
        )
        for each in stale
    ]
    bodies = await sign(unsigned) if unsigned else ()
    for each, body in zip(stale, bodies, strict=True):
        await statuses.publish(session, each, body, hashlib.sha256(body).hexdigest(), now)
    return len(stale)
