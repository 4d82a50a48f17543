"""Machines that may call: what they may be allowed, and how their secrets are kept.

Secrets are 256 random bits, so a plain hash keeps them: nobody can try them out, as they can passwords.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Literal
from uuid import UUID

from .sign_in import hash_secret

Scope = Literal[
    "activities:write", "completions:write", "awards:write", "awards:read", "recipients:read", "events:read"
]
SCOPES: dict[Scope, str] = {
    "activities:write": "draft, edit, publish and cancel activities",
    "completions:write": "confirm who completed an activity, and see who joined",
    "awards:write": "award badges",
    "awards:read": "see awards and their states",
    "recipients:read": "see who the person behind an award is",
    "events:read": "subscribe to events",
}


class UnknownClient(Exception):
    """There is no such client; see the list."""


class ClientRevoked(Exception):
    """The client was revoked; make a new one."""


class BadClient(Exception):
    """No client has this id and secret."""


class BadScope(Exception):
    """The client may not have this scope."""


@dataclass(frozen=True)
class Client:
    """A machine of an organisation, or (None) of the city; its old secret works until `previous_until`."""

    id: UUID
    organisation: UUID | None
    name: str
    scopes: tuple[Scope, ...]
    secret_hash: bytes
    created_at: datetime
    created_by: str
    previous_hash: bytes | None = None
    previous_until: datetime | None = None
    revoked_at: datetime | None = None


def check_secret(client: Client | None, secret: str, now: datetime) -> Client:
    """The client, where the secret is its own. Raises BadClient, the same whatever was wrong."""
    given = hash_secret(secret)
    if client is None or client.revoked_at:
        raise BadClient
    old = client.previous_hash if client.previous_until and now < client.previous_until else None
    if compare_digest(client.secret_hash, given) or (old and compare_digest(old, given)):
        return client
    raise BadClient


def granted(client: Client, asked: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes a token gets: those asked for, or all of the client's. Raises BadScope."""
    wanted = list(asked)
    if not set(wanted) <= set(client.scopes):
        raise BadScope
    return tuple(scope for scope in client.scopes if not wanted or scope in wanted)
