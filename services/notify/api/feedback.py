"""What comes back about letters, told by mail servers and providers; and the addresses not written to."""

import binascii
import hmac
from base64 import b64decode
from hashlib import sha256
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.envelope import Text
from services.chassis.auth import Caller, SignedIn
from services.chassis.errors import Problem, responses
from services.chassis.routing import Session, Transactional

from .. import providers, returns
from ..settings import Settings
from ..storage import feedback as storage
from ..usecases import feedback as usecases

router = APIRouter(prefix="/letters", tags=["letters"], route_class=Transactional)
_MAIL = {"schema": {"type": "string", "format": "binary"}}
_RAW = {"requestBody": {"content": {"application/octet-stream": _MAIL, "message/rfc822": _MAIL}}}
_JSON = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}
Provider = Literal["plain", "postmark", "ses"]


class Heard(BaseModel):
    """How many of the reports were about letters of ours."""

    letters: int = Field(description="reports that were about a letter of this city, and were taken in")
    others: int = Field(description="reports that were about none, or that nothing proves")


class Address(BaseModel):
    """An address, in the body since addresses are personal and a URL is written down in many places."""

    model_config = ConfigDict(extra="forbid")
    address: Annotated[str, Field(min_length=3, max_length=254, description="name@example.org")]


class NewSuppressed(Address):
    """An address to write to no more, and why."""

    why: Text = Field(max_length=200, description="why nothing shall be sent there")


class SuppressedView(BaseModel):
    """An address that is not written to."""

    address: str = Field(description="in its normal form")
    why: str = Field(description="bounced, soft (again and again), complained, or an operator's words")
    by: str = Field(description="who said so: a mail server, a provider, or an operator")
    at: AwareDatetime = Field(description="since when")


class SuppressedPage(BaseModel):
    """Some of the addresses that are not written to."""

    items: list[SuppressedView] = Field(description="by address")
    next: str | None = Field(description="pass as `after` in the body of the next request; null at the end")


class PageWanted(BaseModel):
    """Which addresses to show; in the body, since they are personal."""

    model_config = ConfigDict(extra="forbid")
    after: Annotated[str, Field(max_length=254)] | None = Field(
        default=None, description="`next` of the page before"
    )
    limit: int = Field(default=100, ge=1, le=500, description="how many at most")


@router.post(
    "/bounces",
    summary="Hand in a bounce or complaint",
    openapi_extra=_RAW,
    responses=responses(401, 403, 422),
)
async def bounce(request: Request, session: Session, actor: Caller) -> Heard:
    """A mail as it came to the return address: a delivery report (RFC 3464) or a complaint (RFC 5965).

    For operators, and for mail servers that know FEEDBACK_SECRET: as password of HTTP Basic, or by the header
    `X-Letters-Signature: sha256=<HMAC-SHA256 of the body, hexadecimal>`. Hearing the same twice is no harm.
    """
    content = await request.body()
    _may_tell(request, content, operator=bool(actor and actor.operator))
    came = returns.read(content, _settings(request).webhook_key)
    taken = await usecases.note_feedback(session, came, "mail server")
    return Heard(letters=int(taken), others=int(not taken))


@router.post(
    "/feedback/{provider}",
    summary="Hear from a mail provider",
    openapi_extra=_JSON,
    responses=responses(401, 403, 422),
)
async def called(
    request: Request,
    session: Session,
    actor: Caller,
    provider: Annotated[Provider, Path(description="whose shape of JSON the body has")],
) -> Heard:
    """A provider's call about bounces and complaints. It has to know FEEDBACK_SECRET, as at `/bounces`."""
    content = await request.body()
    _may_tell(request, content, operator=bool(actor and actor.operator))
    found = [
        await usecases.note_feedback(session, came, provider) for came in providers.read(provider, content)
    ]
    return Heard(letters=sum(found), others=len(found) - sum(found))


@router.post("/suppressed/list", summary="List addresses not written to", responses=responses(401, 403, 422))
async def suppressed(session: Session, actor: SignedIn, body: PageWanted) -> SuppressedPage:
    """Addresses nothing is sent to but what they sign in with. For operators."""
    actor.require_operator()
    found = await storage.listed(session, body.after, body.limit + 1)
    items = [SuppressedView.model_validate(vars(each)) for each in found[: body.limit]]
    return SuppressedPage(items=items, next=items[-1].address if len(found) > body.limit else None)


@router.post(
    "/suppressed", summary="Write to an address no more", status_code=201, responses=responses(401, 403, 422)
)
async def suppress(session: Session, actor: SignedIn, body: NewSuppressed) -> Address:
    """Put an address on the suppress list. For operators."""
    actor.require_operator()
    return Address(address=await usecases.suppress(session, body.address, body.why, actor.name))


@router.post(
    "/suppressed/remove",
    summary="Write to an address again",
    status_code=204,
    responses=responses(401, 403, 404, 422),
)
async def unsuppress(session: Session, actor: SignedIn, body: Address) -> None:
    """Take an address off the suppress list, say after its mailbox was mended. For operators."""
    actor.require_operator()
    await usecases.unsuppress(session, body.address)


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _may_tell(request: Request, content: bytes, *, operator: bool) -> None:
    """Refuse whoever neither is an operator nor knows the secret."""
    secret = _settings(request).feedback_secret.get_secret_value()
    if operator or (secret and _knows(request, content, secret.encode())):
        return
    raise Problem(
        401, "not-from-a-mail-server", "sign in as an operator, or prove that you know FEEDBACK_SECRET"
    )


def _knows(request: Request, content: bytes, secret: bytes) -> bool:
    sealed = "sha256=" + hmac.new(secret, content, sha256).hexdigest()
    given = request.headers.get("x-letters-signature", "")
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    password = b""
    if scheme.lower() == "basic":
        try:
            password = b64decode(encoded, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            password = b""
    return hmac.compare_digest(given.encode(), sealed.encode()) or hmac.compare_digest(password, secret)
