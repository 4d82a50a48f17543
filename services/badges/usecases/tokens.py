"""A credential as a JSON Web Token: signed when it is first asked for, and the same from then on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.did import organisation_did
from ..storage import keys, tokens
from ..storage.keys import Key
from ..storage.tokens import Source
from .keys import SERVICE, Hand, Made, add, check_origin

Algorithm = Literal["RS256", "ES256"]
MakeTokenKey = Callable[[str, Algorithm], Awaitable[Made]]
SignToken = Callable[[bytes, Key], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Signing:
    """How keys are made and tokens are signed."""

    make_key: MakeTokenKey
    sign: SignToken
    public_url: str


async def token(
    session: AsyncSession, capability: str, algorithm: Algorithm, signing: Signing, now: datetime
) -> str | None:
    """The credential at that capability as a token, or None where there is none. Raises OriginChanged."""
    source = await tokens.source(session, capability)
    if source is None:
        return None
    kept = await tokens.kept(session, source, algorithm)
    return kept or await _signed(session, source, algorithm, signing, now)


async def _signed(
    session: AsyncSession, source: Source, algorithm: Algorithm, signing: Signing, now: datetime
) -> str:
    key = await _key(session, source.organisation, algorithm, signing, now)
    body = await signing.sign(source.body, key)
    await tokens.keep(session, source, algorithm, body, key.name)
    return body


async def _key(
    session: AsyncSession, organisation: UUID, algorithm: Algorithm, signing: Signing, now: datetime
) -> Key:
    """The organisation's key of that kind, made where it has none yet."""
    found = await keys.current_keys(session, [organisation], algorithm)
    if organisation not in found:
        did = organisation_did(signing.public_url, str(organisation))
        made = await signing.make_key(did, algorithm)
        key = Key(organisation, made.name, did, made.sealed, now, algorithm, made.jwk)
        await add(session, [key], Hand(SERVICE, signing.public_url, now))
        found = await keys.current_keys(session, [organisation], algorithm)
    check_origin(found, signing.public_url)
    return found[organisation]
