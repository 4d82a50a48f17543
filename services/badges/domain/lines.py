"""Lists of people as organisers paste them: one person a line, however their own lists are written."""

import re
from dataclasses import dataclass

_BRACKETED = re.compile("([^<>]*)<([^<>]*)>")
_SEPARATORS = re.compile("[\t;,]")
_LANGUAGE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Line:
    """One person on a list: an address that has yet to be looked at, a name and a language where given."""

    address: str
    name: str | None = None
    language: str | None = None


def read_lines(pasted: str) -> list[Line]:
    """One Line for every line that is not empty: `name@example.org`, `Name <name@example.org>`, or fields.

    Fields are parted by commas, semicolons or tabs: the one with an @ is the address, one like `fi` the
    language, any other the name. A line without an address keeps its text as one, to be refused as such.
    """
    return [_line(line) for line in pasted.splitlines() if line.strip()]


def _line(text: str) -> Line:
    bracketed = _BRACKETED.fullmatch(text.strip())
    if bracketed:
        return Line(bracketed[2].strip(), _unquoted(bracketed[1]) or None)
    fields = [_unquoted(field) for field in _SEPARATORS.split(text)]
    address = next((field for field in fields if "@" in field), text.strip())
    others = [field for field in fields if field and field != address]
    language = next((field for field in others if _LANGUAGE.fullmatch(field)), None)
    name = " ".join(field for field in others if field != language)
    return Line(address, name or None, language)


def _unquoted(field: str) -> str:
    return field.strip().strip('"').strip()
