"""RDF Dataset Canonicalization (RDFC-1.0) for other people's documents, with graphs that have no name.

Slower than the library that canonicalises our own documents, but right where that one is not (signed parts
inside signed documents), and it counts its steps: a graph made to take for ever is refused, not waited for.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import permutations

# Subject, predicate, object, graph as they stand in N-Quads; the default graph is "".
Quad = tuple[str, str, str, str]

# Honest badges take less than a hundred steps.
MOST_STEPS = 20_000


class TooComplex(ValueError):
    """The graph has so many alike nodes without an id that naming them would take for ever."""


class _Labels:
    """Names given to blank nodes, in the order in which they were first asked for."""

    def __init__(self, prefix: str, given: dict[str, str] | None = None) -> None:
        self.prefix = prefix
        self.given = dict(given or {})

    def copy(self) -> "_Labels":
        return _Labels(self.prefix, self.given)

    def label(self, node: str) -> str:
        return self.given.setdefault(node, f"_:{self.prefix}{len(self.given)}")


def canonical(quads: Iterable[Quad], renamed: Mapping[str, str] | None = None) -> bytes:
    """The canonical N-Quads: blank nodes renamed, lines sorted, none twice. Raises TooComplex.

    With `renamed` the canonical names are exchanged for others before sorting; KeyError where one is missing.
    """
    distinct = set(quads)
    names = canonical_labels(distinct)
    if renamed is not None:
        names = {node: renamed[name] for node, name in names.items()}
    lines = sorted(_line(quad, names) for quad in distinct)
    return "".join(lines).encode()


def canonical_labels(quads: Iterable[Quad]) -> dict[str, str]:
    """The canonical name (`_:c14n0` ...) of every blank node (RDFC-1.0, 4.4). Raises TooComplex."""
    return _Naming(quads).names()


def _line(quad: Quad, names: dict[str, str]) -> str:
    subject, predicate, object_, graph = (names.get(term, term) for term in quad)
    return f"{subject} {predicate} {object_} {graph}{' ' if graph else ''}.\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class _Naming:
    def __init__(self, quads: Iterable[Quad]) -> None:
        self._quads: dict[str, list[Quad]] = defaultdict(list)
        for quad in quads:
            for node in {quad[0], quad[2], quad[3]}:
                if node.startswith("_:"):
                    self._quads[node].append(quad)
        self._first = {node: self._first_degree(node) for node in self._quads}
        self._canonical = _Labels("c14n")
        self._steps = 0

    def names(self) -> dict[str, str]:
        alike: dict[str, list[str]] = defaultdict(list)
        for node, digest in self._first.items():
            alike[digest].append(node)
        groups = [alike[digest] for digest in sorted(alike)]
        for group in groups:
            if len(group) == 1:
                self._canonical.label(group[0])
        for group in groups:
            if len(group) > 1:
                self._name_alike(group)
        return self._canonical.given

    def _name_alike(self, group: list[str]) -> None:
        found = []
        for node in group:
            if node not in self._canonical.given:
                issuer = _Labels("b")
                issuer.label(node)
                found.append(self._n_degree(node, issuer))
        for _, issuer in sorted(found, key=lambda each: each[0]):
            for node in issuer.given:
                self._canonical.label(node)

    def _first_degree(self, node: str) -> str:
        """4.6: the statements about a node, all other blank nodes looking the same."""
        lines = []
        for quad in self._quads[node]:
            names = {term: "_:a" if term == node else "_:z" for term in quad if term.startswith("_:")}
            lines.append(_line(quad, names))
        return _digest("".join(sorted(lines)))

    def _related(self, node: str, quad: Quad, issuer: _Labels, position: str) -> str:
        """4.7: how a neighbour is connected."""
        name = self._canonical.given.get(node) or issuer.given.get(node) or self._first[node]
        return _digest(position + ("" if position == "g" else quad[1]) + name)

    def _neighbours(self, node: str, issuer: _Labels) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for quad in self._quads[node]:
            for position, term in (("s", quad[0]), ("o", quad[2]), ("g", quad[3])):
                if term.startswith("_:") and term != node:
                    found[self._related(term, quad, issuer, position)].append(term)
        return found

    def _n_degree(self, node: str, issuer: _Labels) -> tuple[str, _Labels]:
        """4.8: the shortest description of a node by way of its neighbours, and the names it gives them."""
        neighbours, data = self._neighbours(node, issuer), ""
        for digest in sorted(neighbours):
            path, issuer = min(self._paths(neighbours[digest], issuer), key=lambda each: each[0])
            data += digest + path
        return _digest(data), issuer

    def _paths(self, nodes: list[str], issuer: _Labels) -> Iterator[tuple[str, _Labels]]:
        """What the path would be for each order of the nodes."""
        for order in permutations(nodes):
            copy, path, further = issuer.copy(), "", list[str]()
            for node in order:
                self._spend()
                if node in self._canonical.given:
                    path += self._canonical.given[node]
                    continue
                if node not in copy.given:
                    further.append(node)
                path += copy.label(node)
            for node in further:
                digest, deeper = self._n_degree(node, copy)
                path += f"{copy.label(node)}<{digest}>"
                copy = deeper
            yield path, copy

    def _spend(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise TooComplex("it has too many alike parts without an id of their own")
