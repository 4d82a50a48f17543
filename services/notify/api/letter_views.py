"""What answers look like."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from ..storage.letters import Kind, Letter, State, Status


class LetterView(BaseModel):
    """A letter. To whom it went, and what the mail server said, is shown to operators alone."""

    id: UUID = Field(description="also the header X-Letter-Id of the letter")
    kind: Kind = Field(description="what it tells")
    cause: UUID = Field(description="the award, enrolment or sign-in request it is about")
    organisation: UUID | None = Field(description="on whose behalf; null for sign-in letters")
    state: State = Field(
        description="queued, sending, sent, failed, bounced (it came back), complained (its reader did), "
        "unknown (it may or may not have left) or cancelled"
    )
    attempts: int = Field(description="how often it was handed to the mail server")
    created_at: datetime = Field(description="when it was queued")
    changed_at: datetime = Field(description="since when it is in this state")
    reason: str | None = Field(description="why it is in this state; null where it is not for the caller")
    address: str | None = Field(description="where it goes; null where it is not for the caller or forgotten")

    @classmethod
    def of(cls, letter: Letter, status: Status, address: str | None, *, whole: bool) -> Self:
        """The letter; without what is personal unless `whole`."""
        return cls(
            id=letter.id,
            kind=letter.kind,
            cause=letter.cause,
            organisation=letter.organisation,
            reason=status.reason if whole else None,
            address=address if whole else None,
            state=status.state,
            attempts=status.attempts,
            created_at=status.created_at,
            changed_at=status.changed_at,
        )


class LetterPage(BaseModel):
    """Some letters, newest first."""

    items: list[LetterView] = Field(description="newest first")
    next: UUID | None = Field(description="pass as `after` for the following ones; null at the end")


class Counts(BaseModel):
    """How many letters there are in each state."""

    queued: int = 0
    sending: int = 0
    sent: int = 0
    failed: int = 0
    bounced: int = 0
    complained: int = 0
    unknown: int = 0
    cancelled: int = 0
