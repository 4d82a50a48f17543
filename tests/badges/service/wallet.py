"""A wallet such as learners have on their phones: a key, and what it signs."""

import base64
import json
import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from services.badges.linked_data import canonical_texts
from services.badges.multikey import public_key_text, to_multibase
from services.chassis.testing import ORIGIN


class Wallet:
    """A wallet with one key, and the id that is made of it."""

    def __init__(self, kind: str = "Ed25519", form: str = "key", **more: Any) -> None:
        self.key = OKPKey.generate_key("Ed25519") if kind == "Ed25519" else ECKey.generate_key("P-256")
        public = self.key.as_dict(private=False)
        jwk = {name: public[name] for name in ("crv", "kty", "x", "y") if name in public} | more
        self.jwk = jwk
        if form == "key":
            raw = base64.urlsafe_b64decode(f"{public['x']}==")
            self.did = f"did:key:{public_key_text(raw)}"
            self.kid = f"{self.did}#{self.did[8:]}"
        else:
            compact = json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode()
            self.did = "did:jwk:" + base64.urlsafe_b64encode(compact).decode().rstrip("=")
            self.kid = f"{self.did}#0"

    def sign(self, challenge: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A proof in answer to a challenge; anything in it may be said otherwise."""
        alg = "EdDSA" if isinstance(self.key, OKPKey) else "ES256"
        told = {"typ": "openid4vci-proof+jwt", "alg": alg, "kid": self.kid} | (header or {})
        said = {"aud": ORIGIN, "nonce": challenge, "iat": int(time.time())} | claims
        protected = {name: value for name, value in told.items() if value is not None}
        payload = {name: value for name, value in said.items() if value is not None}
        parts = [_part(protected), _part(payload)]
        signed = ".".join(parts)
        return f"{signed}.{_signature(self.key, alg, signed)}"

    def present(self, challenge: str, changed: bool = False, **changes: Any) -> dict[str, Any]:
        """A presentation of nothing in answer to a challenge."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        context = ["https://www.w3.org/ns/credentials/v2"]
        holder = changes.pop("holder", self.did)
        document = {"@context": context, "type": ["VerifiablePresentation"], "holder": holder}
        options = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": now,
            "verificationMethod": self.kid,
            "proofPurpose": "authentication",
            "challenge": challenge,
            "domain": ORIGIN,
        } | changes
        texts = canonical_texts([{**options, "@context": context}, document])
        data = b"".join(sha256(each.text).digest() for each in texts)
        key = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(f"{self.key['d']}=="))
        proof = options | {"proofValue": to_multibase(key.sign(data))}
        return document | {"proof": proof} | ({"id": "urn:uuid:1"} if changed else {})


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _signature(key: OKPKey | ECKey, alg: str, signed: str) -> str:
    model = jws.JWSRegistry.algorithms[alg]
    return base64.urlsafe_b64encode(model.sign(signed.encode(), key)).decode().rstrip("=")
