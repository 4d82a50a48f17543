"""Whether a badge was given to a certain address: yes or no, without saying to whom else."""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from contracts.recipients import BadAddress, normal_address

from ..verifying import Verdict
from .findings import Finding, failed, passed

_HASHES = {"sha256": hashlib.sha256, "md5": hashlib.md5}


def check_recipient(document: Mapping[str, Any], address: str) -> Finding:
    """Whether the badge names this address, hashed or plain (Open Badges 3.0, 5.4; 2.0, Identity hashing)."""
    spellings = _spellings(address)
    if any(_is_named(identity, salt, spellings) for identity, salt in _identities(document)):
        return passed("yes: it was awarded to this address")
    return failed(Verdict.VALID, "no: it does not name this address")


def _spellings(address: str) -> set[str]:
    """As it was typed, and as issuers write addresses before they hash them; no standard says how."""
    trimmed = unicodedata.normalize("NFC", address.strip())
    found = {address, address.strip(), trimmed, trimmed.lower(), trimmed.casefold()}
    with suppress(BadAddress):
        found.add(normal_address(address))
    return found


def _identities(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    subjects = document.get("credentialSubject", document.get("recipient", ()))
    for subject in subjects if isinstance(subjects, list) else [subjects]:
        if not isinstance(subject, dict):
            continue
        identifiers = subject.get("identifier", subject)
        for each in identifiers if isinstance(identifiers, list) else [identifiers]:
            if isinstance(each, dict):
                named = each.get("identityHash", each.get("identity", ""))
                yield str(named), str(each.get("salt") or "")
        yield str(subject.get("id", "")).removeprefix("mailto:"), ""


def _is_named(identity: str, salt: str, spellings: set[str]) -> bool:
    kind, _, digest = identity.partition("$")
    if kind not in _HASHES:
        return bool(identity) and identity.strip().casefold() in {each.casefold() for each in spellings}
    for each in spellings:
        text = (each + salt).encode("utf-8", "replace")
        wanted = digest.lower().encode("utf-8", "replace")
        if hmac.compare_digest(_HASHES[kind](text).hexdigest().encode(), wanted):
            return True
    return False
