"""Organisations as did:web issuers: their DID, and the document that lists their keys (DID Core 1.0)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from .credential import Document, timestamp

_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
_SEGMENT = re.compile("[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key by its multibase form. Keys that were replaced stay; compromised ones say since when."""

    public_multibase: str
    compromised_at: datetime | None = None


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


def verification_method(did: str, public_multibase: str) -> str:
    """The URL of a key; its fragment is the key itself, so that a verifier may read it without fetching."""
    return f"{did}#{public_multibase}"


def did_document(did: str, keys: Sequence[IssuerKey], also_known_as: Sequence[str] = ()) -> Document:
    """The document that a verifier resolves `did` to.

    Every key that ever signed and was not compromised may still assert: else old badges would stop verifying.
    """
    asserting = [verification_method(did, key.public_multibase) for key in keys if key.compromised_at is None]
    return {
        "@context": list(_CONTEXTS),
        "id": did,
        **({"alsoKnownAs": list(also_known_as)} if also_known_as else {}),
        "verificationMethod": [_method(did, key) for key in keys],
        "assertionMethod": asserting,
    }


def _method(did: str, key: IssuerKey) -> Document:
    method = {
        "id": verification_method(did, key.public_multibase),
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": key.public_multibase,
    }
    if key.compromised_at is not None:
        method["revoked"] = timestamp(key.compromised_at)
    return method
