"""Verifying for anybody, without an account: a file, a pasted text or an address; a checklist as answer."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Request, UploadFile
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.chassis import errors
from services.chassis.errors import Problem

from ..asking import asking
from ..checking.findings import Checklist
from ..checking.worlds import verify_in_time
from ..domain.verdicts import SENTENCES
from ..pages import verify_page
from .answers import preferred
from .paced import Paced, charge_for_killed

# Nothing is written here, and no transaction stays open while somebody else's server answers.
router = APIRouter(route_class=Paced, tags=["verification"])

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Vary": "Accept"}
_LONGEST_ADDRESS = 2048
_NOTHING = "choose a file, or paste a badge, or give its address: exactly one of them"


class VerifiedBadge(BaseModel):
    """What the badge says of itself. Whether that is true, the checks say."""

    name: str = Field(description="the badge's title; empty where there is none")
    issuer: str = Field(description="id of its issuer: a DID or an https address")
    issuer_name: str = Field(description="what its issuer calls itself there; nobody has checked the name")
    valid_from: str = Field(description="since when it is valid, as it stands there")
    kind: str = Field(description="of which standard it is")


class VerificationCheck(BaseModel):
    """One line: what was looked at, what came of it, and why."""

    name: Literal[
        "format", "schema", "proof", "issuer", "refresh", "dates", "status", "endorsements", "recipient"
    ]
    result: Literal["passed", "failed", "not_checked"]
    reason: str = Field(description="in a sentence")
    details: list[str] = Field(
        description="one line for each, where there were several proofs or endorsements"
    )
    milliseconds: float = Field(description="how long it took, ms")


class Verification(BaseModel):
    """The checklist, and what its lines say together."""

    outcome: Literal[
        "valid",
        "expired",
        "not_yet_valid",
        "withdrawn",
        "altered",
        "unknown_issuer",
        "cannot_check_now",
        "not_a_credential",
    ]
    sentence: str = Field(description="the outcome in words")
    badge: VerifiedBadge
    checks: list[VerificationCheck]


_ANSWERS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}


@router.get("/verify", responses=errors.responses(429) | _ANSWERS, response_class=Response)
async def page(request: Request) -> Response:
    """A page where anybody can verify a badge. It works without JavaScript."""
    return _page(request, None, "", 200)


@router.post("/verify", responses=errors.responses(429) | _ANSWERS, response_model=Verification)
async def verify(
    request: Request,
    file: Annotated[UploadFile | None, File(description="PNG, SVG, JSON or JWT; at most 2 MB")] = None,
    text: Annotated[str, Form(description="a badge as text: JSON, a token, or an address")] = "",
    url: Annotated[str, Form(description="an https address at which a badge is")] = "",
    address: Annotated[
        str, Form(description="check whether it was awarded to this e-mail address", max_length=320)
    ] = "",
) -> Response:
    """Verify any Open Badge, ours or anybody's: give exactly one of file, text and url. Nothing is kept.

    The answer is 200 with the checklist whatever its outcome is; HTML where `Accept` asks for it.
    """
    html = preferred(request.headers.get("accept", ""), ["application/json", "text/html"]) == "text/html"
    try:
        content = await _content(file, text, url)
    except Problem as problem:
        if not html:
            raise
        return _page(request, None, problem.detail, problem.status)
    settings = request.app.state.settings
    world = asking(request.app, settings.public_url, settings.verify_allowed_hosts)
    found = await verify_in_time(
        content, world, datetime.now(UTC), address.strip() or None, settings.verify_seconds
    )
    charge_for_killed(request, len(world.killed))
    answer = _answer(found)
    if html:
        return _page(request, answer, "", 200)
    return Response(answer.model_dump_json(), headers=_PRIVATE, media_type="application/json")


async def _content(file: UploadFile | None, text: str, url: str) -> bytes:
    uploaded = await file.read() if file is not None else b""
    given = [each for each in (uploaded, text.strip(), url.strip()) if each]
    if len(given) != 1:
        raise Problem(422, "invalid-input", _NOTHING, "body.file")
    if url.strip() and not url.strip().startswith(("https://", "http://")):
        raise Problem(422, "invalid-input", "give a whole address that starts with https://", "body.url")
    if len(url) > _LONGEST_ADDRESS:
        raise Problem(422, "invalid-input", "the address is too long to be one", "body.url")
    content = given[0]
    return content if isinstance(content, bytes) else content.encode("utf-8", "replace")


def _answer(found: Checklist) -> Verification:
    checks = [
        {
            "name": line.name,
            "result": line.finding.result,
            "reason": line.finding.reason,
            "details": line.finding.details,
            "milliseconds": line.milliseconds,
        }
        for line in found.lines
    ]
    about = found.about
    badge = {name: getattr(about, name) for name in VerifiedBadge.model_fields}
    return Verification.model_validate(
        {"outcome": found.verdict, "sentence": SENTENCES[found.verdict], "badge": badge, "checks": checks}
    )


def _page(request: Request, answer: Verification | None, problem: str, status: int) -> Response:
    spoken = request.headers.get("accept-language", "")
    html, headers = verify_page(answer.model_dump() if answer else None, problem, spoken)
    return Response(html, status, _PRIVATE | headers, "text/html")
