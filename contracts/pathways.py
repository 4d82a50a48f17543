"""Facts that pathways publishes: playlists and each learner's way through them."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from .envelope import PERSONAL, Event, Language, Text


class StepNamed(BaseModel):
    """One step of a pathway: earn `need` of the `achievements`."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: UUID
    title: Text
    need: int = Field(ge=1)
    achievements: tuple[UUID, ...]
    mandatory: bool


class PathwayPublished(Event):
    """A pathway, or a new version of one, can be started."""

    type: ClassVar[str] = "col.pathways.pathway.published.v1"
    pathway: UUID
    version: int = Field(ge=1)
    organisation: UUID
    name: Text
    description: Text
    language: Language
    steps: tuple[StepNamed, ...]

    @property
    def about(self) -> UUID:
        return self.pathway


class PathwayStarted(Event):
    """A learner enrolled in a pathway."""

    type: ClassVar[str] = "col.pathways.pathway.started.v1"
    enrolment: UUID
    pathway: UUID
    version: int = Field(ge=1)
    organisation: UUID
    recipient: Annotated[UUID, PERSONAL]

    @property
    def about(self) -> UUID:
        return self.enrolment


class PathwayStepCompleted(PathwayStarted):
    """A learner earned what one step asks for."""

    type: ClassVar[str] = "col.pathways.step.completed.v1"
    step: UUID


class PathwayCompleted(PathwayStarted):
    """A learner completed every mandatory step; the pathway's own badge follows."""

    type: ClassVar[str] = "col.pathways.pathway.completed.v1"
    completed_at: datetime


class PathwayReopened(PathwayStarted):
    """A badge that counted was withdrawn, so the pathway is no longer complete."""

    type: ClassVar[str] = "col.pathways.pathway.reopened.v1"
