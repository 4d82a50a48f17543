"""The life of a letter: queued, sending, then sent, failed, unknown or cancelled.

SMTP cannot promise exactly one delivery. Between handing a letter over and hearing that it was taken lies a
moment, and nobody can tell afterwards on which side of it a crash fell. A letter caught there is `unknown`
and is not sent again unless somebody asks for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["badge_awarded", "pathway_completed", "sign_in", "digest", "subscription_disabled"]
State = Literal["queued", "sending", "sent", "failed", "bounced", "complained", "unknown", "cancelled"]

OPTIONAL: frozenset[Kind] = frozenset(("pathway_completed", "digest", "subscription_disabled"))
"""What its reader may choose not to get: all but the award itself and what they sign in with."""
URGENT, ORDINARY, LEAST_URGENT = 0, 1, 2
"""Turns of letters: those somebody waits for in front of a screen, the others, those of many at once."""
MANY_AT_ONCE = 20


@dataclass(frozen=True)
class Accepted:
    """The mail server took the letter."""


@dataclass(frozen=True)
class Refused:
    """The mail server did not take the letter: for good, or `final` is False and it may later."""

    reason: str
    final: bool


@dataclass(frozen=True)
class Unsure:
    """The letter was handed over and no answer came."""

    reason: str


Outcome = Accepted | Refused | Unsure


@dataclass(frozen=True)
class Verdict:
    """What becomes of a letter: its state, why, and after how many seconds it is tried again where it is."""

    state: State
    reason: str | None = None
    delay: float = 0


class NotResendable(Exception):
    """Only a failed, bounced or unknown letter can be sent again."""


class NotCorrectable(Exception):
    """Where the letter goes cannot be corrected."""


def verdict(outcome: Outcome, tries: int, schedule: Sequence[float]) -> Verdict:
    """What becomes of a letter after so many tries; `schedule` lists the delays between them, seconds."""
    match outcome:
        case Accepted():
            return Verdict("sent")
        case Unsure(reason):
            return Verdict("unknown", reason)
        case Refused(reason, final) if final or tries > len(schedule):
            return Verdict("failed", reason)
        case Refused(reason):
            return Verdict("queued", reason, schedule[tries - 1])


def urgency(kind: Kind, at_once: int) -> int:
    """When a letter's turn is; `at_once` is how many like it were asked for together.

    Ten thousand letters of one organisation do not hold up the single one of another.
    """
    if kind == "sign_in":
        return URGENT
    return LEAST_URGENT if at_once > MANY_AT_ONCE else ORDINARY


def check_resendable(kind: Kind, state: State, *, gone: bool) -> None:
    """Refuse to send again what is not known to be lost, or has nobody to go to. Raises NotResendable."""
    if kind == "digest":
        raise NotResendable("its address is not kept; the next summary comes by itself")
    if kind == "subscription_disabled":
        raise NotResendable("its address is not kept; what it told is in the log of the integration")
    if gone:
        raise NotResendable("the recipient was forgotten; there is nobody to write to")
    if kind == "sign_in":
        raise NotResendable("a sign-in letter is worth nothing later; ask for a new one")
    if state not in ("failed", "bounced", "unknown"):
        raise NotResendable(f"the letter is {state}; only a failed, bounced or unknown one can be sent again")


def check_correctable(kind: Kind, state: State, *, gone: bool) -> None:
    """Refuse to send a letter elsewhere that has arrived, or names nobody. Raises NotCorrectable."""
    if kind != "badge_awarded" or gone:
        raise NotCorrectable("only where a letter about somebody's badge goes can be corrected")
    if state not in ("queued", "failed", "bounced"):
        raise NotCorrectable(f"the letter is {state}; correct one that is queued, failed or bounced")


def optional(kind: Kind) -> bool:
    """Whether its reader may choose not to get letters of this kind: all but what somebody else waits for."""
    return kind in OPTIONAL
