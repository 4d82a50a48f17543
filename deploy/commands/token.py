"""Access tokens made offline, with the city's own key, for an operator at work and for the demo's people."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts.recipients import recipient_id
from services.catalogue.tokens import Person, issue_token

from ..keys import RECIPIENT_SECRET, TOKEN_KEY
from ..onemachine.secret_files import SecretFiles
from .place import City

NOBODY: Mapping[UUID, Sequence[str]] = {}


class NoKey(Exception):
    """This machine does not have the city's secrets; run the command where CITY_DIRECTORY holds them."""


class Mint:
    """Makes access tokens like the catalogue's; none lives longer than ten minutes."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._key = _read(city.addresses.secrets, TOKEN_KEY)
        self._secret = _read(city.addresses.secrets, RECIPIENT_SECRET).encode()

    def token(
        self, address: str, *, operator: bool = False, roles: Mapping[UUID, Sequence[str]] = NOBODY
    ) -> str:
        """A token for whoever holds `address`, with `roles` by organisation. Raises contracts' BadAddress.

        Who has never signed in has no account; they are given a learner's id that is always the same.
        """
        recipient = recipient_id(address, self._secret)
        learner = uuid5(NAMESPACE_URL, f"{self._city.public_url}/people/{recipient}")
        return issue_token(
            Person(learner, [recipient], roles, operator),
            key=self._key,
            public_url=self._city.public_url,
            city=self._city.name,
            now=datetime.now(UTC),
        )


def _read(secrets: SecretFiles, name: str) -> str:
    path = secrets.path(name)
    if not path.exists():
        raise NoKey(f"{path} is not here: run this where CITY_DIRECTORY holds the city's secrets")
    return path.read_text().strip()
