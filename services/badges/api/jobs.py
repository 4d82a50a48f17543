"""Awarding an achievement to a list of people, and how far that is."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from contracts.envelope import Language, Text
from contracts.envelope import Line as OneLine
from services.chassis import errors
from services.chassis.auth import SignedIn
from services.chassis.routing import Session, Transactional

from ..domain.badge import Evidence
from ..domain.lines import Line, read_lines
from ..storage import jobs
from ..storage.jobs import Job
from ..usecases import achievements, direct
from ..usecases.direct import Order
from .access import WRITE_AWARDS, require

router = APIRouter(route_class=Transactional, tags=["awards"])

MOST_LINES = 5000
_SAID: dict[str, str] = {
    "awarded": "the badge is being issued",
    "already": "awarded already for this occasion; nothing was done",
    "bad_address": "no e-mail address; write it as name@example.org",
    "forgotten": "this person asked to be forgotten a moment ago; nothing was done",
}


class RecipientIn(BaseModel):
    """Somebody to award."""

    model_config = ConfigDict(extra="forbid")
    address: str = Field(max_length=320, description="e-mail address")
    name: OneLine | None = Field(default=None, max_length=200, description="how they are called")
    language: Language | None = Field(default=None, max_length=35, description="BCP 47, for the letter")


class EvidenceIn(BaseModel):
    """Where a proof of the work can be seen. It is signed, and read by everybody who sees the badge."""

    model_config = ConfigDict(extra="forbid")
    url: str = Field(max_length=500, description="its address")
    name: OneLine | None = Field(default=None, min_length=1, max_length=200, description="its title")
    narrative: Text | None = Field(
        default=None, min_length=1, max_length=2000, description="what it shows; name nobody"
    )


class AwardIn(BaseModel):
    """An achievement for a list of people."""

    model_config = ConfigDict(extra="forbid")
    achievement: UUID = Field(description="what is awarded; the version in force")
    occasion: str | None = Field(
        default=None,
        max_length=64,
        description="what it is for, in lower-case letters, digits, dots, hyphens: nobody is awarded twice on"
        " one occasion. `direct` where not given",
        examples=["summer-2026"],
    )
    recipients: list[RecipientIn] | Annotated[Text, Field(max_length=1_000_000)] = Field(
        description="people, or text with one a line: `name@example.org`, `Name <name@example.org>`, or"
        " address, name and language parted by commas, semicolons or tabs"
    )
    evidence: list[EvidenceIn] = Field(
        default=[],
        max_length=5,
        description="proofs of the work, the same for all; not where the city marks its learners as minors",
    )
    expires_at: AwareDatetime | None = Field(
        default=None, description="when these badges expire; else as the achievement says"
    )


class LineOut(BaseModel):
    """What became of one person on the list."""

    line: int = Field(description="which one, from 1, empty lines not counted")
    outcome: str = Field(
        description="awarded, already, bad_address or forgotten; of a bulk award whatever its progress counts"
    )
    detail: str | None = Field(description="the outcome in words")
    award: UUID | None = Field(description="id of the award; null where there is none")
    state: Literal["due", "issued", "revoked", "dropped"] | None = Field(
        description="where the award stands; dropped where its recipient asked to be forgotten"
    )


class JobOut(BaseModel):
    """A direct award, and how far it is."""

    job: UUID
    achievement: UUID
    occasion: str
    made_at: datetime
    outcomes: dict[str, int] = Field(description="how many of these lines had each outcome")
    due: int = Field(description="how many badges are still to be issued")
    lines: list[LineOut] = Field(
        description=f"the first {MOST_LINES}; of a bulk award `/awards/jobs/<job>/result` has them all"
    )


@router.post("/awards", status_code=202, responses=errors.responses(401, 403, 404, 409))
async def award_achievement(
    request: Request, response: Response, session: Session, actor: SignedIn, body: AwardIn
) -> JobOut:
    """Award an achievement to a list of people. For issuers, and machines with the scope `awards:write`.

    The badges are signed soon afterwards; the job says how far that is. Whoever was awarded it for this
    occasion before is not awarded again. Every line is reported, and bad ones keep no other from its badge.
    """
    found = await achievements.known(session, body.achievement)
    require(actor, found.organisation, "issuer", WRITE_AWARDS)
    evidence = tuple(Evidence(each.url, each.name, each.narrative) for each in body.evidence)
    order = Order(body.achievement, body.occasion, _lines(body), actor.name, evidence, body.expires_at)
    job = await direct.award_all(session, order, request.app.state.settings, datetime.now(UTC))
    response.headers["Location"] = f"/awards/jobs/{job.id}"
    return await _out(session, job)


@router.get("/awards/jobs/{job_id}", responses=errors.responses(401, 403, 404))
async def award_job(
    session: Session, actor: SignedIn, job_id: Annotated[UUID, Path(description="id of the job")]
) -> JobOut:
    """How far a direct award is. For issuers, and machines with the scope `awards:write`."""
    job = await direct.job(session, job_id)
    require(actor, job.organisation, "issuer", WRITE_AWARDS)
    return await _out(session, job)


def _lines(body: AwardIn) -> list[Line]:
    if isinstance(body.recipients, str):
        return read_lines(body.recipients)
    return [Line(each.address, each.name, each.language) for each in body.recipients]


async def _out(session: Session, job: Job) -> JobOut:
    lines = [
        LineOut(
            line=each.line,
            outcome=each.outcome,
            detail=each.detail or _SAID.get(each.outcome),
            award=each.award,
            state=each.state,
        )
        for each in await jobs.lines(session, job.id, MOST_LINES)
    ]
    return JobOut(
        job=job.id,
        achievement=job.achievement,
        occasion=job.occasion,
        made_at=job.made_at,
        outcomes=Counter(each.outcome for each in lines),
        due=len({each.award for each in lines if each.state == "due"}),
        lines=lines,
    )
