"""Members: who acts for an organisation, and as what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Role = Literal["owner", "editor", "issuer", "reviewer"]


class LastOwner(Exception):
    """The organisation would be left without an owner; make somebody else owner first."""


class UnknownMember(Exception):
    """There is no such member; see the list of members."""


@dataclass(frozen=True)
class Member:
    """One role that whoever holds an address has in an organisation."""

    id: UUID
    organisation: UUID
    recipient: UUID
    role: Role
    added_at: datetime


def may_leave(leaving: Iterable[Member], members: Iterable[Member]) -> None:
    """Refuse to take away the last owner of an organisation. Raises LastOwner."""
    gone = {member.id for member in leaving}
    remaining = [member for member in members if member.id not in gone]
    for organisation in {m.organisation for m in leaving if m.role == "owner"}:
        if not any(m.role == "owner" and m.organisation == organisation for m in remaining):
            raise LastOwner
