"""Access tokens: short-lived JSON Web Tokens (RFC 9068) that every service verifies offline.

`claims_of` and `sign` need no running service: an operator's command may issue a token with the city's key.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

LONGEST = timedelta(minutes=10)


class NoTokenKey(Exception):
    """The city cannot issue tokens now; its operator must set TOKEN_KEY."""


@dataclass(frozen=True)
class Person:
    """What an access token says of a learner: addresses, roles {organisation: roles}, whether an operator."""

    learner: UUID
    recipients: Sequence[UUID] = ()
    roles: Mapping[UUID, Sequence[str]] = field(default_factory=dict)
    operator: bool = False

    def claims(self) -> dict[str, Any]:
        """Theirs among the token's claims."""
        return {
            "sub": str(self.learner),
            "recipients": [str(recipient) for recipient in self.recipients],
            "roles": {str(organisation): sorted(names) for organisation, names in self.roles.items()},
            "operator": self.operator,
        }


@dataclass(frozen=True)
class Machine:
    """What an access token says of a client: what it may do, and for which organisation (None: the city)."""

    client: UUID
    organisation: UUID | None
    scopes: Sequence[str]

    def claims(self) -> dict[str, Any]:
        """Its among the token's claims."""
        told = {"sub": str(self.client), "client_id": str(self.client), "scope": " ".join(self.scopes)}
        return told | ({"organisation": str(self.organisation)} if self.organisation else {})


def issue_token(
    who: Person | Machine,
    *,
    key: str,
    public_url: str,
    city: str,
    now: datetime,
    lifetime: timedelta = LONGEST,
) -> str:
    """An access token, signed with `key` (a private Ed25519 JWK as JSON); lives at most ten minutes.

    Raises NoTokenKey where `key` is none.
    """
    issued = int(now.timestamp())
    expires = issued + int(min(lifetime, LONGEST).total_seconds())
    claims = {"iss": public_url, "aud": city, "iat": issued, "exp": expires, **who.claims()}
    signer = _key(key)
    header = {"alg": "Ed25519", "typ": "at+jwt", "kid": signer.kid}
    return jwt.encode(header, claims, signer, algorithms=["Ed25519"])


@lru_cache(maxsize=4)
def _key(text: str) -> OKPKey:
    try:
        key = OKPKey.import_key(json.loads(text))
    except (ValueError, JoseError) as error:
        raise NoTokenKey from error
    if not key.is_private:
        raise NoTokenKey
    return key
