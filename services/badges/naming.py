"""Canonical names for nodes without an id, where each one's own statements already tell it from the others.

That is so in every badge we make. It is the part of RDFC-1.0 that takes linear time (4.4.3, steps 2 to 5, and
4.6); where two nodes are alike in their own statements, the rest of the algorithm must decide.
"""

from collections.abc import Sequence
from hashlib import sha256

Statement = tuple[str, str, str]
"""Subject, predicate between spaces, object, as they stand in N-Quads; a node without an id is `_:b<n>`."""


def named(statements: Sequence[Statement]) -> list[str] | None:
    """The statements about nodes without an id as canonical lines, in any order; None where two are alike."""
    about: dict[str, list[Statement]] = {}
    statements = list(dict.fromkeys(statements))  # saying a thing twice says nothing more
    for statement in statements:
        for node in {statement[0], statement[2]}:
            if node[0] == "_":
                about.setdefault(node, []).append(statement)
    hashes = {_hash(node, mine): node for node, mine in about.items()}
    if len(hashes) < len(about):
        return None
    names = {hashes[each]: f"_:c14n{number}" for number, each in enumerate(sorted(hashes))}
    return [f"{names.get(s, s)}{p}{names.get(o, o)} .\n" for s, p, o in statements]


def _hash(node: str, mine: Sequence[Statement]) -> str:
    """What its own statements say of a node, with the node itself as `a` and others without an id as `z`."""
    lines = [f"{_masked(s, node)}{p}{_masked(o, node)} .\n" for s, p, o in mine]
    return sha256("".join(sorted(lines)).encode()).hexdigest()


def _masked(term: str, node: str) -> str:
    if term[0] != "_":
        return term
    return "_:a" if term == node else "_:z"
