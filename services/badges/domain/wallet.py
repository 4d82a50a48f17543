"""A wallet that a learner proves to hold, so that their badges name it (OpenID4VCI 1.0, F.1 and F.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

LIFE = timedelta(minutes=10)
"""How long a challenge may be answered."""
SKEW = timedelta(minutes=1)
"""How much a wallet's clock may differ from ours."""


class NotProven(ValueError):
    """Nothing shows that this learner holds the wallet; the message says what is lacking."""

    field = "body.proof"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What one learner is asked to sign, known by its digest alone."""

    learner: UUID
    digest: str
    made_at: datetime

    @property
    def expires_at(self) -> datetime:
        """Until when it may be answered."""
        return self.made_at + LIFE


@dataclass(frozen=True, slots=True)
class Proof:
    """What a wallet signed: whose it is, for whom, in answer to what, and when."""

    did: str
    audience: object
    nonce: object
    made_at: datetime


def digest_of(challenge: str) -> str:
    """By which a challenge is recognised without being known."""
    return sha256(challenge.encode()).hexdigest()


def refuse_unless_answers(proof: Proof, challenge: Challenge | None, audience: str, now: datetime) -> None:
    """Raises NotProven unless the proof was made for us, just now, in answer to this learner's challenge."""
    if challenge is None or now > challenge.expires_at:
        raise NotProven("no challenge waits for an answer: ask for a new one, and answer within 10 minutes")
    if not isinstance(proof.nonce, str) or digest_of(proof.nonce) != challenge.digest:
        raise NotProven("it answers another challenge: ask for a new one and have the wallet sign that")
    audiences = proof.audience if isinstance(proof.audience, list) else [proof.audience]
    if audience not in audiences:
        raise NotProven(f"it was made for somebody else: the wallet must make it for {audience}")
    if not challenge.made_at - SKEW <= proof.made_at <= now + SKEW:
        raise NotProven("it was made before it was asked for, or in the future: set the wallet's clock")


def made_at(claims: Mapping[str, Any]) -> datetime:
    """When a token says that it was made (`iat`, seconds). Raises NotProven."""
    at = claims.get("iat")
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 < at < 1e11:
        raise NotProven("it does not say when it was made: iat must be a time in seconds")
    return datetime.fromtimestamp(at, UTC)
