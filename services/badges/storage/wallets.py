"""Wallets that learners proved to hold, and what they are asked to sign for that."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from ..domain.wallet import Challenge
from .tables import Table


class WalletRow(Table, table=True):
    """The wallet that a recipient's badges name, proven by the learner who holds their address."""

    __tablename__ = "wallet"
    recipient: UUID = Field(primary_key=True)
    learner: UUID = Field(index=True)
    did: str
    proven_at: datetime = Field(sa_type=DateTime(timezone=True))


class ChallengeRow(Table, table=True):
    """What a learner was asked last to sign; of that only the digest."""

    __tablename__ = "wallet_challenge"
    learner: UUID = Field(primary_key=True)
    digest: str
    made_at: datetime = Field(sa_type=DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Known:
    """A learner's wallet."""

    did: str
    proven_at: datetime


async def ask(session: AsyncSession, challenge: Challenge) -> None:
    """Keep a challenge, in place of the one that the learner had before."""
    values = asdict(challenge)
    new = insert(ChallengeRow).values(values)
    await session.execute(new.on_conflict_do_update(index_elements=["learner"], set_=values))


async def take(session: AsyncSession, learner: UUID) -> Challenge | None:
    """The learner's challenge, which is used up by this; or None."""
    gone = delete(ChallengeRow).where(col(ChallengeRow.learner) == learner)
    row = (
        await session.execute(
            gone.returning(col(ChallengeRow.learner), col(ChallengeRow.digest), col(ChallengeRow.made_at))
        )
    ).one_or_none()
    return Challenge(*row) if row else None


async def keep(
    session: AsyncSession, learner: UUID, recipients: Collection[UUID], did: str, now: datetime
) -> None:
    """Note the wallet for all of a learner's recipients, in place of what was noted before."""
    await forget_learner(session, learner)
    rows = [{"recipient": e, "learner": learner, "did": did, "proven_at": now} for e in sorted(recipients)]
    new = insert(WalletRow)
    told = {name: new.excluded[name] for name in ("learner", "did", "proven_at")}
    await session.execute(new.values(rows).on_conflict_do_update(index_elements=["recipient"], set_=told))


async def of_learner(session: AsyncSession, learner: UUID) -> Known | None:
    """The learner's wallet, or None."""
    of = select(col(WalletRow.did), col(WalletRow.proven_at)).where(col(WalletRow.learner) == learner)
    row = (await session.execute(of.limit(1))).one_or_none()
    return Known(*row) if row else None


async def forget_learner(session: AsyncSession, learner: UUID) -> None:
    """Forget a learner's wallet; what is signed stays signed."""
    await session.execute(delete(WalletRow).where(col(WalletRow.learner) == learner))


async def forget(session: AsyncSession, recipient: UUID, until: datetime) -> None:
    """Forget the wallet of a recipient, if it was proven until then."""
    before = (col(WalletRow.recipient) == recipient) & (col(WalletRow.proven_at) <= until)
    await session.execute(delete(WalletRow).where(before))
