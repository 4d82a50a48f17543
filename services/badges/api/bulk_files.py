"""A bulk award as it goes on, event by event, and its result as a file."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse

from services.chassis import errors
from services.chassis.auth import Actor, SignedIn
from services.chassis.database import Database
from services.chassis.routing import Session, Transactional

from ..domain.addresses import Addresses
from ..domain.rows import COLUMNS
from ..sheets import write
from ..storage import bulk as stored
from ..usecases import bulk
from .access import READ_RECIPIENTS, WRITE_AWARDS, has_scope, require
from .bulk import progress_out

router = APIRouter(route_class=Transactional, tags=["awards"])

EVERY = 1.0  # seconds between two events
LONGEST = 600.0  # seconds until whoever watches must come again, and show who they are
PAGE = 2000
ANSWERS = ("line", "outcome", "detail", "state", "award", "credential")
Job = Annotated[UUID, Path(description="id of the job")]


@router.get(
    "/awards/jobs/{job_id}/events",
    response_class=StreamingResponse,
    responses={**errors.responses(401, 403, 404), 200: {"content": {"text/event-stream": {}}}},
)
async def watch_bulk_award(
    request: Request, session: Session, actor: SignedIn, job_id: Job
) -> StreamingResponse:
    """The job's progress every second as server-sent events `progress`; a last one `done` when it is over.

    After ten minutes the stream ends; browsers open it anew by themselves. For issuers and machines as above.
    """
    job = await bulk.job(session, job_id)
    require(actor, job.organisation, "issuer", WRITE_AWARDS)
    events = _events(request.app.state.database, job_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


@router.get(
    "/awards/jobs/{job_id}/result",
    response_class=StreamingResponse,
    responses={
        **errors.responses(401, 403, 404),
        200: {"content": {"text/csv": {}, "application/x-ndjson": {}}},
    },
)
async def bulk_result(
    request: Request,
    session: Session,
    actor: SignedIn,
    job_id: Job,
    format: Annotated[  # noqa: A002 (the word everybody knows)
        Literal["csv", "ndjson"] | None, Query(description="of the file; else as `Accept` says")
    ] = None,
) -> StreamingResponse:
    """What became of every line, in order, with the badge's address. For issuers and machines as above.

    Machines without the scope `recipients:read` see neither the rows themselves nor the badges' addresses,
    which are the holders'. Rows are left out once the city has deleted them.
    """
    job = await bulk.job(session, job_id)
    require(actor, job.organisation, "issuer", WRITE_AWARDS)
    as_csv = format == "csv" or (format is None and "ndjson" not in request.headers.get("accept", ""))
    public_url = request.app.state.settings.public_url
    lines = _lines(request.app.state.database, job_id, public_url, _sees_people(actor, job.organisation))
    name = f"awards-{job_id}.{'csv' if as_csv else 'ndjson'}"
    return StreamingResponse(
        _csv(lines) if as_csv else _ndjson(lines),
        media_type="text/csv" if as_csv else "application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _sees_people(actor: Actor, organisation: UUID) -> bool:
    return actor.client is None or has_scope(actor, organisation, READ_RECIPIENTS)


async def _events(database: Database, job_id: UUID) -> AsyncIterator[str]:
    """A transaction for every look, none in between."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        async with database.transaction() as session:
            progress = await bulk.progress(session, await bulk.job(session, job_id))
        over = progress.job.state in ("done", "cancelled")
        yield f"event: {'done' if over else 'progress'}\ndata: {progress_out(progress).model_dump_json()}\n\n"
        if over:
            return
        await asyncio.sleep(EVERY)


async def _lines(
    database: Database, job_id: UUID, public_url: str, people: bool
) -> AsyncIterator[list[dict[str, Any]]]:
    after = 0
    while True:
        async with database.transaction() as session:
            page = await stored.result(session, job_id, after, PAGE)
        if not page:
            return
        after = page[-1]["line"]
        yield [_line(each, public_url, people) for each in page]


def _line(found: Mapping[str, Any], public_url: str, people: bool) -> dict[str, Any]:
    capability = found["capability"] if people else None
    return {
        **{column: found[column] if people else None for column in COLUMNS},
        "line": found["line"],
        "outcome": found["outcome"],
        "detail": found["detail"],
        "state": found["state"],
        "award": str(found["award"]) if found["award"] else None,
        "credential": Addresses(public_url).credential(capability) if capability else None,
    }


async def _csv(pages: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[str]:
    header = [*COLUMNS, *ANSWERS]
    yield "\ufeff" + write(header, ())
    async for page in pages:
        yield write((), [[line[name] for name in header] for line in page]).removeprefix("\r\n")


async def _ndjson(pages: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[bytes]:
    async for page in pages:
        yield b"".join(orjson.dumps(line) + b"\n" for line in page)
