"""Open Badges 2.0: what its verifiers fetch, and the holder's say in whether they can."""

import re
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.chassis import errors
from services.chassis.auth import SignedIn
from services.chassis.routing import Session, Transactional

from ..domain import hosted as documents
from ..domain.addresses import Addresses
from ..domain.shown import achievement
from ..storage import hosted as stored
from ..usecases import achievements, hosting, organisations
from .answers import (
    HELD,
    LINKED_DATA_TYPES,
    OPEN,
    answer,
    answer_document,
    document_responses,
    kept,
    not_found,
)
from .awards import AwardId
from .documents import DAY, FIVE_MINUTES, AchievementId, OrganisationId, Version, issuer_of

router = APIRouter(route_class=Transactional, tags=["Open Badges 2.0"])
_ASSERTION = re.compile("[A-Za-z0-9_-]{22}")


class HostedIn(BaseModel):
    """Whether an award is shown as Open Badges 2.0."""

    model_config = ConfigDict(extra="forbid")
    shown: bool = Field(description="true to have it shown to whoever knows its address, false to hide it")


class HostedOut(BaseModel):
    """Whether an award is shown as Open Badges 2.0, and where."""

    shown: bool
    url: str | None = Field(description="URL of its assertion; null while it is hidden")


@router.get(
    "/ob2/assertions/{assertion}",
    responses=errors.responses(404)
    | document_responses(*LINKED_DATA_TYPES)
    | {410: {"description": "withdrawn; the document says that and nothing else"}},
    response_class=Response,
)
async def assertion_document(
    request: Request,
    session: Session,
    assertion: Annotated[str, Path(description="the 22 characters of the award's view")],
) -> Response:
    """An award as Open Badges 2.0 Assertion, for hosted verification. 404 where its holder hides it."""
    settings = request.app.state.settings
    found = await stored.view(session, assertion) if _ASSERTION.fullmatch(assertion) else None
    if found is None or not documents.is_shown(found.hosted, settings.learners_are_minors):
        raise not_found()
    addresses = Addresses(settings.public_url)
    url = addresses.assertion(found.assertion)
    if found.revoked_at:
        gone = orjson.dumps(documents.withdrawn(url))
        return Response(gone, 410, HELD | OPEN, media_type=LINKED_DATA_TYPES[0])
    badge = addresses.badge_class(str(found.achievement), found.version)
    body = orjson.dumps(documents.assertion(orjson.loads(found.body), url, badge))
    return answer(request, body, LINKED_DATA_TYPES, HELD | OPEN)


@router.get(
    "/ob2/badges/{achievement_id}/{version}",
    responses=errors.responses(404) | document_responses(*LINKED_DATA_TYPES),
    response_class=Response,
)
async def badge_class(
    request: Request, session: Session, achievement_id: AchievementId, version: Version
) -> Response:
    """One version of an achievement, which never changes, as Open Badges 2.0 BadgeClass."""
    found = await achievements.known(session, achievement_id, version)
    addresses = Addresses(request.app.state.settings.public_url)
    shown = achievement(found.shown, found.id, found.version, addresses)
    url = addresses.badge_class(str(found.id), found.version)
    document = documents.badge_class(shown, url, addresses.hosted_issuer(str(found.organisation)))
    return answer_document(request, document, LINKED_DATA_TYPES, kept(DAY))


@router.get(
    "/ob2/issuers/{organisation}",
    responses=errors.responses(404) | document_responses(*LINKED_DATA_TYPES),
    response_class=Response,
)
async def hosted_issuer(request: Request, session: Session, organisation: OrganisationId) -> Response:
    """An organisation as Open Badges 2.0 Issuer."""
    found, settings = await organisations.known(session, organisation), request.app.state.settings
    addresses, name = Addresses(settings.public_url), str(organisation)
    document = documents.profile(
        issuer_of(request, found), addresses.hosted_issuer(name), settings.contact, addresses.issuer(name)
    )
    return answer_document(request, document, LINKED_DATA_TYPES, kept(FIVE_MINUTES))


@router.post("/awards/{award_id}/hosted", responses=errors.responses(401, 403, 404, 409))
async def show_hosted(
    request: Request, session: Session, actor: SignedIn, award_id: AwardId, body: HostedIn
) -> HostedOut:
    """Show an award as Open Badges 2.0, or hide it. For whom it was awarded to.

    Shown means that whoever knows its address can fetch it, as that standard works. Where the city marks its
    learners as minors nothing is shown before this.
    """
    actor.require_learner()
    assertion = await hosting.show(session, award_id, actor.recipients, body.shown)
    url = Addresses(request.app.state.settings.public_url).assertion(assertion)
    return HostedOut(shown=body.shown, url=url if body.shown else None)
