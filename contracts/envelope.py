"""The CloudEvents 1.0 envelope in which every event travels (structured JSON mode)."""

import os
import re
import time
from datetime import UTC, datetime
from functools import cache, lru_cache
from struct import unpack
from typing import Annotated, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

SCHEMA_BASE = "https://cities-of-learning.example/schemas"


class _PersonalMark:
    """Marks a field as being about a person: it travels on the `int` plane alone."""

    def __repr__(self) -> str:
        return "PERSONAL"


PERSONAL = _PersonalMark()

_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_UNFIT = re.compile(rf"[{_CONTROL}\ud800-\udfff]")  # a lone surrogate cannot be written as UTF-8


def _printable(text: str) -> str:
    if _UNFIT.search(text):
        raise ValueError("contains a control character or half a character; remove it")
    return text


Text = Annotated[str, AfterValidator(_printable), Field(json_schema_extra={"pattern": rf"^[^{_CONTROL}]*$"})]
"""Text without control characters (tab and line breaks are allowed)."""

_BREAKS = re.compile("\\s*[\t\n\r\u2028\u2029]\\s*")


def _one_line(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()


Line = Annotated[
    str,
    AfterValidator(_printable),
    AfterValidator(_one_line),
    Field(json_schema_extra={"pattern": rf"^[^{_CONTROL}\t\n\r]*$"}),
]
"""Text of one line, for names and titles: a line break or tab becomes a space, and none is at either end."""

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", examples=["en", "fi"])]
"""A BCP 47 language tag."""


_drawn: list[int] = []
os.register_at_fork(after_in_child=_drawn.clear)


def _random() -> int:
    """64 random bits, drawn for many at once: each drawing is a question to the kernel."""
    if not _drawn:
        _drawn.extend(unpack("512Q", os.urandom(4096)))
    return _drawn.pop()


def uuid7() -> UUID:
    """A new time-ordered identifier (UUIDv7, RFC 9562 section 5.7; of one millisecond too, section 6.2)."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    value = milliseconds << 80 | 0x7 << 76 | (rest * 4096 // 1_000_000) << 64 | 0b10 << 62 | _random() >> 2
    return UUID(int=value)


class Event(BaseModel):
    """One fact, in the past tense. Subclasses are the contract; see CONTRIBUTING to add one.

    `type` is `col.<service>.<subject>.<action>.v<major>`; `internal` marks facts that exist on the
    `int` plane alone, with the reason in the class's docstring.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    internal: ClassVar[bool] = False

    @property
    def about(self) -> UUID:
        """The id of the thing this fact is about: the envelope's `subject`."""
        raise NotImplementedError  # not abstract: an envelope of unknown type is read with this class first

    @property
    def owner(self) -> UUID | None:
        """The organisation whose fact this is, or None where it is no one organisation's."""
        value: UUID | None = getattr(self, "organisation", None)
        return value

    @classmethod
    @cache
    def personal_fields(cls) -> frozenset[str]:
        """Names of the fields that are about a person."""
        return frozenset(name for name, info in cls.model_fields.items() if PERSONAL in info.metadata)

    @classmethod
    def planes(cls) -> tuple[Literal["pub", "int"], ...]:
        """The planes this event travels on; follows from the fields marked personal."""
        if cls.internal:
            return ("int",)
        return ("int", "pub") if cls.personal_fields() else ("pub",)

    @classmethod
    def service(cls) -> str:
        """The publishing service."""
        return cls.type.split(".")[1]


E = TypeVar("E", bound=Event)


class Envelope(BaseModel, Generic[E]):
    """CloudEvents 1.0 attributes, with the extensions `city`, `organisation`, `sequence`, `traceparent`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = Field(default="1.0", description="of CloudEvents")
    id: UUID = Field(description="of this event on this plane; the same however often it arrives")
    source: str = Field(description="who says so: `/cities/<city>/<service>`")
    type: str = Field(description="what happened, and the version of its contract")
    subject: str = Field(description="id of the thing the fact is about")
    time: AwareDatetime = Field(description="when the fact was written down")
    datacontenttype: Literal["application/json"] = Field(default="application/json", description="of `data`")
    dataschema: str = Field(description="names the schema of `data`; it is an identifier, not an address")
    city: str = Field(description="name of the city")
    organisation: UUID | None = Field(
        default=None, description="the organisation whose fact it is, where it is one's"
    )
    sequence: str | None = Field(
        default=None,
        description="orders one producer's events; 20 digits, not gap-free for a filtered reader",
    )
    traceparent: str | None = Field(default=None, description="W3C trace context of what caused the fact")
    data: E = Field(description="the fact itself")


def data_schema(form: str) -> str:
    """The identifier of the schema of `data` in one form of an event: its type, or its type and `.pub`.

    That schema is part of `schemas/<form>.json`, which describes the whole event.
    """
    return f"{SCHEMA_BASE}/{form}.data.json"


def seal(
    event: Event, plane: Literal["pub", "int"], city: str, event_id: UUID, traceparent: str | None = None
) -> str:
    """The envelope of one event on one plane as JSON, all but its sequence, which the relay gives.

    It is put together as text: none of what stands around `data` can hold a character that JSON escapes.
    """
    kind, form = _said_always(type(event), plane, city)
    now = _written(time.time_ns() // 1_000_000)
    owner = f'"organisation":"{event.owner}",' if event.owner else ""
    trace = f'"traceparent":"{traceparent}",' if traceparent else ""
    hidden = set(event.personal_fields()) if plane == "pub" else None
    data = event.model_dump_json(exclude=hidden, exclude_none=True)
    return (
        f'{{"specversion":"1.0","id":"{event_id}",{kind}"subject":"{event.about}","time":"{now}",{form}'
        f'{owner}{trace}"data":{data}}}'
    )


@lru_cache(1)  # much is written down within one millisecond
def _written(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def _said_always(kind: type[Event], plane: str, city: str) -> tuple[str, str]:
    """What is the same for one kind of event, as the members of JSON before and after those that differ."""
    schema = data_schema(kind.type + (".pub" if plane == "pub" and kind.personal_fields() else ""))
    return (
        f'"source":"/cities/{city}/{kind.service()}","type":"{kind.type}",',
        f'"datacontenttype":"application/json","dataschema":"{schema}","city":"{city}",',
    )
