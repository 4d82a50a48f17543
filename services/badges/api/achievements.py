"""Achievements as organisers and other parts of the city's pages look for them, and those they make."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from contracts.catalogue import Kind, Layer
from contracts.envelope import Language, Text
from services.chassis import errors
from services.chassis.auth import SignedIn
from services.chassis.routing import Session, Transactional

from ..domain.addresses import Addresses
from ..domain.shown import Shown, Skill
from ..storage.achievements import Achievement
from ..usecases import achievements
from ..usecases.achievements import Own
from .access import require

router = APIRouter(route_class=Transactional, tags=["achievements"])


class SkillIn(BaseModel):
    """A skill that the achievement stands for."""

    model_config = ConfigDict(extra="forbid")
    uri: str = Field(
        max_length=500, description="concept URI, e.g. of ESCO", examples=["http://data.europa.eu/"]
    )
    label: Text = Field(min_length=1, max_length=300, description="its name, in the achievement's language")


class AchievementIn(BaseModel):
    """An achievement of an organisation's own."""

    model_config = ConfigDict(extra="forbid")
    organisation: UUID = Field(description="who offers it")
    name: Text = Field(min_length=1, max_length=200, description="the badge's title")
    description: Text = Field(min_length=1, max_length=5000, description="what it says of its holder")
    criteria: Text = Field(min_length=1, max_length=5000, description="what earns it")
    language: Language = Field(max_length=35, description="of these texts, BCP 47")
    kind: Kind = Field(default="event", description="what it is earned by; decides shape and icon")
    layer: Layer | None = Field(default=None, description="how deep it goes; shown as ring and pips")
    tags: list[Annotated[Text, Field(min_length=1, max_length=100)]] = Field(
        default=[], max_length=20, description="words to find it by"
    )
    skills: list[SkillIn] = Field(default=[], max_length=20, description="skills it stands for")


class Source(BaseModel):
    """What an achievement is earned by."""

    kind: Literal["activity", "pathway", "organisation"]
    id: UUID


class AchievementOut(BaseModel):
    """The version of an achievement that is in force."""

    id: UUID
    version: int = Field(description="the version in force")
    organisation: UUID = Field(description="who offers it")
    name: str
    description: str
    criteria: str
    language: str = Field(description="of these texts, BCP 47")
    kind: str
    layer: str | None
    source: Source
    url: str = Field(description="URL of this version as an Open Badges 3.0 Achievement")
    picture: str = Field(description="URL of its picture (PNG)")
    skills: list[str] = Field(description="concept URIs")


class Achievements(BaseModel):
    """Some achievements, in order of id."""

    items: list[AchievementOut]
    next: UUID | None = Field(description="give it as `after` to see more; null at the end")


@router.get("/achievements", responses=errors.responses())
async def list_achievements(
    request: Request,
    session: Session,
    organisation: Annotated[UUID | None, Query(description="only this organisation's")] = None,
    source: Annotated[UUID | None, Query(description="only that of this activity or pathway")] = None,
    after: Annotated[UUID | None, Query(description="only those after this id")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="how many at most")] = 50,
) -> Achievements:
    """Everything that can be earned in the city, or from one organisation, activity or pathway."""
    found = await achievements.offered(session, organisation, source, after, limit)
    public_url = request.app.state.settings.public_url
    items = [_out(each, public_url) for each in found]
    return Achievements(items=items, next=found[-1].id if len(found) == limit else None)


@router.post("/achievements", status_code=201, responses=errors.responses(401, 403, 404, 409))
async def create_achievement(
    request: Request, response: Response, session: Session, actor: SignedIn, body: AchievementIn
) -> AchievementOut:
    """Make an achievement that belongs to no activity, to be awarded directly. For editors."""
    require(actor, body.organisation, "editor")
    settings = request.app.state.settings
    own = Own(body.organisation, _shown(body), actor.name)
    found = await achievements.create(session, own, settings, datetime.now(UTC))
    out = _out(found, settings.public_url)
    response.headers["Location"] = out.url
    return out


def _shown(body: AchievementIn) -> Shown:
    return Shown(
        name=body.name,
        description=body.description,
        criteria=body.criteria,
        language=body.language,
        kind=body.kind,
        layer=body.layer,
        issuer="",
        tags=tuple(dict.fromkeys(body.tags)),
        skills=tuple(Skill(each.uri, each.label) for each in body.skills),
    )


def _out(found: Achievement, public_url: str) -> AchievementOut:
    addresses, shown = Addresses(public_url), found.shown
    return AchievementOut(
        id=found.id,
        version=found.version,
        organisation=found.organisation,
        name=shown.name,
        description=shown.description,
        criteria=shown.criteria,
        language=shown.language,
        kind=shown.kind,
        layer=shown.layer,
        source=Source(kind=found.source_kind, id=found.source),
        url=addresses.achievement(str(found.id), found.version),
        picture=addresses.picture(str(found.id), found.version),
        skills=[skill.uri for skill in shown.skills],
    )
