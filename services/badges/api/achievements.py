"""Achievements as organisers and other parts of the city's pages look for them, and those they make."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from contracts.catalogue import Kind, Layer
from contracts.envelope import Language, Line, Text
from services.chassis import errors
from services.chassis.auth import SignedIn
from services.chassis.routing import Session, Transactional

from ..domain.additions import Additions
from ..domain.addresses import Addresses
from ..domain.shown import Shown, Skill, Translation, signable_language
from ..storage.achievements import Achievement
from ..usecases import achievements
from ..usecases.achievements import Own
from .access import require

router = APIRouter(route_class=Transactional, tags=["achievements"])
AchievementId = Annotated[UUID, Path(description="id of the achievement")]


class SkillIn(BaseModel):
    """A skill that the achievement stands for."""

    model_config = ConfigDict(extra="forbid")
    uri: str = Field(
        max_length=500, description="concept URI, e.g. of ESCO", examples=["http://data.europa.eu/"]
    )
    label: Line = Field(min_length=1, max_length=300, description="its name, in the achievement's language")
    framework: Line | None = Field(
        default=None, min_length=1, max_length=200, description="where it is from; ESCO is known by its URI"
    )
    code: Line | None = Field(default=None, min_length=1, max_length=100, description="its place there")


class TranslationIn(BaseModel):
    """The texts of an achievement in another language."""

    model_config = ConfigDict(extra="forbid")
    language: Language = Field(max_length=35, description="of these texts, BCP 47")
    name: Line = Field(min_length=1, max_length=200, description="the badge's title")
    description: Text = Field(min_length=1, max_length=5000, description="what it says of its holder")
    criteria: Text = Field(min_length=1, max_length=5000, description="what earns it")


Tag = Annotated[Line, Field(min_length=1, max_length=100)]
Alt = Annotated[Line | None, Field(min_length=1, max_length=500)]
Days = Annotated[int | None, Field(ge=1, le=36_500)]


class AchievementTexts(BaseModel):
    """All that an achievement shows."""

    model_config = ConfigDict(extra="forbid")
    name: Line = Field(min_length=1, max_length=200, description="the badge's title")
    description: Text = Field(min_length=1, max_length=5000, description="what it says of its holder")
    criteria: Text = Field(min_length=1, max_length=5000, description="what earns it")
    language: Language = Field(max_length=35, description="of these texts, BCP 47")
    kind: Kind = Field(default="event", description="what it is earned by; decides shape and icon")
    layer: Layer | None = Field(default=None, description="how deep it goes; shown as ring and pips")
    tags: list[Tag] = Field(default=[], max_length=20, description="words to find it by")
    skills: list[SkillIn] = Field(default=[], max_length=20, description="skills it stands for")
    translations: list[TranslationIn] = Field(
        default=[], max_length=30, description="the same in other languages"
    )
    image_alt: Alt = Field(default=None, description="what its picture shows, where not said of itself")
    valid_days: Days = Field(default=None, description="days until a badge expires; null for never")


class AchievementIn(AchievementTexts):
    """An achievement of an organisation's own."""

    organisation: UUID = Field(description="who offers it")


class AdditionsIn(BaseModel):
    """What is added to the achievement of an activity or pathway, whatever its source says later."""

    model_config = ConfigDict(extra="forbid")
    criteria: Text | None = Field(
        default=None, min_length=1, max_length=5000, description="what earns it, said better"
    )
    image_alt: Alt = Field(default=None, description="what its picture shows, said better")
    tags: list[Tag] = Field(default=[], max_length=20, description="more words to find it by")
    skills: list[SkillIn] = Field(default=[], max_length=20, description="more skills it stands for")
    translations: list[TranslationIn] = Field(
        default=[], max_length=30, description="its texts in other languages"
    )
    valid_days: Days = Field(default=None, description="days until a badge expires; null for never")


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
    tags: list[str] = Field(description="words to find it by")
    languages: list[str] = Field(description="it can be read in, its own first")
    valid_days: int | None = Field(description="days until a badge expires; null for never")


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


@router.put("/achievements/{achievement_id}", responses=errors.responses(401, 403, 404, 409))
async def edit_achievement(
    request: Request, session: Session, actor: SignedIn, achievement_id: AchievementId, body: AchievementTexts
) -> AchievementOut:
    """Change an achievement of an organisation's own: a new version of it. For editors.

    Badges that are issued keep the version they were awarded for. Nothing new makes no new version.
    """
    settings = request.app.state.settings
    found = await achievements.known(session, achievement_id)
    require(actor, found.organisation, "editor")
    own = Own(found.organisation, _shown(body), actor.name)
    found = await achievements.edit(session, achievement_id, own, settings, datetime.now(UTC))
    return _out(found, settings.public_url)


@router.get("/achievements/{achievement_id}/additions", responses=errors.responses(404))
async def achievement_additions(session: Session, achievement_id: AchievementId) -> AdditionsIn:
    """What was added to the achievement of an activity or pathway, to be changed."""
    await achievements.known(session, achievement_id)
    return AdditionsIn.model_validate(asdict(await achievements.additions(session, achievement_id)))


@router.put("/achievements/{achievement_id}/additions", responses=errors.responses(401, 403, 404, 409))
async def add_to_achievement(
    request: Request, session: Session, actor: SignedIn, achievement_id: AchievementId, body: AdditionsIn
) -> AchievementOut:
    """Replace what is added to the achievement of an activity or pathway: a new version of it. For editors.

    What its source says is taken over as before, now and later; what is added stands beside it.
    """
    settings = request.app.state.settings
    found = await achievements.known(session, achievement_id)
    require(actor, found.organisation, "editor")
    says = Additions(
        body.criteria,
        body.image_alt,
        tuple(dict.fromkeys(body.tags)),
        _skills(body.skills),
        _translations(body.translations),
        body.valid_days,
    )
    found = await achievements.add_to(session, achievement_id, says, actor.name, settings, datetime.now(UTC))
    return _out(found, settings.public_url)


def _skills(given: list[SkillIn]) -> tuple[Skill, ...]:
    return tuple(Skill(**each.model_dump()) for each in given)


def _translations(given: list[TranslationIn]) -> tuple[Translation, ...]:
    """As they are signed: with a language tag that documents may carry."""
    return tuple(
        Translation(**each.model_dump() | {"language": signable_language(each.language)}) for each in given
    )


def _shown(body: AchievementTexts) -> Shown:
    return Shown(
        name=body.name,
        description=body.description,
        criteria=body.criteria,
        language=body.language,
        kind=body.kind,
        layer=body.layer,
        issuer="",
        tags=tuple(dict.fromkeys(body.tags)),
        skills=_skills(body.skills),
        translations=_translations(body.translations),
        image_alt=body.image_alt,
        valid_days=body.valid_days,
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
        tags=list(shown.tags),
        languages=[shown.language, *(each.language for each in shown.translations)],
        valid_days=shown.valid_days,
    )
