"""Signing with an organisation's key: Data Integrity proofs of the cryptosuite eddsa-rdfc-2022.

The private keys are stored sealed; see `sealing.py`.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .canonical import canonicalise, proof_configuration
from .contexts import CannotCanonicalise
from .domain.credential import Document, timestamp
from .domain.did import verification_method
from .multikey import NotMultibase, from_multibase, public_key_text, to_multibase
from .sealing import CannotOpenKey, seal, unseal

_PROOF_MEMBERS = {
    "type",
    "cryptosuite",
    "created",
    "verificationMethod",
    "proofPurpose",
    "proofValue",
}
_PROOF_KIND = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "proofPurpose": "assertionMethod",
}


@dataclass(frozen=True)
class SigningKey:
    """An organisation's private key and the DID that publishes its public half."""

    did: str
    private: Ed25519PrivateKey = field(repr=False)

    @cached_property
    def public_multibase(self) -> str:
        """The public key in Multikey form."""
        return public_key_text(self.private.public_key().public_bytes_raw())

    @cached_property
    def verification_method(self) -> str:
        """The URL that proofs name the key by."""
        return verification_method(self.did, self.public_multibase)


def new_key(did: str) -> SigningKey:
    """A fresh key for an organisation."""
    return SigningKey(did, Ed25519PrivateKey.generate())


def sign(document: Mapping[str, Any], key: SigningKey, created: datetime) -> Document:
    """The document with its proof, made at `created`. Raises CannotCanonicalise for what cannot be signed."""
    return proven(document, key.private.sign(hash_data(canonicalise(document), key, created)), key, created)


def hash_data(canonical: bytes, key: SigningKey, created: datetime) -> bytes:
    """What the key is to sign of a document with this canonical form. Raises CannotCanonicalise."""
    return _hash_data(canonical, timestamp(created), key.verification_method)


def proven(document: Mapping[str, Any], signature: bytes, key: SigningKey, created: datetime) -> Document:
    """The document with the proof that this signature makes."""
    moment, method = timestamp(created), key.verification_method
    proof = {
        **_PROOF_KIND,
        "created": moment,
        "verificationMethod": method,
        "proofValue": to_multibase(signature),
    }
    return {**document, "proof": proof}


def stored_form(document: Document) -> bytes:
    """The bytes in which a signed document is kept and served, unchanged for ever."""
    return orjson.dumps(document)


class ProofOutcome(StrEnum):
    """What became of checking a proof."""

    GENUINE = "genuine"
    ABSENT = "absent"
    UNSUPPORTED = "unsupported"
    UNKNOWN_KEY = "unknown_key"
    ALTERED = "altered"


def verify(document: Mapping[str, Any], resolve_key: Callable[[str], bytes | None]) -> ProofOutcome:
    """Whether the document is what was signed.

    `resolve_key` gives the 32 bytes of the Ed25519 public key at a verification method's URL, or None if it
    knows no such key. Says nothing about whether that key may speak for the issuer.
    """
    proof = document.get("proof")
    if proof is None:
        return ProofOutcome.ABSENT
    if not _is_ours(proof):
        return ProofOutcome.UNSUPPORTED
    public = resolve_key(proof["verificationMethod"])
    if public is None:
        return ProofOutcome.UNKNOWN_KEY
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    try:
        data = _hash_data(canonicalise(unsigned), proof["created"], proof["verificationMethod"])
        Ed25519PublicKey.from_public_bytes(public).verify(from_multibase(proof["proofValue"]), data)
    except (CannotCanonicalise, NotMultibase, InvalidSignature):
        return ProofOutcome.ALTERED
    return ProofOutcome.GENUINE


def _is_ours(proof: object) -> bool:
    """One embedded proof of our suite with no member beside those that are signed."""
    return (
        isinstance(proof, dict)
        and proof.keys() == _PROOF_MEMBERS
        and all(isinstance(value, str) for value in proof.values())
        and all(proof[name] == value for name, value in _PROOF_KIND.items())
    )


def _hash_data(canonical: bytes, created: str, method: str) -> bytes:
    """The 64 bytes that are signed: the proof's configuration first (EdDSA Cryptosuites 1.0, 3.2.4)."""
    return _configuration_hash(created, method) + hashlib.sha256(canonical).digest()


@lru_cache(maxsize=256)
def _configuration_hash(created: str, method: str) -> bytes:
    """The same for all that a key signs within a second."""
    return hashlib.sha256(proof_configuration(created, method)).digest()


def seal_key(key: SigningKey, key_encryption_key: bytes) -> bytes:
    """The private key encrypted for storage; see `sealing.seal`."""
    return seal(key.private.private_bytes_raw(), key.did, key_encryption_key)


def open_key(sealed: bytes, did: str, key_encryption_key: bytes) -> SigningKey:
    """The key that was sealed for this DID. Raises CannotOpenKey, or ValueError as `sealing.seal`."""
    secret = unseal(sealed, did, key_encryption_key)
    try:
        return SigningKey(did, Ed25519PrivateKey.from_private_bytes(secret))
    except ValueError as error:
        raise CannotOpenKey(did) from error
