"""ecdsa-sd-2023: a credential of which its holder shows a part (Data Integrity ECDSA Cryptosuites 1.0, 3.5).

The issuer has signed what must always be shown as one, and each other statement by a key made for this once.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from ..verifying import Verdict
from .cbor import NotCbor, decode
from .covered import covered
from .findings import Finding, cannot_check, failed, passed
from .issuers import World
from .keys import NotAKey, PublicKey, decoded, from_multikey, is_signature, to_text

SELECTIVE = "ecdsa-sd-2023"
_WHOLE, _DERIVED = b"\xd9\x5d\x00", b"\xd9\x5d\x01"


@dataclass(frozen=True, slots=True)
class _Derived:
    """What a derived proof carries (3.5.6)."""

    base_signature: bytes
    public_key: bytes
    signatures: list[bytes]
    names: dict[str, str]
    mandatory: frozenset[int]


async def genuine_selection(document: Mapping[str, Any], proof: Any, key: PublicKey, world: World) -> Finding:
    """Whether every statement that is shown is one that the issuer signed."""
    try:
        derived = _parsed(proof["proofValue"])
        own = from_multikey(derived.public_key)
    except (NotCbor, NotAKey, ValueError, TypeError, AttributeError) as error:
        return failed(Verdict.ALTERED, f"the proof cannot be read: {error}")
    except _Whole:
        return cannot_check("it is the issuer's own copy; its holder has to choose what to show of it first")
    texts = await covered(document, proof, world, derived.names)
    if isinstance(texts, Finding):
        return texts
    if not isinstance(own, EllipticCurvePublicKey) or not isinstance(key, EllipticCurvePublicKey):
        return failed(Verdict.ALTERED, "a key is not of the kind that the proof needs")
    if not _all_signed(derived, texts, own, key):
        return failed(Verdict.ALTERED, "the content is not what was signed")
    return passed(f"what is shown was signed with {SELECTIVE}, and not changed since")


def _all_signed(derived: _Derived, texts: tuple[bytes, bytes], own: PublicKey, key: PublicKey) -> bool:
    options, lines = texts[0], texts[1].splitlines(keepends=True)
    always = b"".join(line for index, line in enumerate(lines) if index in derived.mandatory)
    chosen = [line for index, line in enumerate(lines) if index not in derived.mandatory]
    if len(chosen) != len(derived.signatures):
        return False
    pairs = zip(derived.signatures, chosen, strict=True)
    hashes = hashlib.sha256(options).digest(), derived.public_key, hashlib.sha256(always).digest()
    return is_signature(key, derived.base_signature, b"".join(hashes)) and all(
        is_signature(own, signature, line) for signature, line in pairs
    )


class _Whole(Exception):
    """The proof is the issuer's, from which the holder derives what to show."""


def _parsed(value: str) -> _Derived:
    if not value.startswith("u"):
        raise NotCbor("it is not base64url multibase")
    data = decoded(value[1:])
    if to_text(data) != value[1:]:
        raise NotCbor("its last letter has bits that stand for nothing")
    if data.startswith(_WHOLE):
        raise _Whole
    parts = decode(data.removeprefix(_DERIVED)) if data.startswith(_DERIVED) else None
    match parts:
        case [bytes(base), bytes(public), list(signatures), dict(names), list(mandatory)]:
            if len(set(names.values())) != len(names) or not all(
                isinstance(n, bytes) for n in names.values()
            ):
                raise NotCbor("it gives two parts the same name")
            return _Derived(
                base,
                public,
                [bytes(each) for each in signatures if isinstance(each, bytes)],
                {f"_:c14n{number}": f"_:u{to_text(label)}" for number, label in names.items()},
                frozenset(each for each in mandatory if isinstance(each, int)),
            )
    raise NotCbor("it does not have the five parts of a derived proof")
