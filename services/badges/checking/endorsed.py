"""The endorsements that a badge carries: each is told of, and one that does not hold is not hidden."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..verifying import Verdict
from .dates import check_dates
from .findings import Finding, failed, passed
from .issuers import World
from .limits import NotReadable
from .proofs import issuer_id, prove
from .reading import Paper, read
from .schemas import ENDORSEMENT
from .shapes import listed, types_of
from .statuses import check_status

MOST_ENDORSEMENTS = 5

Document = Mapping[str, Any]


async def check_endorsements(document: Document, world: World, now: datetime) -> Finding:
    """Whether the endorsements that it carries are genuine and in force."""
    embedded = [Paper("", each) for each in listed(document.get("endorsement")) if isinstance(each, dict)]
    tokens = [each for each in listed(document.get("endorsementJwt")) if isinstance(each, str)]
    if not embedded and not tokens:
        return passed("it carries none")
    details, wrong = [], 0
    carried: list[Paper | str] = [*embedded, *tokens]
    for number, each in enumerate(carried[:MOST_ENDORSEMENTS], 1):
        name, why = await _endorsement(each, document, world, now)
        wrong += bool(why)
        details.append(f"{number}, by {name}: {why or 'genuine'}")
    left_out = len(carried) - len(details)
    if left_out:
        details.append(f"{left_out} more were not checked")
    if wrong:
        return failed(Verdict.VALID, f"{wrong} of its endorsements do not hold", tuple(details))
    return passed("its endorsements are genuine", tuple(details))


def _of_a_badge(document: Document) -> set[str]:
    """What an endorsement in a badge may be of: the badge, what it was awarded for, or who awarded it."""
    subject = document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    named = [document.get("id"), issuer_id(document)]
    if isinstance(achievement, dict):
        named.append(achievement.get("id"))
    return {each for each in named if isinstance(each, str) and each}


async def _endorsement(each: Paper | str, badge: Document, world: World, now: datetime) -> tuple[str, str]:
    """Who endorsed, and why the endorsement does not hold."""
    try:
        paper = each if isinstance(each, Paper) else read(each.encode("utf-8", "replace"))
    except NotReadable as error:
        return "somebody", str(error)
    document = paper.document or {}
    name = issuer_id(document)[:200] or "somebody"
    if ENDORSEMENT not in types_of(document):
        return name, "it is not an endorsement"
    subject = document.get("credentialSubject")
    of = subject.get("id") if isinstance(subject, dict) else None
    if not isinstance(of, str) or of not in _of_a_badge(badge):
        return name, "it is an endorsement of something else"
    proven = await prove(paper, world, now)
    for finding in (proven.issuer, proven.proof, check_dates(document, now)):
        if not finding.passed:
            return name, finding.reason
    status = await check_status(document, world, now)
    return name, "" if status.passed else status.reason
