"""Integrations: who from outside may hear the city's public events, and of whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

EVENTS_SCOPE = "events:read"
State = Literal["active", "paused", "removed"]


class UnknownIntegration(Exception):
    """There is no such integration; see the list."""


class NotTheirs(Exception):
    """This token belongs to no active integration; register one, or resume it."""


class NotForOrganisations(Exception):
    """In this city only operators register integrations; ask one."""


class UnknownClient(Exception):
    """No such OAuth2 client is known here; register one first (a new one is heard of after a second)."""

    field = "body.client"


class UnsuitableClient(Exception):
    """Use a client that has not been revoked, has the scope events:read, and is the organisation's own."""

    field = "body.client"


class ClientTaken(Exception):
    """This client already speaks for another integration; register a client for each."""

    field = "body.client"


@dataclass(frozen=True)
class Client:
    """An OAuth2 client as catalogue tells of it; `organisation` None is a client of the whole city."""

    id: UUID
    organisation: UUID | None
    name: str
    scopes: tuple[str, ...]
    revoked: bool = False


@dataclass(frozen=True)
class Integration:
    """A system that hears public events: those of one organisation, or (None) of the whole city."""

    id: UUID
    name: str
    contact: str
    language: str | None
    organisation: UUID | None
    client: UUID
    state: State
    reason: str | None
    created_at: datetime
    created_by: str

    def may_see(self, organisation: UUID | None) -> bool:
        """Whether an event of this organisation (None: of nobody's in particular) is for it."""
        return self.organisation is None or self.organisation == organisation


def check_client(client: Client | None, organisation: UUID | None) -> Client:
    """The client, where it may speak for an integration that sees `organisation`.

    Raises UnknownClient, UnsuitableClient. A client of the whole city may be given less to see, never more.
    """
    if client is None:
        raise UnknownClient
    fits = client.organisation in (None, organisation)
    if client.revoked or EVENTS_SCOPE not in client.scopes or not fits:
        raise UnsuitableClient
    return client
