"""Organisations: who offers learning, and when they may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

State = Literal["registered", "verified", "suspended"]
Kind = Literal["organisation", "school", "company", "informal_group", "freelancer"]


class UnknownOrganisation(Exception):
    """There is no such organisation; check its id."""

    field = "organisation"


class NotVerified(Exception):
    """The organisation is not verified yet; an operator of the city must verify it first."""

    field = "organisation"


class Suspended(Exception):
    """The organisation is suspended; ask an operator of the city."""

    field = "organisation"


@dataclass(frozen=True)
class Organisation:
    """Somebody who offers learning. `reason` is what the operator gave for the last decision."""

    id: UUID
    name: str
    kind: Kind
    description: str
    website: str | None
    language: str
    state: State
    created_at: datetime
    reason: str | None = None
    decided_at: datetime | None = None


def must_be_active(organisation: Organisation, require_verification: bool) -> None:
    """Refuse what an organisation may not do before it is verified, or while it is suspended.

    Raises NotVerified, Suspended.
    """
    if organisation.state == "suspended":
        raise Suspended
    if require_verification and organisation.state != "verified":
        raise NotVerified
