"""What is signed with NATS' keys, and what is sealed between them.

Claims are JSON Web Tokens with NATS' own algorithm `ed25519-nkey`. Questions are sealed as `xkv1`, 24 bytes
of nonce, and a NaCl box (X25519, XSalsa20, Poly1305).
"""

import base64
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from nacl.exceptions import CryptoError
from nacl.public import Box, PrivateKey, PublicKey
from nacl.utils import random

from .domain.nkey import ACCOUNT, SEALING, USER, NotOurs, raw, written

_HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}
_SEALED, _NONCE = b"xkv1", 24


@dataclass(frozen=True)
class Issuer:
    """Who signs what NATS shall believe: the key pair of an account."""

    seed: bytes

    @property
    def public(self) -> str:
        """The public half, as the server is configured with it."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        return written(ACCOUNT, key.public_key().public_bytes_raw())

    def sign(self, claims: dict[str, Any]) -> str:
        """The claims as a token, in the issuer's name."""
        told = claims | {"iss": self.public}
        signed = f"{base64url(orjson.dumps(_HEADER))}.{base64url(orjson.dumps(told))}"
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(signed.encode())
        return f"{signed}.{base64url(signature)}"


@dataclass(frozen=True)
class Seal:
    """The key pair that questions to us are sealed for."""

    seed: bytes

    @property
    def public(self) -> str:
        """The public half, as the server is configured with it."""
        return written(SEALING, bytes(PrivateKey(self.seed).public_key))

    def opened(self, data: bytes, sender: str) -> bytes:
        """What `sender` (a written key) has sealed for us. Raises NotOurs."""
        if not data.startswith(_SEALED):
            raise NotOurs
        start = len(_SEALED) + _NONCE
        try:
            return self._box(sender).decrypt(data[start:], data[len(_SEALED) : start])
        except (CryptoError, ValueError) as error:
            raise NotOurs from error

    def sealed(self, data: bytes, receiver: str) -> bytes:
        """The data, sealed for `receiver`."""
        nonce = random(_NONCE)
        return _SEALED + nonce + self._box(receiver).encrypt(data, nonce).ciphertext

    def _box(self, other: str) -> Box:
        return Box(PrivateKey(self.seed), PublicKey(raw(SEALING, other)))


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, whoever signed it. Raises NotOurs where it is none."""
    try:
        claims = orjson.loads(_unpadded(token.split(".")[1]))
    except (IndexError, ValueError) as error:
        raise NotOurs from error
    if not isinstance(claims, dict):
        raise NotOurs
    return claims


def check_signature(user: str, signature: str, signed: str) -> None:
    """Raise NotOurs unless the user (a written key) has signed this text; both forms of base64 are taken."""
    try:
        key = Ed25519PublicKey.from_public_bytes(raw(USER, user))
        key.verify(_unpadded(signature.translate(_TO_URL).rstrip("=")), signed.encode())
    except (InvalidSignature, ValueError) as error:
        raise NotOurs from error


_TO_URL = str.maketrans("+/", "-_")


def base64url(data: bytes) -> str:
    """Without padding, as tokens have it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
