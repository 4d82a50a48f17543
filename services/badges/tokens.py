"""Credentials as JSON Web Tokens, in the profile of Open Badges 3.0 (8.2, JSON Web Token proof format).

Public keys of this kind are looked up by URL: `kid` is where the one JSON Web Key stands.
"""

from typing import Any, Literal

import orjson
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from .domain.credential import Document
from .domain.token import token_payload
from .sealing import CannotOpenKey, seal, unseal

Algorithm = Literal["RS256", "ES256"]
RSA_BITS = 2048


def new_token_key(did: str, algorithm: Algorithm, sealing_key: bytes) -> tuple[str, bytes, dict[str, Any]]:
    """A new key: its thumbprint (RFC 7638), its private half sealed, and its public one."""
    key = RSAKey.generate_key(RSA_BITS) if algorithm == "RS256" else ECKey.generate_key("P-256")
    public = {**key.as_dict(private=False), "alg": algorithm, "use": "sig"}
    sealed = seal(orjson.dumps(key.as_dict(private=True)), did, sealing_key)
    return key.thumbprint(), sealed, public


def token(document: Document, algorithm: Algorithm, kid: str, secret: bytes) -> str:
    """A credential (with or without an embedded proof) as a compact JWS; `secret` is a private JWK."""
    key: RSAKey | ECKey = (RSAKey if algorithm == "RS256" else ECKey).import_key(orjson.loads(secret))
    header = {"alg": algorithm, "typ": "JWT", "kid": kid}
    payload = orjson.dumps(token_payload(document))
    return jws.serialize_compact(header, payload, key, algorithms=[algorithm])


def open_token_key(sealed: bytes, did: str, sealing_key: bytes) -> bytes:
    """The private JWK that was sealed for this DID. Raises CannotOpenKey."""
    secret = unseal(sealed, did, sealing_key)
    if not secret.startswith(b"{"):
        raise CannotOpenKey(did)
    return secret
