"""Where a verifier asks: on the internet, or in a folder of what it trusts."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson

from ..fetching import CannotFetch, Fetched
from ..sandbox import Busy, Sandbox, TooLong
from ..verifying import Verdict
from .checklist import verify
from .findings import Checklist
from .issuers import UnknownIssuer, did_web_address

PINNED_ISSUERS = "issuers.txt"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asking:
    """A world that is asked through `ask`; `trusted` are the only issuers that count, None for all.

    Work that had to be killed is noted in `killed`.
    """

    ask: Callable[[str], Awaitable[Fetched]]
    sandbox: Sandbox
    trusted: Collection[str] | None = None
    killed: list[str] = field(default_factory=list)

    async def get(self, url: str) -> Fetched:
        """What is published at a URL. Raises CannotFetch."""
        return await self.ask(url)

    async def work(self, what: Callable[..., T], *args: Any) -> T:
        """What `what(*args)` gives, worked out where it can be killed. Raises TooLong."""
        try:
            return await self.sandbox.run(what, *args)
        except Busy:
            raise
        except TooLong as error:
            self.killed.append(str(error))
            raise


class NotATrustStore(Exception):
    """The folder is not there, or a file in it cannot be read; the message says which."""


def trust_store(folder: Path) -> tuple[dict[str, bytes], set[str]]:
    """What a folder holds: documents by the address of each, and the issuers that are trusted.

    Every `*.json` is a document with an `id` (a DID document, an issuer's profile, a key, a status list);
    `issuers.txt` pins further issuers, one id a line. Raises NotATrustStore.
    """
    if not folder.is_dir():
        raise NotATrustStore(f"{folder} is not a folder")
    documents: dict[str, bytes] = {}
    trusted = set[str]()
    for path in sorted(folder.glob("*.json")):
        content = path.read_bytes()
        name = _id_of(content, path)
        trusted.add(name)
        documents[name] = content
        if name.startswith("did:web:"):
            documents[_address(name, path)] = content
    pinned = folder / PINNED_ISSUERS
    lines = pinned.read_text("utf-8").splitlines() if pinned.is_file() else ()
    return documents, trusted | {line.strip() for line in lines if line.strip() and line[0] != "#"}


def _id_of(content: bytes, path: Path) -> str:
    try:
        document = orjson.loads(content)
        return str(document["id"])
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise NotATrustStore(f"{path} is not a JSON document with an id") from error


def _address(did: str, path: Path) -> str:
    try:
        return did_web_address(did)
    except UnknownIssuer as error:
        raise NotATrustStore(f"{path}: {error}") from error


def offline(folder: Path, sandbox: Sandbox) -> Asking:
    """A world that is nothing but a trust store. Raises NotATrustStore."""
    documents, trusted = trust_store(folder)

    async def ask(url: str) -> Fetched:
        found = documents.get(url) or documents.get(url.partition("#")[0])
        if found is None:
            raise CannotFetch(f"{url[:200]} is not in the trust store, and nothing is fetched")
        return Fetched(200, found, "application/json")

    return Asking(ask, sandbox, trusted)


async def verify_in_time(
    content: bytes, world: Asking, now: datetime, address: str | None, seconds: float
) -> Checklist:
    """The checklist as far as it gets in that time; what is missing then cannot be checked now."""
    checklist = Checklist()
    try:
        async with asyncio.timeout(seconds):
            return await verify(content, world, now, address, checklist)
    except TimeoutError:
        reason = f"it takes longer than {seconds:g} seconds"
        checklist.rest(reason, address is not None, Verdict.CANNOT_CHECK_NOW)
    return checklist
