"""The fast path, PyLD and the JavaScript libraries agree byte for byte, and refuse alike.

`make compare` does this for thousands of generated credentials instead of a few hundred.
"""

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from services.badges.canonical import canonicalise
from services.badges.contexts import CannotCanonicalise
from services.badges.domain.credential import Document, credential_document
from services.badges.signing import SigningKey, sign
from services.badges.vocabularies import PINNED, vocabulary
from tests.badges.conftest import example_contexts, vectors
from tests.badges.foreign import badge, bit_list, endorsement, old_badge
from tests.badges.issuing_elsewhere import with_proof
from tests.badges.test_canonical import CREDENTIALS, by_pyld, read, without_proof
from tests.badges.test_linked_data import DOCUMENTS
from tests.badges.test_linked_data import ours as ours_for_others
from tests.interop.node import Asked, asked, pair
from tests.interop.shapes import DID, EVERY, NOW, SIGNED

__all__ = ["example_contexts", "vectors"]
KEY = SigningKey(DID, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
EXAMPLES = "credentials-examples-v2.json"
COMPARED = int(os.environ.get("CREDENTIALS_COMPARED", "200"))


@pytest.fixture(scope="module")
def node(node_modules: Path) -> Iterator[Asked]:
    """The JavaScript side, which knows the contexts that we ship."""
    with asked() as process:
        process("canonize", {"@context": []}, {url: vocabulary(url) for url in PINNED})
        yield process


def by_node(node: Asked, document: Document) -> bytes:
    answer = node("canonize", document)
    assert "error" not in answer, answer
    text: str = answer["text"]
    return text.encode()


@pytest.mark.parametrize("name", EVERY)
def test_every_shape_of_document_is_canonicalised_alike_by_all_three(node: Asked, name: str) -> None:
    document = EVERY[name]
    assert canonicalise(document) == by_pyld(document) == by_node(node, document)
    assert ours_for_others(document) == canonicalise(document)


@pytest.mark.parametrize("name", SIGNED)
def test_every_shape_that_we_sign_gets_the_same_proof_there(node: Asked, name: str) -> None:
    signed = node("sign", SIGNED[name], key=pair(KEY))
    assert signed["proof"] == sign(SIGNED[name], KEY, NOW)["proof"]


def sorted_alike(document: Document) -> bool:
    """JavaScript sorts by UTF-16 units where RDFC-1.0 asks for code points: above U+DFFF these differ."""
    return not any("\ue000" <= letter <= "\uffff" for letter in json.dumps(document, ensure_ascii=False))


@pytest.mark.parametrize("name", [each for each in DOCUMENTS if sorted_alike(DOCUMENTS[each])])
def test_documents_of_others_are_canonicalised_alike_by_all_three(node: Asked, name: str) -> None:
    assert ours_for_others(DOCUMENTS[name]) == by_pyld(DOCUMENTS[name]) == by_node(node, DOCUMENTS[name])


FOREIGN: dict[str, Document] = {
    "badge": badge(),
    "endorsed badge": badge(endorsement=[with_proof(endorsement())], endorsementJwt=["a.b.c"]),
    "badge of the data model 1.1": old_badge(),
    "list": bit_list("Bitstring", 7),
    "earlier list": bit_list("2021", 7),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_the_tests_issue_in_others_names_is_canonicalised_alike(node: Asked, name: str) -> None:
    document = without_proof(FOREIGN[name])
    assert ours_for_others(document) == by_pyld(document) == by_node(node, document)


def test_both_published_vectors_are_reproduced_there_too(
    node: Asked, vectors: Path, example_contexts: Path
) -> None:
    signed = read(vectors / "1edtech-ob3" / "signed-credential.json")
    expected = (vectors / "1edtech-ob3" / "document-canon.txt").read_bytes()
    assert by_node(node, without_proof(signed)) == by_pyld(without_proof(signed)) == expected
    example = {"https://www.w3.org/ns/credentials/examples/v2": read(example_contexts / EXAMPLES)}
    signed = read(vectors / "w3c-vc-di-eddsa" / "signedDataInt.json")
    answer = node("canonize", without_proof(signed), example)
    assert answer["text"].encode() == (vectors / "w3c-vc-di-eddsa" / "canonDocDataInt.txt").read_bytes()


def with_more(document: Document, tokens: list[str], wallet: str) -> Document:
    """With the endorsements that it carries and the wallet that holds it."""
    if wallet:
        document = {**document, "credentialSubject": {**document["credentialSubject"], "id": wallet}}
    return document | ({"endorsementJwt": tokens} if tokens else {})


WALLETS = st.sampled_from(["", "", "did:key:z6MkjZRZv3aez3r18pB1", "did:jwk:eyJrdHkiOiJPS1AifQ"])
TOKENS = st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,9}(\.[A-Za-z0-9_-]{1,9}){2}", fullmatch=True), max_size=2)
DOCUMENTS_OF_OURS = st.builds(
    with_more, CREDENTIALS.map(credential_document).filter(sorted_alike), TOKENS, WALLETS
)


@settings(max_examples=COMPARED, deadline=None)
@given(DOCUMENTS_OF_OURS)
def test_any_credential_is_canonicalised_and_signed_alike_by_all_three(
    node: Asked, document: Document
) -> None:
    assert canonicalise(document) == by_pyld(document)
    assert node("sign", document, key=pair(KEY))["proof"] == sign(document, KEY, NOW)["proof"]


WRONG: dict[str, tuple[str, Any]] = {
    "a term that nothing defines": ("nickname", "x"),
    "a type that nothing defines": ("type", ["VerifiableCredential", "Nonsense"]),
    "a relative id": ("id", "credentials/1"),
    "an id that is no address": ("id", "a b"),
    "a type that is no text": ("type", [7]),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("place", ["", "issuer", "credentialSubject", "credentialSubject.achievement"])
def test_what_safe_mode_refuses_there_is_refused_here(node: Asked, name: str, place: str) -> None:
    document = copy.deepcopy(EVERY["full"])
    at = document
    for step in filter(None, place.split(".")):
        at = at[step]
    member, value = WRONG[name]
    at[member] = value
    assert "error" in node("canonize", document)
    with pytest.raises(CannotCanonicalise):
        canonicalise(document)
    with pytest.raises(CannotCanonicalise):
        ours_for_others(document)
