"""Open Badges 2.0: badges that count because their issuer serves them, and badges signed as a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..fetching import CannotFetch
from ..verifying import Verdict
from .findings import Finding, cannot_check, failed, passed, unchecked
from .issuers import UnknownIssuer, World, fetched_json, host_of, is_address, refuse_untrusted
from .jws import why_not_genuine
from .keys import NotAKey, key_of
from .limits import NotReadable, parsed
from .proofs import Proven
from .reading import Paper
from .shapes import listed, types_of

CONTEXT = "https://w3id.org/openbadges/v2"
_HOSTED = ("HostedBadge", "hosted")
_SIGNED = ("SignedBadge", "signed")
_REQUIRED = ("id", "type", "recipient", "badge", "verification", "issuedOn")

Document = Mapping[str, Any]


def is_open_badges_2(document: Document) -> bool:
    """Whether a document is an Open Badges 2.0 assertion, or what is left of a withdrawn one."""
    contexts = document.get("@context")
    named = contexts if isinstance(contexts, list) else [contexts]
    return CONTEXT in named and "Assertion" in types_of(document)


def check_schema_2(document: Document) -> Finding:
    """Whether it has what every assertion must have (Open Badges 2.0, Assertion)."""
    missing = [name for name in _REQUIRED if not document.get(name)]
    if missing and document.get("revoked") is not True:
        return failed(Verdict.NOT_A_CREDENTIAL, f"an assertion must have {', '.join(missing)}")
    return passed("it has what an Open Badges 2.0 assertion must have")


@dataclass(slots=True)
class Followed:
    """What was found by following an assertion: the copy that counts, its badge class and issuer."""

    assertion: Document
    badge: Document
    issuer: Document


async def follow(assertion: Document, world: World) -> Followed:
    """Fetch the badge class and the issuer that an assertion names. Raises CannotFetch, UnknownIssuer."""
    badge = await _linked(assertion.get("badge"), world, {"BadgeClass"})
    issuer = await _linked(badge.get("issuer"), world, {"Issuer", "Profile"})
    if is_address(badge.get("issuer")):
        issuer = await _at_its_id(str(badge["issuer"]), issuer, world)
    return Followed(assertion, badge, issuer)


async def _linked(value: object, world: World, kinds: set[str]) -> Document:
    """What an address or an object with one leads to; of one of these kinds, where it says what it is."""
    address = value.get("id") if isinstance(value, dict) else value
    if is_address(address):
        found: Document = await fetched_json(world, str(address))
    elif isinstance(value, dict):
        found = value
    else:
        raise UnknownIssuer("it does not say by an address what it was awarded for and by whom")
    if types_of(found) and not types_of(found) & kinds:
        raise UnknownIssuer(f"it leads to something that is no {' or '.join(sorted(kinds))}")
    return found


async def _at_its_id(address: str, found: Document, world: World) -> Document:
    """The issuer as the host of its own id serves it: a profile elsewhere speaks in nobody else's name."""
    name = found.get("id", address)
    if is_address(name) and host_of(name) != host_of(address):
        address, found = str(name), await fetched_json(world, str(name))
    if host_of(str(found.get("id", address))) != host_of(address):
        raise UnknownIssuer(f"what is at {address[:200]} says that it is something else")
    return found


async def prove_2(paper: Paper, world: World) -> tuple[Proven, Finding, Followed | None]:
    """Whether it is genuine, whether it was withdrawn, and what it led to."""
    assertion = paper.document or {}
    kind = assertion.get("verification", {})
    kinds = types_of(kind) if isinstance(kind, dict) else set()
    try:
        if paper.token:
            return await _signed(paper, world)
        if kinds & set(_SIGNED):
            nothing = failed(Verdict.ALTERED, "it is of the signed kind, and not signed: hand in the token")
            return Proven(nothing, unchecked("there is no proof")), unchecked("there is no proof"), None
        return await _hosted(assertion, world)
    except CannotFetch as error:
        found = cannot_check(f"its issuer cannot be asked: {error}")
    except UnknownIssuer as error:
        found = failed(Verdict.UNKNOWN_ISSUER, str(error))
    return Proven(unchecked("it could not be compared"), found), unchecked("its issuer was not found"), None


async def _hosted(assertion: Document, world: World) -> tuple[Proven, Finding, Followed | None]:
    """Only what its issuer serves now counts (Open Badges 2.0, Verification, hosted)."""
    address = assertion.get("id")
    if not is_address(address):
        raise UnknownIssuer("a hosted badge must have an https address as its id")
    answer = await world.get(str(address))
    served = _served(answer.body)
    if answer.status == 410 or (served and served.get("revoked") is True):
        withdrawn = failed(Verdict.WITHDRAWN, "its issuer has withdrawn it")
        return (
            Proven(passed("its issuer answers for its address"), passed("asked at its address")),
            withdrawn,
            None,
        )
    if answer.status != 200 or served is None:
        raise CannotFetch(f"{str(address)[:200]} answers {answer.status}, not the badge")
    followed = await follow(served, world)
    issuer = _issuer_of_hosted(str(address), followed, world)
    proof = _compared(assertion, served)
    return Proven(proof, issuer), passed("its issuer serves it, not withdrawn"), followed


def _served(body: bytes) -> dict[str, Any] | None:
    try:
        return parsed(body)
    except NotReadable:
        return None


def _compared(given: Document, served: Document) -> Finding:
    changed = sorted(name for name in {*given, *served} if given.get(name) != served.get(name))
    if changed:
        return failed(Verdict.ALTERED, f"its issuer serves something else: {', '.join(changed)[:300]} differ")
    return passed("it is what its issuer serves")


def _issuer_of_hosted(address: str, followed: Followed, world: World) -> Finding:
    """Whether the address of the badge is one of its issuer's (Open Badges 2.0, allowedOrigins)."""
    issuer = followed.issuer
    name = str(issuer.get("id", ""))
    refuse_untrusted(world, name)
    rule = issuer.get("verification")
    rule = rule if isinstance(rule, dict) else {}
    starts, hosts = (listed(rule.get(each)) for each in ("startsWith", "allowedOrigins"))
    by_rule = any(address.startswith(each) for each in starts if is_address(each))
    host = host_of(address)
    if by_rule or host in hosts or (not starts and not hosts and host == host_of(name)):
        return passed("the badge is served from where its issuer says its badges are")
    return failed(Verdict.UNKNOWN_ISSUER, "the badge is served from somewhere that is not its issuer's")


async def _signed(paper: Paper, world: World) -> tuple[Proven, Finding, Followed | None]:
    """A token signed by a key that the issuer's profile names (Open Badges 2.0, Verification, signed)."""
    assertion = paper.document or {}
    followed = await follow(assertion, world)
    name = str(followed.issuer.get("id", ""))
    refuse_untrusted(world, name)
    verification = assertion.get("verification")
    verification = verification if isinstance(verification, dict) else {}
    keys = listed(followed.issuer.get("publicKey"))
    address = verification.get("creator", verification.get("publicKey", next(iter(keys), None)))
    published = next((each for each in keys if isinstance(each, dict) and each.get("id") == address), None)
    if published is None:
        if address not in keys or not is_address(address):
            raise UnknownIssuer("the key that signed is not one that its issuer names")
        published = await fetched_json(world, str(address))
    if published.get("owner", name) != name:
        raise UnknownIssuer("the key that signed is somebody else's")
    why = _why_not_signed(paper.token, published)
    proof = (
        failed(Verdict.ALTERED, why) if why else passed("signed by its issuer's key, and not changed since")
    )
    status = unchecked("it is not genuine") if why else await _revocation(assertion, followed.issuer, world)
    return Proven(proof, passed("its issuer's profile names the key that signed")), status, followed


def _why_not_signed(token: str, published: Document) -> str:
    try:
        return why_not_genuine(token, key_of(published))
    except NotAKey as error:
        raise UnknownIssuer(str(error)) from error


async def _revocation(assertion: Document, issuer: Document, world: World) -> Finding:
    address = issuer.get("revocationList")
    if address is None:
        return passed("the issuer keeps no list of withdrawn badges")
    try:
        kept = await _linked(address, world, {"RevocationList"})
    except (CannotFetch, UnknownIssuer) as error:
        return cannot_check(f"the issuer's list cannot be used: {error}")
    if kept.get("issuer", issuer.get("id")) != issuer.get("id"):
        return cannot_check("the issuer's list is another issuer's")
    for each in listed(kept.get("revokedAssertions")):
        name = (each.get("id") or each.get("uid")) if isinstance(each, dict) else each
        if name and name in (assertion.get("id"), assertion.get("uid")):
            return failed(Verdict.WITHDRAWN, "its issuer has withdrawn it")
    return passed("the issuer's list does not name it as withdrawn")
