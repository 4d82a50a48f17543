"""What requests and answers look like."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.envelope import Language, Text, uuid7

from .storage.facts import Achievement, Organisation
from .storage.pathways import Pathway, Version
from .usecases import Plan, Step, Way


def _one_line(text: str) -> str:
    line = text.strip()
    if not line or any(c in line for c in "\r\n\t"):
        raise ValueError("write one line of text")
    return line


Line = Annotated[Text, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
"""One line of text."""


class StepInput(BaseModel):
    """One step of a pathway."""

    model_config = ConfigDict(extra="forbid")
    id: UUID | None = Field(
        default=None, description="of a step that stays the same; leave out for a new one"
    )
    title: Line = Field(description="what the step is called")
    need: int = Field(ge=1, le=50, description="how many of the achievements are enough")
    achievements: list[UUID] = Field(min_length=1, max_length=50, description="any of these count")
    mandatory: bool = Field(default=True, description="whether completion needs this step")


class PlanInput(BaseModel):
    """What a pathway asks for."""

    model_config = ConfigDict(extra="forbid")
    name: Line = Field(description="what the pathway is called")
    description: Text = Field(default="", max_length=5000, description="plain text")
    language: Language = Field(max_length=35, description="of name, description and titles")
    steps: list[StepInput] = Field(min_length=1, max_length=50, description="in the order they are shown")

    def plan(self) -> Plan:
        """The plan this describes. Raises BadPlan."""
        steps = (
            Step(step.id or uuid7(), step.title, step.need, tuple(step.achievements), step.mandatory)
            for step in self.steps
        )
        return Plan(self.name, self.description, self.language, tuple(steps))


class NewPathway(PlanInput):
    """A pathway to be drafted by an organisation."""

    organisation: UUID = Field(description="whose pathway it will be; the caller must be an editor there")


class StartInput(BaseModel):
    """How to start."""

    model_config = ConfigDict(extra="forbid")
    recipient: UUID | None = Field(
        default=None,
        description="to which of the recipients in your token the badge goes; the first if left out",
    )


class OrganisationView(BaseModel):
    """An organisation."""

    id: UUID = Field(description="of the organisation")
    name: str | None = Field(description="null where it has not been heard of yet")


class SourceView(BaseModel):
    """What an achievement is earned with."""

    kind: str = Field(description="activity, pathway or organisation")
    id: UUID = Field(description="of the activity, pathway or organisation")


class AchievementView(BaseModel):
    """An achievement that counts for a step."""

    id: UUID = Field(description="of the achievement")
    name: str | None = Field(description="null where it has not been heard of yet")
    picture: str | None = Field(description="URL of the badge's picture")
    source: SourceView | None = Field(description="what it is earned with")

    @classmethod
    def of(cls, id: UUID, known: Mapping[UUID, Achievement]) -> Self:  # noqa: A002 (its id)
        """The achievement as far as it is known."""
        found = known.get(id)
        if found is None:
            return cls(id=id, name=None, picture=None, source=None)
        source = SourceView(kind=found.source_kind, id=found.source_id)
        return cls(id=id, name=found.name, picture=found.picture, source=source)


class StepView(BaseModel):
    """One step: earn `need` of the achievements."""

    id: UUID = Field(description="the same in later versions")
    title: str = Field(description="what the step is called")
    need: int = Field(description="how many of the achievements are enough")
    mandatory: bool = Field(description="whether completion needs this step")
    achievements: list[AchievementView] = Field(description="any of these count")

    @classmethod
    def of(cls, step: Step, known: Mapping[UUID, Achievement]) -> Self:
        """The step with what is known of its achievements."""
        achievements = [AchievementView.of(achievement, known) for achievement in step.achievements]
        return cls(
            id=step.id,
            title=step.title,
            need=step.need,
            mandatory=step.mandatory,
            achievements=achievements,
        )


class PathwayView(BaseModel):
    """A pathway: its published version, or what is being drafted."""

    id: UUID = Field(description="of the pathway")
    organisation: OrganisationView = Field(description="whose pathway it is")
    state: Literal["draft", "published"] = Field(description="which of the two this shows")
    version: int = Field(description="number of the version last published; 0: none yet")
    published_at: datetime | None = Field(description="of the version shown; null for a draft")
    name: str = Field(description="what the pathway is called")
    description: str = Field(description="plain text")
    language: str = Field(description="of name, description and titles")
    steps: list[StepView] = Field(description="in the order they are shown")

    @classmethod
    def of(
        cls,
        shown: Version | Pathway,
        organisations: Mapping[UUID, Organisation],
        known: Mapping[UUID, Achievement],
    ) -> Self:
        """A version, or a pathway's draft."""
        is_version = isinstance(shown, Version)
        plan = shown.plan if isinstance(shown, Version) else shown.draft
        organisation = organisations.get(shown.organisation)
        return cls(
            id=shown.pathway if isinstance(shown, Version) else shown.id,
            organisation=OrganisationView(
                id=shown.organisation, name=organisation.name if organisation else None
            ),
            state="published" if is_version else "draft",
            version=shown.version,
            published_at=shown.published_at if isinstance(shown, Version) else None,
            name=plan.name,
            description=plan.description,
            language=plan.language,
            steps=[StepView.of(step, known) for step in plan.steps],
        )


class PathwayPage(BaseModel):
    """Some pathways."""

    items: list[PathwayView] = Field(description="newest first")
    next: UUID | None = Field(description="pass as `after` for the following ones; null at the end")


class StepProgressView(StepView):
    """One step and how far the learner is with it."""

    earned: list[UUID] = Field(description="those of the achievements that the learner has")
    missing: int = Field(description="how many more are needed; 0: the step is done")
    completed_at: datetime | None = Field(description="since when the step is done")


class ProgressView(BaseModel):
    """How far a learner is."""

    enrolment: UUID = Field(description="of this learner in this pathway")
    pathway: UUID = Field(description="which pathway")
    name: str = Field(description="what the pathway is called")
    version: int = Field(description="the version the learner started with")
    recipient: UUID = Field(description="to whom the badge goes")
    started_at: datetime = Field(description="when the learner started")
    completed_at: datetime | None = Field(description="null until every mandatory step is done")
    mandatory_done: int = Field(description="how many mandatory steps are done")
    mandatory_steps: int = Field(description="how many mandatory steps there are")
    next_step: UUID | None = Field(description="the first mandatory step that is not done")
    steps: list[StepProgressView] = Field(description="in the order they are shown")

    @classmethod
    def of(cls, way: Way, known: Mapping[UUID, Achievement]) -> Self:
        """The learner's way as it is now."""
        enrolment, progress = way.enrolment, way.progress
        steps = [
            StepProgressView(
                **StepView.of(one.step, known).model_dump(),
                earned=list(one.earned),
                missing=max(0, one.step.need - len(one.earned)),
                completed_at=one.completed_at,
            )
            for one in progress.steps
        ]
        mandatory = [step for step in steps if step.mandatory]
        open_steps = [step.id for step in mandatory if step.missing]
        return cls(
            enrolment=enrolment.id,
            pathway=enrolment.pathway,
            name=way.version.plan.name,
            version=enrolment.version,
            recipient=enrolment.recipient,
            started_at=enrolment.started_at,
            completed_at=progress.completed_at,
            mandatory_done=len(mandatory) - len(open_steps),
            mandatory_steps=len(mandatory),
            next_step=open_steps[0] if open_steps else None,
            steps=steps,
        )


class Started(ProgressView):
    """The enrolment, new or from before."""

    already: bool = Field(description="true where the learner had started before and nothing was changed")


class ProgressList(BaseModel):
    """Everything a learner follows."""

    items: list[ProgressView] = Field(description="newest first")
