"""The canonicaliser against the published vectors and against PyLD, a full JSON-LD processor."""

import json
import os
from collections.abc import Mapping
from datetime import UTC
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
    Layer,
    Pseudonym,
    Related,
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
from tests.badges.examples import NOW, uncontested


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
LANGUAGES = st.sampled_from(["en", "fi", "sr-Latn", "pt-BR"])
RELATED = st.builds(Related, id=WEB_ADDRESSES, language=LANGUAGES)
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
        id=WEB_ADDRESSES.filter(lambda address: "#" not in address),
        version=st.integers(1, 99),
        name=WORDS,
        description=WORDS,
        criteria=WORDS,
        image=WEB_ADDRESSES,
        image_alt=TEXT,
        language=LANGUAGES,
        kind=st.sampled_from(get_args(Kind)),
        tags=st.lists(WORDS, max_size=3).filter(uncontested).map(tuple),
        alignments=st.lists(ALIGNMENTS, max_size=4).map(tuple),
        layer=st.none() | st.sampled_from(get_args(Layer)),
        related=st.lists(RELATED, max_size=2).map(tuple),
    ),
    recipient=st.builds(HashedEmail, TEXT, TEXT) | st.builds(Pseudonym, st.uuids()),
    awarded_at=MOMENTS,
    valid_from=MOMENTS,
    status=st.builds(StatusEntry, st.just("https://city.test/status/7/1"), st.integers(0, 131_071)),
    valid_until=st.none() | st.datetimes(NOW.replace(year=2027, tzinfo=None), timezones=st.just(UTC)),
    activity_start=st.none() | DAYS,
    activity_end=st.none() | DAYS,
    evidence=st.lists(
        st.builds(Evidence, url=WEB_ADDRESSES, name=st.none() | TEXT, narrative=st.none() | TEXT), max_size=3
    ).map(tuple),
)


# `make compare` does thousands, and has Node compared as well (tests/interop/test_compared.py).
@settings(max_examples=int(os.environ.get("CREDENTIALS_COMPARED", "300")), deadline=None)
@given(CREDENTIALS)
def test_any_credential_is_canonicalised_as_by_pyld(credential: Credential) -> None:
    document = credential_document(credential)
    assert canonicalise(document) == by_pyld(document)


@pytest.mark.parametrize(
    ("created", "method"),
    [("yesterday", "did:web:a#z"), ("2026-10-01T09:30:15", "did:web:a#z"), ("2026-10-01T09:30:15Z", "z")],
)
def test_proof_options_that_are_not_a_time_and_a_key_are_refused(created: str, method: str) -> None:
    with pytest.raises(CannotCanonicalise, match=r"^proof\."):
        proof_configuration(created, method)
