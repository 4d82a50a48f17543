"""The CloudEvents 1.0 envelope in which every event travels (structured JSON mode)."""

import re
import time
from datetime import UTC, datetime
from secrets import randbits
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

SCHEMA_BASE = "https://cities-of-learning.example/schemas"


class _PersonalMark:
    """Marks a field as being about a person: it travels on the `int` plane alone."""

    def __repr__(self) -> str:
        return "PERSONAL"


PERSONAL = _PersonalMark()

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("contains a control character; remove it")
    return text


Text = Annotated[str, AfterValidator(_printable)]
"""Text without control characters (tab and line breaks are allowed)."""

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", examples=["en", "fi"])]
"""A BCP 47 language tag."""


def uuid7() -> UUID:
    """A new time-ordered identifier (UUIDv7, RFC 9562 section 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | randbits(12) << 64 | 0b10 << 62 | randbits(62)
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
        raise NotImplementedError

    @property
    def owner(self) -> UUID | None:
        """The organisation whose fact this is, or None where it is no one organisation's."""
        value: UUID | None = getattr(self, "organisation", None)
        return value

    @classmethod
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

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = Field(description="/cities/<city>/<service>")
    type: str
    subject: str = Field(description="id of the thing the fact is about")
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    city: str
    organisation: UUID | None = None
    sequence: str | None = Field(
        default=None,
        description="orders one producer's events; 20 digits, not gap-free for a filtered reader",
    )
    traceparent: str | None = None
    data: E


def public_data(event: Event) -> dict[str, Any]:
    """The event's data as `pub` shows it: without the fields about a person."""
    return event.model_dump(mode="json", exclude=set(event.personal_fields()), exclude_none=True)


def seal(
    event: Event, plane: Literal["pub", "int"], city: str, event_id: UUID, traceparent: str | None = None
) -> dict[str, Any]:
    """The envelope of one event on one plane, all but its sequence, which the relay gives."""
    data = public_data(event) if plane == "pub" else event.model_dump(mode="json", exclude_none=True)
    suffix = ".pub" if plane == "pub" and event.personal_fields() else ""
    envelope = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": f"/cities/{city}/{event.service()}",
        "type": event.type,
        "subject": str(event.about),
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": f"{SCHEMA_BASE}/{event.type}{suffix}.json",
        "city": city,
        "organisation": str(event.owner) if event.owner else None,
        "traceparent": traceparent,
        "data": data,
    }
    return {key: value for key, value in envelope.items() if value is not None}
