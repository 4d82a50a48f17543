"""Facts that badges publishes: achievements, awards, withdrawals."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from . import catalogue
from .envelope import PERSONAL, Event, Language, Text


class Source(BaseModel):
    """What an achievement belongs to, so that both sides can link."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: Literal["activity", "pathway", "organisation"]
    id: UUID


class AchievementPublished(Event):
    """An achievement, or a new version of one, can be earned."""

    type: ClassVar[str] = "col.badges.achievement.published.v1"
    achievement: UUID
    version: int = Field(ge=1)
    organisation: UUID
    name: Text
    description: Text
    language: Language
    source: Source
    picture: str = Field(description="URL of the badge's picture (PNG)")
    skills: tuple[str, ...] = Field(default=(), description="concept URIs")

    @property
    def about(self) -> UUID:
        return self.achievement


class BadgeAwarded(Event):
    """Somebody was awarded a badge and its credential has been issued."""

    type: ClassVar[str] = "col.badges.badge.awarded.v1"
    award: UUID
    achievement: UUID
    version: int = Field(ge=1)
    organisation: UUID
    occasion: str = Field(
        description="what the award is for: `activity:<id>[:<date>]`, `pathway:<id>:<version>` ..."
    )
    awarded_at: datetime
    recipient: Annotated[UUID, PERSONAL]
    claim: Annotated[str | None, PERSONAL] = Field(
        default=None, description="URL that shows the recipient their badge; whoever has it holds the badge"
    )

    @property
    def about(self) -> UUID:
        return self.award


class BadgeRevoked(Event):
    """An award was withdrawn; its credential no longer verifies."""

    type: ClassVar[str] = "col.badges.badge.revoked.v1"
    award: UUID
    achievement: UUID
    organisation: UUID
    recipient: Annotated[UUID, PERSONAL]
    reason: Annotated[Text | None, PERSONAL] = None

    @property
    def about(self) -> UUID:
        return self.award


class RecipientNamed(catalogue.RecipientNamed):
    """A recipient as badges learned of them from a direct award. Internal: personal throughout."""

    type: ClassVar[str] = "col.badges.recipient.named.v1"
