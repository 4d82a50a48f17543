"""A learner's wallet: asked for, proven, named by badges from then on, and taken back."""

import secrets
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.database import wake

from ..domain.award import UnknownAward
from ..domain.wallet import Challenge, NotProven, Proof, digest_of, refuse_unless_answers
from ..storage import awards, reissues, wallets
from .hosting import NotIssued, NotYours
from .issuing import ISSUING


async def challenge(session: AsyncSession, learner: UUID, now: datetime) -> tuple[str, Challenge]:
    """What the learner's wallet is to sign: the text, which is not kept, and until when. One at a time."""
    text = secrets.token_urlsafe(32)
    made = Challenge(learner, digest_of(text), now)
    await wallets.ask(session, made)
    return text, made


async def prove(
    session: AsyncSession,
    learner: UUID,
    recipients: Collection[UUID],
    proof: Proof,
    public_url: str,
    now: datetime,
) -> None:
    """Name this wallet in the badges that the learner is issued from now on. Raises NotProven.

    The challenge is used up by a proof that holds, and only by that.
    """
    if not recipients:
        raise NotProven("you have no proven address yet that badges could go to: add one first")
    refuse_unless_answers(proof, await wallets.take(session, learner), public_url, now)
    await wallets.keep(session, learner, recipients, proof.did, now)


async def take_back(session: AsyncSession, learner: UUID) -> None:
    """Name the learner's wallet no longer; badges that name it already go on doing so until issued anew."""
    await wallets.forget_learner(session, learner)


async def renew(session: AsyncSession, award: UUID, recipients: Collection[UUID], now: datetime) -> None:
    """Have a badge issued anew for its holder: named as they are now, with the endorsements of now.

    Its id, its address and the day of the award stay. Raises UnknownAward, NotYours and NotIssued.
    """
    found = await awards.award(session, award)
    if found is None:
        raise UnknownAward
    if found.recipient not in recipients:
        raise NotYours
    if not await reissues.order_for_holder(session, award, now):
        raise NotIssued
    wake(session, ISSUING)
