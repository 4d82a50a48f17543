"""What a letter is about, and how names are made fit to stand in it."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from .letter import Kind

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
LONGEST_NAME = 150  # characters; longer ones are cut

_HARMLESS = re.compile(r"[!-~]+(?: [!-~]+)*")  # most are; the rest is looked at character by character
# Marks that turn the direction of the text after them: in a name they could rewrite a whole line.
_DIRECTION = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]")


@dataclass(frozen=True)
class Facts:
    """Everything a letter says. `about` is the badge's or pathway's name, in `about_language`.

    `figures` are those of a digest, `choices` is where its reader chooses which letters to get, and
    `unsubscribe` what a mail program calls for them with one click (RFC 8058).
    """

    kind: Kind
    address: str
    name: str | None = None
    language: str | None = None
    organisation: str | None = None
    about: str | None = None
    about_language: str | None = None
    picture: str | None = None
    link: str | None = None
    code: str | None = None
    minutes: int | None = None
    figures: tuple[int, ...] = ()
    choices: str | None = None
    unsubscribe: str | None = None


@dataclass(frozen=True)
class Choice:
    """The language a letter is written in, and the one its reader wanted where that is another."""

    language: str
    instead_of: str | None = None


def choose(wanted: str | None, offered: Collection[str], default: str) -> Choice:
    """The language to write in for somebody who wants `wanted` (BCP 47), else `default`, else English."""
    base = (wanted or default).lower().partition("-")[0]
    if base in offered:
        return Choice(base)
    return Choice("en", instead_of=base)


@lru_cache(maxsize=4096)
def one_line(text: str, longest: int = LONGEST_NAME) -> str:
    """Somebody else's words made harmless in a line of ours: no breaks, no controls, no turned direction."""
    if len(text) <= longest and _HARMLESS.fullmatch(text):
        return text
    kept = "".join(c if unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") else " " for c in text)
    line = " ".join(_DIRECTION.sub("", kept).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def web_address(url: str | None) -> str | None:
    """The URL, if it is one that a letter may lead to."""
    fit = url is not None and url.startswith(("https://", "http://")) and not re.search(r"[\s<>\"']", url)
    return url if fit else None


def isolated(name: str, language: str) -> str:
    """A name kept from turning the line it stands in: one from right to left, or any in such a line."""
    turns = language in RIGHT_TO_LEFT or any(unicodedata.bidirectional(c) in ("R", "AL") for c in name)
    return f"\u2068{name}\u2069" if turns and name else name
