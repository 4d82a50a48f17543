"""Subscriptions: which events of an integration go to which address, and how they are signed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from .filter import Filter

Signature = Literal["hmac", "ed25519"]
State = Literal["active", "paused", "disabled", "removed"]
Cause = Literal["failing", "gone"]


class UnknownSubscription(Exception):
    """There is no such subscription; see the list."""


class UnknownDelivery(Exception):
    """There is no such delivery of this subscription; those settled long ago are deleted."""


class TooManySubscriptions(Exception):
    """The integration has as many subscriptions as it may; widen the filter of one, or remove one."""


class UnderWay(Exception):
    """This delivery is still due; it goes out by itself."""


class TooManyReplays(Exception):
    """As many replays of this subscription as there may be are under way; wait until one is done."""


class UnsuitableAddress(Exception):
    """Give a whole https address on the public internet, without user and password."""

    field = "body.url"


class NotPublicType(Exception):
    """No such public event type is known; see the event reference."""

    field = "body.type"


@dataclass(frozen=True)
class Wish:
    """What its owner says of a subscription."""

    name: str
    url: str
    wanted: Filter
    ordered: bool
    signature: Signature


@dataclass(frozen=True)
class Subscription:
    """An address that events go to. `failing_since` is the first failure after the last success."""

    id: UUID
    integration: UUID
    name: str
    url: str
    wanted: Filter
    ordered: bool
    signature: Signature
    secret_version: int
    old_secret_until: datetime | None
    state: State
    reason: str | None
    failing_since: datetime | None
    created_at: datetime
    created_by: str

    def secrets(self, now: datetime) -> tuple[int, ...]:
        """The versions of the secret that sign: the current one, and the one before while it is valid."""
        return versions(self.secret_version, self.old_secret_until, now)


def versions(current: int, old_until: datetime | None, now: datetime) -> tuple[int, ...]:
    """Which versions of a secret are valid, the current one first."""
    return (current, current - 1) if current > 1 and old_until and now < old_until else (current,)
