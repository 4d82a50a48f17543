"""Issuers and their keys in every form that others use."""

from typing import Any

import pytest

from services.badges.checking.issuers import UnknownIssuer, did_web_address
from services.badges.multikey import to_multibase
from services.badges.verifying import Verdict
from tests.badges.foreign import Elsewhere, badge, checked, claims, reason
from tests.badges.issuing_elsewhere import (
    DID_KEY,
    ED25519,
    HTTPS_ISSUER,
    MULTIKEY,
    P256,
    RSA,
    Document,
    did_jwk,
    jwk,
    token,
    with_proof,
)


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:a.example", "https://a.example/.well-known/did.json"),
        ("did:web:a.example:b:c", "https://a.example/b/c/did.json"),
        ("did:web:a.example%3A8443", "https://a.example:8443/.well-known/did.json"),
        ("did:web:a.example%3a8443:b", "https://a.example:8443/b/did.json"),
        ("did:web:a.example:caf%C3%A9", "https://a.example/caf%C3%A9/did.json"),
    ],
)
def test_where_the_document_of_a_did_web_is(did: str, url: str) -> None:
    assert did_web_address(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web:a.example/b",
        "did:web:a.example@b",
        "did:web:a.example%2Fb",
        "did:web:a.example%3Ax",
        "did:web:[::1]",
        "did:ion:abc",
        "did:web:a.example?b",
    ],
)
def test_what_is_no_did_web_is_not_looked_up(did: str) -> None:
    with pytest.raises(UnknownIssuer):
        did_web_address(did)


async def test_a_did_web_with_port_and_path_is_looked_up_there(elsewhere: Elsewhere) -> None:
    did = "did:web:issuer.example%3A8443:radio"
    method = {"id": f"{did}#1", "type": "Multikey", "controller": did, "publicKeyMultibase": MULTIKEY}
    document = {"id": did, "verificationMethod": [method], "assertionMethod": [method["id"]]}
    elsewhere.publish("https://issuer.example:8443/radio/did.json", document)
    signed = with_proof(badge(did), verificationMethod=method["id"])
    assert (await checked(signed, elsewhere)).verdict is Verdict.VALID


P256_MULTIKEY = to_multibase(
    b"\x80\x24"
    + bytes([2 + P256.public_key().public_numbers().y % 2])
    + P256.public_key().public_numbers().x.to_bytes(32)
)
RAW = to_multibase(ED25519.public_key().public_bytes_raw())[1:]
ENTRIES: dict[str, Document] = {
    "Multikey": {"type": "Multikey", "publicKeyMultibase": MULTIKEY},
    "Ed25519VerificationKey2020": {"type": "Ed25519VerificationKey2020", "publicKeyMultibase": MULTIKEY},
    "Ed25519VerificationKey2018": {"type": "Ed25519VerificationKey2018", "publicKeyBase58": RAW},
    "JsonWebKey2020": {"type": "JsonWebKey2020", "publicKeyJwk": jwk(ED25519)},
    "JsonWebKey": {"type": "JsonWebKey", "publicKeyJwk": jwk(ED25519) | {"kid": "1", "alg": "EdDSA"}},
}
DID = "did:web:issuer.example"
HERE = "https://issuer.example/.well-known/did.json"


def did_document(entry: Document, **more: Any) -> Document:
    method = {"id": f"{DID}#1", "controller": DID} | entry
    return {"id": DID, "verificationMethod": [method], "assertionMethod": [f"{DID}#1"]} | more


@pytest.mark.parametrize("kind", ENTRIES)
async def test_a_key_counts_in_every_form_in_which_it_is_published(elsewhere: Elsewhere, kind: str) -> None:
    signed = with_proof(badge(DID), verificationMethod=f"{DID}#1")
    elsewhere.publish(HERE, did_document(ENTRIES[kind]))
    found = await checked(signed, elsewhere)
    assert found.verdict is Verdict.VALID, reason(found, "issuer") + reason(found, "proof")
    elsewhere.publish(HERE, did_document(ENTRIES[kind], assertionMethod=[], authentication=[f"{DID}#1"]))
    found = await checked(signed, elsewhere)
    assert (found.verdict, "for credentials" in reason(found, "issuer")) == (Verdict.UNKNOWN_ISSUER, True)


@pytest.mark.parametrize("entry", [{"id": "#1"}, {"controller": DID}])
async def test_names_within_the_document_and_keys_within_the_list_are_understood(
    elsewhere: Elsewhere, entry: Document
) -> None:
    method = {"id": f"{DID}#1", "controller": DID, "publicKeyMultibase": MULTIKEY} | entry
    elsewhere.publish(HERE, {"id": DID, "assertionMethod": [method]})
    assert (await checked(with_proof(badge(DID), verificationMethod=f"{DID}#1"), elsewhere)).verdict is (
        Verdict.VALID
    )


@pytest.mark.parametrize(
    "change",
    [
        {"controller": DID_KEY},
        {"controller": f"{DID}:another"},
        {"id": f"{DID}#2"},
        {"publicKeyMultibase": P256_MULTIKEY},
        {"publicKeyMultibase": "z1"},
        {"publicKeyMultibase": None, "publicKeyJwk": {"kty": "oct", "k": "AA"}},
        {"publicKeyMultibase": None, "publicKeyJwk": jwk(ED25519) | {"d": "AA"}},
    ],
)
async def test_a_key_of_somebody_else_or_of_no_known_kind_does_not_count(
    elsewhere: Elsewhere, change: Document
) -> None:
    elsewhere.publish(HERE, did_document({"publicKeyMultibase": MULTIKEY} | change))
    found = await checked(with_proof(badge(DID), verificationMethod=f"{DID}#1"), elsewhere)
    assert found.verdict in (Verdict.UNKNOWN_ISSUER, Verdict.ALTERED)


async def test_a_did_key_of_the_other_curve_signs_as_well(elsewhere: Elsewhere) -> None:
    did = f"did:key:{P256_MULTIKEY}"
    method = f"{did}#{P256_MULTIKEY}"
    signed = with_proof(badge(did), P256, cryptosuite="ecdsa-rdfc-2019", verificationMethod=method)
    found = await checked(signed, elsewhere)
    assert found.verdict is Verdict.VALID, reason(found, "issuer") + reason(found, "proof")
    assert (await checked(token(claims(badge(did)), P256, kid=method), elsewhere)).verdict is Verdict.VALID


PROFILES: dict[str, Document] = {
    "a key in the profile": {"publicKey": {"id": f"{HTTPS_ISSUER}#a", "publicKeyJwk": jwk(RSA)}},
    "keys in the profile": {"publicKey": [{"publicKeyJwk": jwk(P256)}, {"publicKeyJwk": jwk(RSA)}]},
    "a set of keys": {"keys": [jwk(P256), jwk(RSA) | {"kid": "a"}]},
    "methods": {"verificationMethod": [{"id": f"{HTTPS_ISSUER}#a", "publicKeyJwk": jwk(RSA)}]},
}


@pytest.mark.parametrize("how", PROFILES)
async def test_an_https_issuer_names_its_keys_in_its_own_profile(elsewhere: Elsewhere, how: str) -> None:
    elsewhere.publish(HTTPS_ISSUER, {"id": HTTPS_ISSUER, **PROFILES[how]})
    carried = token(claims(badge(HTTPS_ISSUER)), RSA, jwk=jwk(RSA))
    assert (await checked(carried, elsewhere)).verdict is Verdict.VALID
    if how != "keys in the profile":
        named = token(claims(badge(HTTPS_ISSUER)), RSA, kid=f"{HTTPS_ISSUER}#a")
        assert (await checked(named, elsewhere)).verdict is Verdict.VALID
    other = token(claims(badge(did_jwk(P256))), RSA, kid=f"{HTTPS_ISSUER}#a")
    assert (await checked(other, elsewhere)).verdict is Verdict.UNKNOWN_ISSUER
    elsewhere.publish(HTTPS_ISSUER, {"id": HTTPS_ISSUER, "publicKey": {"publicKeyJwk": jwk(P256)}})
    assert (await checked(carried, elsewhere)).verdict is Verdict.UNKNOWN_ISSUER
