"""What an operator does by hand to keys and credentials, over the database alone; see `city keys --help`.

A running service needs no restart: it looks up its keys for every batch.
"""

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.database import Database

from .domain.credential import timestamp
from .domain.did import Kind
from .making import make_key_of
from .sealing import rewrap
from .storage import keys as stored
from .storage import reissues
from .storage.keys import Key, KeyEvent
from .storage.reissues import Ordered, Wanted
from .usecases import keys, reissuing
from .usecases.keys import Hand, Made


@dataclass(frozen=True)
class Upkeep:
    """Whose city, and who is at work; `actor` is noted with all that is done."""

    database_url: str
    city: str
    public_url: str
    actor: str

    async def list_keys(self, organisation: UUID | None) -> Sequence[Key]:
        """The keys of an organisation, or all."""
        async with self._transaction() as session:
            return await stored.keys(session, organisation)

    async def rotate(self, organisation: UUID | None, sealing_key: bytes) -> list[Key]:
        """Replace the keys in use; answers the new ones. Raises NoKeyYet, OriginChanged, CannotOpenKey."""
        async with self._transaction() as session:
            in_use = await keys.in_use(session, organisation)
            _check_opens(in_use, sealing_key)
            made = [await keys.rotate(session, each, _making(sealing_key), self._hand()) for each in in_use]
            return [each for each in made if each is not None]

    async def compromise(self, name: str, sealing_key: bytes) -> Key:
        """Give up a key as compromised; see usecases.keys.compromise. Raises CannotOpenKey too."""
        async with self._transaction() as session:
            found = await stored.key(session, name)
            _check_opens([found] if found else [], sealing_key)
            return await keys.compromise(session, name, _making(sealing_key), self._hand())

    async def compromise_all(self, organisation: UUID | None, sealing_key: bytes) -> list[Key]:
        """Give up every key that an organisation, or everybody, signs with; answers them. Raises NoKeyYet."""
        async with self._transaction() as session:
            in_use = await keys.in_use(session, organisation)
            _check_opens(in_use, sealing_key)
            making = _making(sealing_key)
            return [await keys.compromise(session, each.name, making, self._hand()) for each in in_use]

    async def export(self, organisation: UUID, sealed: bool) -> dict[str, Any]:
        """All that is public of an organisation's keys, now and before; with `sealed` the private halves too.

        Those need the key-encryption key to be opened.
        """
        async with self._transaction() as session:
            return await self._export(session, organisation, sealed)

    async def export_all(self, sealed: bool) -> dict[str, Any]:
        """The same of every organisation that has keys, by its id."""
        async with self._transaction() as session:
            known = dict.fromkeys(each.organisation for each in await stored.keys(session))
            return {str(each): await self._export(session, each, sealed) for each in known}

    async def _export(self, session: AsyncSession, organisation: UUID, sealed: bool) -> dict[str, Any]:
        return {
            "didDocument": await keys.document(session, organisation, self.public_url),
            "keys": [_exported(each, sealed) for each in await stored.keys(session, organisation)],
            "history": [_told(each) for each in await stored.history(session, organisation)],
        }

    async def rewrap(self, old: bytes, new: bytes) -> int:
        """Seal all private keys under a new key-encryption key, or none. Raises CannotOpenKey."""
        async with self._transaction() as session:
            return await keys.rewrap(session, lambda sealed, did: rewrap(sealed, did, old, new), self._hand())

    async def reissue(self, wanted: Wanted) -> Ordered:
        """Have badges and endorsements signed anew. Raises UnknownKey and StillInUse."""
        async with self._transaction() as session:
            return await reissuing.order(session, wanted, self._hand())

    async def left(self) -> int:
        """How many are still to be issued anew."""
        async with self._transaction() as session:
            return await reissues.left(session, datetime.now(UTC))

    def _hand(self) -> Hand:
        return Hand(self.actor, self.public_url, datetime.now(UTC))

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncSession]:
        database = Database(self.database_url, self.city, pool=2)
        try:
            async with database.transaction() as session:
                yield session
        finally:
            await database.close()


def _making(sealing_key: bytes) -> keys.Make:
    def make(did: str, kind: Kind) -> Made:
        return Made(*make_key_of(did, kind, sealing_key))

    return make


def _check_opens(found: Sequence[Key], sealing_key: bytes) -> None:
    """A new key sealed under the wrong key-encryption key would stop the city from issuing."""
    for each in found:
        rewrap(each.sealed, each.did, sealing_key, sealing_key)


def _exported(key: Key, sealed: bool) -> dict[str, Any]:
    """A key as it is exported; times are left out where there are none."""
    times = {"retired": key.retired_at, "compromised": key.compromised_at}
    return {
        "name": key.name,
        "kind": key.kind,
        "created": timestamp(key.created_at),
        **{name: timestamp(at) for name, at in times.items() if at},
        **({"publicKeyJwk": key.jwk} if key.jwk else {}),
        **({"sealed": base64.b64encode(key.sealed).decode()} if sealed else {}),
    }


def _told(event: KeyEvent) -> dict[str, Any]:
    return {
        "at": timestamp(event.at),
        "actor": event.actor,
        "action": event.action,
        "key": event.key,
        "didDocument": event.did_document,
    }
