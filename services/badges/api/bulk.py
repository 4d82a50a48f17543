"""Awarding an achievement to a list of many thousand people: looked at first, then done and steered."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.chassis import errors
from services.chassis.auth import SignedIn
from services.chassis.errors import Problem
from services.chassis.routing import Session, Transactional

from ..domain.rows import COLUMNS
from ..sheets import Kind, read, write
from ..storage.bulk import State
from ..usecases import achievements, bulk
from ..usecases.bulk import BulkOrder, Checked, Progress
from .access import WRITE_AWARDS, require

router = APIRouter(route_class=Transactional, tags=["awards"])

KINDS: dict[str, Kind] = {
    "text/csv": "csv",
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
}
_ROWS: dict[str, Any] = {
    "type": "object",
    "properties": {column: {"type": "string", "maxLength": most} for column, most in COLUMNS.items()},
    "required": ["address"],
    "additionalProperties": False,
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": "address;name\nanna@example.org;Anna\n"},
            "application/json": {"schema": {"type": "array", "items": _ROWS}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}
AchievementId = Annotated[UUID, Path(description="what is awarded; the version in force when it is issued")]
Job = Annotated[UUID, Path(description="id of the job")]


class CheckedOut(BaseModel):
    """What would become of one row."""

    line: int = Field(description="where it stands in the file, from 1; in JSON which object it is")
    outcome: str = Field(
        description="valid, duplicate (of a line above), already (has it), bad_address, unknown_language,"
        " bad_date, bad_expiry, bad_evidence, bad_text, too_long or bad_row"
    )
    detail: str | None = Field(description="the column at fault and what helps")


class ReportOut(BaseModel):
    """What would become of a list, if it were confirmed."""

    rows: int = Field(description="how many people are on it")
    outcomes: dict[str, int] = Field(description="how many rows had each outcome")
    lines: list[CheckedOut]


class ProgressOut(BaseModel):
    """How far a bulk award is."""

    job: UUID
    achievement: UUID
    occasion: str
    state: State = Field(description="running, paused, cancelled or done")
    made_at: datetime
    finished_at: datetime | None = Field(description="when its last line was done")
    lines: int = Field(description="how many there are")
    waiting: int = Field(description="how many are still to be worked on")
    outcomes: dict[str, int] = Field(
        description="how many lines: waiting, awarded, already, duplicate, forgotten, failed, cancelled, or"
        " at fault as the dry run says"
    )
    per_second: float = Field(description="lines done per second over the last ten seconds")
    seconds_left: float | None = Field(description="until it is done at this rate; null where nothing moves")


@router.post(
    "/achievements/{achievement_id}/awards/bulk",
    response_model=ReportOut | ProgressOut,
    responses={**errors.responses(401, 403, 404, 409, 415), 202: {"model": ProgressOut}},
    openapi_extra=_BODY,
)
async def award_in_bulk(
    request: Request,
    session: Session,
    actor: SignedIn,
    achievement_id: AchievementId,
    confirm: Annotated[bool, Query(description="award; else the list is only looked at")] = False,
    occasion: Annotated[
        str | None, Query(max_length=64, description="what it is for; `direct` where not given")
    ] = None,
    format: Annotated[  # noqa: A002 (the word everybody knows)
        Literal["json", "csv"] | None, Query(description="of the report; else as `Accept` says")
    ] = None,
    rows: Annotated[Literal["all", "faults"], Query(description="which rows the report has")] = "all",
) -> Response:
    """Award an achievement to up to 50,000 people. For issuers, and machines with the scope `awards:write`.

    The list is CSV (UTF-8; commas, semicolons or tabs; the first line names the columns), JSON or NDJSON.
    Without `confirm` nothing is done and every row is reported, as JSON or as CSV to be mended. With it the
    answer is 202 and a job that awards everybody; bad rows keep no other from its badge.
    """
    found = await achievements.known(session, achievement_id)
    require(actor, found.organisation, "issuer", WRITE_AWARDS)
    settings, now = request.app.state.settings, datetime.now(UTC)
    kind, content = _kind(request), await request.body()
    written = await asyncio.to_thread(lambda: list(read(content, kind, settings.max_bulk_rows)))
    if confirm:
        order = BulkOrder(achievement_id, occasion, actor.name)
        job = await bulk.start(session, order, written, settings, now)
        answer = progress_out(await bulk.progress(session, job))
        headers = {"Location": f"/awards/jobs/{job.id}/progress"}
        return Response(answer.model_dump_json(), 202, headers, "application/json")
    looked_at = await asyncio.to_thread(bulk.check_all, written, settings, now)
    checked = await bulk.dry_run(session, achievement_id, occasion, looked_at)
    shown = checked if rows == "all" else [each for each in checked if each.outcome != "valid"]
    as_csv = format == "csv" or (format is None and "text/csv" in request.headers.get("accept", ""))
    return await asyncio.to_thread(_report_csv if as_csv else _report, checked, shown)


@router.get("/awards/jobs/{job_id}/progress", responses=errors.responses(401, 403, 404))
async def progress_of_bulk_award(session: Session, actor: SignedIn, job_id: Job) -> ProgressOut:
    """How far a bulk award is. For issuers, and machines with the scope `awards:write`."""
    job = await bulk.job(session, job_id)
    require(actor, job.organisation, "issuer", WRITE_AWARDS)
    return progress_out(await bulk.progress(session, job))


@router.post("/awards/jobs/{job_id}/{to}", responses=errors.responses(401, 403, 404, 409))
async def steer_bulk_award(
    session: Session,
    actor: SignedIn,
    job_id: Job,
    to: Annotated[Literal["pause", "resume", "cancel", "retry"], Path(description="what is to be done")],
) -> ProgressOut:
    """Pause, resume or cancel a bulk award, or try what failed again. For issuers and machines as above.

    What has been issued stays issued: cancelling leaves out the lines that wait.
    """
    job = await bulk.job(session, job_id)
    require(actor, job.organisation, "issuer", WRITE_AWARDS)
    if to == "retry":
        await bulk.retry(session, job)
    else:
        await bulk.change(session, job, _STATES[to])
    return progress_out(await bulk.progress(session, await bulk.job(session, job_id)))


_STATES: dict[str, State] = {"pause": "paused", "resume": "running", "cancel": "cancelled"}


def _kind(request: Request) -> Kind:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in KINDS:
        wanted = f"send the list as {', '.join(KINDS)}"
        raise Problem(415, "unsupported-media-type", wanted, "header.content-type")
    return KINDS[media_type]


def progress_out(progress: Progress) -> ProgressOut:
    """A job's progress as it is answered."""
    job = progress.job
    return ProgressOut(
        job=job.id,
        achievement=job.achievement,
        occasion=job.occasion,
        state=job.state,
        made_at=job.made_at,
        finished_at=job.finished_at,
        lines=progress.lines,
        waiting=progress.waiting,
        outcomes=dict(progress.outcomes),
        per_second=progress.per_second,
        seconds_left=progress.seconds_left,
    )


def _report(checked: Sequence[Checked], shown: Sequence[Checked]) -> Response:
    lines = [CheckedOut(line=each.written.line, outcome=each.outcome, detail=each.detail) for each in shown]
    report = ReportOut(rows=len(checked), outcomes=Counter(each.outcome for each in checked), lines=lines)
    return Response(report.model_dump_json(), media_type="application/json")


def _report_csv(_checked: Sequence[Checked], shown: Sequence[Checked]) -> Response:
    rows = (
        (
            *(each.written.cells.get(column) for column in COLUMNS),
            each.written.line,
            each.outcome,
            each.detail,
        )
        for each in shown
    )
    text = write([*COLUMNS, "line", "outcome", "detail"], rows)
    headers = {"Content-Disposition": 'attachment; filename="checked.csv"'}
    return Response("\ufeff" + text, headers=headers, media_type="text/csv")
