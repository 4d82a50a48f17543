"""Private keys at rest: AES-256-GCM under the city's key-encryption key.

The organisation's DID is authenticated along with each, so that a sealed key that was moved to another
organisation does not open.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_ENCRYPTION_KEY_BYTES = 32
_SEALED = b"\x01"
_NONCE_BYTES = 12


class CannotOpenKey(RuntimeError):
    """The sealed key does not open: another key-encryption key, another organisation, or damage."""


def seal(secret: bytes, did: str, key_encryption_key: bytes) -> bytes:
    """A secret encrypted for storage under a key of 32 bytes; raises ValueError for any other size."""
    cipher, nonce = _cipher(key_encryption_key), os.urandom(_NONCE_BYTES)
    return _SEALED + nonce + cipher.encrypt(nonce, secret, did.encode())


def unseal(sealed: bytes, did: str, key_encryption_key: bytes) -> bytes:
    """The secret that was sealed for this DID. Raises CannotOpenKey, or ValueError as `seal`."""
    cipher = _cipher(key_encryption_key)
    if not sealed.startswith(_SEALED):
        raise CannotOpenKey(did)
    nonce, encrypted = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return cipher.decrypt(nonce, encrypted, did.encode())
    except (InvalidTag, ValueError) as error:
        raise CannotOpenKey(f"the key-encryption key is not the one that sealed the key of {did}") from error


def rewrap(sealed: bytes, did: str, old: bytes, new: bytes) -> bytes:
    """The same secret sealed under `new`; one that is already so stays as it is. Raises CannotOpenKey."""
    try:
        unseal(sealed, did, new)
    except CannotOpenKey:
        return seal(unseal(sealed, did, old), did, new)
    return sealed


def _cipher(key_encryption_key: bytes) -> AESGCM:
    if len(key_encryption_key) != KEY_ENCRYPTION_KEY_BYTES:
        raise ValueError(f"a key-encryption key has {KEY_ENCRYPTION_KEY_BYTES} bytes")
    return AESGCM(key_encryption_key)
