"""Compact JSON Web Signatures (RFC 7515) around credentials: what they carry, and who signed."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .keys import PublicKey, decoded, is_signature, to_text
from .limits import NotReadable, parsed

_KINDS: Mapping[str, type[Any]] = {
    "RS256": RSAPublicKey,
    "ES256": EllipticCurvePublicKey,
    "EdDSA": Ed25519PublicKey,
    "Ed25519": Ed25519PublicKey,
}


CLAIMS = frozenset({"iss", "jti", "sub", "nbf", "exp", "iat", "aud"})
"""What a token adds to the members of a credential (Open Badges 3.0, 8.2.4.1)."""


def without_claims(credential: Mapping[str, Any]) -> dict[str, Any]:
    """The credential as it was before it became the payload of a token."""
    return {name: value for name, value in credential.items() if name not in CLAIMS}


def header_of(token: str) -> dict[str, Any]:
    """A token's header. Raises NotReadable."""
    return _part(token, 0)


def payload_of(token: str) -> dict[str, Any]:
    """A token's payload. Raises NotReadable."""
    return _part(token, 1)


def credential_in(token: str) -> dict[str, Any]:
    """The credential that a token carries: its payload, or its claim `vc`; a presentation in `vp` as it is.

    Raises NotReadable.
    """
    header_of(token)
    payload = payload_of(token)
    if isinstance(payload.get("vp"), dict):
        shown: dict[str, Any] = payload["vp"]
        return shown
    inner = payload.get("vc")
    if not isinstance(inner, dict):
        return payload
    issuer = inner.get("issuer", payload.get("iss"))
    moments = {name: payload[name] for name in ("nbf", "exp") if name in payload}
    filled = {"id": payload.get("jti"), "issuer": issuer, **inner, **moments}
    subject = filled.get("credentialSubject")
    if isinstance(subject, dict) and "sub" in payload:
        filled["credentialSubject"] = {"id": payload["sub"], **subject}
    return {name: value for name, value in filled.items() if value is not None}


def why_not_genuine(token: str, key: PublicKey) -> str:
    """Why the token is not signed by this key; nothing if it is."""
    header = header_of(token)
    if "crit" in header or header.get("b64", True) is not True:
        return "the token demands what we do not know"
    algorithm = str(header.get("alg"))
    if not isinstance(key, _KINDS.get(algorithm, ())):
        return f"its algorithm {algorithm[:20]} does not fit the key, or is none of {', '.join(_KINDS)}"
    signed, _, signature = token.rpartition(".")
    try:
        found = decoded(signature)
        # The last letter has bits that stand for nothing: another one there would pass for the same.
        genuine = to_text(found) == signature and is_signature(key, found, signed.encode())
    except ValueError:
        genuine = False
    return "" if genuine else "the content is not what was signed"


def disagreements(token: str, credential: Mapping[str, Any]) -> list[str]:
    """Claims that say something else than the credential (Open Badges 3.0, 8.2.4.1)."""
    payload, subject = payload_of(token), credential.get("credentialSubject")
    issuer = credential.get("issuer")
    said = {
        "iss": issuer.get("id") if isinstance(issuer, dict) else issuer,
        "jti": credential.get("id"),
        "sub": subject.get("id") if isinstance(subject, dict) else None,
    }
    return [f"{claim} is not what the credential says" for claim in said if _differs(payload, claim, said)]


def _differs(payload: Mapping[str, Any], claim: str, said: Mapping[str, Any]) -> bool:
    return claim in payload and said[claim] is not None and payload[claim] != said[claim]


def _part(token: str, number: int) -> dict[str, Any]:
    try:
        return parsed(decoded(token.split(".")[number]))
    except (ValueError, IndexError) as error:
        raise NotReadable("it looks like a token (JWT), but its parts cannot be read") from error
