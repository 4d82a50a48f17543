"""Organisations as did:web issuers: their DID, and the document that lists their keys (DID Core 1.0)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from .credential import Document, timestamp

_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
_JWK_CONTEXT = "https://w3id.org/security/jwk/v1"
_SEGMENT = re.compile("[A-Za-z0-9._-]+")

Kind = Literal["Ed25519", "RS256", "ES256"]
"""What a key is for: Data Integrity proofs, or JSON Web Tokens of that algorithm."""


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key. Keys that were replaced stay; compromised ones say since when.

    `name` is the key itself in multibase form; where it is a JSON Web Key (`jwk`), its thumbprint.
    """

    name: str
    compromised_at: datetime | None = None
    jwk: Mapping[str, Any] | None = None


def organisation_did(public_url: str, organisation: str) -> str:
    """The DID of an organisation of the city at `public_url`, for `/issuers/<organisation>/did.json`.

    A port is percent-encoded, since a colon separates path segments in did:web. Raises ValueError
    for an address that cannot be one.
    """
    parts = urlsplit(public_url)
    segments = [*filter(None, parts.path.split("/")), "issuers", organisation]
    if not parts.hostname or parts.query or parts.fragment or not all(map(_SEGMENT.fullmatch, segments)):
        raise ValueError(f"no did:web can be made of {public_url} and {organisation}")
    host = parts.hostname if parts.port is None else f"{parts.hostname}%3A{parts.port}"
    return ":".join(("did", "web", host, *segments))


def verification_method(did: str, name: str) -> str:
    """The URL of a key. A multibase key is its own fragment: a verifier may read it without fetching."""
    return f"{did}#{name}"


def did_document(did: str, keys: Sequence[IssuerKey], also_known_as: Sequence[str] = ()) -> Document:
    """The document that a verifier resolves `did` to.

    Every key that ever signed and was not compromised may still assert: else old badges would stop verifying.
    """
    asserting = [verification_method(did, key.name) for key in keys if key.compromised_at is None]
    return {
        "@context": [*_CONTEXTS, *([_JWK_CONTEXT] if any(key.jwk for key in keys) else [])],
        "id": did,
        **({"alsoKnownAs": list(also_known_as)} if also_known_as else {}),
        "verificationMethod": [_method(did, key) for key in keys],
        "assertionMethod": asserting,
    }


def published_jwk(key: IssuerKey, kid: str, did: str) -> Document:
    """A JSON Web Key as it stands alone at `kid`, naming whose it is: others' keys are on the same host.

    Of a compromised one only that is left, so that nobody can check a signature with it by mistake.
    """
    jwk = dict(key.jwk or {})
    if key.compromised_at is not None:
        jwk = {"kty": jwk["kty"], "revoked": timestamp(key.compromised_at)}
    return {**jwk, "kid": kid, "controller": did}


def _method(did: str, key: IssuerKey) -> Document:
    method: Document = {"id": verification_method(did, key.name), "type": "Multikey", "controller": did}
    if key.jwk:
        method |= {"type": "JsonWebKey", "publicKeyJwk": dict(key.jwk)}
    else:
        method["publicKeyMultibase"] = key.name
    if key.compromised_at is not None:
        method["revoked"] = timestamp(key.compromised_at)
    return method
