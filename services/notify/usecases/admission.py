"""Who from outside comes in to NATS, and what they may do there."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ..domain.integration import NotTheirs
from ..storage import integrations
from ..storage import readers as storage


class NoReaders(Exception):
    """The integration has no reader; make one, and connect again."""


@dataclass(frozen=True)
class Admitted:
    """An integration that comes in, by which client or key, and the durables it may read."""

    integration: UUID
    by: str
    durables: tuple[str, ...]

    @property
    def name(self) -> str:
        """How its connections are called on NATS, by which they are found again (see `Guest`)."""
        return f"{self.integration}:{self.by}"


@dataclass(frozen=True)
class Guest:
    """An open connection: the server's id, its number there, whose it is and by which client or key."""

    server: str
    number: int
    integration: UUID | None
    by: str

    @classmethod
    def named(cls, server: str, number: int, name: str) -> "Guest":
        """The connection of that name; one whose name says nothing is nobody's."""
        integration, _, by = name.partition(":")
        try:
            return cls(server, number, UUID(integration), by)
        except ValueError:
            return cls(server, number, None, by)


async def admit(session: AsyncSession, client: UUID | None, key: str | None) -> Admitted:
    """Let a client or a key in, whichever has been proved. Raises NotTheirs and NoReaders."""
    if key is not None:
        found = await storage.of_key(session, key)
    else:
        found = await integrations.of_client(session, client) if client else None
    if found is None or found.state != "active":
        raise NotTheirs
    readers = await storage.of(session, found.id)
    if not readers:
        raise NoReaders
    return Admitted(found.id, key or str(client), tuple(each.durable for each in readers))


async def unwelcome(session: AsyncSession, guests: Collection[Guest]) -> list[Guest]:
    """Those of the guests who would not be let in any more."""
    may = await storage.means(session, {guest.integration for guest in guests if guest.integration})
    return [guest for guest in guests if (guest.integration, guest.by) not in may]
