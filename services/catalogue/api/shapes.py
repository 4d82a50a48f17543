"""What requests and answers of several routes are made of."""

import unicodedata
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from contracts.envelope import Language, Text

FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _one_line(text: str) -> str:
    clean = unicodedata.normalize("NFC", text).strip()
    if not clean:
        raise ValueError("is empty; write something")
    if any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in clean):
        raise ValueError("has a line break, tab or control character; write it on one line")
    return clean


def _prose(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _link(text: str) -> str:
    try:
        parts = urlsplit(text)
        ok = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    except ValueError:
        ok = False
    if not ok or any(c.isspace() for c in text):
        raise ValueError("is no web address; write it as https://example.org/page")
    return text


def _sane(moment: datetime) -> datetime:
    try:
        inside = FIRST <= moment < LAST
    except OverflowError:
        inside = False
    if not inside:
        raise ValueError("lies outside the years 1900 to 2199")
    return moment.astimezone(UTC)


Line = Annotated[Text, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
"""A name or title on one line."""

Prose = Annotated[Text, Field(max_length=20_000), AfterValidator(_prose)]
"""Text of several lines."""

Link = Annotated[Text, Field(max_length=2000), AfterValidator(_link)]
"""An http or https address."""

Moment = Annotated[AwareDatetime, AfterValidator(_sane)]
"""A moment with its offset from UTC; answered in UTC."""

Address = Annotated[Text, Field(min_length=3, max_length=254, examples=["ada@example.org"])]
"""An e-mail address as written; its normal form is worked out."""

LanguageTag = Annotated[Language, Field(max_length=35)]


class Input(BaseModel):
    """A request's body: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid")


class PlaceShape(Input):
    """Where it happens. WGS 84 degrees."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    name: Line
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    address: Line | None = Field(None, description="street address")
    access: Prose | None = Field(None, description="accessibility note, e.g. step-free from the street")
