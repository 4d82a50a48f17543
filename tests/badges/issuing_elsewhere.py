"""Badges as others issue them: keys, documents, tokens, and the places where they are published."""

import base64
import copy
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from services.badges.fetching import CannotFetch, Fetched
from services.badges.linked_data import canonical_texts
from services.badges.multikey import public_key_text, to_multibase

Document = dict[str, Any]
PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
P256 = new_ec_key(SECP256R1())
RSA = new_rsa_key(65537, 2048)
MULTIKEY = public_key_text(ED25519.public_key().public_bytes_raw())
DID_KEY = f"did:key:{MULTIKEY}"
HTTPS_ISSUER = "https://issuer.example/profile"


@dataclass
class Internet:
    """What is published where; an address that is not here cannot be reached."""

    pages: dict[str, Fetched] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def publish(self, url: str, document: object, status: int = 200) -> None:
        """Put a document, or the bytes of a page, at an address."""
        body = document if isinstance(document, bytes) else orjson.dumps(document)
        self.pages[url] = Fetched(status, body, "application/json")

    async def get(self, url: str) -> Fetched:
        """As a verifier asks."""
        self.asked.append(url)
        if url not in self.pages:
            raise CannotFetch(f"{url} cannot be reached")
        return self.pages[url]


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def jwk(key: PrivateKey) -> Document:
    """The public half of a key as a JWK."""
    if isinstance(key, Ed25519PrivateKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(key.public_key().public_bytes_raw())}
    if isinstance(key, EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": b64(point.x.to_bytes(32)), "y": b64(point.y.to_bytes(32))}
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "n": b64(numbers.n.to_bytes(256)), "e": b64(numbers.e.to_bytes(3))}


def did_jwk(key: PrivateKey) -> str:
    """The did:jwk of a key."""
    return "did:jwk:" + b64(orjson.dumps(jwk(key)))


ALGORITHMS = {Ed25519PrivateKey: "EdDSA", EllipticCurvePrivateKey: "ES256", RSAPrivateKey: "RS256"}


def raw_signature(key: PrivateKey, data: bytes) -> bytes:
    """A signature in the form that JWS and Data Integrity use."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, EllipticCurvePrivateKey):
        first, second = decode_dss_signature(key.sign(data, ECDSA(SHA256())))
        return first.to_bytes(32) + second.to_bytes(32)
    return key.sign(data, padding.PKCS1v15(), SHA256())


def token(payload: Mapping[str, Any], key: PrivateKey, **header: Any) -> str:
    """A compact JWS over the payload."""
    algorithm = next(name for kind, name in ALGORITHMS.items() if isinstance(key, kind))
    parts = b64(orjson.dumps({"alg": algorithm} | header)) + "." + b64(orjson.dumps(payload))
    return parts + "." + b64(raw_signature(key, parts.encode()))


def with_proof(document: Document, key: PrivateKey = ED25519, **options: Any) -> Document:
    """The document with an embedded proof, after those that it has."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-10-01T09:30:15Z",
        "verificationMethod": f"{DID_KEY}#{MULTIKEY}",
        "proofPurpose": "assertionMethod",
    } | options
    proof = {name: value for name, value in proof.items() if value is not None}
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    texts = canonical_texts([proof | {"@context": document["@context"]}, unsigned])
    assert not any(text.refusal for text in texts), texts
    data = b"".join(hashlib.sha256(text.text).digest() for text in texts)
    signed = proof | {"proofValue": to_multibase(raw_signature(key, data))}
    before = copy.deepcopy(document.get("proof", []))
    return {**document, "proof": [*before, signed] if before else signed}
