"""`city keys` and `city reissue`: the keys that organisations sign badges with, and what they signed."""

import asyncio
import getpass
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.badges.settings import key_bytes
from services.badges.storage.keys import Key
from services.badges.storage.reissues import Wanted
from services.badges.upkeep import Upkeep

from ..keys import KEY_ENCRYPTION_KEY
from ..origin import renote
from .place import City

Say = Callable[[str], None]
PATIENCE = 60.0  # seconds without any progress


class NoKeyEncryptionKey(Exception):
    """The file holds no key-encryption key; the message says what it must hold."""


class Stuck(Exception):
    """Badges issues nothing; the message says what helps."""


@dataclass(frozen=True)
class Office:
    """Where an operator works on keys: the city, and the file with its key-encryption key."""

    city: City
    key_file: Path | None = None

    @property
    def upkeep(self) -> Upkeep:
        """The work itself, in the name of whoever is logged in on this machine."""
        url = self.city.addresses.database_url("badges")
        return Upkeep(url, self.city.name, self.city.public_url, f"operator:{getpass.getuser()}")

    @property
    def sealing_key(self) -> bytes:
        """The city's key-encryption key. Raises NoKeyEncryptionKey."""
        own = self.city.addresses.secrets.path(KEY_ENCRYPTION_KEY)
        return _key_of(_text(self.key_file, "KEY_ENCRYPTION_KEY", own))


def _text(file: Path | None, setting: str, own: Path | None = None) -> str:
    """What a file holds, else what the environment says, else the city's own file."""
    given = os.environ.get(setting) or os.environ.get(f"BADGES_{setting}")
    if file is None and given:
        return given
    path = file or own
    if path is None or not path.exists():
        raise NoKeyEncryptionKey(f"{path or 'it'} is not here: name the file, or set {setting}")
    return path.read_text()


def _key_of(text: str) -> bytes:
    """The 32 bytes that are written as 64 hex digits or in base64."""
    found = key_bytes(text)
    if len(found) != 32:
        raise NoKeyEncryptionKey("a key-encryption key is 32 random bytes as 64 hex digits or in base64")
    return found


def show(office: Office, organisation: UUID | None, as_json: bool) -> None:
    """Print every key, one a line."""
    found = asyncio.run(office.upkeep.list_keys(organisation))
    if as_json:
        rows = [{"organisation": str(each.organisation), "key": each.name, **_told(each)} for each in found]
        print(json.dumps(rows, indent=2))
        return
    for each in found:
        told = _told(each)
        print(f"{each.organisation}  {told['kind']:7}  {told['state']:24}  {each.name}")
    if not found:
        print("no keys yet: an organisation gets one with its first badge")


def rotate(office: Office, organisation: UUID | None, say: Say) -> None:
    """Replace keys and say by which."""
    for each in asyncio.run(office.upkeep.rotate(organisation, office.sealing_key)):
        say(f"{each.organisation} signs with {each.name} ({each.kind}) from now on")
    say("what the old keys signed goes on verifying; no badge needs to be issued anew")


def compromise(office: Office, name: str, say: Say) -> None:
    """Give up a key and say what to do next."""
    found = asyncio.run(office.upkeep.compromise(name, office.sealing_key))
    say(f"{found.organisation}: {name} is published as revoked, and a new key signs")
    say(f"what it signed verifies no longer; `city reissue --key={name}` issues that anew")


def compromise_all(office: Office, organisation: UUID | None, say: Say) -> None:
    """Give up every key that an organisation, or everybody, signs with, and say what to do next."""
    for each in asyncio.run(office.upkeep.compromise_all(organisation, office.sealing_key)):
        say(f"{each.organisation}: {each.name} is published as revoked, and a new key signs")
    say("what they signed verifies no longer; `city reissue --compromised` issues that anew")


def export(office: Office, organisation: UUID | None, sealed: bool) -> None:
    """Print what there is of an organisation's keys, or of everybody's, as JSON."""
    upkeep = office.upkeep
    told = upkeep.export(organisation, sealed) if organisation else upkeep.export_all(sealed)
    print(json.dumps(asyncio.run(told), indent=2))


def rewrap(office: Office, new: Path | None, say: Say) -> None:
    """Seal all keys under another key-encryption key, and say what must follow."""
    text = _text(new, "NEW_KEY_ENCRYPTION_KEY")
    changed = asyncio.run(_rewrap(office, office.sealing_key, text, _key_of(text)))
    say(f"{changed} keys sealed under the key in {new or 'NEW_KEY_ENCRYPTION_KEY'}")
    kept = office.city.addresses.secrets.path(KEY_ENCRYPTION_KEY)
    say(f"now put it in the place of KEY_ENCRYPTION_KEY (on one machine {kept}), into the backup too, and")
    say("start badges (there `city up`) again; until then it issues nothing and is not ready, and nothing is")
    say("lost")


async def _rewrap(office: Office, old: bytes, text: str, new: bytes) -> int:
    changed = await office.upkeep.rewrap(old, new)
    url = office.city.addresses.database_url("badges")
    await renote(url, KEY_ENCRYPTION_KEY, text)
    return changed


def reissue(office: Office, wanted: Wanted, wait: bool, say: Say) -> None:
    """Have badges and endorsements signed anew, and follow how far it is. Raises Stuck."""
    ordered = asyncio.run(office.upkeep.reissue(wanted))
    say(f"{ordered.badges} badges and {ordered.endorsements} endorsements to be signed anew")
    if wait:
        asyncio.run(_follow(office.upkeep))
        say("none left to issue anew")


async def _follow(upkeep: Upkeep) -> None:
    """Show progress until nothing is left."""
    columns = (TextColumn("issuing anew"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        left = total = await upkeep.left()
        task, moved = progress.add_task("", total=total), time.monotonic()
        while left:
            await asyncio.sleep(0.2)
            before, left = left, await upkeep.left()
            progress.update(task, completed=total - left)
            moved = time.monotonic() if left < before else moved
            if time.monotonic() - moved > PATIENCE:
                raise Stuck(f"{left} badges wait to be issued anew and none is: see the log of badges")


def _told(key: Key) -> dict[str, str]:
    if key.compromised_at:
        state = f"compromised {key.compromised_at:%Y-%m-%d}"
    else:
        state = f"replaced {key.retired_at:%Y-%m-%d}" if key.retired_at else "in use"
    return {"kind": key.kind, "state": state, "created": f"{key.created_at:%Y-%m-%dT%H:%M:%SZ}"}


def is_one(values: Sequence[object]) -> bool:
    """Whether exactly one of these was given."""
    return sum(each is not None and each is not False for each in values) == 1
