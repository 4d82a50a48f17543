"""The canonical form of documents that differ in the text of a few places only; the rest is worked out once.

Badges of one job are alike but for their address, their holder's hash, their dates and the like. Which label
a node without an id bears hangs on the hash of what is said of it (RDFC-1.0, 4.4.3 and 4.6), so those whose
statements vary are hashed for every document and all are numbered anew. What does not fit is left to
`canonical.canonicalise`: a value of unusual characters, or two nodes or statements that became alike.

Lines are kept as their UTF-8 bytes, which sort as code points do.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from secrets import token_hex
from typing import Any, Self

from .canonical import canonicalise, escaped, statements
from .contexts import CannotCanonicalise, Loader, is_plain_iri
from .naming import Statement
from .vocabularies import vocabulary

Path = tuple[str | int, ...]
Terms = tuple[bytes, ...]


class _Template:
    """Lines with marks where the values belong."""

    def __init__(self, lines: Sequence[bytes], marks: Sequence[bytes]) -> None:
        parts = re.split(b"(" + b"|".join(marks) + b")", b"\n".join(lines))
        self._text = b"%s".join(part.replace(b"%", b"%%") for part in parts[::2])
        which = [marks.index(mark) for mark in parts[1::2]]
        self._pick = itemgetter(*which) if which else lambda _: ()

    def lines(self, terms: Terms) -> list[bytes]:
        """The lines with these values; no value has a line break."""
        return (self._text % self._pick(terms)).split(b"\n") if self._text else []


@dataclass(frozen=True, slots=True)
class _Node:
    """A node without an id of which something varies is said: its statements, itself `_:a`, others `_:z`."""

    fixed: tuple[bytes, ...]
    varying: _Template
    different: int

    def hash(self, terms: Terms) -> str | None:
        """Its hash among these values; None where two of its statements became one."""
        lines = [*self.fixed, *self.varying.lines(terms)]
        if len(set(lines)) < self.different:
            return None
        lines.sort()
        return sha256(_joined(lines)).hexdigest()


class Skeleton:
    """Documents of one shape. Made by `of`; grows only its memo of the orders that labels came in."""

    def __init__(self, lines: Sequence[str], about: Sequence[Statement], marks: Sequence[str]) -> None:
        self._marks = [mark.encode() for mark in marks]
        self._varies = re.compile(b"|".join(self._marks)).search
        self._lines = [line.removesuffix("\n").encode() for line in lines]
        self._about = list(dict.fromkeys(about))
        text = "".join((*lines, *map("".join, self._about)))
        self._are_iris = [f"<{mark}>" in text for mark in marks]
        nodes = {term: self._node(term) for each in self._about for term in each[::2] if term[0] == "_"}
        self._varying = {name: node for name, node in nodes.items() if self._is_varying(name)}
        fixed = {name: node.hash(()) for name, node in nodes.items() if name not in self._varying}
        self._fixed = [(digest, name) for name, digest in fixed.items() if digest]
        self._orders: dict[tuple[str, ...], tuple[list[bytes], _Template]] = {}

    @classmethod
    def of(
        cls, document: Mapping[str, Any], places: Mapping[Path, str], load: Loader = vocabulary
    ) -> Self | None:
        """The shape of a document that varies at these places, where its own values stand now.

        None where there is none: the document has unusual addresses, or nodes that are much alike. Raises
        CannotCanonicalise.
        """
        marks = [
            f"x:{token_hex(16)}" for _ in places
        ]  # fit for an address and for a text, and in no document
        written = statements(_marked(document, dict(zip(places, marks, strict=True))), load)
        if not places or not written.plain:
            return None
        found = cls(written.lines, written.about, marks)
        agrees = found.canonical(tuple(places.values())) == canonicalise(document, load)
        return found if agrees else None

    def canonical(self, values: Sequence[str]) -> bytes | None:
        """The canonical N-Quads with these values, in the order of the places; None where they do not fit."""
        terms = self._terms(values)
        if terms is None:
            return None
        hashes = [*self._fixed, *((node.hash(terms), name) for name, node in self._varying.items())]
        by_hash = {digest: name for digest, name in hashes if digest}
        if len(by_hash) < len(hashes) or len(hashes) < len(self._varying) + len(self._fixed):
            return None
        fixed, varying = self._in_order(tuple(by_hash[each] for each in sorted(by_hash)))
        return _joined(sorted(dict.fromkeys((*fixed, *varying.lines(terms)))))  # nearly sorted, so soon done

    def _terms(self, values: Sequence[str]) -> Terms | None:
        """The values as N-Quads write them; None where one is no usual address, or no text to be signed."""
        try:
            return tuple(
                (value if is_plain_iri(value) else _refuse()).encode() if is_iri else escaped(value).encode()
                for value, is_iri in zip(values, self._are_iris, strict=True)
            )
        except CannotCanonicalise:
            return None

    def _in_order(self, names: tuple[str, ...]) -> tuple[list[bytes], _Template]:
        """The lines that do not vary, sorted, and those that do, with the labels of this order."""
        found = self._orders.get(names)
        if found is None:
            labels = {name: f"_:c14n{number}" for number, name in enumerate(names)}
            about = (f"{labels.get(s, s)}{p}{labels.get(o, o)} .".encode() for s, p, o in self._about)
            lines = sorted((*self._lines, *about))
            fixed = [line for line in lines if not self._varies(line)]
            found = fixed, _Template([line for line in lines if self._varies(line)], self._marks)
            if len(self._orders) < MOST_ORDERS:
                self._orders[names] = found
        return found

    def _node(self, name: str) -> _Node:
        lines = [_masked(each, name) for each in self._about if name in each]
        fixed = tuple(line for line in lines if not self._varies(line))
        varying = [line for line in lines if self._varies(line)]
        return _Node(fixed, _Template(varying, self._marks), len(set(lines)))

    def _is_varying(self, name: str) -> bool:
        return any(self._varies(_masked(each, name)) for each in self._about if name in each)


MOST_ORDERS = 64


def _joined(lines: list[bytes]) -> bytes:
    return b"\n".join((*lines, b""))


def _refuse() -> str:
    raise CannotCanonicalise("", "not an address beyond doubt")


def _masked(statement: Statement, name: str) -> bytes:
    s, p, o = statement
    masks = {name: "_:a"}
    s, o = (masks.get(term, "_:z") if term[0] == "_" else term for term in (s, o))
    return f"{s}{p}{o} .".encode()


def _marked(document: Mapping[str, Any], marks: Mapping[Path, str]) -> dict[str, Any]:
    """The document with the marks at their places; it is not changed itself."""
    found = dict(document)
    for path, mark in marks.items():
        _set(found, path, mark)
    return found


def _set(inside: Any, path: Path, mark: str) -> None:
    """Put a mark at a place, into copies of what it stands in."""
    first, *rest = path
    if not rest:
        inside[first] = mark
        return
    inside[first] = inside[first].copy()
    _set(inside[first], tuple(rest), mark)
