"""Signatures by Standard Webhooks 1.0, and the secrets behind them.

No subscription's secret is stored. Each follows from the service's own secret, the subscription and the
version, so that a copy of the database signs nothing.
"""

import hmac
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .domain.subscription import Signature

LENGTH = 32  # bytes; Standard Webhooks asks for 24 to 64


@lru_cache(maxsize=4096)
def _derived(secret: bytes, kind: Signature, subscription: UUID, version: int) -> bytes:
    info = f"cities-of-learning webhook {kind} {subscription} {version}".encode()
    return HKDF(SHA256(), LENGTH, salt=None, info=info).derive(secret)


@lru_cache(maxsize=4096)
def _key(secret: bytes, subscription: UUID, version: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_derived(secret, "ed25519", subscription, version))


def shared_secret(secret: bytes, subscription: UUID, version: int) -> str:
    """What the receiver verifies HMAC signatures with: `whsec_` and 32 bytes in base64."""
    return "whsec_" + b64encode(_derived(secret, "hmac", subscription, version)).decode()


def public_key(secret: bytes, subscription: UUID, version: int) -> str:
    """What the receiver verifies Ed25519 signatures with: `whpk_` and the 32 bytes of the key in base64."""
    return "whpk_" + b64encode(_key(secret, subscription, version).public_key().public_bytes_raw()).decode()


def sign(
    secret: bytes,
    kind: Signature,
    subscription: UUID,
    versions: tuple[int, ...],
    webhook_id: str,
    timestamp: int,
    body: bytes,
) -> str:
    """The header `webhook-signature`: a signature by each of these versions, separated by spaces."""
    content = f"{webhook_id}.{timestamp}.".encode() + body
    return " ".join(_signature(secret, kind, subscription, version, content) for version in versions)


def _signature(secret: bytes, kind: Signature, subscription: UUID, version: int, content: bytes) -> str:
    if kind == "ed25519":
        return "v1a," + b64encode(_key(secret, subscription, version).sign(content)).decode()
    digest = hmac.digest(_derived(secret, "hmac", subscription, version), content, sha256().name)
    return "v1," + b64encode(digest).decode()
