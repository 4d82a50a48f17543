"""Signing in by a letter, and the sessions that follow."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.catalogue import SignInRequested
from contracts.envelope import uuid7
from services.chassis.journal import emit

from .. import storage
from ..domain.sign_in import DeadLink, Limits, NotYourLink, Request, TooManyRequests, hash_code, hash_secret
from ..storage.sign_ins import BrowserSession
from . import people


@dataclass(frozen=True)
class Ask:
    """Who wants a letter: the address, a language if one is named, and which client asks (hashed)."""

    recipient: UUID
    address: str
    language: str | None
    client: bytes
    learner: UUID | None = None


@dataclass(frozen=True)
class Secrets:
    """What the letter will hold, fresh and random, and the link's address before the token."""

    token: str
    code: str
    link_base: str


async def ask(
    session: AsyncSession, wanted: Ask, secrets: Secrets, limits: Limits, key: bytes, now: datetime
) -> None:
    """Have a letter with a link and a code sent; an address that got enough of them gets none, silently.

    Raises TooManyRequests for a client that asks too much.
    """
    since = now - limits.lifetime
    to_address, from_client = await storage.sign_ins.asked_since(
        session, since, wanted.recipient, wanted.client
    )
    if from_client >= limits.per_client:
        raise TooManyRequests
    if to_address >= limits.per_address:
        return
    request = _request(wanted, secrets, limits, key, now)
    await storage.sign_ins.add(session, request)
    emit(session, _requested(request, secrets, await _letter_language(session, wanted)))


async def link(session: AsyncSession, token: str, now: datetime) -> Request:
    """The letter whose link was opened; opening uses nothing up. Raises DeadLink."""
    request = await storage.sign_ins.by_token(session, hash_secret(token), lock=False)
    if not request or not request.live(now):
        raise DeadLink
    return request


async def by_link(session: AsyncSession, token: str, learner: UUID | None, now: datetime) -> UUID:
    """Use a link; answers the learner. `learner` is who is signed in in this browser.

    Raises DeadLink, NotYourLink (a link that proves an address works only for who asked for it).
    """
    request = await storage.sign_ins.by_token(session, hash_secret(token), lock=True)
    if not request or not request.live(now):
        raise DeadLink
    if request.learner and request.learner != learner:
        raise NotYourLink
    return await _use(session, request, now)


async def by_code(
    session: AsyncSession,
    recipient: UUID,
    code: str,
    learner: UUID | None,
    tries: int,
    key: bytes,
    now: datetime,
) -> UUID | None:
    """Use a code; answers the learner, or None where it is wrong, used or too old.

    A wrong one counts against every letter it might have belonged to, so the caller must commit. With
    `learner` only codes count that they asked for to prove an address.
    """
    asked = await storage.sign_ins.of_recipient(session, recipient, learner)
    open_ = [request for request in asked if request.live(now) and request.wrong_tries < tries]
    for request in open_:
        if compare_digest(request.code_hash, hash_code(code, request.id, key)):
            return await _use(session, request, now)
    await storage.sign_ins.count_wrong(session, open_)
    return None


async def open_session(
    session: AsyncSession, learner: UUID, secret: str, device: str, lifetime: timedelta, now: datetime
) -> None:
    """A browser is signed in, as long as it keeps the secret and is used within `lifetime`."""
    opened = BrowserSession(uuid7(), learner, hash_secret(secret), device, now, now, now + lifetime)
    await storage.sign_ins.open_session(session, opened)


async def resume(session: AsyncSession, secret: str, lifetime: timedelta, now: datetime) -> UUID | None:
    """Whose session it is, good for another `lifetime`; or None."""
    found = await storage.sign_ins.resume(session, hash_secret(secret), now, now + lifetime)
    return found.learner if found else None


async def close(session: AsyncSession, secret: str) -> None:
    """End a session; nothing happens where there is none."""
    await storage.sign_ins.close_session(session, hash_secret(secret))


async def _use(session: AsyncSession, request: Request, now: datetime) -> UUID:
    await storage.sign_ins.use(session, request.recipient, request.learner, now)
    proven = people.Proof(request.recipient, request.address, request.language, now)
    return await people.prove(session, proven, request.learner)


def _request(wanted: Ask, secrets: Secrets, limits: Limits, key: bytes, now: datetime) -> Request:
    id_ = uuid7()
    return Request(
        id=id_,
        recipient=wanted.recipient,
        address=wanted.address,
        language=wanted.language,
        learner=wanted.learner,
        token_hash=hash_secret(secrets.token),
        code_hash=hash_code(secrets.code, id_, key),
        client_hash=wanted.client,
        created_at=now,
        expires_at=now + limits.lifetime,
    )


async def _letter_language(session: AsyncSession, wanted: Ask) -> str:
    """The language that was named, else the one known of the recipient, else English."""
    known = (await storage.recipients.known(session, [wanted.recipient])).get(wanted.recipient)
    return wanted.language or (known.language.value if known and known.language else "en")


def _requested(request: Request, secrets: Secrets, language: str) -> SignInRequested:
    return SignInRequested(
        request=request.id,
        address=request.address,
        recipient=request.recipient,
        code=secrets.code,
        link=secrets.link_base + secrets.token,
        language=language,
        expires=request.expires_at,
    )
