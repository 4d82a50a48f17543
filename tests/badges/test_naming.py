"""The quick names of nodes without an id, against the full algorithm of another implementation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import CanonicalizationAlgorithm, Dataset, NamedNode, RdfFormat, parse, serialize

from services.badges.canonical import canonicalise
from services.badges.contexts import is_plain_iri
from services.badges.domain.credential import CONTEXTS, Document
from services.badges.naming import Statement, named
from tests.badges.test_canonical import by_pyld

NODES = st.sampled_from(["_:b1", "_:b2", "_:b3", "_:b10", "<https://a.example/1>", "<did:web:a.example>"])
OBJECTS = NODES | st.sampled_from(['"a"', '"a b"', '"1"^^<https://a.example/int>', '"\\"\\n_:b1"', '"ä🎙"'])
PREDICATES = st.sampled_from([" <https://a.example/p> ", " <https://a.example/q> "])
STATEMENTS = st.lists(st.tuples(NODES, PREDICATES, OBJECTS), max_size=12)


ADDRESSES = r"[a-z]{1,3}:(//[a.:9]{0,6})?[/a%4F:]{0,6}([?][a/?%4F]{0,6})?(#[a/?%4F#]{0,6})?"
CHARACTERS = st.text("aZ9:/?#[]@!$&'()*+,;=-._~% ä<", max_size=20)


def by_library(statements: list[Statement]) -> list[str]:
    lines = "".join(f"{s}{p}{o} .\n" for s, p, o in statements)
    dataset = Dataset(parse(lines.encode(), format=RdfFormat.N_QUADS))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    text = serialize(dataset, format=RdfFormat.N_QUADS)
    assert text is not None
    return sorted(text.decode().splitlines(keepends=True))


@settings(max_examples=500, deadline=None)
@given(STATEMENTS)
def test_names_given_quickly_are_those_of_the_full_algorithm(statements: list[Statement]) -> None:
    quick = named(statements)
    if quick is not None:
        assert sorted(set(quick)) == by_library(statements)


def test_nodes_that_are_alike_are_left_to_the_full_algorithm() -> None:
    alike = [("<https://a.example/1>", " <https://a.example/p> ", node) for node in ("_:b1", "_:b2")]
    assert named(alike) is None


def _credential(**members: object) -> Document:
    return {"@context": list(CONTEXTS), "type": ["VerifiableCredential", "OpenBadgeCredential"], **members}


@pytest.mark.parametrize(
    "document",
    [
        _credential(evidence=[{"type": ["Evidence"], "name": "same"}] * 2),
        _credential(evidence=[{"type": ["Evidence"], "name": name} for name in "aab"]),
        _credential(id="https://ä.example:18080/ö?q=ü#z"),
        _credential(id="https://user@a.example/"),
        _credential(id="urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000001", name="same", description="same"),
    ],
)
def test_alike_nodes_and_unusual_addresses_are_canonicalised_as_by_pyld(document: Document) -> None:
    assert canonicalise(document) == by_pyld(document)


@settings(max_examples=400, deadline=None)
@given(CHARACTERS.map("https:{}".format) | CHARACTERS | st.from_regex(ADDRESSES, fullmatch=True))
def test_an_address_that_needs_no_check_passes_it(text: str) -> None:
    if is_plain_iri(text):
        line = f"<{text}> <https://a.example/p> <{text}> .\n"
        (quad,) = parse(line.encode(), format=RdfFormat.N_QUADS)
        assert quad.subject == NamedNode(text)
