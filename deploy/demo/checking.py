"""Checking every credential as a stranger would: by what the city serves over HTTP, and nothing else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from services.badges.baking import unbake
from services.badges.verifying import Verdict, verify_credential

from .door import Door, each

EARLY = (404, 503)  # a status list or picture that is still being made
DID_WEB = "did:web:"
EVERY = 25  # how many badges there are to one whose baked picture is looked at


@dataclass(frozen=True)
class Badge:
    """One badge as its holder finds it: address and bytes of the credential."""

    credential: str
    picture: str
    content: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The credential, read."""
        document: dict[str, Any] = orjson.loads(self.content)
        return document


@dataclass(frozen=True)
class Checked:
    """How many credentials verified, how many baked pictures were looked at, and what is wrong."""

    verified: int
    baked: int
    problems: tuple[str, ...]


async def check_all(door: Door, claims: Iterable[str]) -> Checked:
    """Fetch and verify the credential behind every claim, with the issuers' keys and status lists."""
    badges = await each(partial(badge, door), claims)
    documents = [one.document for one in badges]
    scheme = urlsplit(door.public_url).scheme
    keys = await fetched(door, (one["issuer"]["id"] for one in documents), partial(did_url, scheme))
    lists = await fetched(door, (one["credentialStatus"]["statusListCredential"] for one in documents), str)
    resolved = {did: orjson.loads(content) for did, content in keys.items()}
    problems = [problem for one in badges if (problem := why_not(one, resolved, lists))]
    pictures = await each(partial(carries, door), badges[::EVERY])
    problems += [problem for problem in pictures if problem]
    return Checked(len(badges) - len(problems), len(pictures), tuple(problems))


async def badge(door: Door, claim: str) -> Badge:
    """The badge that a claim shows."""
    told: Any = await door.ask(claim)
    content = (await door.fetch(told["credential"])).content
    return Badge(told["credential"], told["credential_png"], content)


def why_not(one: Badge, keys: dict[str, Any], lists: dict[str, bytes]) -> str | None:
    """Why a credential does not verify; None where it does."""
    found = verify_credential(one.content, datetime.now(UTC), keys.get, lists.get)
    if found.verdict is Verdict.VALID:
        return None
    reasons = "; ".join(check.reason for check in found.checks if check.reason)
    return f"{one.credential} is {found.verdict}: {reasons}"


async def carries(door: Door, one: Badge) -> str | None:
    """Why the baked picture does not carry its credential; None where it does."""
    picture = (await door.fetch(one.picture, early=EARLY)).content
    return None if unbake(picture) == one.content else f"{one.picture} carries something else"


async def fetched(door: Door, names: Iterable[str], url_of: Callable[[str], str]) -> dict[str, bytes]:
    """What stands at the URL of each name."""
    listed = list(dict.fromkeys(names))
    answers = await each(lambda name: door.fetch(url_of(name), early=EARLY), listed)
    return {name: answer.content for name, answer in zip(listed, answers, strict=True)}


def did_url(scheme: str, did: str) -> str:
    """Where the document of a did:web with a path stands (did:web method, section 3.2)."""
    host, *path = map(unquote, did.removeprefix(DID_WEB).split(":"))
    return f"{scheme}://{host}/{'/'.join(path)}/did.json"
