"""What requests and answers about subscriptions look like."""

from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from contracts.envelope import Text

from ..domain.filter import Filter
from ..domain.subscription import Signature, State, Subscription, Wish
from ..storage.replays import Replay
from .integration_views import Input, Line

Pattern = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Concept = Annotated[Text, StringConstraints(min_length=1, max_length=2000)]
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
Since = Annotated[AwareDatetime, Field(ge=_EARLIEST, le=_LATEST)]
Position = Annotated[int, Field(ge=0, le=2**63 - 1)]


class Wanted(Input):
    """Which events are wanted: in every list one of what it names; an empty list filters nothing."""

    types: list[Pattern] = Field(
        min_length=1,
        max_length=50,
        description="patterns of types, such as badges.badge.awarded, badges.* or *",
        examples=[["badges.*"]],
    )
    organisations: list[UUID] = Field([], max_length=200, description="events of one of these organisations")
    achievements: list[UUID] = Field([], max_length=200, description="events about one of these achievements")
    pathways: list[UUID] = Field([], max_length=200, description="events about one of these playlists")
    skills: list[Concept] = Field(
        [], max_length=200, description="events about one of these skills, by the concept's URI"
    )


class SubscriptionChange(Wanted):
    """What can be said of a subscription, and said anew."""

    name: Line = Field(description="what its owners call it, one line")
    url: Text = Field(
        min_length=1,
        max_length=2048,
        description="https address on the public internet that events are posted to; it must not redirect",
        examples=["https://hr.example.org/hooks/badges"],
    )
    ordered: bool = Field(
        False,
        description="send one at a time in the order of positions: while one fails the others wait for it",
    )
    signature: Signature = Field(
        "hmac", description="hmac: signed with a shared secret; ed25519: verified with a public key"
    )

    def wish(self) -> Wish:
        """What it says, in the domain's words."""
        lists = {name: tuple(getattr(self, name)) for name in Filter.__dataclass_fields__}
        return Wish(self.name, self.url, Filter(**lists), self.ordered, self.signature)


class SubscriptionDraft(SubscriptionChange):
    """An address that events shall be posted to."""

    integration: UUID = Field(description="on whose behalf; it never gets more than its integration sees")


class Rotation(Input):
    """A new secret."""

    keep_hours: int = Field(
        24, ge=0, le=720, description="hours for which the old secret signs beside the new one"
    )


class TestEvent(Input):
    """An event that never happened."""

    type: Pattern = Field(
        description="any public event type, whatever the filter says", examples=["badges.badge.awarded.v1"]
    )


class ReplayWish(Input):
    """What shall be sent again: give `failed` (and `since` if you like), or `since`, or `after` alone."""

    failed: bool = Field(False, description="all that failed for good and has not been sent since")
    since: Since | None = Field(
        None, description="with `failed`: what failed since then; alone: events that happened since then"
    )
    after: Position | None = Field(None, description="events of the feed behind this position")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.after is not None) + (self.failed or self.since is not None) != 1:
            raise ValueError("give failed (and since), or since alone, or after alone")
        return self


class ReplayView(BaseModel):
    """A replay and how far it has got. It waits while its subscription is paused or disabled."""

    id: UUID
    state: str = Field(description="running, or done: everything is queued")
    failed: bool = Field(description="whether it is of what failed for good, and not of the feed")
    since: datetime | None
    position: int = Field(description="up to which position of the feed it has looked")
    upto: int = Field(description="up to which position it will look")
    queued: int = Field(description="deliveries that are due by it so far")
    created_at: datetime

    @classmethod
    def of(cls, replay: Replay) -> Self:
        """The replay as its owners see it."""
        return cls(position=replay.cursor, **{k: v for k, v in vars(replay).items() if k in cls.model_fields})


class Replays(BaseModel):
    """The latest replays."""

    items: list[ReplayView] = Field(description="newest first")


class SubscriptionView(BaseModel):
    """An address that events are posted to."""

    id: UUID
    integration: UUID
    name: str
    url: str
    types: list[str]
    organisations: list[UUID]
    achievements: list[UUID]
    pathways: list[UUID]
    skills: list[str]
    ordered: bool
    signature: Signature
    public_key: str | None = Field(description="`whpk_...` that signatures verify with; null for hmac")
    old_secret_until: datetime | None = Field(description="until then the secret before signs too")
    state: State = Field(description="active; paused: events are kept; or disabled: they are not")
    reason: str | None = Field(description="why it is paused, or disabled: `failing` or `gone`")
    failing_since: datetime | None = Field(description="first failure after the last success")
    created_at: datetime
    waiting: int | None = Field(None, description="deliveries not settled yet; only where one is asked for")
    secret: str | None = Field(
        None, description="`whsec_...`: shown once, when it is new; null otherwise and for ed25519"
    )

    @classmethod
    def of(cls, told: Subscription, public_key: str | None, **more: int | str | None) -> Self:
        """The subscription as its owners see it; its secret only where it is in `more`."""
        said = {name: value for name, value in vars(told).items() if name in cls.model_fields}
        return cls.model_validate(said | vars(told.wanted) | {"public_key": public_key} | more)


class SubscriptionPage(BaseModel):
    """Some subscriptions, newest first."""

    items: list[SubscriptionView] = Field(description="newest first")
    next: UUID | None = Field(description="pass as `after` for the following ones; null at the end")
