"""Issuing: from an award that is due to what its credential says."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from .addresses import Addresses
from .badge import Credential, Evidence, Issuer, Pseudonym, Recipient, StatusEntry, Wallet, hashed_email
from .did import organisation_did
from .shown import Shown, achievement, is_web_address


@dataclass(frozen=True, slots=True)
class Due:
    """An award whose credential is to be issued, with all that goes into it."""

    id: UUID
    organisation: UUID
    achievement: UUID
    version: int
    recipient: UUID
    occasion: str
    awarded_at: datetime
    session: date | None
    completed_on: date | None
    shown: Shown
    name: str
    description: str
    website: str | None
    address: str
    evidence: tuple[Evidence, ...] = ()
    expires_at: datetime | None = None
    wallet: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Naming:
    """How a city's badges name who holds them: by a hashed address, or by a random number.

    Who proved a wallet is named by its DID; `hash_beside_wallet` says whether also by the hashed address.
    """

    hashed: bool
    hash_beside_wallet: bool = True


def holder(naming: Naming, address: str, wallet: str | None, salt: bytes, number: UUID) -> Recipient:
    """How one badge names its holder; `salt` and `number` must be fresh for every badge."""
    hashed = hashed_email(address, salt) if naming.hashed else None
    if wallet is not None:
        return Wallet(wallet, hashed if naming.hash_beside_wallet else None)
    return hashed or Pseudonym(number)


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of a status list that was given out to one award."""

    list_number: int
    list_index: int


@dataclass(frozen=True, slots=True)
class Carried:
    """An endorsement as a badge carries it: a signed token."""

    endorsement: UUID
    token: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be signed with the organisation's sealed key, and under which address it will be found."""

    due: Due
    place: Place
    capability: str
    claim: str
    recipient: Recipient
    sealed_key: bytes
    key: str
    endorsements: tuple[Carried, ...] = ()


@dataclass(frozen=True, slots=True)
class Issued:
    """A signed credential as it is stored."""

    award: UUID
    version: int
    organisation: UUID
    capability: str
    claim: str
    body: bytes
    etag: str
    list_number: int
    list_index: int
    signed_by: str
    signed_at: datetime
    assertion: str
    carried: tuple[UUID, ...] = ()


@lru_cache(maxsize=256)
def issuer(
    public_url: str, organisation: UUID, name: str, description: str = "", website: str | None = None
) -> Issuer:
    """An organisation as it stands in documents; its page in the city stands for a website it has not."""
    page = f"{public_url}/organisations/{organisation}"
    usable = website if website and is_web_address(website) else page
    return Issuer(
        id=organisation_did(public_url, str(organisation)),
        name=name,
        url=usable,
        description=description.strip() or None,
    )


def credential(draft: Draft, public_url: str, now: datetime) -> Credential:
    """What the credential of an award says when it is issued `now`. Raises Unsignable."""
    due, addresses = draft.due, Addresses(public_url)
    status = addresses.status_list(str(due.organisation), draft.place.list_number)
    return Credential(
        id=addresses.credential(draft.capability),
        issuer=issuer(public_url, due.organisation, due.name, due.description, due.website),
        achievement=achievement(due.shown, due.achievement, due.version, addresses),
        recipient=draft.recipient,
        awarded_at=due.awarded_at,
        valid_from=now,
        status=StatusEntry(status, draft.place.list_index),
        valid_until=_until(due),
        evidence=due.evidence,
        activity_start=due.session,
        activity_end=due.session or due.completed_on,
        endorsements=tuple(each.token for each in draft.endorsements),
    )


def _until(due: Due) -> datetime | None:
    """When the badge expires: as was said of this award, else so many days after it as the achievement says.

    Counted from the award and not from the day it is signed, so that signing it anew does not prolong it.
    """
    if due.expires_at is not None or due.shown.valid_days is None:
        return due.expires_at
    return due.awarded_at + timedelta(days=due.shown.valid_days)


def free_places(taken: bytes, count: int, below: Callable[[int], int]) -> tuple[list[int], bytes]:
    """`count` entries of a list that were never given out, and the list's taken bits with them set.

    `below(n)` gives a random number from 0 to n - 1: entries in order would tell when somebody was awarded.
    """
    bits, found = bytearray(taken), list[int]()
    while len(found) < count:
        index = below(len(bits) * 8)
        if not bits[index // 8] & 0x80 >> index % 8:
            bits[index // 8] |= 0x80 >> index % 8
            found.append(index)
    return found, bytes(bits)


_VALID_FROM = re.compile(b'"validFrom":"([0-9TZ:-]+)"')  # no text holds this: its quotes would be escaped


def valid_from(body: bytes) -> datetime:
    """When a stored credential of ours is valid from, without reading all of it."""
    found = _VALID_FROM.search(body)
    assert found is not None, "every credential says when it is valid from"
    return datetime.fromisoformat(found[1].decode())


def after(before: datetime, now: datetime) -> datetime:
    """When what was valid from `before` is valid from anew: later, to be taken for the newer one."""
    return max(now, before + timedelta(seconds=1))


Signed = bytes | str
"""A signed document, or why it could not be signed."""


@dataclass(frozen=True, slots=True)
class Reissue:
    """An issued credential that is to be signed again, with the organisation's present key.

    With a `recipient` it names its holder by that, else as before.
    """

    award: UUID
    organisation: UUID
    body: bytes
    sealed_key: bytes
    key: str
    endorsements: tuple[Carried, ...] = ()
    recipient: Recipient | None = None


@dataclass(frozen=True, slots=True)
class UnsignedList:
    """A status list to be signed with the organisation's sealed key."""

    url: str
    issuer: str
    bits: bytes
    ttl_seconds: int
    valid_seconds: int
    sealed_key: bytes
