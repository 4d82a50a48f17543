"""Searching activities: what is wanted, and in which order it is answered."""

from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, degrees, pi, radians, sin
from typing import Literal
from uuid import UUID

Sort = Literal["relevance", "distance", "date"]
EARTH_KM = 6371.0088  # mean radius, IUGG

# Languages with a stemmer in PostgreSQL 15; migration 0001 made a configuration for each.
STEMMED = {"ar", "ca", "da", "de", "el", "en", "es", "eu", "fi", "fr", "ga", "hi", "hu", "hy", "id", "it"} | {
    "lt",
    "ne",
    "nl",
    "no",
    "pt",
    "ro",
    "ru",
    "sr",
    "sv",
    "ta",
    "tr",
    "yi",
}
_NORWEGIAN = {"nb": "no", "nn": "no"}


@dataclass(frozen=True)
class Point:
    """WGS 84 degrees."""

    longitude: float
    latitude: float


@dataclass(frozen=True)
class Box:
    """A bounding box in degrees; where `west` is greater than `east` it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Wanted:
    """Which activities are wanted. Empty means any. `since` and `until` bound the time they take place.

    Within a list one match is enough; `age` is in years, `within_km` goes with `near`.
    """

    since: datetime
    until: datetime | None = None
    text: str | None = None
    box: Box | None = None
    near: Point | None = None
    within_km: float | None = None
    always_open: bool | None = None
    age: int | None = None
    kind: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    layer: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    interest: tuple[str, ...] = ()
    skill: tuple[str, ...] = ()
    organisation: tuple[UUID, ...] = ()
    free: bool | None = None
    sort: Sort = "date"


def root(language: str) -> str:
    """The language without script or region: `pt` of `pt-BR`."""
    return language.partition("-")[0].lower()


def configuration(language: str) -> str:
    """The PostgreSQL text search configuration for texts in a language; without a stemmer a plain one."""
    name = _NORWEGIAN.get(root(language), root(language))
    return f"words_{name if name in STEMMED else 'simple'}"


def box_around(centre: Point, km: float) -> Box:
    """The smallest box around everything within `km` of a point; near a pole it goes all the way round."""
    angle = km / EARTH_KM
    south, north = centre.latitude - degrees(angle), centre.latitude + degrees(angle)
    if south <= -90 or north >= 90 or angle >= pi / 2:
        return Box(-180, max(south, -90), 180, min(north, 90))
    reach = degrees(asin(min(1.0, sin(angle) / cos(radians(centre.latitude)))))
    west, east = centre.longitude - reach, centre.longitude + reach
    return Box(west + 360 if west < -180 else west, south, east - 360 if east > 180 else east, north)
