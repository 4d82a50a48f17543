"""Facts that pathways publishes: playlists and each learner's way through them."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from .envelope import PERSONAL, Event, Language, Line, Text


class StepNamed(BaseModel):
    """One step of a pathway: earn `need` of the `achievements`."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: UUID = Field(description="of the step; the same in later versions")
    title: Line = Field(description="what it is called")
    need: int = Field(ge=1, description="how many of the achievements must be earned")
    achievements: tuple[UUID, ...] = Field(description="ids of those that count")
    mandatory: bool = Field(description="whether the pathway is incomplete without it")


class PathwayPublished(Event):
    """A pathway, or a new version of one, can be started."""

    type: ClassVar[str] = "col.pathways.pathway.published.v1"
    pathway: UUID = Field(description="id of the pathway; the same for all its versions")
    version: int = Field(ge=1, description="counts from 1; enrolments keep the version they began")
    organisation: UUID = Field(description="who offers it")
    name: Line = Field(description="what it is called")
    description: Text = Field(description="where it leads")
    language: Language = Field(description="of name, description and step titles")
    steps: tuple[StepNamed, ...] = Field(
        description="in the order they are shown; learners may take them in any"
    )

    @property
    def about(self) -> UUID:
        return self.pathway


class PathwayStarted(Event):
    """A learner enrolled in a pathway."""

    type: ClassVar[str] = "col.pathways.pathway.started.v1"
    enrolment: UUID = Field(description="id of this learner's way through the pathway")
    pathway: UUID = Field(description="which pathway")
    version: int = Field(ge=1, description="of the pathway")
    organisation: UUID = Field(description="who offers it")
    recipient: Annotated[UUID, PERSONAL] = Field(description="recipient id of the learner")

    @property
    def about(self) -> UUID:
        return self.enrolment


class PathwayStepCompleted(PathwayStarted):
    """A learner earned what one step asks for."""

    type: ClassVar[str] = "col.pathways.step.completed.v1"
    step: UUID = Field(description="which step")


class PathwayCompleted(PathwayStarted):
    """A learner completed every mandatory step; the pathway's own badge follows."""

    type: ClassVar[str] = "col.pathways.pathway.completed.v1"
    completed_at: AwareDatetime = Field(description="when the last mandatory step was completed")


class PathwayReopened(PathwayStarted):
    """A badge that counted was withdrawn, so the pathway is no longer complete."""

    type: ClassVar[str] = "col.pathways.pathway.reopened.v1"
