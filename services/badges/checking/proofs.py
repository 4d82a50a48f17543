"""Whether a credential is what its issuer signed: proofs inside a document, and tokens around one."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..fetching import CannotFetch
from ..multikey import NotMultibase, from_multibase
from ..verifying import Verdict
from .covered import covered
from .dates import has_passed
from .findings import Finding, cannot_check, failed, passed, unchecked, verdict_of
from .issuers import Signer, UnknownIssuer, World, signer, signer_by_key
from .jws import header_of, why_not_genuine, without_claims
from .keys import NotAKey, PublicKey, is_signature, key_of, self_named
from .reading import Paper
from .selection import SELECTIVE, genuine_selection

MOST_PROOFS = 8
# Data Integrity suites over canonical RDF with SHA-256: Ed25519 in the final and the earlier form, and P-256.
_SUITES = ("eddsa-rdfc-2022", "eddsa-2022", "ecdsa-rdfc-2019", SELECTIVE)
_TYPES = ("Ed25519Signature2020",)

OF_ITS_OWN_KEY = "not changed since it was signed with the key that it carries itself; see whose that is"

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Proven:
    """What one proof shows: that the content is genuine, and that the key is the issuer's."""

    proof: Finding
    issuer: Finding

    @property
    def holds(self) -> bool:
        """Whether it shows both."""
        return self.proof.passed and self.issuer.passed

    @property
    def verdict(self) -> Verdict:
        """What it makes of the badge."""
        return verdict_of({"proof": self.proof, "issuer": self.issuer})


def issuer_id(document: Document) -> str:
    """The id of the issuer, or nothing."""
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, dict) else issuer
    return found if isinstance(found, str) else ""


async def prove(paper: Paper, world: World, now: datetime) -> Proven:
    """The best that any of the proofs shows: one genuine one suffices, and each is told of."""
    document = paper.document or {}
    proofs = document.get("proof", ())
    listed = proofs if isinstance(proofs, list | tuple) else [proofs]
    found = [await _token(paper.token, document, world, now)] if paper.token else []
    bare = without_claims(document) if paper.token else document
    found += [await _embedded(bare, proof, world, now) for proof in listed[:MOST_PROOFS]]
    if len(listed) > MOST_PROOFS:
        found.append(_left_out(len(listed) - MOST_PROOFS))
    if not found:
        nothing = "nobody has signed it"
        return Proven(failed(Verdict.ALTERED, nothing), unchecked("there is no proof that names a key"))
    best = min(found, key=lambda each: (_rank(each), not each.proof.passed))
    if len(found) == 1:
        return best
    details = tuple(_told(number, each) for number, each in enumerate(found, 1))
    of = best.proof
    return Proven(Finding(of.result, of.reason, of.verdict, details), best.issuer)


def _left_out(number: int) -> Proven:
    reason = f"{number} more were not looked at; a badge has at most {MOST_PROOFS}"
    return Proven(cannot_check(reason), unchecked(reason))


def _rank(proven: Proven) -> int:
    """Which of several proofs counts. One by the issuer's own key that does not hold shows a change, whatever
    else stands beside it: otherwise adding a proof that nobody can check would hide the change."""
    if proven.holds:
        return 0
    if proven.issuer.passed and proven.verdict is not Verdict.CANNOT_CHECK_NOW:
        return 1
    return 2 if proven.verdict is Verdict.CANNOT_CHECK_NOW else 3


def _told(number: int, each: Proven) -> str:
    reason = each.proof.reason if each.issuer.verdict is Verdict.VALID else each.issuer.reason
    return f"proof {number}: {reason}"


async def _embedded(document: Document, proof: object, world: World, now: datetime) -> Proven:
    skipped = unchecked("the proof was not followed to a key")
    if not isinstance(proof, dict):
        return Proven(failed(Verdict.ALTERED, "the proof is not an object"), skipped)
    why = _why_not_usable(proof)
    if why:
        return Proven(cannot_check(why), skipped)
    if proof.get("proofPurpose") != "assertionMethod":
        wrong = "the proof was made for another purpose than to assert what the badge says"
        return Proven(failed(Verdict.ALTERED, wrong), skipped)
    issuer, found = await _find(signer(world, issuer_id(document), proof["verificationMethod"], now))
    key = found.key if found else self_named(proof["verificationMethod"])
    genuine = await _genuine(document, proof, key, world)
    if found is None and genuine.passed:
        genuine = passed(OF_ITS_OWN_KEY)
    if genuine.passed and "expires" in proof and has_passed(proof["expires"], now):
        genuine = failed(Verdict.EXPIRED, f"the proof was valid until {proof['expires']!s:.40}")
    return Proven(genuine, issuer)


def _why_not_usable(proof: Document) -> str:
    kind, suite = proof.get("type"), proof.get("cryptosuite")
    if kind not in _TYPES and (kind != "DataIntegrityProof" or suite not in _SUITES):
        return f"a proof of the kind {suite or kind!s:.60} is not one that we can check"
    if not isinstance(proof.get("verificationMethod"), str) or not isinstance(proof.get("proofValue"), str):
        return "the proof does not name one key and one signature"
    if suite == SELECTIVE and "previousProof" in proof:
        return f"a proof with {SELECTIVE} that builds on another one is not one that we can check"
    return ""


def _before(document: Document, proof: Document) -> list[Document] | None:
    """The proofs of the document that this one builds on, or None where one is not there (4.5)."""
    named = proof.get("previousProof", ())
    names = named if isinstance(named, list | tuple) else [named]
    every = document.get("proof")
    listed = [each for each in (every if isinstance(every, list) else [every]) if isinstance(each, dict)]
    found = [next((each for each in listed if name and each.get("id") == name), None) for name in names]
    return None if None in found else [each for each in found if each is not None]


async def _find(finding: Any) -> tuple[Finding, Signer | None]:
    try:
        found: Signer = await finding
    except UnknownIssuer as error:
        return failed(Verdict.UNKNOWN_ISSUER, str(error)), None
    except CannotFetch as error:
        return cannot_check(f"the issuer cannot be looked up: {error}"), None
    return passed(found.how), found


async def _genuine(document: Document, proof: Document, key: PublicKey | None, world: World) -> Finding:
    """Whether the signature covers all that the document says (Data Integrity EdDSA Cryptosuites, 3.2.2)."""
    if key is None:
        return unchecked("without the issuer's key the signature cannot be checked")
    wanted = EllipticCurvePublicKey if str(proof.get("cryptosuite")).startswith("ecdsa") else Ed25519PublicKey
    if not isinstance(key, wanted):
        return failed(Verdict.ALTERED, "the key is not of the kind that the proof needs")
    if proof.get("cryptosuite") == SELECTIVE:
        return await genuine_selection(document, proof, key, world)
    before = _before(document, proof)
    if before is None:
        return failed(Verdict.ALTERED, "a proof that it builds on is not there")
    texts = await covered(document, proof, world, before=before)
    if isinstance(texts, Finding):
        return texts
    data = b"".join(hashlib.sha256(text).digest() for text in texts)
    try:
        signature = from_multibase(proof["proofValue"])
    except NotMultibase:
        return failed(Verdict.ALTERED, "the signature cannot be read")
    if not is_signature(key, signature, data):
        return failed(Verdict.ALTERED, "the content is not what was signed")
    return passed(f"signed with {proof.get('cryptosuite') or proof['type']}, and not changed since")


async def _token(token: str, document: Document, world: World, now: datetime) -> Proven:
    """A token by the Open Badges profile: its key is named by `kid`, or carried as `jwk`."""
    header, issuer = header_of(token), issuer_id(document)
    if isinstance(header.get("kid"), str):
        kid = header["kid"]
        named = kid if ":" in kid or kid.startswith("#") else f"{issuer}#{kid}"
        finding, found = await _find(signer(world, issuer, named, now))
    elif isinstance(header.get("jwk"), dict):
        try:
            finding, found = await _find(signer_by_key(world, issuer, key_of(header["jwk"]), now))
        except NotAKey as error:
            finding, found = failed(Verdict.UNKNOWN_ISSUER, str(error)), None
    else:
        finding, found = failed(Verdict.UNKNOWN_ISSUER, "the token names no key"), None
    return Proven(_token_genuine(token, header, found), finding)


def _token_genuine(token: str, header: Document, found: Signer | None) -> Finding:
    """Whether the issuer's key signed it; without one, whether that did which the token carries itself."""
    try:
        key = found.key if found else key_of(header["jwk"])
    except (NotAKey, KeyError, AttributeError):
        return unchecked("without the issuer's key the signature cannot be checked")
    why = why_not_genuine(token, key)
    if why:
        return failed(Verdict.ALTERED, why)
    if found is None:
        return passed(OF_ITS_OWN_KEY)
    return passed(f"a token signed with {header['alg']}, and not changed since")
