"""Who is calling: access tokens verified offline by the city's public keys."""

import time
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from .errors import Problem
from .settings import Settings

Token = Annotated[Any, Depends(HTTPBearer(auto_error=False, description="an access token of this city"))]
_BAD_TOKEN = "the access token is not valid or has expired; get a new one"  # noqa: S105 (no password)


@dataclass(frozen=True)
class Actor:
    """A signed-in learner or a machine, and what they may do."""

    learner: UUID | None = None
    recipients: tuple[UUID, ...] = ()
    roles: dict[UUID, frozenset[str]] = field(default_factory=dict)
    operator: bool = False
    client: UUID | None = None
    client_organisation: UUID | None = None
    scopes: frozenset[str] = frozenset()
    expires: float = 0  # seconds since 1970

    @property
    def name(self) -> str:
        """How the actor is written down beside what they did."""
        return f"client:{self.client}" if self.client else f"learner:{self.learner}"

    def has_role(self, organisation: UUID, *roles: str) -> bool:
        """Whether the actor has one of `roles` in the organisation; an owner has them all."""
        return bool(self.roles.get(organisation, frozenset()) & {*roles, "owner"})

    def require_role(self, organisation: UUID, *roles: str) -> None:
        """Refuse with 403 an actor who has none of `roles` there. Operators pass."""
        if not self.operator and not self.has_role(organisation, *roles):
            raise Problem(403, "not-yours", f"this needs the role {' or '.join(roles)} in this organisation")

    def require_operator(self) -> None:
        """Refuse with 403 everyone but an operator of the city."""
        if not self.operator:
            raise Problem(403, "operators-only", "this needs an operator of the city")

    def require_learner(self) -> UUID:
        """The learner's id; machines are refused with 403."""
        if self.learner is None:
            raise Problem(403, "people-only", "this is for people, not machines; sign in as a learner")
        return self.learner


class Verifier:
    """Verifies access tokens of this city by the JWKS file, which is re-read when it changes on disk."""

    def __init__(self, settings: Settings) -> None:
        self._path, self._read_at, self._keys = settings.jwks_file, 0, KeySet([])
        self._issuer, self._audience = settings.public_url, settings.city

    def actor(self, token: str) -> Actor:
        """Who holds this token. Raises Problem 401 where it is not one of ours or no longer valid."""
        try:
            claims = jwt.decode(token, self._current(), algorithms=["Ed25519"]).claims
            ours = {"iss": self._issuer, "aud": self._audience}
            wanted: Any = {name: {"essential": True, "value": value} for name, value in ours.items()}
            registry = jwt.JWTClaimsRegistry(int(time.time()), exp={"essential": True}, **wanted)
            registry.validate(claims | {"iat": 0})  # when it was issued decides nothing: clocks differ
            return _actor(claims)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Problem(401, "bad-token", _BAD_TOKEN) from error

    def _current(self) -> KeySet:
        try:
            changed = self._path.stat().st_mtime_ns if self._path else 0
            if self._path and changed != self._read_at:
                self._keys = KeySet.import_key_set(orjson.loads(self._path.read_bytes()))
                self._read_at = changed
        except (OSError, ValueError) as error:
            raise Problem(503, "no-keys", "JWKS_FILE cannot be read; the operator must set it") from error
        return self._keys


def _actor(claims: dict[str, Any]) -> Actor:
    client = UUID(claims["client_id"]) if "client_id" in claims else None
    organisation = claims.get("organisation")
    return Actor(
        learner=None if client else UUID(claims["sub"]),
        recipients=tuple(UUID(r) for r in claims.get("recipients", ())),
        roles={UUID(org): frozenset(names) for org, names in claims.get("roles", {}).items()},
        operator=bool(claims.get("operator", False)),
        client=client,
        client_organisation=UUID(organisation) if organisation else None,
        scopes=frozenset(str(claims.get("scope", "")).split()),
        expires=float(claims["exp"]),
    )


def caller(request: Request) -> Actor | None:
    """The actor of the request's bearer token or session cookie, or None for a visitor."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = request.cookies.get("col_access", "") if request.method in ("GET", "HEAD") else ""
    if not token:
        return None
    verifier: Verifier = request.app.state.verifier
    return verifier.actor(token.strip())


def signed_in(actor: Annotated[Actor | None, Depends(caller)], _described: Token = None) -> Actor:
    """The actor; visitors are answered 401."""
    if actor is None:
        raise Problem(401, "sign-in", "send an access token: Authorization: Bearer <token>")
    return actor


Caller = Annotated[Actor | None, Depends(caller)]
SignedIn = Annotated[Actor, Depends(signed_in)]
