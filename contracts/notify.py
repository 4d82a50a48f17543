"""Facts that notify publishes: what became of a letter."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from .envelope import PERSONAL, Event, Text

LetterKind = Literal["badge_awarded", "pathway_completed", "sign_in"]


class LetterSent(Event):
    """The mail server accepted a letter."""

    type: ClassVar[str] = "col.notify.letter.sent.v1"
    letter: UUID = Field(description="id of the letter")
    kind: LetterKind = Field(description="what it told")
    organisation: UUID | None = Field(
        default=None, description="on whose behalf it was sent; absent where it was the city's own"
    )
    cause: UUID | None = Field(default=None, description="the award or enrolment the letter is about")
    recipient: Annotated[UUID, PERSONAL] = Field(description="recipient id of the addressee")

    @property
    def about(self) -> UUID:
        return self.letter


class LetterFailed(LetterSent):
    """A letter was refused for good, or given up after many attempts."""

    type: ClassVar[str] = "col.notify.letter.failed.v1"
    reason: Annotated[Text, PERSONAL] = Field(description="what the mail server said; may quote the address")


class SubscriptionDisabled(Event):
    """A webhook subscription was switched off, since its endpoint failed for days or said it is gone."""

    type: ClassVar[str] = "col.notify.subscription.disabled.v1"
    subscription: UUID = Field(description="id of the subscription")
    integration: UUID = Field(description="whose subscription it is")
    organisation: UUID | None = Field(
        default=None, description="whose events the integration sees; absent where it sees the whole city's"
    )
    cause: Literal["failing", "gone"] = Field(description="failed for days, or answered 410 Gone")

    @property
    def about(self) -> UUID:
        return self.subscription
