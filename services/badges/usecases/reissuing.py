"""Issuing anew: the same credential under the organisation's present key, after another was given up."""

import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.database import wake

from ..domain.issue import Carried, Reissue, Signed, holder
from ..settings import Settings
from ..storage import carrying, keys, reissues
from ..storage.reissues import Ordered, Wanted
from .endorsements import ENDORSING
from .issuing import ISSUING
from .keys import Hand, Make, UnknownKey, note, signing_keys

log = logging.getLogger(__name__)
SignAgain = Callable[[Sequence[Reissue]], Awaitable[Sequence[Signed]]]


class StillInUse(Exception):
    """The organisation signs with this key; `city keys rotate` or `compromise` replaces it first."""


async def order(session: AsyncSession, wanted: Wanted, hand: Hand) -> Ordered:
    """Have these badges and endorsements signed anew. Those already ordered are not counted.

    What their organisation's present key signed is left as it is; badges that carry an endorsement follow it.
    Raises UnknownKey and StillInUse.
    """
    if wanted.key is not None:
        found = await keys.key(session, wanted.key)
        if found is None:
            raise UnknownKey
        if found.retired_at is None:
            raise StillInUse
    ordered = await reissues.order(session, wanted, hand.now)
    for organisation, name in sorted(ordered.signed_by):
        await note(session, organisation, name, "reissued", hand)
    for loop in (ISSUING, ENDORSING):
        wake(session, loop)
    return ordered


async def reissue_due(
    session: AsyncSession, settings: Settings, sign: SignAgain, make_key: Make, now: datetime
) -> int:
    """Issue anew what is due, a batch at a time; answers how many were looked at.

    Id, day of award and entry of the status list stay, and so does how it names its holder, unless they
    asked for it; it carries the endorsements of now. Nobody is told, as nothing new was awarded.
    """
    due = await reissues.take_due(session, settings.issue_batch, now)
    organisations = {each.organisation for each in due}
    present = await signing_keys(session, organisations, settings.public_url, make_key, now)
    badges = [each.badge for each in due]
    carried = await carrying.carried(session, badges, settings.endorsements_carried)
    drafts = [_draft(each, present[each.organisation], carried[each.award], settings) for each in due]
    signed = await sign(drafts) if drafts else ()
    for draft, outcome in zip(drafts, signed, strict=True):
        if isinstance(outcome, bytes):
            etag = hashlib.sha256(outcome).hexdigest()
            await reissues.replace(session, draft, outcome, etag)
            carrying_now = [each.endorsement for each in draft.endorsements]
            await carrying.note(session, draft.award, carrying_now, anew=True)
        else:
            log.error("award %s cannot be issued anew: %s", draft.award, outcome)
            await reissues.put_off(session, draft.award)
    return len(due)


def _draft(due: reissues.Due, key: keys.Key, carried: tuple[Carried, ...], settings: Settings) -> Reissue:
    recipient = None
    if due.for_holder and due.address is not None:
        recipient = holder(settings.naming, due.address, due.wallet, secrets.token_bytes(16), uuid4())
    return Reissue(due.award, due.organisation, due.body, key.sealed, key.name, carried, recipient)
