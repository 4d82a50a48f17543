"""Signing in by a letter: a link and a code, either of which works once and for a short time."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

# No vowels, so no words; no two that look alike (the set of RFC 8628, section 6.1): 34 bits in 8 letters.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8


class TooManyRequests(Exception):
    """Too many letters were asked for from your network; wait a quarter of an hour."""


class DeadLink(Exception):
    """The link was used, replaced or is too old; ask for a new letter."""


class NotYourLink(Exception):
    """The link belongs to another account; open it where you asked for it, or type the code there."""


@dataclass(frozen=True)
class Limits:
    """How long letters work and how many there may be, within that time, for an address and a network."""

    lifetime: timedelta
    tries: int
    per_address: int
    per_client: int


@dataclass(frozen=True)
class Request:
    """One letter that was asked for, in a `language` if one was named. With `learner`, it proves one more
    address of theirs."""

    id: UUID
    recipient: UUID
    address: str
    language: str | None
    learner: UUID | None
    token_hash: bytes
    code_hash: bytes
    client_hash: bytes
    created_at: datetime
    expires_at: datetime
    wrong_tries: int = 0
    used_at: datetime | None = None

    def live(self, now: datetime) -> bool:
        """Whether the link still works."""
        return self.used_at is None and now < self.expires_at


def code_of(number: int) -> str:
    """The code that a random `number` of at least 64 bits stands for, as letters show it: BCDF-GHJK."""
    letters = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def plain_code(written: str) -> str:
    """A code as somebody typed it, without what does not belong to it."""
    return "".join(letter for letter in written.upper() if letter in ALPHABET)


def hash_code(code: str, request: UUID, key: bytes) -> bytes:
    """The code as it is stored. It is short, so a keyed hash keeps a stolen table from being tried out."""
    return hmac.new(key, b"code:" + request.bytes + plain_code(code).encode(), sha256).digest()


def hash_client(client: str, key: bytes) -> bytes:
    """A network address as it is stored: only whether it is the same can be told."""
    return hmac.new(key, b"client:" + client.encode(), sha256).digest()


def hash_secret(secret: str) -> bytes:
    """A random secret of 256 bits as it is stored. Nobody can try those out, so a plain hash is enough."""
    return sha256(secret.encode()).digest()
