"""Whether the issuer has withdrawn a badge: bit strings of two standards, and 1EdTech's list of ids."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from .. import status_list
from ..fetching import CannotFetch
from ..verifying import Verdict
from .dates import check_dates
from .findings import Finding, cannot_check, failed, passed
from .issuers import UnknownIssuer, World, fetched_json
from .limits import NotReadable
from .proofs import issuer_id, prove
from .reading import Paper, read

MOST_ENTRIES = 4
_INDEX = re.compile("[0-9]{1,12}")
# Kind of the entry: kind of the list that it points to.
_LISTS = {
    "BitstringStatusListEntry": "BitstringStatusListCredential",
    "StatusList2021Entry": "StatusList2021Credential",
}
_ENDING = {"revocation": "withdrawn", "suspension": "suspended"}

Document = Mapping[str, Any]


class _NotUsable(Exception):
    """The list says nothing about this badge; the message says why."""


async def check_status(document: Document, world: World, now: datetime) -> Finding:
    """Whether any of the badge's status entries says that it no longer counts."""
    entries = document.get("credentialStatus")
    if not entries:
        return passed("the issuer keeps no list of withdrawn badges for it")
    listed = entries if isinstance(entries, list) else [entries]
    if len(listed) > MOST_ENTRIES:
        return cannot_check(f"it has more than {MOST_ENTRIES} status entries")
    found = [await _entry(entry, document, world, now) for entry in listed]
    return next((each for each in found if not each.passed), found[0])


async def _entry(entry: object, document: Document, world: World, now: datetime) -> Finding:
    if not isinstance(entry, dict):
        return cannot_check("its status entry is not an object")
    kinds = entry.get("type")
    kind = next(
        (each for each in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(each, str)), ""
    )
    look: Callable[..., Awaitable[Finding]] | None = _bit if kind in _LISTS else _EDTECH.get(kind)
    if look is None:
        return cannot_check(f"a status of the kind {kind[:60]} is not one that we can look up")
    try:
        return await look(entry, kind, document, world, now)
    except (CannotFetch, UnknownIssuer, NotReadable, _NotUsable, status_list.NotAStatusList) as error:
        return cannot_check(f"the issuer's list cannot be used: {error}")


async def _bit(entry: Document, kind: str, document: Document, world: World, now: datetime) -> Finding:
    purpose = entry.get("statusPurpose", "revocation")
    if purpose not in _ENDING:
        return passed(f"a status for {purpose!s:.40} does not end it")
    url = entry.get("statusListCredential")
    if not isinstance(url, str):
        raise _NotUsable("the badge does not say where it is")
    answer = await world.get(url)
    if answer.status != 200:
        raise _NotUsable(f"it answers {answer.status}")
    listed = read(answer.body)
    await _authentic(listed, world, now)
    bits = _bits(listed.document or {}, _LISTS[kind], str(purpose))
    withdrawn = _is_set(bits, entry)
    whose = _whose(listed.document or {}, issuer_id(document))
    if withdrawn:
        return failed(Verdict.WITHDRAWN, f"{whose} has {_ENDING[str(purpose)]} it")
    return passed(f"the list of {whose} does not name it as withdrawn")


def _is_set(bits: bytes, entry: Document) -> bool:
    """Whether the badge's bit is set. Its index is a text of digits; some issuers write a number."""
    index = entry.get("statusListIndex")
    written = str(index) if isinstance(index, int) and not isinstance(index, bool) else index
    if not isinstance(written, str) or not _INDEX.fullmatch(written):
        raise _NotUsable("the badge does not say by a number which entry is its own")
    if str(entry.get("statusSize", 1)) != "1":
        raise _NotUsable("its entries have more than one bit")
    try:
        return status_list.is_withdrawn(bits, int(written))
    except IndexError as error:
        raise _NotUsable("it has no such entry") from error


def _whose(listed: Document, issuer: str) -> str:
    """Who keeps the list. The issuer has signed where it is, so another may (Bitstring Status List, 2.3)."""
    keeper = issuer_id(listed)
    return "the issuer" if keeper == issuer else f"{keeper[:100]}, whose list the issuer names,"


async def _authentic(listed: Paper, world: World, now: datetime) -> None:
    """Raises _NotUsable unless the list is signed by whoever keeps it, and in force.

    The issuer has signed the address of the list; its id may be another one (Bitstring Status List, 2.3).
    """
    document = listed.document or {}
    proven = await prove(listed, world, now)
    for finding in (proven.issuer, proven.proof, check_dates(document, now)):
        if not finding.passed:
            raise _NotUsable(finding.reason)


def _bits(document: Document, kind: str, purpose: str) -> bytes:
    types, subject = document.get("type"), document.get("credentialSubject")
    if not isinstance(subject, dict) or kind not in (types if isinstance(types, list) else [types]):
        raise _NotUsable("it is of another kind")
    purposes = subject.get("statusPurpose")
    if purpose not in (purposes if isinstance(purposes, list) else [purposes]):
        raise _NotUsable("it is for another purpose")
    encoded = str(subject.get("encodedList"))
    # The earlier standard wrote the same without the letter that names the encoding.
    return status_list.decode(encoded if encoded.startswith("u") else f"u{encoded}")


async def _edtech(entry: Document, _kind: str, document: Document, world: World, _now: datetime) -> Finding:
    """A list of ids (1EdTech Revocation List Status Method); it is not signed, and comes from the issuer."""
    listed = await fetched_json(world, str(entry.get("id")))
    if listed.get("issuer", issuer_id(document)) != issuer_id(document):
        raise _NotUsable("it is another issuer's")
    revoked = listed.get("revokedCredential", listed.get("revokedCredentials", ()))
    for each in revoked if isinstance(revoked, list) else [revoked]:
        name = each.get("id") if isinstance(each, dict) else each
        if name == document.get("id") and not (isinstance(each, dict) and each.get("revoked") is False):
            return failed(Verdict.WITHDRAWN, "the issuer has withdrawn it")
    return passed("the issuer's list does not name it as withdrawn")


_EDTECH: dict[str, Callable[..., Awaitable[Finding]]] = {"1EdTechRevocationList": _edtech}
