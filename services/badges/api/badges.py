"""Badges for the person they were awarded to: the claim page and the portfolio."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.chassis import errors
from services.chassis.auth import SignedIn
from services.chassis.routing import Session, Transactional

from ..domain.addresses import Addresses
from ..domain.endorsement import Kind
from ..domain.hosted import is_shown
from ..pages import claim_page
from ..settings import Settings
from ..storage import carrying, held
from ..storage.carrying import Badge, Standing
from ..storage.held import Held
from .answers import HELD, not_found, preferred

router = APIRouter(route_class=Transactional, tags=["badges"])


class Endorsed(BaseModel):
    """An organisation's word for a badge, for what it stands for, or for who awarded it."""

    kind: Kind = Field(description="what it speaks for")
    endorser: str = Field(description="name of the organisation that says so")
    comment: str = Field(description="what it says")
    url: str = Field(description="URL of the signed endorsement")


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
    credential_svg: str = Field(description="URL of the picture as a drawing, the credential baked in")
    credential_jwt: str = Field(description="URL of the credential as a JSON Web Token")
    assertion: str | None = Field(
        description="URL of the badge as Open Badges 2.0; null where that is not shown"
    )
    claim: str = Field(description="URL of the page that shows the badge to its holder")
    endorsements: list[Endorsed] = Field(
        description="what stands now; the badge carries those of its signing"
    )


class Portfolio(BaseModel):
    """A learner's badges, newest first."""

    items: list[HeldBadge]
    next: UUID | None = Field(description="give it as `before` to see older ones; null at the end")


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
    (badge,) = await badges_of(session, [found], request.app.state.settings)
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
    items = await badges_of(session, found, request.app.state.settings)
    return Portfolio(items=items, next=found[-1].award if len(found) == limit else None)


async def badges_of(session: Session, found: Sequence[Held], settings: Settings) -> list[HeldBadge]:
    """Badges as their holder sees them."""
    badges = [Badge(each.award, each.achievement, each.version, each.organisation) for each in found]
    standing = await carrying.standing(session, badges)
    return [_badge(each, standing[each.award], settings) for each in found]


def _badge(found: Held, standing: Sequence[Standing], settings: Settings) -> HeldBadge:
    addresses, achievement = Addresses(settings.public_url), str(found.achievement)
    shown = is_shown(found.hosted, settings.learners_are_minors)
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
        credential_svg=f"{address}.svg",
        credential_jwt=f"{address}.jwt",
        assertion=addresses.assertion(found.assertion) if shown else None,
        claim=f"{settings.public_url}/claims/{found.claim}",
        endorsements=[
            Endorsed(
                kind=each.kind,
                endorser=each.endorser,
                comment=each.comment,
                url=addresses.endorsement(each.capability),
            )
            for each in standing
        ],
    )
