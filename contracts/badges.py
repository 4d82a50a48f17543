"""Facts that badges publishes: achievements, awards, withdrawals."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from . import catalogue
from .envelope import PERSONAL, Event, Language, Line, Text


class Source(BaseModel):
    """What an achievement belongs to, so that both sides can link."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: Literal["activity", "pathway", "organisation"] = Field(
        description="what the achievement is earned by"
    )
    id: UUID = Field(description="of that activity, pathway or organisation")


class AchievementPublished(Event):
    """An achievement, or a new version of one, can be earned."""

    type: ClassVar[str] = "col.badges.achievement.published.v1"
    achievement: UUID = Field(description="id of the achievement; the same for all its versions")
    version: int = Field(ge=1, description="counts from 1; awards keep the version they were given for")
    organisation: UUID = Field(description="who offers it")
    name: Line = Field(description="the badge's title")
    description: Text = Field(description="what it says about whoever holds it")
    language: Language = Field(description="of name and description")
    source: Source = Field(description="what it is earned by")
    picture: str = Field(description="URL of the badge's picture (PNG)")
    skills: tuple[str, ...] = Field(default=(), description="concept URIs")

    @property
    def about(self) -> UUID:
        return self.achievement


class BadgeAwarded(Event):
    """Somebody was awarded a badge and its credential has been issued."""

    type: ClassVar[str] = "col.badges.badge.awarded.v1"
    award: UUID = Field(description="id of the award; ask the API with it for more, if you may")
    achievement: UUID = Field(description="what was awarded")
    version: int = Field(ge=1, description="of the achievement")
    organisation: UUID = Field(description="who awarded it")
    occasion: Annotated[str, PERSONAL] = Field(
        description="what the award is for: `activity:<id>[:<date>]`, `pathway:<id>:<version>`, or words of "
        "the organiser, which may be about the person"
    )
    awarded_at: AwareDatetime = Field(description="when")
    recipient: Annotated[UUID, PERSONAL] = Field(description="recipient id of whoever was awarded it")
    claim: Annotated[str | None, PERSONAL] = Field(
        default=None, description="URL that shows the recipient their badge; whoever has it holds the badge"
    )

    @property
    def about(self) -> UUID:
        return self.award


class BadgeRevoked(Event):
    """An award was withdrawn; its credential no longer verifies."""

    type: ClassVar[str] = "col.badges.badge.revoked.v1"
    award: UUID = Field(description="the award that was withdrawn")
    achievement: UUID = Field(description="what had been awarded")
    organisation: UUID = Field(description="who withdrew it")
    recipient: Annotated[UUID, PERSONAL] = Field(description="recipient id of whoever had been awarded it")
    reason: Annotated[Text | None, PERSONAL] = Field(
        default=None, description="why, in the organisation's words"
    )

    @property
    def about(self) -> UUID:
        return self.award


class RecipientNamed(catalogue.RecipientNamed):
    """A recipient as badges learned of them from a direct award. Internal: personal throughout."""

    type: ClassVar[str] = "col.badges.recipient.named.v1"
