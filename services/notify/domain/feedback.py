"""What comes back about a letter after the mail server took it, and what follows from it."""

import re
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from .letter import State

FeedbackKind = Literal["bounced", "soft", "delayed", "complained"]
"""Not delivered and never will be; not delivered now; not delivered yet; called unwanted by its reader."""

SOFT_LIMIT = 3
"""So often a letter may come back softly before its address is not written to any more."""

_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")
# Permanent by number, but not the address's fault: full mailboxes, the receiving system, policy (RFC 3463).
_NOT_THE_ADDRESS = re.compile(r"5\.(2\.2|3\.\d+|4\.\d+|7\.\d+)")


@dataclass(frozen=True)
class Returned:
    """What came back: about which letter, and why. `sealed` where nobody else can have named the letter.

    `message` is the number in its Message-ID, `address` the recipient it was about, as the report says.
    """

    kind: FeedbackKind
    reason: str = ""
    letter: UUID | None = None
    message: UUID | None = None
    address: str | None = None
    sealed: bool = False


@dataclass(frozen=True)
class Consequence:
    """The letter's new state, None where it stays; and whether nothing goes to its address any more."""

    state: State | None
    suppress: bool


def kind_of(action: str, status: str) -> FeedbackKind | None:
    """What a delivery status means (RFC 3464 section 2.3.3, RFC 3463); None where the letter got there."""
    found = _STATUS.match(status)
    if action == "delayed":
        return "delayed"
    if action != "failed":
        return None
    if found and (found[1] == "4" or _NOT_THE_ADDRESS.match(found[0])):
        return "soft"
    return "bounced"


def consequence(kind: FeedbackKind, state: State, times: int) -> Consequence:
    """What follows for a letter in this state when it is so for the `times`-th time.

    A complaint outweighs a bounce, and both whatever was known before.
    """
    if kind == "complained":
        return Consequence(None if state == "complained" else "complained", suppress=True)
    if kind == "delayed" or state == "complained":
        return Consequence(None, suppress=False)
    suppress = kind == "bounced" or times >= SOFT_LIMIT
    return Consequence(None if state == "bounced" else "bounced", suppress)
