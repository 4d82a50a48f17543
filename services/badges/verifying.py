"""Checking a credential of this city line by line, as a stranger would: nothing is taken from our own tables.

Pure but for what the caller's two functions bring. The checks run in the order of the standard, and one that
needs what an earlier one could not show is left out, so that nothing is fetched for a forged document.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from . import status_list
from .domain.credential import CONTEXTS, SCHEMA, Document
from .multikey import NotMultibase, public_key_bytes
from .signing import ProofOutcome, verify
from .vocabularies import vocabulary

LARGEST_DOCUMENT = 256 << 10
MOST_PROBLEMS = 10


class Unreachable(Exception):
    """The DID document or status list cannot be had at the moment; asking again later may help."""


ResolveDid = Callable[[str], Document | None]
FetchStatusList = Callable[[str], bytes | None]


class Result(StrEnum):
    """What one check found."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


class Verdict(StrEnum):
    """What the checks together say about the credential."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WITHDRAWN = "withdrawn"
    ALTERED = "altered"
    UNKNOWN_ISSUER = "unknown_issuer"
    CANNOT_CHECK_NOW = "cannot_check_now"
    NOT_A_CREDENTIAL = "not_a_credential"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list: what was looked at, what came of it, and why, in a sentence."""

    name: str
    result: Result
    reason: str = ""
    verdict: Verdict = Verdict.VALID


@dataclass(frozen=True, slots=True)
class Verification:
    """The whole list, and the verdict: that of the first check that did not pass."""

    checks: tuple[Check, ...]

    @property
    def verdict(self) -> Verdict:
        """`valid` only if every check passed."""
        return next((check.verdict for check in self.checks if check.result != Result.PASSED), Verdict.VALID)


CHECKS = ("format", "schema", "issuer_key", "proof", "dates", "status")


def verify_credential(
    content: bytes, now: datetime, resolve_did: ResolveDid, fetch_status_list: FetchStatusList
) -> Verification:
    """The named checks of a credential in its stored form.

    `resolve_did` gives a DID's document or None for an unknown one, `fetch_status_list` the bytes published
    at a URL or None; both may raise Unreachable. Nothing wrong with `content` raises.
    """
    checks = []
    for check in _in_order(content, now, resolve_did, fetch_status_list):
        checks.append(check)
        if check.verdict in _STOPPING:
            break
    rest = (Check(name, Result.NOT_CHECKED, "an earlier check failed") for name in CHECKS[len(checks) :])
    return Verification((*checks, *rest))


def _in_order(
    content: bytes, now: datetime, resolve_did: ResolveDid, fetch_status_list: FetchStatusList
) -> Iterator[Check]:
    document, check = _read(content)
    yield check
    yield _schema(document)
    yield _issuer_key(document, resolve_did)
    yield _proof(document)
    yield _dates(document, now)
    yield _status(document, now, resolve_did, fetch_status_list)


# What is expired or not yet valid may have been withdrawn too, and whoever looks wants to know.
_STOPPING = set(Verdict) - {Verdict.VALID, Verdict.EXPIRED, Verdict.NOT_YET_VALID}


def validate_schema(document: Document, schema: str = SCHEMA) -> tuple[str, ...]:
    """What the published JSON Schema says against a document, as `path: message`; nothing if it conforms.

    At most ten problems; formats (such as date-time) are asserted. Raises NotBundled for another schema.
    """
    found = []
    for error in _validator(schema).iter_errors(document):
        found.append(f"{'.'.join(map(str, error.instance_path)) or 'document'}: {error.message}")
        if len(found) == MOST_PROBLEMS:
            break
    return tuple(found)


@cache
def _validator(schema: str) -> jsonschema_rs.Draft201909Validator:
    return jsonschema_rs.Draft201909Validator(vocabulary(schema), validate_formats=True)


def _failed(name: str, verdict: Verdict, reason: str) -> Check:
    return Check(name, Result.FAILED, reason, verdict)


def _read(content: bytes) -> tuple[Document, Check]:
    """The document, and whether it looks like one of ours at all; if not, it is not used further."""
    verdict = Verdict.NOT_A_CREDENTIAL
    if len(content) > LARGEST_DOCUMENT:
        return {}, _failed("format", verdict, f"is larger than {LARGEST_DOCUMENT >> 10} KiB")
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        return {}, _failed("format", verdict, f"is not JSON: {error}")
    if not isinstance(document, dict) or document.get("@context") != list(CONTEXTS):
        return {}, _failed("format", verdict, "does not name the contexts of an Open Badges 3.0 credential")
    return document, Check("format", Result.PASSED)


def _schema(document: Document) -> Check:
    problems = validate_schema(document)
    if problems:
        return _failed("schema", Verdict.NOT_A_CREDENTIAL, "; ".join(problems))
    return Check("schema", Result.PASSED)


def _issuer_key(document: Document, resolve_did: ResolveDid) -> Check:
    """Whether the issuer's own DID document lets the key that signed speak for it."""
    method, issuer = _method_of(document), _issuer_of(document)
    if method is None:
        return _failed("issuer_key", Verdict.ALTERED, "there is no proof that names a key")
    try:
        did_document = resolve_did(issuer)
    except Unreachable as error:
        return _failed("issuer_key", Verdict.CANNOT_CHECK_NOW, f"the issuer cannot be looked up: {error}")
    if did_document is None:
        return _failed("issuer_key", Verdict.UNKNOWN_ISSUER, "there is no such issuer")
    reason = _why_key_may_not(did_document, issuer, method)
    if reason:
        return _failed("issuer_key", Verdict.UNKNOWN_ISSUER, reason)
    return Check("issuer_key", Result.PASSED)


def _why_key_may_not(did_document: Document, issuer: str, method: str) -> str | None:
    entry = next(
        (
            each
            for each in did_document.get("verificationMethod", ())
            if isinstance(each, dict) and each.get("id") == method
        ),
        None,
    )
    if did_document.get("id") != issuer or entry is None or entry.get("controller") != issuer:
        return "the key that signed is not one of the issuer's"
    if "revoked" in entry:
        return f"the issuer has declared the key {method} compromised since {entry['revoked']}"
    if method not in did_document.get("assertionMethod", ()):
        return "the issuer does not use this key for credentials"
    if method != f"{issuer}#{entry.get('publicKeyMultibase')}":
        return "the key's name does not match the key"
    return None


def _proof(document: Document) -> Check:
    outcome = verify(document, _key_in_fragment)
    if outcome is not ProofOutcome.GENUINE:
        return _failed("proof", Verdict.ALTERED, _PROOF_REASONS[outcome])
    return Check("proof", Result.PASSED)


_PROOF_REASONS = {
    ProofOutcome.ABSENT: "there is no proof",
    ProofOutcome.UNSUPPORTED: "the proof is of another kind than ours",
    ProofOutcome.UNKNOWN_KEY: "the key that signed is not an Ed25519 key",
    ProofOutcome.ALTERED: "the content is not what was signed",
}


def _key_in_fragment(method: str) -> bytes | None:
    """The key that stands in its own URL; `_issuer_key` has compared it with the issuer's document."""
    try:
        return public_key_bytes(method.rpartition("#")[2])
    except NotMultibase:
        return None


def _dates(document: Document, now: datetime) -> Check:
    since, until = document["validFrom"], document.get("validUntil")
    try:
        if datetime.fromisoformat(since) > now:
            return _failed("dates", Verdict.NOT_YET_VALID, f"is valid from {since}")
        if until is not None and datetime.fromisoformat(until) < now:
            return _failed("dates", Verdict.EXPIRED, f"was valid until {until}")
    except (TypeError, ValueError):
        return _failed("dates", Verdict.NOT_A_CREDENTIAL, "validFrom or validUntil is not a time with a zone")
    return Check("dates", Result.PASSED)


def _status(
    document: Document, now: datetime, resolve_did: ResolveDid, fetch_status_list: FetchStatusList
) -> Check:
    """Whether the issuer's signed status list has the credential's bit set."""
    entry = document.get("credentialStatus")
    if entry is None:
        return Check("status", Result.PASSED, "the issuer keeps no status for it")
    try:
        content = fetch_status_list(str(entry.get("statusListCredential")))
        if content is None:
            raise Unreachable("there is no such list")
        bits = _bits(content, entry, _issuer_of(document), now, resolve_did)
        withdrawn = status_list.is_withdrawn(bits, int(entry["statusListIndex"]))
    except (Unreachable, status_list.NotAStatusList, IndexError, KeyError, TypeError, ValueError) as error:
        return _failed("status", Verdict.CANNOT_CHECK_NOW, f"the status list cannot be used: {error}")
    if withdrawn:
        return _failed("status", Verdict.WITHDRAWN, "the issuer has withdrawn it")
    return Check("status", Result.PASSED)


def _bits(
    content: bytes, entry: dict[str, Any], issuer: str, now: datetime, resolve_did: ResolveDid
) -> bytes:
    """The bits of a status list, once it is shown to be the issuer's own and for this purpose.

    Raises NotAStatusList or Unreachable (Bitstring Status List 1.0, 3.2).
    """
    published: Document = orjson.loads(content[:LARGEST_DOCUMENT])
    subject = published["credentialSubject"]
    if published["id"] != entry["statusListCredential"] or _issuer_of(published) != issuer:
        raise status_list.NotAStatusList("it is another one, or another issuer's")
    if "BitstringStatusListCredential" not in published["type"]:
        raise status_list.NotAStatusList("it is of another kind")
    if not entry["statusPurpose"] == subject["statusPurpose"] == "revocation":
        raise status_list.NotAStatusList("it is for another purpose")
    for check in (_issuer_key(published, resolve_did), _proof(published), _dates(published, now)):
        if check.result is not Result.PASSED:
            raise status_list.NotAStatusList(check.reason)
    return status_list.decode(str(subject["encodedList"]))


def _issuer_of(document: Document) -> str:
    issuer = document["issuer"]
    return str(issuer["id"] if isinstance(issuer, dict) else issuer)


def _method_of(document: Document) -> str | None:
    proof = document.get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, dict) else None
    return method if isinstance(method, str) else None
