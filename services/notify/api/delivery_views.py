"""What the delivery log looks like."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from ..domain.delivery import State
from ..storage.deliveries import Attempt, Delivery


class AttemptView(BaseModel):
    """One try. Request and answer are cut to a limit; bytes that are no text are replaced."""

    number: int = Field(description="from 1, and on through replays")
    at: datetime
    status: int | None = Field(description="of the answer; null where none came")
    milliseconds: int = Field(description="from the beginning to the answer's end, or to the failure")
    error: str | None = Field(description="why no answer came")
    request: str = Field(description="headers and body that were posted, cut")
    response: str | None = Field(description="body of the answer, cut")


class DeliveryView(BaseModel):
    """One event for one subscription."""

    id: UUID
    event: UUID = Field(description="the event's id, and the header webhook-id")
    type: str
    position: int | None = Field(description="of the event in the feed; null for a test event")
    state: State = Field(description="due, sending, delivered, or failed: it is not tried again by itself")
    attempts: int = Field(description="how often it was tried")
    due: datetime = Field(description="when it is tried next, while it is due")
    created_at: datetime
    changed_at: datetime = Field(description="since when it is in this state")
    last: AttemptView | None = Field(None, description="the last attempt that is still kept")

    @classmethod
    def of(cls, delivery: Delivery, last: Attempt | None = None) -> Self:
        """The delivery as its owners see it."""
        said = {name: value for name, value in vars(delivery).items() if name in cls.model_fields}
        return cls(**said, last=AttemptView(**vars(last)) if last else None)


class WholeDelivery(DeliveryView):
    """One event for one subscription, with every attempt."""

    tries: list[AttemptView] = Field(description="the last first")


class DeliveryPage(BaseModel):
    """Some deliveries, newest first."""

    items: list[DeliveryView] = Field(description="newest first")
    next: UUID | None = Field(description="pass as `after` for the following ones; null at the end")
