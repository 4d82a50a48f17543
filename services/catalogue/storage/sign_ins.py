"""Sign-in letters that were asked for, and sessions."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.sign_in import Request
from .tables import SessionRow, SignInRow, core

sign_in = core(SignInRow)
session_ = core(SessionRow)


@dataclass(frozen=True)
class BrowserSession:
    """A browser that is signed in; `device` is what it says of itself."""

    id: UUID
    learner: UUID
    secret_hash: bytes
    device: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


async def asked_since(
    session: AsyncSession, since: datetime, recipient: UUID, client: bytes
) -> tuple[int, int]:
    """How many letters were asked for since then: to the recipient, from the client. One caller at a time."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("sign-in"))))
    recent = select(func.count()).select_from(sign_in).where(sign_in.c.created_at > since)
    to_recipient = await session.execute(recent.where(sign_in.c.recipient == recipient))
    from_client = await session.execute(recent.where(sign_in.c.client_hash == client))
    return to_recipient.scalar_one(), from_client.scalar_one()


async def add(session: AsyncSession, request: Request) -> None:
    """Store a letter that was asked for."""
    await session.execute(sign_in.insert().values(asdict(request)))


async def by_token(session: AsyncSession, token_hash: bytes, *, lock: bool) -> Request | None:
    """The request that a link belongs to, whether or not it still works."""
    query = select(sign_in).where(sign_in.c.token_hash == token_hash)
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    return Request(**row._mapping) if row else None


async def of_recipient(session: AsyncSession, recipient: UUID, learner: UUID | None) -> list[Request]:
    """The requests for a recipient, locked: those to sign in, or those by `learner` to prove an address."""
    query = select(sign_in).where(
        sign_in.c.recipient == recipient, sign_in.c.learner.is_not_distinct_from(learner)
    )
    return [Request(**row._mapping) for row in await session.execute(query.with_for_update())]


async def use(session: AsyncSession, recipient: UUID, learner: UUID | None, now: datetime) -> None:
    """Every such request of the recipient is used up."""
    await _update(
        session,
        (sign_in.c.recipient == recipient) & sign_in.c.learner.is_not_distinct_from(learner),
        used_at=func.coalesce(sign_in.c.used_at, now),
    )


async def count_wrong(session: AsyncSession, requests: Sequence[Request]) -> None:
    """Note one more wrong code for each."""
    ids = [request.id for request in requests]
    await _update(session, sign_in.c.id.in_(ids), wrong_tries=sign_in.c.wrong_tries + 1)


async def tidy(session: AsyncSession, now: datetime) -> None:
    """Delete letters and sessions that are past their time."""
    await session.execute(delete(sign_in).where(sign_in.c.expires_at < now))
    await session.execute(delete(session_).where(session_.c.expires_at < now))


async def open_session(session: AsyncSession, opened: BrowserSession) -> None:
    """Store a session."""
    await session.execute(session_.insert().values(asdict(opened)))


async def resume(
    session: AsyncSession, secret_hash: bytes, now: datetime, expires: datetime
) -> BrowserSession | None:
    """The live session with that secret, seen `now` and good until `expires`; or None."""
    query = (
        update(session_)
        .where(session_.c.secret_hash == secret_hash, session_.c.expires_at > now)
        .values(seen_at=now, expires_at=expires)
    )
    row = (await session.execute(query.returning(session_))).one_or_none()
    return BrowserSession(**row._mapping) if row else None


async def sessions(session: AsyncSession, learner: UUID, now: datetime) -> list[BrowserSession]:
    """The learner's live sessions, last seen first."""
    query = select(session_).where(session_.c.learner == learner, session_.c.expires_at > now)
    rows = await session.execute(query.order_by(session_.c.seen_at.desc(), session_.c.id))
    return [BrowserSession(**row._mapping) for row in rows]


async def close_session(session: AsyncSession, which: UUID | bytes, learner: UUID | None = None) -> bool:
    """End a session by its secret's hash, or by its id if it is the learner's; False where there is none."""
    if isinstance(which, bytes):
        query = delete(session_).where(session_.c.secret_hash == which)
    else:
        query = delete(session_).where(session_.c.id == which, session_.c.learner == learner)
    return (await session.execute(query.returning(session_.c.id))).scalar() is not None


async def forget(session: AsyncSession, recipient: UUID) -> None:
    """Delete every letter asked for by or for a recipient."""
    await session.execute(delete(sign_in).where(sign_in.c.recipient == recipient))


async def _update(session: AsyncSession, where: ColumnElement[bool], **values: Any) -> None:
    await session.execute(update(sign_in).where(where).values(**values))
