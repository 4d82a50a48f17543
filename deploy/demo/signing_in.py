"""Signing in as everybody does: by the link in a letter."""

import asyncio
import time
from collections.abc import Mapping

from .door import PATIENCE, PAUSE, Door, each
from .letters import Letter, read_all


class NoLetter(Exception):
    """A letter with a sign-in link did not arrive in time."""


async def sign_in(door: Door, people: Mapping[str, str]) -> dict[str, str]:
    """Sign in whoever is in `people` (language by address); answers an access token by address."""
    before = await newest(door)
    await each(lambda one: door.sign_in("/sign-in", {"address": one[0], "language": one[1]}), people.items())
    links = await letters_for(door, set(people), before)
    tokens = await each(lambda address: follow(door, links[address]), people)
    return dict(zip(people, tokens, strict=True))


async def newest(door: Door) -> int:
    """The number of the newest letter."""
    listed = await door.ask("/mail/messages.json?limit=10000")
    return int(listed["next"])


async def letters_for(door: Door, addresses: set[str], after: int) -> dict[str, str]:
    """The sign-in link that each of them was sent. Raises NoLetter."""
    deadline = time.monotonic() + PATIENCE
    wanted = {address.casefold(): address for address in addresses}
    links: dict[str, str] = {}
    while len(links) < len(addresses):
        if time.monotonic() > deadline:
            raise NoLetter(f"{len(addresses) - len(links)} sign-in letters did not arrive in {PATIENCE:g} s")
        for letter in await read_all(door, after):
            after = letter.number
            if letter.reader.casefold() in wanted and (link := link_of(letter)):
                links[wanted[letter.reader.casefold()]] = link
        await asyncio.sleep(PAUSE)
    return links


def link_of(letter: Letter) -> str | None:
    """The path of a letter's sign-in link, if it has one."""
    return next((link for link in letter.links if link.startswith("/sign-in/")), None)


async def follow(door: Door, link: str) -> str:
    """Open the link and press its button; answers the access token."""
    await door.fetch(link)
    return str((await door.sign_in(link))["access_token"])
