"""The letters of the demo city, as the mail sink has them: what the city itself says of them is not asked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .door import Door, each

LINK = re.compile(r"/(claims|sign-in)/([A-Za-z0-9_-]{20,100})")


@dataclass(frozen=True)
class Letter:
    """One letter that arrived. `links` are the paths in it that its reader is to open."""

    number: int
    reader: str
    subject: str
    letter_id: str | None
    message_id: str | None
    links: tuple[str, ...]

    @property
    def marks(self) -> tuple[tuple[str, str | None], ...]:
        """By each of which a second letter for the same thing shows."""
        return ("id", self.letter_id), ("message", self.message_id), (self.reader, self.subject)


async def arrived(door: Door) -> int:
    """How many letters the sink has."""
    return int((await door.ask("/mail/counts.json"))["messages"])


async def read_all(door: Door, after: int = 0) -> list[Letter]:
    """Every letter that came after that number, with its links."""
    listed = await door.ask(f"/mail/messages.json?after={after}")
    return await each(lambda number: read(door, number), [one["id"] for one in listed["messages"]])


async def read(door: Door, number: int) -> Letter:
    """One letter."""
    told: Any = await door.ask(f"/mail/messages/{number}.json")
    links = dict.fromkeys("/".join(("", *found)) for found in LINK.findall(told["text"]))
    return Letter(
        number,
        ", ".join(told["recipients"]),
        told["subject"],
        told["letter_id"],
        told["message_id"],
        tuple(links),
    )


def duplicated(letters: Iterable[Letter]) -> int:
    """How many letters repeat an earlier one: by the city's id, by Message-ID, or by reader and subject."""
    seen: set[object] = set()
    repeats = 0
    for letter in letters:
        repeats += any(mark in seen for mark in letter.marks if mark[1] is not None)
        seen.update(letter.marks)
    return repeats


def claims(letters: Iterable[Letter]) -> list[str]:
    """The paths at which readers see the badges they were told of, each once."""
    links = (link for letter in letters for link in letter.links)
    return list(dict.fromkeys(link for link in links if link.startswith("/claims/")))
