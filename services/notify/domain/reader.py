"""Readers: durable consumers on NATS that an integration reads, acknowledges and rewinds itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from .filter import check_type_pattern

ReaderState = Literal["wanted", "ready", "gone"]
PREFIX = "x-"  # of every reader's durable; no service's consumer is called like that
_NAMES = 4  # in a type: service, thing, what happened, version


class UnknownReader(Exception):
    """There is no such reader; see the list."""


class TooManyReaders(Exception):
    """The integration has as many readers as this city allows; delete one."""


class ReaderNameTaken(Exception):
    """The integration has a reader of this name already; choose another."""

    field = "body.name"


class TooManyKeys(Exception):
    """The integration has as many keys as this city allows; delete one."""


class NotAKey(Exception):
    """Give the public half of a user's nkey: 56 letters and digits that begin with U."""

    field = "body.public"


class KeyTaken(Exception):
    """This key is registered already; make another."""

    field = "body.public"


class UnknownKey(Exception):
    """There is no such key; see the list."""


@dataclass(frozen=True)
class Reader:
    """A durable consumer of an integration. `types` is the pattern as it was asked for.

    `wanted` is about to be made on NATS, `ready` is there, `gone` is about to be taken away.
    """

    id: UUID
    integration: UUID
    name: str
    types: str
    durable: str
    state: ReaderState
    created_at: datetime
    created_by: str


@dataclass(frozen=True)
class Key:
    """The public half of an nkey with which an integration connects."""

    public: str
    integration: UUID
    created_at: datetime
    created_by: str


def durable_of(reader: UUID) -> str:
    """The name of a reader's consumer; it says nothing about whose it is."""
    return PREFIX + reader.hex[-16:]


def subject_end(pattern: str, field: str = "body.types") -> str:
    """The end of the subjects of the events that a type pattern means, as NATS writes it.

    Raises UnknownTypePattern. `>` is taken for `*` at the end, since that is how NATS writes it.
    """
    plain = f"{pattern[:-1]}*" if pattern == ">" or pattern.endswith(".>") else pattern
    names = check_type_pattern(plain, field).removeprefix("col.").split(".")
    if len(names) == _NAMES:
        return ".".join(names)
    return ".".join([*names[:-1], ">"] if names[-1] == "*" else [*names, "*"])
