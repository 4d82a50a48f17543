"""Access tokens made offline, with the city's own key, for an operator at work and for tests."""

import json
import time
from uuid import NAMESPACE_URL, UUID, uuid5

from joserfc import jwt
from joserfc.jwk import OKPKey

from contracts.recipients import recipient_id

from ..keys import RECIPIENT_SECRET, TOKEN_KEY
from ..onemachine.secret_files import SecretFiles
from .place import City

LONGEST_MINUTES = 10


class NoKey(Exception):
    """This machine does not have the city's secrets; run the command where CITY_DIRECTORY holds them."""


def learner_of(public_url: str, recipient: UUID) -> UUID:
    """A learner's id for an address that nobody has signed in with: always the same one."""
    return uuid5(NAMESPACE_URL, f"{public_url}/people/{recipient}")


class Mint:
    """Makes access tokens like the catalogue's, none of which lives longer than ten minutes."""

    def __init__(self, city: City) -> None:
        self._issuer, self._audience = city.public_url, city.name
        self._key = OKPKey.import_key(json.loads(_read(city.addresses.secrets, TOKEN_KEY)))
        self._secret = _read(city.addresses.secrets, RECIPIENT_SECRET).encode()

    def recipient(self, address: str) -> UUID:
        """The recipient id of an address in this city. Raises contracts' BadAddress."""
        return recipient_id(address, self._secret)

    def token(
        self,
        address: str,
        *,
        operator: bool = False,
        roles: dict[UUID, list[str]] | None = None,
        learner: UUID | None = None,
        minutes: int = LONGEST_MINUTES,
    ) -> str:
        """A token for whoever holds `address`; `roles` by organisation, `learner` where their id is known."""
        now, recipient = int(time.time()), self.recipient(address)
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "iat": now,
            "exp": now + 60 * min(minutes, LONGEST_MINUTES),
            "sub": str(learner or learner_of(self._issuer, recipient)),
            "recipients": [str(recipient)],
            "roles": {str(organisation): names for organisation, names in (roles or {}).items()},
            "operator": operator,
        }
        header = {"alg": "Ed25519", "kid": self._key.kid, "typ": "at+jwt"}
        return jwt.encode(header, claims, self._key, algorithms=["Ed25519"])


def _read(secrets: SecretFiles, name: str) -> str:
    path = secrets.path(name)
    if not path.exists():
        raise NoKey(f"{path} is not here: run this where CITY_DIRECTORY holds the city's secrets")
    return path.read_text().strip()
