"""The canonicaliser against the published vectors and against PyLD, a full JSON-LD processor."""

import copy
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from services.badges.canonical import canonicalise, proof_configuration
from services.badges.contexts import CannotCanonicalise
from services.badges.domain.badge import (
    Achievement,
    Alignment,
    Credential,
    Evidence,
    HashedEmail,
    Issuer,
    Kind,
    Pseudonym,
    StatusEntry,
)
from services.badges.domain.credential import (
    CONTEXTS,
    Document,
    achievement_document,
    credential_document,
    profile_document,
)
from services.badges.domain.status import StatusList, status_list_document
from services.badges.vocabularies import vocabulary
from tests.badges.examples import NOW


def by_pyld(document: Document) -> bytes:
    """What the reference makes of a document, without any network."""

    def load(url: str, _options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": vocabulary(url)}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    canonical: str = jsonld.normalize(document, options)
    return canonical.encode()


def read(file: Path) -> Document:
    document: Document = json.loads(file.read_text())
    return document


def without_proof(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "proof"}


def test_the_open_badges_vector_is_reproduced_byte_for_byte(vectors: Path) -> None:
    signed = read(vectors / "1edtech-ob3" / "signed-credential.json")
    proof = signed["proof"]
    expected = vectors / "1edtech-ob3"
    assert canonicalise(without_proof(signed)) == (expected / "document-canon.txt").read_bytes()
    assert (
        proof_configuration(proof["created"], proof["verificationMethod"])
        == (expected / "proof-canon.txt").read_bytes()
    )


def test_the_cryptosuite_vector_is_reproduced_byte_for_byte(vectors: Path, example_contexts: Path) -> None:
    example = read(example_contexts / "credentials-examples-v2.json")

    def load(url: str) -> Mapping[str, Any]:
        return example if url.endswith("/examples/v2") else vocabulary(url)

    folder = vectors / "w3c-vc-di-eddsa"
    signed = read(folder / "signedDataInt.json")
    proof = signed["proof"]
    assert canonicalise(without_proof(signed), load) == (folder / "canonDocDataInt.txt").read_bytes()
    assert (
        proof_configuration(proof["created"], proof["verificationMethod"])
        == (folder / "proofCanonDataInt.txt").read_bytes()
    )


def test_every_document_we_publish_is_canonicalised_as_by_pyld(credential: Credential) -> None:
    status = StatusList(credential.status.list_url, credential.issuer.id, "uH4sI", NOW)
    for document in (
        credential_document(credential),
        achievement_document(credential.achievement, credential.issuer),
        profile_document(credential.issuer),
        status_list_document(status),
    ):
        canonical = canonicalise(document)
        assert canonical
        assert canonical == by_pyld(document)


def test_proof_options_are_written_as_by_pyld() -> None:
    created, method = "2026-10-01T09:30:15Z", "did:web:localhost%3A8080:issuers:7#z6MkjZRZ"
    options = {
        "@context": list(CONTEXTS),
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    assert proof_configuration(created, method) == by_pyld(options)


# Any character but those that may not be signed.
TEXT = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc"), include_characters="\t\n\r\x85", exclude_characters="\ufffe\uffff"
    ),
    max_size=12,
)
WORDS = TEXT.map(lambda text: f"a{text}")
WEB_ADDRESSES = st.builds(
    "https://{}/{}{}".format,
    st.sampled_from(["a.example", "b.example", "ä.example", "192.168.0.1:8080"]),
    st.text("aßж0-._~/", max_size=6),
    st.sampled_from(["", "?a=b&c=%C3%A4", "#part", "/%20"]),
)
DAYS = st.dates()
MOMENTS = st.just(NOW)
ALIGNMENTS = st.builds(
    Alignment,
    name=WORDS,
    url=WEB_ADDRESSES,
    framework=st.none() | TEXT,
    type=st.none() | st.just("ext:ESCOAlignment"),
    code=st.none() | TEXT,
    description=st.none() | TEXT,
)
CREDENTIALS = st.builds(
    Credential,
    id=WEB_ADDRESSES,
    issuer=st.builds(
        Issuer,
        id=st.sampled_from(["did:web:city.test:issuers:7", "did:web:localhost%3A8080:issuers:7"]),
        name=WORDS,
        url=WEB_ADDRESSES,
        description=st.none() | TEXT,
        image=st.none() | WEB_ADDRESSES,
    ),
    achievement=st.builds(
        Achievement,
        id=WEB_ADDRESSES,
        version=st.integers(1, 99),
        name=WORDS,
        description=WORDS,
        criteria=WORDS,
        image=WEB_ADDRESSES,
        image_alt=TEXT,
        language=st.sampled_from(["en", "fi", "sr-Latn", "pt-BR"]),
        kind=st.sampled_from(get_args(Kind)),
        tags=st.lists(WORDS, max_size=3).map(tuple),
        alignments=st.lists(ALIGNMENTS, max_size=4).map(tuple),
    ),
    recipient=st.builds(HashedEmail, TEXT, TEXT) | st.builds(Pseudonym, st.uuids()),
    awarded_at=MOMENTS,
    valid_from=MOMENTS,
    status=st.builds(StatusEntry, st.just("https://city.test/status/7/1"), st.integers(0, 131_071)),
    activity_start=st.none() | DAYS,
    activity_end=st.none() | DAYS,
    evidence=st.lists(
        st.builds(Evidence, url=WEB_ADDRESSES, name=st.none() | TEXT, narrative=st.none() | TEXT), max_size=3
    ).map(tuple),
)


@settings(max_examples=400, deadline=None)
@given(CREDENTIALS)
def test_any_credential_is_canonicalised_as_by_pyld(credential: Credential) -> None:
    document = credential_document(credential)
    assert canonicalise(document) == by_pyld(document)


Change = Callable[[Document], object]


def achievement_of(document: Document) -> Document:
    achievement: Document = document["credentialSubject"]["achievement"]
    return achievement


REFUSED: dict[str, tuple[Change, str]] = {
    "an undefined term": (lambda it: it.update(colour="red"), "colour"),
    "a term of another type's": (lambda it: it.update(targetName="a"), "targetName"),
    "a term that only a nested type defines": (
        lambda it: it["credentialSubject"].update(criteria={}),
        "credentialSubject.criteria",
    ),
    "an absolute IRI as a term": (lambda it: it.update({"https://a.example/b": "c"}), "https://a.example/b"),
    "a keyword": (lambda it: it["issuer"].update({"@id": "did:web:b"}), "issuer.@id"),
    "a language-tagged value": (
        lambda it: achievement_of(it).update(name={"@value": "a", "@language": "en"}),
        "credentialSubject.achievement.name.@value",
    ),
    "a map of languages": (
        lambda it: achievement_of(it).update(name={"en": "a"}),
        "credentialSubject.achievement.name.en",
    ),
    "an undefined type": (lambda it: it.update(type=["VerifiableCredential", "Medal"]), "Medal"),
    "a type that is no text": (lambda it: it.update(type=[7]), "type"),
    "a relative id": (lambda it: it.update(id="/credentials/1"), "id"),
    "a blank id": (lambda it: it.update(id="_:b0"), "id"),
    "an id that is no text": (lambda it: it.update(id=7), "id"),
    "a relative reference": (
        lambda it: it["credentialStatus"].update(statusListCredential="status/1"),
        "credentialStatus.statusListCredential",
    ),
    "an id that closes its brackets": (lambda it: it.update(id="urn:a> <urn:b> <urn:c> .\n<urn:d"), "id"),
    "an id with a bad escape": (lambda it: it.update(id="https://a.example/%zz"), "IRI"),
    "an IRI whose scheme is a term": (lambda it: it.update(type=["name:Badge"]), "name:Badge"),
    "a control character": (lambda it: it.update(name="a\x00"), "name"),
    "a delete character": (lambda it: achievement_of(it).update(tag=["a\x7f"]), "tag"),
    "half a surrogate pair": (lambda it: it.update(name="\ud83d"), "name"),
    "a code point that is no character": (lambda it: it.update(name="\uffff"), "name"),
    "nothing": (lambda it: it.update(name=None), "name"),
    "a fraction": (lambda it: it["credentialSubject"].update(creditsEarned=2.5), "creditsEarned"),
    "a number beyond doubles": (
        lambda it: it["credentialSubject"].update(creditsEarned=2**53 + 1),
        "creditsEarned",
    ),
    "a number as an id": (lambda it: it.update(credentialStatus=True), "credentialStatus"),
    "an empty list": (lambda it: it.update(evidence=[]), "evidence"),
    "a list in a list": (lambda it: it.update(evidence=[["https://a.example"]]), "evidence"),
    "an ordered container": (
        lambda it: achievement_of(it).update(
            resultDescription=[{"id": "urn:r", "type": ["ResultDescription"], "allowedValue": ["a"]}]
        ),
        "allowedValue: container @list",
    ),
    "a graph container": (
        lambda it: it.update(proof={"type": "DataIntegrityProof"}),
        "proof: container @graph",
    ),
    "a nested context": (lambda it: it["issuer"].update({"@context": CONTEXTS[0]}), "issuer.@context"),
    "an unknown context": (lambda it: it.update({"@context": ["https://a.example/v1"]}), "@context"),
    "an inline context": (lambda it: it.update({"@context": [*CONTEXTS, {"a": "urn:a"}]}), "@context"),
    "no context": (lambda it: it.pop("@context"), "@context"),
}


@pytest.mark.parametrize("change", REFUSED)
def test_what_a_signature_would_not_cover_is_refused_by_its_place(
    credential: Credential, change: str
) -> None:
    apply, place = REFUSED[change]
    document = copy.deepcopy(credential_document(credential))
    apply(document)
    with pytest.raises(CannotCanonicalise) as refused:
        canonicalise(document)
    assert place in str(refused.value)


@pytest.mark.parametrize(
    ("definitions", "reason"),
    [
        ({"@base": "urn:a"}, "@base is not supported"),
        ({"a": {"@id": "urn:a", "@reverse": "urn:b"}}, "the definition of a"),
        ({"a": None}, "the definition of a"),
        ({"a": "@id"}, "a may not stand for @id"),
        ({"a": "b", "b": "a"}, "defined by itself"),
        ({"a": "b"}, "b in the definition of a"),
        ({"p": "urn:p#", "a": "p:b"}, "p:b in the definition of a"),
        ({"name": "urn:other"}, "name is protected"),
    ],
)
def test_a_context_that_is_not_understood_is_refused(definitions: dict[str, Any], reason: str) -> None:
    def load(url: str) -> Mapping[str, Any]:
        return {"@context": definitions} if url == "urn:new" else vocabulary(url)

    with pytest.raises(CannotCanonicalise, match=reason):
        canonicalise({"@context": [CONTEXTS[0], "urn:new"], "id": "urn:x"}, load)


@pytest.mark.parametrize(
    ("created", "method"),
    [("yesterday", "did:web:a#z"), ("2026-10-01T09:30:15", "did:web:a#z"), ("2026-10-01T09:30:15Z", "z")],
)
def test_proof_options_that_are_not_a_time_and_a_key_are_refused(created: str, method: str) -> None:
    with pytest.raises(CannotCanonicalise, match=r"^proof\."):
        proof_configuration(created, method)


def nested(levels: int, width: int) -> Document:
    """Alike parts without an id inside each other: what makes canonicalisation take for ever."""
    if not levels:
        return {"name": "a"}
    return {"type": "VerifiableCredential", "evidence": [nested(levels - 1, width) for _ in range(width)]}


@pytest.mark.parametrize(("levels", "width"), [(1, 6), (2, 1), (2, 40)])
def test_graphs_that_would_take_for_ever_are_refused(levels: int, width: int) -> None:
    with pytest.raises(CannotCanonicalise, match="without an id of their own"):
        canonicalise({"@context": [CONTEXTS[0]], **nested(levels, width)})


def test_nodes_inside_nodes_without_end_are_refused() -> None:
    document: Document = {"id": "urn:a"}
    for _ in range(200):
        document = {"id": "urn:a", "type": "VerifiableCredential", "evidence": document}
    with pytest.raises(CannotCanonicalise, match="nested too deeply"):
        canonicalise({"@context": [CONTEXTS[0]], **document})


def test_the_worst_graph_that_is_accepted_takes_little_time() -> None:
    parts = [nested(1, 5)] * 6 + [{"name": "a"}] * 5000
    document = {"@context": [CONTEXTS[0]], **nested(0, 0), "id": "urn:a", "type": "VerifiableCredential"}
    started = time.process_time()
    assert canonicalise(document | {"evidence": parts})
    assert time.process_time() - started < 1
