"""The whole verification of a badge, one named line after the other."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..fetching import CannotFetch
from ..verifying import Verdict
from .dates import check_dates
from .endorsed import check_endorsements
from .findings import About, Checklist, cannot_check, failed, passed, unchecked
from .hosted import Followed, check_schema_2, is_open_badges_2, prove_2
from .issuers import World
from .limits import NotReadable
from .presented import taken_out
from .proofs import issuer_id, prove
from .reading import Paper, read
from .recipients import check_recipient
from .refreshing import refreshed
from .schemas import BADGE_TYPES, check_schema
from .shapes import types_of
from .statuses import check_status

Document = Mapping[str, Any]


async def verify(
    content: bytes, world: World, now: datetime, address: str | None = None, into: Checklist | None = None
) -> Checklist:
    """The checklist of a file, a pasted text or an address. Nothing in `content` raises.

    With `address` also whether the badge was awarded to it. Lines are written `into` a list as they are
    found, so that a caller who stops waiting has what there is.
    """
    checklist = into if into is not None else Checklist()
    started = time.perf_counter()
    try:
        paper = await _paper(content, world)
    except NotReadable as error:
        checklist.add("format", failed(Verdict.NOT_A_CREDENTIAL, str(error)), started)
    except CannotFetch as error:
        checklist.add("format", cannot_check(f"the address cannot be read: {error}"), started)
    else:
        await _check(paper, checklist, world, now, address, started)
    checklist.rest("it was not read", address is not None)
    return checklist


async def _paper(content: bytes, world: World) -> Paper:
    """The badge in what was handed in, fetched where that is an address. Raises NotReadable, CannotFetch."""
    paper = read(content)
    if not paper.address:
        return taken_out(paper)
    answer = await world.get(paper.address)
    if answer.status not in (200, 410):
        raise CannotFetch(f"there is no badge; the answer is {answer.status}")
    found = read(answer.body)
    if found.address:
        raise NotReadable("the address leads to another address")
    return taken_out(Paper(f"{found.form} from {paper.form}", found.document, found.token))


async def _check(
    paper: Paper, checklist: Checklist, world: World, now: datetime, address: str | None, started: float
) -> None:
    document = paper.document or {}
    checklist.about = _about(document)
    if is_open_badges_2(document):
        checklist.add("format", passed(f"{paper.form}: an Open Badges 2.0 assertion"), started)
        _check_itself(await _check_2(paper, checklist, world), checklist, now, address)
    elif "VerifiableCredential" in types_of(document):
        checklist.add("format", passed(f"{paper.form}: {_kind(document)}"), started)
        _check_itself(document, checklist, now, address)
        await _check_3(paper, checklist, world, now, address)
    else:
        reason = "it is neither a verifiable credential nor an Open Badges 2.0 assertion"
        checklist.add("format", failed(Verdict.NOT_A_CREDENTIAL, reason), started)


def _check_itself(document: Document, checklist: Checklist, now: datetime, address: str | None) -> None:
    """What takes nothing but the document."""
    started = time.perf_counter()
    checklist.add("dates", check_dates(document, now), started)
    if address is not None:
        started = time.perf_counter()
        checklist.add("recipient", check_recipient(document, address), started)


async def _check_2(paper: Paper, checklist: Checklist, world: World) -> Document:
    started = time.perf_counter()
    checklist.add("schema", check_schema_2(paper.document or {}), started)
    started = time.perf_counter()
    proven, status, followed = await prove_2(paper, world)
    for name, finding in (("proof", proven.proof), ("issuer", proven.issuer), ("status", status)):
        checklist.add(name, finding, started)
    checklist.add("endorsements", passed("it carries none"), time.perf_counter())
    if followed is None:
        return paper.document or {}
    checklist.about = _about_2(followed)
    return followed.assertion


async def _check_3(
    paper: Paper, checklist: Checklist, world: World, now: datetime, address: str | None
) -> None:
    document = paper.document or {}
    started = time.perf_counter()
    checklist.add("schema", await check_schema(paper, world), started)
    started = time.perf_counter()
    proven = await prove(paper, world, now)
    checklist.add("proof", proven.proof, started)
    checklist.add("issuer", proven.issuer, started)
    if not proven.holds:
        for name in ("status", "endorsements"):
            checklist.add(name, unchecked("it is not shown to be the issuer's"), time.perf_counter())
        return
    started = time.perf_counter()
    newer = await refreshed(document, world, now)
    if newer is not None:
        checklist.add("refresh", newer.finding, started)
        document = newer.document
        checklist.about = _about(document)
        _check_itself(document, checklist, now, address)
    await checklist.check("status", check_status(document, world, now))
    await checklist.check("endorsements", check_endorsements(document, world, now))


def _kind(document: Document) -> str:
    types = types_of(document)
    if types & BADGE_TYPES:
        return "an Open Badges 3.0 credential"
    return "an endorsement" if "EndorsementCredential" in types else "a verifiable credential"


def _about(document: Document) -> About:
    subject, issuer = document.get("credentialSubject"), document.get("issuer")
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    named = achievement if isinstance(achievement, dict) else document
    return About(
        name=_text(named.get("name") or document.get("name")),
        issuer=_text(issuer_id(document)),
        issuer_name=_text(issuer.get("name")) if isinstance(issuer, dict) else "",
        valid_from=_text(
            document.get("validFrom") or document.get("issuanceDate") or document.get("issuedOn")
        ),
        kind=_kind(document) if "VerifiableCredential" in types_of(document) else "",
    )


def _about_2(followed: Followed) -> About:
    issuer = followed.issuer
    return About(
        name=_text(followed.badge.get("name")),
        issuer=_text(issuer.get("id")),
        issuer_name=_text(issuer.get("name")),
        valid_from=_text(followed.assertion.get("issuedOn")),
        kind="an Open Badges 2.0 assertion",
    )


def _text(value: object) -> str:
    return value[:300] if isinstance(value, str) else ""
