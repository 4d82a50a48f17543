"""The secrets of a city on one machine: made once, kept in files that only their owner can read."""

import base64
import json
import os
import secrets
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from . import child


class SecretsLost(Exception):
    """A secret is gone that existing data depends on; the message says which and what to do."""


class SecretFiles:
    """A directory with one file per secret, all of them part of a city's backup."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def text(self, name: str) -> str:
        """The secret of that name, made the first time: 32 random bytes in URL-safe base64."""
        return self._once(name, lambda: secrets.token_urlsafe(32))

    def needed(self, name: str, because: Path) -> str:
        """The secret that `because` was made with: made with it, and never again. Raises SecretsLost."""
        if because.exists() and not self.path(name).exists():
            raise SecretsLost(
                f"{because} is there, but {self.path(name)}, which it was made with, is not: restore it from "
                f"the backup, or move {because} away to start anew"
            )
        return self.text(name)

    def signing_key(self, name: str) -> Path:
        """The file with an Ed25519 key as a private JSON Web Key (RFC 8037), made the first time."""
        self._once(name, lambda: json.dumps(new_key()))
        return self.path(name)

    def path(self, name: str) -> Path:
        """Where the secret of that name is kept."""
        return self.directory / name

    def handed_to(self, service: str, names: Iterable[str]) -> Path:
        """A directory with copies of those secrets and nothing else: all that the service may know."""
        place = self.directory / "for" / service
        with child.private_umask():
            for name in names:
                write_whole(place / name, self.text(name))
        return place

    def _once(self, name: str, make: Callable[[], str]) -> str:
        path = self.path(name)
        if not path.exists():
            with child.private_umask():
                write_whole(path, make())
        return path.read_text()


def write_whole(path: Path, text: str) -> None:
    """Write a file that is either there with all of its text or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text)
    aside.replace(path)


def new_key() -> dict[str, str]:
    """A fresh signing key; its id is its thumbprint (RFC 7638)."""
    key = Ed25519PrivateKey.generate()
    public = {"crv": "Ed25519", "kty": "OKP", "x": base64url(key.public_key().public_bytes_raw())}
    thumbprint = sha256(json.dumps(public, separators=(",", ":"), sort_keys=True).encode()).digest()
    usage = {"kid": base64url(thumbprint), "use": "sig", "alg": "Ed25519"}
    return public | usage | {"d": base64url(key.private_bytes_raw())}


def public_key_set(key: Path) -> str:
    """The JSON Web Key Set that verifies what that key file signs."""
    private = json.loads(key.read_text())
    return json.dumps({"keys": [{name: value for name, value in private.items() if name != "d"}]})


def base64url(data: bytes) -> str:
    """Without padding, as JSON Web Keys write it (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
