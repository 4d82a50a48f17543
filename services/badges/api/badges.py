"""A badge for whoever holds it: the signed document, the baked picture, the claim page, the portfolio."""

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.chassis import errors
from services.chassis.auth import SignedIn
from services.chassis.routing import Session, Transactional

from ..baking import bake
from ..domain.addresses import Addresses
from ..pages import claim_page
from ..storage import held
from ..storage.held import Held
from .answers import (
    CREDENTIAL_TYPES,
    HELD,
    OPEN,
    answer,
    document_responses,
    not_found,
    not_ready,
    preferred,
)

router = APIRouter(route_class=Transactional, tags=["badges"])
_CAPABILITY = re.compile(r"([A-Za-z0-9_-]{22})(\.json|\.png)?")


class HeldBadge(BaseModel):
    """A badge as its holder sees it."""

    name: str = Field(description="the badge's title")
    description: str = Field(description="what it says about whoever holds it")
    language: str = Field(description="of name and description")
    issuer: str = Field(description="name of the organisation that awarded it")
    organisation: UUID = Field(description="id of that organisation")
    award: UUID = Field(description="id of the award")
    awarded_at: datetime = Field(description="when it was awarded")
    state: Literal["valid", "withdrawn"] = Field(description="whether the organisation has withdrawn it")
    achievement: str = Field(description="URL of the version of the achievement that was earned")
    picture: str = Field(description="URL of the picture (PNG)")
    credential: str = Field(description="URL of the signed credential; whoever has it holds the badge")
    credential_png: str = Field(description="URL of the picture with the credential baked in")
    claim: str = Field(description="URL of the page that shows the badge to its holder")


class Portfolio(BaseModel):
    """A learner's badges, newest first."""

    items: list[HeldBadge]
    next: UUID | None = Field(description="give it as `before` to see older ones; null at the end")


@router.get(
    "/credentials/{name}",
    responses=errors.responses(404, 503)
    | document_responses(*CREDENTIAL_TYPES)
    | {200: {"content": {"application/vc+ld+json": {}, "application/vc": {}, "image/png": {}}}},
    response_class=Response,
)
async def credential(
    request: Request,
    session: Session,
    name: Annotated[
        str,
        Path(description="the badge's 22 characters; then `.png` for the baked picture, `.json` to save"),
    ],
) -> Response:
    """A signed Open Badges 3.0 credential, the same bytes every time. Whoever has its address holds it."""
    match = _CAPABILITY.fullmatch(name)
    if match is None:
        raise not_found()
    if match[2] == ".png":
        return await _baked(request, session, match[1])
    found = await held.credential(session, match[1])
    if found is None:
        raise not_found()
    saved = {"Content-Disposition": 'attachment; filename="badge.json"'} if match[2] else {}
    return answer(request, found.body, CREDENTIAL_TYPES, HELD | OPEN | saved, found.etag)


@router.get(
    "/claims/{token}",
    responses=errors.responses(404) | {200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
    response_model=HeldBadge,
)
async def claim(
    request: Request,
    session: Session,
    token: Annotated[str, Path(description="the 22 characters that the recipient was sent")],
) -> Response:
    """A badge for the person it was awarded to: a page, or JSON where `Accept` asks for it."""
    found = await held.claimed(session, token)
    if found is None:
        raise not_found()
    badge = _badge(found, request.app.state.settings.public_url)
    media_type = preferred(request.headers.get("accept", ""), ["text/html", "application/json"])
    if media_type == "application/json":
        body, more = badge.model_dump_json(), dict[str, str]()
    else:
        body, more = claim_page(found, badge.model_dump())
    return Response(body, headers=HELD | more | {"Vary": "Accept"}, media_type=media_type)


@router.get("/portfolio", responses=errors.responses(401, 403))
async def portfolio(
    request: Request,
    response: Response,
    session: Session,
    actor: SignedIn,
    before: Annotated[UUID | None, Query(description="only badges awarded before this award")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="how many badges at most")] = 50,
) -> Portfolio:
    """The badges of the learner who is signed in, by every address they have proved to hold."""
    actor.require_learner()
    response.headers.update(HELD)
    found = await held.held_by(session, actor.recipients, before, limit)
    public_url = request.app.state.settings.public_url
    items = [_badge(each, public_url) for each in found]
    return Portfolio(items=items, next=found[-1].award if len(found) == limit else None)


async def _baked(request: Request, session: Session, capability: str) -> Response:
    found = await held.baking(session, capability)
    if found is None:
        raise not_found()
    if found.png is None:
        raise not_ready()
    body = bake(found.png, found.body)
    return answer(request, body, ["image/png"], HELD | OPEN, f"{found.etag}-png")


def _badge(found: Held, public_url: str) -> HeldBadge:
    addresses, achievement = Addresses(public_url), str(found.achievement)
    address = addresses.credential(found.capability)
    return HeldBadge(
        name=found.shown.name,
        description=found.shown.description,
        language=found.shown.language,
        issuer=found.issuer,
        organisation=found.organisation,
        award=found.award,
        awarded_at=found.awarded_at,
        state="withdrawn" if found.revoked_at else "valid",
        achievement=addresses.achievement(achievement, found.version),
        picture=addresses.picture(achievement, found.version),
        credential=address,
        credential_png=f"{address}.png",
        claim=f"{public_url}/claims/{found.claim}",
    )
