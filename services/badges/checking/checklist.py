"""The whole verification of a badge, one named line after the other."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..fetching import CannotFetch
from ..verifying import Verdict, validate_schema
from ..vocabularies import CREDENTIALS_V2
from .dates import check_dates
from .findings import About, Checklist, Finding, cannot_check, failed, passed, unchecked
from .hosted import Followed, check_schema_2, is_open_badges_2, prove_2
from .issuers import World
from .jws import disagreements
from .limits import NotReadable
from .proofs import issuer_id, prove
from .reading import Paper, read
from .recipients import check_recipient
from .statuses import check_status

MOST_ENDORSEMENTS = 5
_BADGE_TYPES = {"OpenBadgeCredential", "AchievementCredential"}

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
    checklist.rest("it was not read")
    if address is None:
        checklist.found.pop("recipient", None)
    return checklist


async def _paper(content: bytes, world: World) -> Paper:
    """What was handed in, fetched where it is only an address. Raises NotReadable, CannotFetch."""
    paper = read(content)
    if not paper.address:
        return paper
    answer = await world.get(paper.address)
    if answer.status not in (200, 410):
        raise CannotFetch(f"there is no badge; the answer is {answer.status}")
    found = read(answer.body)
    if found.address:
        raise NotReadable("the address leads to another address")
    return Paper(f"{found.form} from {paper.form}", found.document, found.token)


async def _check(
    paper: Paper, checklist: Checklist, world: World, now: datetime, address: str | None, started: float
) -> None:
    document = paper.document or {}
    checklist.about = _about(document)
    if is_open_badges_2(document):
        checklist.add("format", passed(f"{paper.form}: an Open Badges 2.0 assertion"), started)
        _check_itself(await _check_2(paper, checklist, world), checklist, now, address)
    elif "VerifiableCredential" in _types(document):
        checklist.add("format", passed(f"{paper.form}: {_kind(document)}"), started)
        _check_itself(document, checklist, now, address)
        await _check_3(paper, checklist, world, now)
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


async def _check_3(paper: Paper, checklist: Checklist, world: World, now: datetime) -> None:
    document = paper.document or {}
    started = time.perf_counter()
    checklist.add("schema", _schema(paper), started)
    started = time.perf_counter()
    proven = await prove(paper, world, now)
    checklist.add("proof", proven.proof, started)
    checklist.add("issuer", proven.issuer, started)
    if not proven.holds:
        for name in ("status", "endorsements"):
            checklist.add(name, unchecked("it is not shown to be the issuer's"), time.perf_counter())
        return
    await checklist.check("status", check_status(document, world, now))
    await checklist.check("endorsements", _endorsements(document, world, now))


def _schema(paper: Paper) -> Finding:
    """Whether it has the form that the standard prescribes, and the token around it says the same."""
    document = paper.document or {}
    problems = disagreements(paper.token, document) if paper.token else []
    problems += [f"{name} is missing" for name in ("issuer", "credentialSubject") if not document.get(name)]
    whole = _types(document) & _BADGE_TYPES and CREDENTIALS_V2 in _list(document.get("@context"))
    if whole:
        problems += validate_schema({name: value for name, value in document.items() if name not in _CLAIMS})
    if problems:
        return failed(Verdict.NOT_A_CREDENTIAL, "; ".join(problems)[:1000])
    return passed(
        "it conforms to the schema of Open Badges 3.0"
        if whole
        else "it has what a credential of its version must have; the published schema is for a later one"
    )


_CLAIMS = ("iss", "jti", "sub", "nbf", "exp", "iat")


async def _endorsements(document: Document, world: World, now: datetime) -> Finding:
    """Whether the endorsements that it carries are genuine and in force; each is told of."""
    embedded = [Paper("", each) for each in _list(document.get("endorsement")) if isinstance(each, dict)]
    tokens = [each for each in _list(document.get("endorsementJwt")) if isinstance(each, str)]
    if not embedded and not tokens:
        return passed("it carries none")
    details, wrong = [], 0
    carried: list[Paper | str] = [*embedded, *tokens]
    for number, each in enumerate(carried[:MOST_ENDORSEMENTS], 1):
        name, why = await _endorsement(each, world, now)
        wrong += bool(why)
        details.append(f"{number}, by {name}: {why or 'genuine'}")
    left_out = len(embedded) + len(tokens) - len(details)
    if left_out:
        details.append(f"{left_out} more were not checked")
    if wrong:
        return failed(Verdict.VALID, f"{wrong} of its endorsements do not hold", tuple(details))
    return passed("its endorsements are genuine", tuple(details))


async def _endorsement(each: Paper | str, world: World, now: datetime) -> tuple[str, str]:
    """Who endorsed, and why the endorsement does not hold."""
    try:
        paper = each if isinstance(each, Paper) else read(each.encode())
    except NotReadable as error:
        return "somebody", str(error)
    document = paper.document or {}
    name = issuer_id(document)[:200] or "somebody"
    if "EndorsementCredential" not in _types(document):
        return name, "it is not an endorsement"
    proven = await prove(paper, world, now)
    for finding in (proven.issuer, proven.proof, check_dates(document, now)):
        if not finding.passed:
            return name, finding.reason
    status = await check_status(document, world, now)
    return name, "" if status.passed else status.reason


def _kind(document: Document) -> str:
    types = _types(document)
    if types & _BADGE_TYPES:
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
        kind=_kind(document) if "VerifiableCredential" in _types(document) else "",
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


def _types(document: Document) -> set[str]:
    return {each for each in _list(document.get("type")) if isinstance(each, str)}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
