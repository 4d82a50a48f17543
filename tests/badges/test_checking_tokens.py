"""Badges as tokens (VC-JWT), by the Open Badges profile and of the data model 1.1."""

from typing import Any

import pytest

from services.badges.verifying import Verdict
from services.badges.vocabularies import (
    CREDENTIALS_V2,
)
from tests.badges.foreign import Elsewhere, badge, checked, claims, old_badge, reason
from tests.badges.issuing_elsewhere import (
    ED25519,
    HTTPS_ISSUER,
    MULTIKEY,
    P256,
    RSA,
    PrivateKey,
    did_jwk,
    jwk,
    token,
    with_proof,
)

KEYS: dict[str, PrivateKey] = {"RS256": RSA, "ES256": P256, "EdDSA": ED25519}


@pytest.mark.parametrize("algorithm", KEYS)
async def test_a_token_of_every_algorithm_is_valid_by_kid_and_by_jwk(
    elsewhere: Elsewhere, algorithm: str
) -> None:
    key = KEYS[algorithm]
    did = did_jwk(key)
    by_kid = token(claims(badge(did)), key, kid=f"{did}#0", typ="JWT")
    by_jwk = token(claims(badge(did)), key, jwk=jwk(key))
    for text in (by_kid, by_jwk):
        found = await checked(text, elsewhere)
        assert found.verdict is Verdict.VALID, [(line.name, line.finding.reason) for line in found.lines]
        head, payload, signature = text.split(".")
        swapped = signature[:-8] + ("A" if signature[-8] != "A" else "B") + signature[-7:]
        assert (await checked(f"{head}.{payload}.{swapped}", elsewhere)).verdict is Verdict.ALTERED
    enveloped = {
        "@context": [CREDENTIALS_V2],
        "id": f"data:application/vc+jwt,{by_kid}",
        "type": "EnvelopedVerifiableCredential",
    }
    assert (await checked(enveloped, elsewhere)).verdict is Verdict.VALID


async def test_a_key_by_https_is_a_jwk_or_one_of_a_set(elsewhere: Elsewhere) -> None:
    text = token(claims(badge(HTTPS_ISSUER)), RSA, kid="https://issuer.example/jwks#a")
    elsewhere.publish(
        "https://issuer.example/jwks", {"keys": [jwk(P256) | {"kid": "b"}, jwk(RSA) | {"kid": "a"}]}
    )
    assert (await checked(text, elsewhere)).verdict is Verdict.VALID
    elsewhere.publish("https://issuer.example/jwks", jwk(RSA))
    assert (await checked(text, elsewhere)).verdict is Verdict.VALID
    elsewhere.publish("https://issuer.example/jwks", jwk(P256))
    assert (await checked(text, elsewhere)).verdict is Verdict.ALTERED


async def test_a_token_with_a_key_of_somebody_else_is_nobodys(elsewhere: Elsewhere) -> None:
    text = token(claims(badge(did_jwk(P256))), RSA, jwk=jwk(RSA))
    assert (await checked(text, elsewhere)).verdict is Verdict.UNKNOWN_ISSUER
    unsigned = token(claims(badge(did_jwk(P256))), P256, kid=f"{did_jwk(P256)}#0", alg="none")
    assert (await checked(unsigned, elsewhere)).verdict is Verdict.ALTERED
    demanding = token(claims(badge(did_jwk(P256))), P256, kid=f"{did_jwk(P256)}#0", crit=["x"])
    assert (await checked(demanding, elsewhere)).verdict is Verdict.ALTERED


async def test_a_token_of_the_data_model_1_1_carries_its_credential_inside(elsewhere: Elsewhere) -> None:
    document = old_badge(issuer=did_jwk(RSA))
    inner = {name: value for name, value in document.items() if name not in ("id", "issuer")}
    payload = {"vc": inner, "iss": did_jwk(RSA), "jti": document["id"], "nbf": 1790847015}
    found = await checked(token(payload, RSA, kid=f"{did_jwk(RSA)}#0"), elsewhere)
    assert found.verdict is Verdict.VALID, [(line.name, line.finding.reason) for line in found.lines]


async def test_a_token_that_says_something_else_than_its_credential_does_not_conform(
    elsewhere: Elsewhere,
) -> None:
    text = token(claims(badge(did_jwk(RSA)), jti="urn:other"), RSA, kid=f"{did_jwk(RSA)}#0")
    found = await checked(text, elsewhere)
    assert (found.verdict, reason(found, "schema")[:3]) == (Verdict.NOT_A_CREDENTIAL, "jti")


@pytest.mark.parametrize("inside", [True, False])
async def test_the_claims_of_a_token_limit_its_time(elsewhere: Elsewhere, inside: bool) -> None:
    did = did_jwk(RSA)
    for claim, verdict in (("exp", Verdict.EXPIRED), ("nbf", Verdict.NOT_YET_VALID)):
        moment = 1790890000 if claim == "exp" else 1900000000
        payload = {"vc": old_badge(issuer=did), "iss": did} if inside else claims(badge(did))
        found = await checked(token(payload | {claim: moment}, RSA, kid=f"{did}#0"), elsewhere)
        assert found.verdict is verdict, reason(found, "dates")


@pytest.mark.parametrize("by", ["jwk", "proof"])
async def test_a_change_shows_though_the_issuer_cannot_be_asked(elsewhere: Elsewhere, by: str) -> None:
    """The key stands in the proof itself: whether anything was changed since is known without the issuer."""
    document = badge("https://issuer.example/1")
    proven = with_proof(document, verificationMethod=f"https://issuer.example/1#{MULTIKEY}")
    signed: dict[str, Any] | str = proven
    changed: dict[str, Any] | str = {**proven, "name": "Podcasts"}
    if by == "jwk":
        signed = token(claims(document), RSA, jwk=jwk(RSA))
        head, payload, signature = signed.split(".")
        changed = f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    found = await checked(signed, elsewhere)
    assert found.verdict is Verdict.CANNOT_CHECK_NOW
    assert "carries itself" in reason(found, "proof")
    assert "cannot be looked up" in reason(found, "issuer")
    assert (await checked(changed, elsewhere)).verdict is Verdict.ALTERED


async def test_a_proof_inside_a_token_is_told_of_beside_the_tokens_own(elsewhere: Elsewhere) -> None:
    did = did_jwk(ED25519)
    inner = with_proof(badge(did), verificationMethod=f"{did}#0")
    found = await checked(token(claims(inner), ED25519, kid=f"{did}#0"), elsewhere)
    assert found.verdict is Verdict.VALID, [(line.name, line.finding.reason) for line in found.lines]
    details = found.found["proof"].finding.details
    assert ["token signed" in details[0], "eddsa-rdfc-2022" in details[1], len(details)] == [True, True, 2]
    later = token(claims(inner | {"name": "Another"}), ED25519, kid=f"{did}#0")
    found = await checked(later, elsewhere)
    assert (found.verdict, "not what was signed" in found.found["proof"].finding.details[1]) == (
        Verdict.VALID,
        True,
    )


async def test_claims_beside_an_embedded_proof_are_not_covered_by_it(elsewhere: Elsewhere) -> None:
    found = await checked(with_proof(badge()) | {"exp": 1}, elsewhere)
    assert found.verdict is Verdict.ALTERED


DID_WEB = "did:web:issuer.example"


def published_did(*asserting: str, **more: Any) -> dict[str, Any]:
    """A DID document with an RSA key that may be used for what is said."""
    method = {"id": f"{DID_WEB}#a", "controller": DID_WEB, "publicKeyJwk": jwk(RSA), **more}
    return {"id": DID_WEB, "verificationMethod": [method], "assertionMethod": list(asserting)}


async def test_a_key_whose_address_cannot_be_read_is_found_in_the_issuers_document(
    elsewhere: Elsewhere,
) -> None:
    """As with a trust store, which has the issuers' documents and nothing else."""
    text = token(claims(badge(DID_WEB)), RSA, kid="https://issuer.example/keys/a")
    where = "https://issuer.example/.well-known/did.json"
    for document, verdict in (
        (published_did(f"{DID_WEB}#a"), Verdict.VALID),
        (published_did(), Verdict.UNKNOWN_ISSUER),
        (published_did(f"{DID_WEB}#a", revoked="2026-10-01T00:00:00Z"), Verdict.UNKNOWN_ISSUER),
        (published_did(f"{DID_WEB}#a", id=f"{DID_WEB}#b"), Verdict.CANNOT_CHECK_NOW),
    ):
        elsewhere.publish(where, document)
        assert (await checked(text, elsewhere)).verdict is verdict, document


async def test_a_key_in_a_token_must_be_one_that_the_issuer_uses_for_credentials(
    elsewhere: Elsewhere,
) -> None:
    text = token(claims(badge(DID_WEB)), RSA, jwk=jwk(RSA))
    where = "https://issuer.example/.well-known/did.json"
    elsewhere.publish(where, published_did(f"{DID_WEB}#a"))
    assert (await checked(text, elsewhere)).verdict is Verdict.VALID
    elsewhere.publish(where, published_did() | {"authentication": [f"{DID_WEB}#a"]})
    assert (await checked(text, elsewhere)).verdict is Verdict.UNKNOWN_ISSUER


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize("algorithm", KEYS)
async def test_any_changed_character_of_a_token_alters_it(elsewhere: Elsewhere, algorithm: str) -> None:
    key = KEYS[algorithm]
    text = token(claims(badge(did_jwk(key))), key, kid=f"{did_jwk(key)}#0")
    for at, letter in enumerate(text):
        near = LETTERS[LETTERS.find(letter) ^ 1] if letter in LETTERS else "A"
        found = await checked(text[:at] + near + text[at + 1 :], elsewhere)
        assert found.verdict is not Verdict.VALID, (at, len(text))
