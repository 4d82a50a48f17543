"""The organisations' keys: made, replaced, given up as compromised, each with who did it and when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7
from services.chassis.database import wake

from ..domain.addresses import Addresses
from ..domain.did import Kind, did_document, organisation_did
from ..storage import keys, statuses
from ..storage.keys import Key, KeyEvent

STATUS_LISTS = "status lists"
"""The loop that signs status lists."""
SERVICE = "badges"
"""The actor where nobody but the service itself did something."""


class OriginChanged(Exception):
    """PUBLIC_URL is not the one under which the first badge was signed; set it back."""


class UnknownKey(Exception):
    """There is no such key; `city keys list` shows those there are."""


class NoKeyYet(Exception):
    """The organisation has no key yet; it gets one with its first badge."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new key pair, the private half sealed."""

    name: str
    sealed: bytes
    jwk: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Hand:
    """Who does something to keys, from which origin they are published, and when."""

    actor: str
    public_url: str
    now: datetime


Make = Callable[[str, Kind], Made]
"""From a DID to a new key of that kind."""


async def signing_keys(
    session: AsyncSession,
    needed: set[UUID],
    public_url: str,
    make_key: Make,
    now: datetime,
    kind: Kind = "Ed25519",
) -> Mapping[UUID, Key]:
    """The keys that these organisations sign with, made where they have none yet. Raises OriginChanged."""
    found = await keys.current_keys(session, needed, kind)
    missing = needed - found.keys()
    if missing:
        dids = {each: organisation_did(public_url, str(each)) for each in missing}
        made = [_key(each, did, make_key(did, kind), kind, now) for each, did in dids.items()]
        await add(session, made, Hand(SERVICE, public_url, now))
        found = await keys.current_keys(session, needed, kind)
    check_origin(found, public_url)
    return found


def check_origin(found: Mapping[UUID, Key], public_url: str) -> None:
    """Raises OriginChanged where a key was made under another PUBLIC_URL."""
    if any(key.did != organisation_did(public_url, str(each)) for each, key in found.items()):
        raise OriginChanged


async def add(session: AsyncSession, made: Sequence[Key], hand: Hand) -> None:
    """Store new keys, but those of organisations that another process has just given one."""
    stayed = await keys.add_keys(session, made)
    for each in made:
        if each.name in stayed:
            await note(session, each.organisation, each.name, "made", hand)


async def rotate(session: AsyncSession, current: Key, make: Make, hand: Hand) -> Key | None:
    """Replace a key by a new one; what it signed goes on verifying. None where it had been replaced already.

    Raises OriginChanged.
    """
    check_origin({current.organisation: current}, hand.public_url)
    found = await keys.key(session, current.name, lock=True)
    if found is None or found.retired_at is not None:
        return None
    await keys.retire(session, found.name, hand.now)
    new = _key(found.organisation, found.did, make(found.did, found.kind), found.kind, hand.now)
    await keys.add_keys(session, [new])
    await note(session, new.organisation, new.name, "rotated", hand)
    return new


async def compromise(session: AsyncSession, name: str, make: Make, hand: Hand) -> Key:
    """Declare that somebody else may have a key: what it signed verifies no longer, until issued anew.

    A new key takes its place at once, and status lists are signed with that. Done twice, the second time
    changes nothing. Answers the key. Raises UnknownKey and OriginChanged.
    """
    found = await keys.key(session, name, lock=True)
    if found is None:
        raise UnknownKey
    if found.compromised_at is None:
        await rotate(session, found, make, hand)
        await keys.compromise(session, name, hand.now)
        await statuses.mark_stale(session, found.organisation)
        wake(session, STATUS_LISTS)
        await note(session, found.organisation, found.name, "compromised", hand)
    return found


async def in_use(session: AsyncSession, organisation: UUID | None) -> Sequence[Key]:
    """The keys that an organisation signs with now, of every kind, or everybody's. Raises NoKeyYet."""
    found = [each for each in await keys.keys(session, organisation) if each.retired_at is None]
    if organisation and not found:
        raise NoKeyYet
    return found


async def rewrap(session: AsyncSession, reseal: Callable[[bytes, str], bytes], hand: Hand) -> int:
    """Seal every private key anew, all or none; answers how many changed. `reseal` takes it and its DID."""
    await keys.lock_all(session)
    changed = 0
    for each in await keys.keys(session):
        sealed = reseal(each.sealed, each.did)
        if sealed != each.sealed:
            await keys.reseal(session, each.name, sealed)
            await note(session, each.organisation, each.name, "rewrapped", hand)
            changed += 1
    return changed


async def document(session: AsyncSession, organisation: UUID, public_url: str) -> dict[str, Any]:
    """An organisation's DID document as it stands."""
    did, addresses = organisation_did(public_url, str(organisation)), Addresses(public_url)
    known_as = [addresses.issuer(str(organisation)), addresses.hosted_issuer(str(organisation))]
    return did_document(did, [each.public for each in await keys.keys(session, organisation)], known_as)


def _key(organisation: UUID, did: str, made: Made, kind: Kind, now: datetime) -> Key:
    return Key(organisation, made.name, did, made.sealed, now, kind, made.jwk)


async def note(session: AsyncSession, organisation: UUID, name: str, action: str, hand: Hand) -> None:
    """Keep what was done to a key, with the DID document as it stands then; it is never deleted."""
    now = await document(session, organisation, hand.public_url)
    await keys.note(session, KeyEvent(uuid7(), organisation, name, action, hand.actor, hand.now, now))
