"""Learners: accounts that have proved to hold one address or more."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


class UnknownLearner(Exception):
    """This account no longer exists; sign in again."""


class LastAddress(Exception):
    """An account needs an address; prove another one first, or delete the account."""

    field = "body.address"


class NotYourAddress(Exception):
    """Your account does not hold this address; see /people/me."""

    field = "body.address"


@dataclass(frozen=True)
class Learner:
    """An account. `name` is what the person calls themselves, `language` the one they want letters in."""

    id: UUID
    created_at: datetime
    name: str | None = None
    language: str | None = None
