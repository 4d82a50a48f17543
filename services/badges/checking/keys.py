"""Public keys in the forms in which issuers publish them, and the signatures they check."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ..multikey import NotMultibase, from_multibase

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey

# Larger ones make checking a signature slow, smaller ones are no longer safe.
RSA_BITS = range(2048, 8193)
LONGEST_TEXT = 20_000

_ED25519 = b"\xed\x01"
_P256 = b"\x80\x24"


class NotAKey(ValueError):
    """There is no public key of a kind that we know."""


def key_of(entry: Mapping[str, Any]) -> PublicKey:
    """The public key in a verification method, a JWK or an Open Badges 2.0 CryptographicKey.

    Raises NotAKey.
    """
    try:
        if isinstance(entry.get("publicKeyMultibase"), str):
            return from_multikey(from_multibase(entry["publicKeyMultibase"]))
        if isinstance(entry.get("publicKeyBase58"), str):
            return Ed25519PublicKey.from_public_bytes(from_multibase("z" + entry["publicKeyBase58"]))
        if isinstance(entry.get("publicKeyPem"), str):
            return _usable(load_pem_public_key(entry["publicKeyPem"][:LONGEST_TEXT].encode()))
        jwk = entry.get("publicKeyJwk", entry)
        return _from_jwk(jwk if isinstance(jwk, dict) else {})
    except (ValueError, KeyError, TypeError, NotMultibase, binascii.Error) as error:
        raise NotAKey("the key is of a kind that we do not know, or damaged") from error


def from_multikey(data: bytes) -> PublicKey:
    """A key in the bytes of Multikey. Raises NotAKey, ValueError."""
    if data.startswith(_ED25519):
        return Ed25519PublicKey.from_public_bytes(data[2:])
    if data.startswith(_P256):
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), data[2:])
    raise NotAKey("unknown kind")


def self_named(method: str) -> PublicKey | None:
    """The key that stands in its own name (`did:key:z6Mk...`, `...#z6Mk...`), or None where none does."""
    text = method.rpartition("#")[2] if "#" in method else method.removeprefix("did:key:")
    try:
        return from_multikey(from_multibase(text))
    except (NotMultibase, ValueError):
        return None


def _from_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    if "d" in jwk:
        raise NotAKey("it is a private key")
    kind, curve = jwk["kty"], jwk.get("crv")
    if (kind, curve) == ("OKP", "Ed25519"):
        return Ed25519PublicKey.from_public_bytes(decoded(jwk["x"]))
    if (kind, curve) == ("EC", "P-256"):
        return EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), SECP256R1()).public_key()
    if kind == "RSA":
        if len(jwk["n"]) > LONGEST_TEXT or len(jwk["e"]) > 8:
            raise NotAKey("too large")
        return _usable(RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key())
    raise NotAKey("unknown kind")


def _usable(key: object) -> PublicKey:
    if isinstance(key, RSAPublicKey) and key.key_size in RSA_BITS and key.public_numbers().e < 2**33:
        return key
    if isinstance(key, Ed25519PublicKey):
        return key
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    raise NotAKey("unknown kind or size")


def decoded(text: str) -> bytes:
    """The bytes of base64url without padding. Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("must be a text")
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)


def to_text(data: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _number(text: str) -> int:
    return int.from_bytes(decoded(text))


def same_key(one: PublicKey, other: PublicKey) -> bool:
    """Whether two keys are the same, in whatever form they came."""
    return type(one) is type(other) and one == other


def is_signature(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether the signature over the data is by this key: Ed25519, ECDSA P-256 (raw), or RSA PKCS #1 v1.5."""
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        elif isinstance(key, RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), SHA256())
        elif len(signature) != 64:
            return False
        else:
            halves = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            key.verify(encode_dss_signature(*halves), data, ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True
