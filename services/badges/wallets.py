"""Reading what a wallet signs to prove itself: a token (OpenID4VCI 1.0, F.1), or a presentation (F.2).

Only did:key and did:jwk with Ed25519 or P-256: who holds such a key needs nobody to vouch for it.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .checking.covered import covered
from .checking.dates import moment
from .checking.findings import Finding
from .checking.issuers import UnknownIssuer, World, did_document
from .checking.jws import header_of, payload_of, why_not_genuine
from .checking.keys import NotAKey, PublicKey, is_signature, key_of, to_text
from .checking.limits import NotReadable, parsed
from .checking.shapes import types_of
from .domain.wallet import NotProven, Proof, made_at
from .multikey import NotMultibase, from_multibase

PROOF_TYPE = "openid4vci-proof+jwt"
SUITES: Mapping[str, type[Any]] = {
    "eddsa-rdfc-2022": Ed25519PublicKey,
    "ecdsa-rdfc-2019": EllipticCurvePublicKey,
}
ALGORITHMS = ("ES256", "EdDSA", "Ed25519")
# A did:jwk says what its wallet puts into it, for ever and to everybody: nothing but the key may be in there.
_KEY_MEMBERS = {"kty", "crv", "x", "y", "alg", "use", "key_ops"}
LONGEST_DID = 420


async def token_proof(token: str, world: World) -> Proof:
    """What a proof of the type `openid4vci-proof+jwt` says, its signature checked. Raises NotProven."""
    try:
        header, claims = header_of(token), payload_of(token)
    except NotReadable as error:
        raise NotProven(f"it cannot be read: {error}") from error
    if header.get("typ") != PROOF_TYPE or header.get("alg") not in ALGORITHMS:
        raise NotProven(f"its header must have typ {PROOF_TYPE} and an alg of {', '.join(ALGORITHMS)}")
    did = _did_of(header)
    why = why_not_genuine(token, await _key(did, world))
    if why:
        raise NotProven(f"its signature does not hold: {why}")
    return Proof(did, claims.get("aud"), claims.get("nonce"), made_at(claims))


async def presentation_proof(presentation: Mapping[str, Any], world: World) -> Proof:
    """What a presentation's one Data Integrity proof says, its signature checked. Raises NotProven.

    It may present badges or nothing: they are not looked at.
    """
    document = _limited(presentation)
    proof = document.get("proof")
    if "VerifiablePresentation" not in types_of(document) or not isinstance(proof, dict):
        raise NotProven("it must be a VerifiablePresentation with one proof")
    suite, method = proof.get("cryptosuite"), proof.get("verificationMethod")
    if proof.get("type") != "DataIntegrityProof" or suite not in SUITES or not isinstance(method, str):
        raise NotProven(f"its proof must be a DataIntegrityProof by one key with one of {', '.join(SUITES)}")
    if proof.get("proofPurpose") != "authentication":
        raise NotProven("its proof must be made for authentication")
    did = method.partition("#")[0]
    if document.get("holder", did) != did:
        raise NotProven("its holder must be whose key signed it")
    await _refuse_not_genuine(document, proof, await _key(did, world), world)
    made = moment(proof.get("created"))
    if made is None:
        raise NotProven("its proof must say when it was created")
    return Proof(did, proof.get("domain"), proof.get("challenge"), made)


def _limited(presentation: Mapping[str, Any]) -> dict[str, Any]:
    """The presentation, if it is neither larger nor deeper than what is read from anybody."""
    try:
        return parsed(orjson.dumps(presentation))
    except (orjson.JSONEncodeError, NotReadable) as error:
        raise NotProven("the presentation is too large, or holds what is no text") from error


async def _refuse_not_genuine(
    document: Mapping[str, Any], proof: Mapping[str, Any], key: PublicKey, world: World
) -> None:
    texts = await covered(document, proof, world)
    if isinstance(texts, Finding):
        raise NotProven(texts.reason)
    try:
        signature = from_multibase(str(proof.get("proofValue")))
    except NotMultibase as error:
        raise NotProven("its signature cannot be read") from error
    fits = isinstance(key, SUITES[proof["cryptosuite"]])
    if not fits or not is_signature(key, signature, b"".join(sha256(text).digest() for text in texts)):
        raise NotProven("its signature does not hold: the content is not what was signed")


def _did_of(header: Mapping[str, Any]) -> str:
    """The DID that the header names by `kid`, or that of the key in `jwk`."""
    kid, jwk = header.get("kid"), header.get("jwk")
    if isinstance(kid, str) and jwk is None:
        return kid.partition("#")[0]
    if isinstance(jwk, dict) and kid is None:
        public = {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}
        return "did:jwk:" + to_text(json.dumps(public, separators=(",", ":"), sort_keys=True).encode())
    raise NotProven("its header must name one key: by kid, a did:key or did:jwk, or as jwk")


async def _key(did: str, world: World) -> PublicKey:
    """The one key of a wallet's DID. Raises NotProven."""
    if not did.startswith(("did:key:", "did:jwk:")) or len(did) > LONGEST_DID:
        raise NotProven("the wallet's id must be a did:key or did:jwk; have it make one")
    try:
        (method,) = (await did_document(world, did))["verificationMethod"]
        key = key_of(method)
    except (UnknownIssuer, NotAKey) as error:
        raise NotProven(f"the wallet's id holds no key that we know: {error}") from error
    jwk = method.get("publicKeyJwk", {})
    if jwk.get("kty") == "RSA" or not jwk.keys() <= _KEY_MEMBERS:
        raise NotProven("the wallet's did:jwk must hold nothing but a public key, Ed25519 or P-256")
    return key
