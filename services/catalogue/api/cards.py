"""An activity as a list shows it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..domain.achievement import Achievement
from ..domain.activity import Activity, Kind, Layer, Mode
from ..storage.search import Hit
from .shapes import PlaceShape

SUMMARY = 300  # characters


class Badge(BaseModel):
    """The badge that an activity gives."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    version: int
    name: str
    picture: str = Field(description="URL of a PNG")


class Card(BaseModel):
    """An activity in short."""

    id: UUID
    url: str = Field(description="the activity itself, with all it says")
    organisation: UUID
    organisation_name: str
    title: str
    summary: str = Field(description="the beginning of its description")
    kind: Kind
    mode: Mode
    layer: Layer
    language: str = Field(description="of title and summary")
    languages: list[str] = Field(description="spoken there")
    interests: list[str]
    skills: list[str] = Field(description="concept URIs")
    place: PlaceShape | None
    starts: datetime | None = Field(description="none where always open")
    ends: datetime | None
    time_zone: str
    ended: bool
    age_from: int | None
    age_to: int | None
    cost_cents: int
    currency: str
    badge: Badge | None = Field(None, description="none until it has been made, moments after publishing")
    distance_km: float | None = Field(None, description="from `near`")


def card(hit: Hit, badge: Achievement | None, public_url: str, at: datetime) -> Card:
    """The card of an activity that was found."""
    found = hit.activity
    told = {name: getattr(found, name) for name in Card.model_fields if name in Activity.__dataclass_fields__}
    return Card.model_validate(
        {
            **told,
            "url": f"{public_url}/activities/{found.id}",
            "organisation_name": hit.organisation,
            "summary": _summary(found.description),
            "ended": found.over(at),
            "badge": badge,
            "distance_km": None if hit.distance is None else round(hit.distance, 3),
        },
        from_attributes=True,
    )


def _summary(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= SUMMARY else plain[: SUMMARY - 1].rsplit(" ", 1)[0] + "…"
