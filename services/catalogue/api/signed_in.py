"""What is answered to who has just signed in: an access token, and cookies for a browser."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.recipients import recipient_id
from services.chassis.errors import Problem

from .. import storage, tokens
from ..settings import CatalogueSettings
from ..usecases import members

SESSION, ACCESS = "col_session", "col_access"


class AccessToken(BaseModel):
    """Send it as `Authorization: Bearer <access_token>`; get a new one before it expires."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (a scheme, not a secret)
    expires_in: int = Field(description="seconds")
    learner: UUID


async def access_token(
    session: AsyncSession, learner: UUID, settings: CatalogueSettings, now: datetime
) -> AccessToken:
    """An access token that says what the learner may do at this moment. Raises NoTokenKey."""
    held = [recipient.id for recipient in await storage.recipients.of_learner(session, learner)]
    operators = {recipient_id(address, settings.recipient_key) for address in settings.operators}
    roles = {id_: sorted(names) for id_, names in (await members.roles(session, learner)).items()}
    who = tokens.Person(learner, held, roles, operator=not operators.isdisjoint(held))
    lifetime = timedelta(minutes=settings.access_minutes)
    token = tokens.issue_token(
        who,
        key=settings.token_key.get_secret_value(),
        public_url=settings.public_url,
        city=settings.city,
        now=now,
        lifetime=lifetime,
    )
    return AccessToken(access_token=token, expires_in=int(lifetime.total_seconds()), learner=learner)


def set_cookies(
    response: Response, settings: CatalogueSettings, secret: str | None, token: AccessToken
) -> None:
    """Have the browser keep the session's secret, where it is given, and the access token for pages."""
    if secret:
        days = timedelta(days=settings.session_days)
        _set(response, settings, SESSION, secret, "/sign-in", int(days.total_seconds()))
    _set(response, settings, ACCESS, token.access_token, "/", token.expires_in)


def clear_cookies(response: Response, settings: CatalogueSettings) -> None:
    """Have the browser forget both."""
    _set(response, settings, SESSION, "", "/sign-in", 0)
    _set(response, settings, ACCESS, "", "/", 0)


def same_origin(request: Request, settings: CatalogueSettings) -> None:
    """Refuse with 403 what a page of somebody else made a browser send."""
    origin = request.headers.get("origin")
    if origin not in (None, settings.public_url):
        raise Problem(
            403, "foreign-page", "this was sent by a page of another site; open the city's own page"
        )


def client_of(request: Request) -> str:
    """The network address that asks; the edge passes it on."""
    return request.client.host if request.client else ""


def _set(
    response: Response, settings: CatalogueSettings, name: str, value: str, path: str, seconds: int
) -> None:
    secure = settings.public_url.startswith("https:")
    response.set_cookie(name, value, seconds, path=path, secure=secure, httponly=True, samesite="lax")
