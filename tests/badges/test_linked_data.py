"""Other people's JSON-LD, compared with PyLD, a full processor, construct by construct."""

import copy
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.badges import rdfc
from services.badges.contexts import CannotCanonicalise
from services.badges.domain.badge import Credential
from services.badges.domain.credential import CONTEXTS, Document, credential_document
from services.badges.linked_data import MOST_CONTEXTS, NotCovered, canonical_texts, statements
from services.badges.vocabularies import (
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    DATA_INTEGRITY_V1,
    ED25519_2020_V1,
    JWS_2020_V1,
    OPEN_BADGES_3_0_0,
    OPEN_BADGES_3_0_1,
    OPEN_BADGES_3_0_2,
    OPEN_BADGES_3_0_3,
    STATUS_LIST_2021_V1,
)
from tests.badges.test_canonical import by_pyld, read

pytestmark = pytest.mark.usefixtures("undisturbed")

PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-10-01T09:30:15Z",
    "verificationMethod": "did:key:z6Mk#z6Mk",
    "proofPurpose": "assertionMethod",
    "proofValue": "z3",
}


def ours(document: Document) -> bytes:
    return rdfc.canonical(statements(document))


def badge(*contexts: str, **more: Any) -> Document:
    """A badge with what makes JSON-LD hard: a list, a fraction, a result, nodes without ids."""
    return {
        "@context": list(contexts),
        "id": "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000001",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "did:key:z6Mk", "type": ["Profile"], "name": 'Ä "b"\n\tc'},
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "creditsEarned": 2.5,
            "identifier": [{"type": "IdentityObject", "hashed": True, "identityHash": "sha256$00"}],
            "result": [{"type": ["Result"], "value": "3", "resultDescription": "urn:r"}],
            "achievement": {
                "id": "urn:achievement",
                "type": ["Achievement"],
                "name": "Podcast",
                "criteria": {"narrative": "All of it"},
                "creditsAvailable": 3,
                "resultDescription": [
                    {"id": "urn:r", "type": ["ResultDescription"], "allowedValue": ["b", "a", "b"]}
                ],
            },
        },
        **more,
    }


OLD = {"issuanceDate": "2022-01-01T00:00:00Z", "expirationDate": "2032-01-01T00:00:00Z"}
ENDORSEMENT: Document = {
    "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3],
    "id": "urn:endorsement",
    "type": ["VerifiableCredential", "EndorsementCredential"],
    "issuer": {"id": "did:key:z6Mk2", "type": ["Profile"]},
    "credentialSubject": {
        "id": "urn:achievement",
        "type": ["EndorsementSubject"],
        "endorsementComment": "Yes",
    },
    "proof": [PROOF, PROOF | {"created": "2026-10-02T09:30:15Z"}],
}
DOCUMENTS: dict[str, Document] = {
    "Open Badges 3.0.0 of the data model 1.1": badge(CREDENTIALS_V1, OPEN_BADGES_3_0_0, **OLD),
    "Open Badges 3.0.1 of the data model 1.1": badge(CREDENTIALS_V1, OPEN_BADGES_3_0_1, **OLD),
    "Open Badges 3.0.2": badge(CREDENTIALS_V2, OPEN_BADGES_3_0_2),
    "Open Badges 3.0.3": badge(*CONTEXTS),
    "the Ed25519 suite of 2020": badge(CREDENTIALS_V1, OPEN_BADGES_3_0_1, ED25519_2020_V1, **OLD),
    "keys in documents, of JSON Web Signature 2020": badge(
        CREDENTIALS_V1, OPEN_BADGES_3_0_1, JWS_2020_V1, **OLD
    ),
    "proof options of JSON Web Signature 2020": {
        "@context": [CREDENTIALS_V1, JWS_2020_V1],
        "type": "JsonWebSignature2020",
        "created": "2022-01-01T00:00:00Z",
        "verificationMethod": "did:key:z6Mk#z6Mk",
        "proofPurpose": "assertionMethod",
    },
    "status list 2021": badge(
        CREDENTIALS_V2,
        OPEN_BADGES_3_0_3,
        STATUS_LIST_2021_V1,
        credentialStatus={"id": "urn:s#1", "type": "StatusList2021Entry", "statusListCredential": "urn:s"},
    ),
    "a signed endorsement inside": badge(*CONTEXTS, endorsement=[ENDORSEMENT]),
    "two signed endorsements inside": badge(
        *CONTEXTS, endorsement=[ENDORSEMENT, ENDORSEMENT | {"id": "urn:another"}]
    ),
    "a whole number written as a fraction": badge(*CONTEXTS, name="a")
    | {"credentialSubject": {"type": ["AchievementSubject"], "creditsEarned": 3.0}},
    "texts in a language, and values with a type": badge(
        *CONTEXTS,
        description=[
            {"@value": "Een “badge”\n", "@language": "nl"},
            {"@value": "A badge", "@language": "en-GB"},
            {"@value": "2026-10-01", "@type": "http://www.w3.org/2001/XMLSchema#date"},
            {"@value": 3, "@type": "http://www.w3.org/2001/XMLSchema#double"},
            {"@value": True},
            {"@value": "plain"},
        ],
    ),
    "JSON as it is": {
        "@context": list(CONTEXTS),
        "id": "urn:schema",
        "type": "JsonSchema",
        "jsonSchema": {"b": [1, None, True, 'é\n"\\'], "a": {}, "\ue000": 1, "😀": 2, "": 0},
    },
    "a proof that builds on another one": badge(
        *CONTEXTS, proof=[PROOF | {"id": "urn:proof:1"}, PROOF | {"previousProof": "urn:proof:1"}]
    ),
    "characters beyond U+D7FF": badge(
        *CONTEXTS,
        credentialSubject={
            "type": ["AchievementSubject"],
            "achievement": {"id": "urn:a", "type": ["Achievement"], "tag": ["a\uff21", "a😀", "a\ue000"]},
        },
    ),
    "proof options": {"@context": list(CONTEXTS), **PROOF},
    "proof options of 2020": {
        "@context": [CREDENTIALS_V1, ED25519_2020_V1],
        "type": "Ed25519Signature2020",
        "created": "2022-01-01T00:00:00Z",
        "verificationMethod": "did:key:z6Mk#z6Mk",
        "proofPurpose": "assertionMethod",
    },
    "proof options of the first version": {
        "@context": [CREDENTIALS_V1, DATA_INTEGRITY_V1],
        **{name: value for name, value in PROOF.items() if name != "proofValue"},
    },
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_canonicalised_as_by_pyld(name: str) -> None:
    assert ours(DOCUMENTS[name]) == by_pyld(DOCUMENTS[name])


def test_our_own_documents_are_canonicalised_as_by_the_fast_path(credential: Credential) -> None:
    document = credential_document(credential)
    assert ours(document) == by_pyld(document)


def test_the_open_badges_vector_is_reproduced_byte_for_byte(vectors: Path) -> None:
    signed = read(vectors / "1edtech-ob3" / "signed-credential.json")
    proof = signed.pop("proof")
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    expected = vectors / "1edtech-ob3"
    assert ours(signed) == (expected / "document-canon.txt").read_bytes()
    assert ours(options | {"@context": signed["@context"]}) == (expected / "proof-canon.txt").read_bytes()


UNCOVERED: dict[str, Callable[[Document], object]] = {
    "colour": lambda it: it.update(colour="red"),
    "issuer.grade": lambda it: it["issuer"].update(grade="A"),
    "Medal": lambda it: it.update(type=["VerifiableCredential", "Medal"]),
    "id": lambda it: it.update(id="credentials/1"),
    "credentialSubject.@id": lambda it: it["credentialSubject"].update({"@id": "urn:x"}),
}


@pytest.mark.parametrize("place", UNCOVERED)
def test_what_no_signature_covers_is_refused_by_its_place(place: str) -> None:
    document = copy.deepcopy(badge(*CONTEXTS))
    UNCOVERED[place](document)
    with pytest.raises(NotCovered, match=place):
        statements(document)
    assert canonical_texts([document])[0].uncovered


@pytest.mark.parametrize(
    "contexts",
    [
        [CREDENTIALS_V2, {"colour": "urn:colour"}],
        [CREDENTIALS_V2, "https://evil.example/context"],
        [CREDENTIALS_V2] * (MOST_CONTEXTS + 1),
        None,
        7,
    ],
)
def test_only_pinned_contexts_count(contexts: object) -> None:
    with pytest.raises(CannotCanonicalise, match="context"):
        statements(badge(*CONTEXTS) | {"@context": contexts})


NAMES = st.sampled_from([f"_:{letter}" for letter in "abcdef"])
TERMS = NAMES | st.sampled_from(["<urn:1>", "<urn:2>"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TERMS, TERMS, st.just("") | NAMES), min_size=1, max_size=8), st.randoms())
def test_the_names_do_not_depend_on_how_nodes_were_called(triples: list[Any], random: Any) -> None:
    quads = [(subject, "<urn:p>", object_, graph) for subject, object_, graph in triples]
    letters = list("abcdef")
    random.shuffle(letters)
    renamed = {f"_:{old}": f"_:{new}" for old, new in zip("abcdef", letters, strict=True)}
    others = [tuple(renamed.get(term, term) for term in quad) for quad in quads]
    random.shuffle(others)
    assert rdfc.canonical(quads) == rdfc.canonical(others)  # type: ignore[arg-type]  # four terms each


def test_a_graph_made_to_take_for_ever_is_refused_in_time() -> None:
    clique = [
        (f"_:n{one}", "<urn:p>", f"_:n{other}", "") for one, other in itertools.permutations(range(12), 2)
    ]
    started = time.process_time()
    with pytest.raises(rdfc.TooComplex):
        rdfc.canonical(clique)
    assert time.process_time() - started < 3
