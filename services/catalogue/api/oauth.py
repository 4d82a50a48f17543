"""OAuth 2.0 for machines: clients, and the client credentials grant (RFC 6749, section 4.4)."""

from base64 import b64decode
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Annotated, Literal
from urllib.parse import unquote_plus
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Form, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.envelope import uuid7
from services.chassis.auth import Actor, SignedIn
from services.chassis.errors import responses
from services.chassis.routing import Session, Transactional

from .. import storage, tokens
from ..domain.client import SCOPES, BadClient, BadScope, Client, Scope
from ..domain.sign_in import hash_secret
from ..usecases import clients, organisations
from .edge import ClientId, Now, TheSettings, unrepeatable
from .shapes import Input, Line

router = APIRouter(
    prefix="/oauth", tags=["machines"], route_class=Transactional, dependencies=[Depends(unrepeatable)]
)
_SCOPES = "; ".join(f"`{scope}`: {meaning}" for scope, meaning in SCOPES.items())


class ClientDraft(Input):
    """A machine that shall call in the name of an organisation, or of the whole city."""

    organisation: UUID | None = Field(None, description="left out, for the whole city: operators only")
    name: Line
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES), description=_SCOPES)


class Rotation(Input):
    """How the old secret ends."""

    keep_hours: int = Field(0, ge=0, le=168, description="hours the old secret still works; 0 if it leaked")


class ClientAnswer(BaseModel):
    """A machine that may call."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    organisation: UUID | None
    name: str
    scopes: list[Scope]
    created_at: datetime
    revoked_at: datetime | None


class ClientWithSecret(ClientAnswer):
    """A machine and its secret, which is shown this once and stored only as a hash."""

    client_secret: str


class Token(BaseModel):
    """RFC 6749, section 5.1."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (a scheme, not a secret)
    expires_in: int = Field(description="seconds")
    scope: str


class TokenError(BaseModel):
    """RFC 6749, section 5.2."""

    error: Literal["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]
    error_description: str


@router.post("/clients", status_code=201, responses=responses(401, 403, 404))
async def register_client(body: ClientDraft, actor: SignedIn, session: Session, at: Now) -> ClientWithSecret:
    """Register a machine; its secret is answered once. For owners, and for operators."""
    _allow(actor, body.organisation)
    secret = token_urlsafe(32)
    told = Client(
        uuid7(),
        body.organisation,
        body.name,
        tuple(dict.fromkeys(body.scopes)),
        hash_secret(secret),
        at,
        actor.name,
    )
    return _with_secret(await clients.register(session, told), secret)


@router.get("/clients", responses=responses(401, 403, 404))
async def list_clients(
    actor: SignedIn,
    session: Session,
    organisation: Annotated[UUID | None, Query(description="left out: those of the whole city")] = None,
) -> list[ClientAnswer]:
    """The machines of an organisation, or of the whole city. For owners, and for operators."""
    if organisation:
        await organisations.find(session, organisation)
    _allow(actor, organisation)
    return [ClientAnswer.model_validate(one) for one in await storage.clients.listed(session, organisation)]


@router.post("/clients/{client}/rotate", responses=responses(401, 403, 404, 409))
async def rotate_secret(
    client: ClientId, body: Rotation, actor: SignedIn, session: Session, at: Now
) -> ClientWithSecret:
    """Give a machine a new secret, answered once. For owners, and for operators."""
    _allow(actor, (await clients.find(session, client)).organisation)
    secret = token_urlsafe(32)
    told = await clients.rotate(session, client, secret, timedelta(hours=body.keep_hours), at)
    return _with_secret(told, secret)


@router.post("/clients/{client}/revoke", status_code=204, responses=responses(401, 403, 404))
async def revoke_client(client: ClientId, actor: SignedIn, session: Session, at: Now) -> None:
    """Let a machine call no more; a token it has lives ten minutes at most. For owners, and operators."""
    _allow(actor, (await clients.find(session, client)).organisation)
    await clients.revoke(session, client, at)


@router.post(
    "/token",
    response_model=Token,
    responses={400: {"model": TokenError}, 401: {"model": TokenError}, **responses(503)},
)
async def issue_token(
    session: Session,
    settings: TheSettings,
    at: Now,
    grant_type: Annotated[str, Form(description="client_credentials")] = "",
    scope: Annotated[str, Form(description="some of the client's, separated by spaces; default: all")] = "",
    client_id: Annotated[str, Form(description="unless Authorization says it")] = "",
    client_secret: Annotated[str, Form(description="unless Authorization says it")] = "",
    authorization: Annotated[str, Header(description="Basic, as RFC 6749 section 2.3.1")] = "",
) -> Response:
    """An access token for a machine, by the client credentials grant (RFC 6749, section 4.4).

    Id and secret come in the Authorization header (client_secret_basic) or in the form (client_secret_post).
    """
    if grant_type != "client_credentials":
        return _refused(400, "unsupported_grant_type", "send grant_type=client_credentials")
    id_, secret = _basic(authorization) or (client_id, client_secret)
    try:
        client, scopes = await clients.token_scopes(session, _uuid(id_), secret, scope.split(), at)
    except BadClient:
        return _refused(401, "invalid_client", "no client has this id and secret, or it was revoked")
    except BadScope:
        return _refused(400, "invalid_scope", "the client may not have this scope; ask for less")
    lifetime = timedelta(minutes=settings.access_minutes)
    issued = tokens.issue_token(
        tokens.Machine(client.id, client.organisation, scopes),
        key=settings.token_key.get_secret_value(),
        public_url=settings.public_url,
        city=settings.city,
        now=at,
        lifetime=lifetime,
    )
    answer = Token(access_token=issued, expires_in=int(lifetime.total_seconds()), scope=" ".join(scopes))
    return _uncached(200, answer)


def _allow(actor: Actor, organisation: UUID | None) -> None:
    if organisation is None:
        actor.require_operator()
    else:
        actor.require_role(organisation, "owner")


def _with_secret(client: Client, secret: str) -> ClientWithSecret:
    return ClientWithSecret(**ClientAnswer.model_validate(client).model_dump(), client_secret=secret)


def _basic(header: str) -> tuple[str, str] | None:
    """Id and secret of a Basic header, both form-encoded inside (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        id_, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return ("", "")
    return unquote_plus(id_), unquote_plus(secret)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _refused(status: int, error: str, description: str) -> Response:
    told = TokenError.model_validate({"error": error, "error_description": description})
    response = _uncached(status, told)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="oauth"'
    return response


def _uncached(status: int, body: BaseModel) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(body.model_dump()), status, headers, "application/json")
