"""The issuer's newer copy of a badge (1EdTech Credential Refresh): asked for once, after the proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..fetching import CannotFetch
from .dates import since_when
from .findings import Finding, passed, unchecked
from .issuers import World
from .limits import NotReadable
from .presented import taken_out
from .proofs import issuer_id, prove
from .reading import read
from .schemas import check_schema
from .shapes import types_of

KIND = "1EdTechCredentialRefresh"

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The document that counts, and how it was found."""

    document: Document
    finding: Finding


class _NotUsable(Exception):
    """What is at the address does not replace the badge; the message says why."""


async def refreshed(document: Document, world: World, now: datetime) -> Refreshed | None:
    """The newer copy if there is one that holds, else the original (Open Badges 3.0, 8.2.3); None where the
    badge names no such service.
    """
    service = document.get("refreshService")
    if not service:
        return None
    kept = "; what was handed in counts"
    if not isinstance(service, dict) or KIND not in types_of(service):
        return Refreshed(document, unchecked(f"a newer copy is offered in a way that we do not know{kept}"))
    try:
        newer = await _newer(str(service.get("id")), document, world, now)
    except (CannotFetch, NotReadable, _NotUsable) as error:
        return Refreshed(document, unchecked(f"no newer copy can be had: {error}{kept}"))
    return Refreshed(newer, passed("the issuer's newer copy was fetched; dates and status are those of it"))


async def _newer(url: str, document: Document, world: World, now: datetime) -> Document:
    answer = await world.get(url)
    if answer.status != 200:
        raise CannotFetch(f"it answers {answer.status}")
    paper = taken_out(read(answer.body))
    found = paper.document or {}
    if (found.get("id"), issuer_id(found)) != (document.get("id"), issuer_id(document)):
        raise _NotUsable("what is there is another badge, or by another issuer")
    since, before = (since_when(each) for each in (found, document))
    if since and before and since < before:
        raise _NotUsable("what is there is older")
    schema = await check_schema(paper, world)
    proven = await prove(paper, world, now)
    for each in (schema, proven.proof, proven.issuer):
        if not each.passed:
            raise _NotUsable(each.reason)
    return found
