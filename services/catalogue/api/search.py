"""The city's activities over HTTP: list, search, map."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import Text
from services.chassis.errors import Problem, responses
from services.chassis.routing import Session, Transactional

from .. import storage
from ..domain.activity import Kind, Layer, Mode
from ..domain.search import Sort, Wanted
from ..storage.facets import NAMES, Facet
from . import geojson
from .cards import Card, card
from .edge import Now, TheSettings
from .reading import box_of, cursor_of, moment_of, point_of, resume
from .shapes import LanguageTag

router = APIRouter(tags=["activities"], route_class=Transactional)


class Filters(BaseModel):
    """What activities are wanted; of a filter given several times one value is enough."""

    model_config = ConfigDict(extra="forbid")
    text: Text | None = Field(None, max_length=200, description='words, "a phrase", -not, or')
    bbox: str | None = Field(None, max_length=100, description="west,south,east,north in degrees (WGS 84)")
    near: str | None = Field(None, max_length=60, description="longitude,latitude in degrees (WGS 84)")
    within_km: float | None = Field(None, gt=0, le=20_040, allow_inf_nan=False, description="km from `near`")
    since: str | None = Field(
        None, alias="from", max_length=40, description="day, or moment with offset; default: now"
    )
    until: str | None = Field(None, alias="to", max_length=40, description="last day, or moment with offset")
    always_open: bool | None = Field(None, description="only, or without, what has no dates")
    kind: list[Kind] = Field([], max_length=20, description="what sort of activity")
    mode: list[Mode] = Field([], max_length=20, description="in_person and online also find what is both")
    layer: list[Layer] = Field([], max_length=20, description="type of experience")
    language: list[LanguageTag] = Field([], max_length=20, description="spoken there")
    interest: list[Text] = Field([], max_length=20, description="in any case")
    skill: list[Text] = Field([], max_length=20, description="concept URI")
    organisation: list[UUID] = Field([], max_length=20, description="who offers it")
    free: bool | None = Field(None, description="costs nothing, or something")
    age: int | None = Field(None, ge=0, le=130, description="years: what is for that age")
    sort: Sort | None = Field(
        None, description="default: relevance with `text`, distance with `near`, else date"
    )
    cursor: str | None = Field(None, max_length=300, description="`next` of the page before")
    limit: int = Field(20, ge=1, le=1000, description="activities on one page")
    format: Literal["json", "geojson"] | None = Field(None, description="default: as Accept says")


class FacetCount(BaseModel):
    """One value of a filter, and how many activities it would leave with all other filters as they are."""

    value: str
    count: int
    label: str | None = Field(None, description="of skills and organisations")


class Activities(BaseModel):
    """One page of activities."""

    items: list[Card]
    total: int = Field(description="how many there are on all pages")
    next: str | None = Field(description="pass it as `cursor`; none after the last page")
    facets: dict[str, list[FacetCount]] = Field(description="by filter, most frequent value first")


@router.get(
    "/activities",
    response_model=Activities,
    responses={**responses(), 200: {"content": {geojson.MEDIA_TYPE: {"schema": geojson.SCHEMA}}}},
)
async def search_activities(
    filters: Annotated[Filters, Query()],
    session: Session,
    settings: TheSettings,
    at: Now,
    accept: Annotated[str, Header(description="application/geo+json asks for GeoJSON")] = "",
) -> Response:
    """Find published activities by words, place, time and other filters, with counts for each filter.

    Without `from`, what has ended is left out. The same result is answered as GeoJSON (RFC 7946) where
    `format` or Accept asks for it.
    """
    wanted = _wanted(filters, settings.time_zone, at)
    wanted, after = resume(filters.cursor, wanted, bool(filters.since)) if filters.cursor else (wanted, None)
    page = await storage.search.page(session, wanted, after, filters.limit)
    badges = await storage.achievements.of_activities(session, [hit.activity.id for hit in page.hits])
    last = page.hits[-1] if len(page.hits) == filters.limit else None
    told = Activities(
        items=[card(hit, badges.get(hit.activity.id), settings.public_url, at) for hit in page.hits],
        total=page.total,
        next=cursor_of(wanted, last.key, last.activity.id) if last else None,
        facets=await _facets(session, page.facets, (filters.language or ["en"])[0]),
    )
    return _answer(told, filters.format or ("geojson" if geojson.MEDIA_TYPE in accept else "json"))


def _wanted(filters: Filters, zone: str, at: datetime) -> Wanted:
    """The search that the filters describe. Raises Problem 422."""
    if filters.within_km is not None and not filters.near:
        raise Problem(422, "invalid-input", "is missing; within_km is measured from it", "query.near")
    text = (filters.text or "").strip() or None
    default: Sort = "relevance" if text else "distance" if filters.near else "date"
    return Wanted(
        since=moment_of(filters.since, "query.from", zone) if filters.since else at,
        until=moment_of(filters.until, "query.to", zone, end=True) if filters.until else None,
        text=text,
        box=box_of(filters.bbox) if filters.bbox else None,
        near=point_of(filters.near) if filters.near else None,
        within_km=filters.within_km,
        always_open=filters.always_open,
        age=filters.age,
        free=filters.free,
        sort=filters.sort or default,
        interest=tuple(word.casefold() for word in filters.interest),
        **{name: tuple(getattr(filters, name)) for name in NAMES if name not in ("free", "interest")},
    )


async def _facets(
    session: AsyncSession, counted: Sequence[Facet], language: str
) -> dict[str, list[FacetCount]]:
    skills = await storage.skills.labels(session, [f.value for f in counted if f.name == "skill"], language)
    ids = [UUID(f.value) for f in counted if f.name == "organisation"]
    labels = {uri: label.text for uri, label in skills.items()}
    labels |= {str(id_): name for id_, name in (await storage.organisations.names(session, ids)).items()}
    told: dict[str, list[FacetCount]] = {name: [] for name in NAMES}
    for facet in counted:
        label = labels.get(facet.value) if facet.name in ("skill", "organisation") else None
        told[facet.name].append(FacetCount(value=facet.value, count=facet.count, label=label))
    return told


def _answer(told: Activities, form: Literal["json", "geojson"]) -> Response:
    headers = {"Vary": "Accept"}
    if form == "json":
        return Response(told.model_dump_json(), headers=headers, media_type="application/json")
    foreign = told.model_dump(mode="json", exclude={"items"})
    document = orjson.dumps(geojson.collection(told.items, **foreign))
    return Response(document, headers=headers, media_type=geojson.MEDIA_TYPE)
