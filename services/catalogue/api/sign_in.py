"""Signing in over HTTP."""

from datetime import datetime, timedelta
from secrets import randbits, token_urlsafe
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Cookie, Depends, Header, Path, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import Text
from services.chassis.errors import FieldProblem, Problem, document, responses
from services.chassis.routing import Session, Transactional

from .. import pages
from ..domain.sign_in import DeadLink, Limits, NotYourLink, code_of, hash_client
from ..settings import CatalogueSettings
from ..usecases import signing_in
from ..usecases.signing_in import Ask, Secrets
from .edge import Now, TheSettings, recipient_of, unrepeatable
from .shapes import Address, Input, LanguageTag
from .signed_in import AccessToken, access_token, clear_cookies, client_of, same_origin, set_cookies


def from_own_page(request: Request, settings: TheSettings) -> None:
    """As same_origin, for every route here: they live on cookies."""
    same_origin(request, settings)


router = APIRouter(
    prefix="/sign-in",
    tags=["sign-in"],
    route_class=Transactional,
    dependencies=[Depends(from_own_page), Depends(unrepeatable)],
)
Token = Annotated[
    str, Path(min_length=20, max_length=100, pattern="^[A-Za-z0-9_-]+$", description="from the letter")
]
SessionSecret = Annotated[str | None, Cookie(alias="col_session", description="set by signing in")]
Languages = Annotated[str, Header(description="languages of the reader")]
WRONG_CODE = "the code is wrong, used or too old; check the letter or ask for a new one"


class SignIn(Input):
    """Where to send the letter, and in which language."""

    address: Address
    language: LanguageTag | None = Field(
        None, description="of the letter; default: the one known, else English"
    )


class Code(Input):
    """The code from the letter, as typed."""

    address: Address
    code: Annotated[Text, Field(min_length=1, max_length=40, examples=["BCDF-GHJK"])]


class Asked(BaseModel):
    """The same answer whatever the address is."""

    detail: str = "a letter with a link and a code is on its way, if the address can receive one"
    expires_in: int = Field(description="how long link and code will work, seconds")


@router.post("", status_code=202, responses=responses(403, 429))
async def ask_for_letter(
    body: SignIn, request: Request, session: Session, settings: TheSettings, at: Now
) -> Asked:
    """Ask for a letter with a link and a code. Who has no account yet gets one by using either."""
    recipient, address = recipient_of(settings, body.address)
    wanted = Ask(recipient, address, body.language, client_hash(request, settings))
    await signing_in.ask(session, wanted, new_secrets(settings), limits(settings), settings.recipient_key, at)
    return Asked(expires_in=settings.sign_in_minutes * 60)


@router.post("/code", response_model=AccessToken, responses=responses(403))
async def sign_in_by_code(
    body: Code, request: Request, response: Response, session: Session, settings: TheSettings, at: Now
) -> AccessToken | Response:
    """Sign in with the code from the letter. It works once; after five wrong ones only the link does."""
    recipient, _ = recipient_of(settings, body.address)
    learner = await signing_in.by_code(
        session, recipient, body.code, None, settings.sign_in_tries, settings.recipient_key, at
    )
    if learner is None:  # answered, not raised: the wrong try must be counted
        return wrong_code()
    secret = await _new_session(request, session, settings, learner, at)
    answer = await access_token(session, learner, settings, at)
    set_cookies(response, settings, secret, answer)
    return answer


@router.post("/token", responses=responses(401, 403))
async def renew_access_token(
    response: Response, session: Session, settings: TheSettings, at: Now, col_session: SessionSecret = None
) -> AccessToken:
    """A new access token for a browser that is signed in, with the rights of this moment."""
    learner = await signing_in.resume(session, col_session or "", timedelta(days=settings.session_days), at)
    if not learner:
        raise Problem(401, "no-session", "this browser is not signed in, or no longer; sign in again")
    token = await access_token(session, learner, settings, at)
    set_cookies(response, settings, col_session, token)
    return token


@router.post("/out", status_code=204, responses=responses(403))
async def sign_out(
    response: Response, session: Session, settings: TheSettings, col_session: SessionSecret = None
) -> None:
    """End this browser's session. Access tokens that it still has expire within minutes."""
    await signing_in.close(session, col_session or "")
    clear_cookies(response, settings)


@router.get("/{token}", response_class=Response, responses={200: {"content": {"text/html": {}}}, 410: {}})
async def open_link(token: Token, session: Session, at: Now, accept_language: Languages = "") -> Response:
    """The page that a letter's link opens: it has one button. Opening it uses nothing up."""
    try:
        asked = await signing_in.link(session, token, at)
    except DeadLink:
        return pages.refused(reader(accept_language), dead=True)
    language = asked.language or reader(accept_language)
    return pages.confirm_sign_in(language, proves=asked.learner is not None)


@router.post("/{token}", response_model=AccessToken, responses=responses(403, 410))
async def sign_in_by_link(
    token: Token,
    request: Request,
    response: Response,
    session: Session,
    settings: TheSettings,
    at: Now,
    accept: Annotated[str, Header(description="text/html gets a page")] = "",
    accept_language: Languages = "",
    col_session: SessionSecret = None,
) -> AccessToken | Response:
    """Sign in with the link from the letter. It works once. A browser's form gets a page, others JSON."""
    here = await signing_in.resume(session, col_session or "", timedelta(days=settings.session_days), at)
    html = "text/html" in accept
    try:
        learner = await signing_in.by_link(session, token, here, at)
    except (DeadLink, NotYourLink) as refusal:
        if not html:
            raise
        return pages.refused(reader(accept_language), dead=isinstance(refusal, DeadLink))
    page = pages.signed_in(reader(accept_language)) if html else response
    secret = None if learner == here else await _new_session(request, session, settings, learner, at)
    answer = await access_token(session, learner, settings, at)
    set_cookies(page, settings, secret, answer)
    return page if html else answer


async def _new_session(
    request: Request, session: AsyncSession, settings: CatalogueSettings, learner: UUID, at: datetime
) -> str:
    """Sign the browser in; answers the secret it shall keep."""
    secret = token_urlsafe(32)
    device = request.headers.get("user-agent", "")[:200]
    await signing_in.open_session(session, learner, secret, device, timedelta(days=settings.session_days), at)
    return secret


def reader(accept_language: str) -> str:
    """The language a browser asks for first."""
    return accept_language.strip().lower()[:2]


def limits(settings: CatalogueSettings) -> Limits:
    """How many letters there may be, and how long they work."""
    return Limits(
        timedelta(minutes=settings.sign_in_minutes),
        settings.sign_in_tries,
        settings.sign_in_per_address,
        settings.sign_in_per_client,
    )


def new_secrets(settings: CatalogueSettings) -> Secrets:
    """A fresh link and code."""
    return Secrets(token_urlsafe(32), code_of(randbits(128)), f"{settings.public_url}/sign-in/")


def client_hash(request: Request, settings: CatalogueSettings) -> bytes:
    """Who asks, as it is stored."""
    return hash_client(client_of(request), settings.recipient_key)


def wrong_code() -> Response:
    """What is answered to a code that is not right."""
    return document(403, "wrong-code", WRONG_CODE, [FieldProblem(field="body.code", message=WRONG_CODE)])
