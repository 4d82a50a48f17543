"""What requests and answers about integrations look like."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.envelope import Language, Text

from ..domain.integration import Integration, State

Line = Annotated[
    Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\t\n\r]*$")
]
Contact = Annotated[str, Field(max_length=254, pattern=r"^[^\s@<>\x00-\x1f\x7f]+@[^\s@<>\x00-\x1f\x7f]+$")]


class Input(BaseModel):
    """A request's body; what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid")


class Change(Input):
    """What can be changed of an integration."""

    name: Line = Field(description="what its owners call it, one line")
    contact: Contact = Field(description="e-mail address of who runs it; told when deliveries fail for days")
    language: Language | None = Field(None, description="to write to the contact in; the city's if left out")
    client: UUID = Field(description="id of the OAuth2 client that speaks for it, with the scope events:read")


class Draft(Change):
    """A system outside that shall hear the city's public events."""

    organisation: UUID | None = Field(
        None, description="sees the events of this organisation; left out, of the whole city: operators only"
    )


class Pause(Input):
    """Why it shall hear nothing."""

    reason: Line | None = Field(None, description="shown beside its state; name nobody")


class IntegrationView(BaseModel):
    """A system outside that hears the city's public events."""

    id: UUID
    name: str
    contact: str = Field(description="e-mail address of who runs it")
    language: str | None
    organisation: UUID | None = Field(description="whose events it sees; null: those of the whole city")
    client: UUID = Field(description="the OAuth2 client that speaks for it")
    state: State = Field(description="active, or paused: it hears nothing, and events are kept for it")
    reason: str | None = Field(description="why it is paused")
    created_at: datetime

    @classmethod
    def of(cls, integration: Integration) -> Self:
        """The integration as its owners see it."""
        return cls.model_validate(integration, from_attributes=True)


class IntegrationPage(BaseModel):
    """Some integrations, newest first."""

    items: list[IntegrationView] = Field(description="newest first")
    next: UUID | None = Field(description="pass as `after` for the following ones; null at the end")


class EntryView(BaseModel):
    """One act."""

    id: int
    at: datetime
    by: str = Field(description="`learner:<id>`, `client:<id>`, or the part of the city that did it")
    what: str
    about: UUID | None = Field(description="the subscription or reader it was done to")


class LogPage(BaseModel):
    """Some acts, newest first."""

    items: list[EntryView] = Field(description="newest first")
    next: int | None = Field(description="pass as `before` for the following ones; null at the end")
