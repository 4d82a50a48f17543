"""Who an issuer is and which keys may speak for it: did:web, did:key, did:jwk, and https addresses."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from ..fetching import CannotFetch, Fetched
from .dates import has_passed
from .keys import NotAKey, PublicKey, decoded, key_of, same_key
from .limits import NotReadable, parsed

Document = Mapping[str, Any]
T = TypeVar("T")

_DID_WEB = re.compile(r"did:web:([A-Za-z0-9.-]+(?:%3[Aa]\d{1,5})?)((?::[A-Za-z0-9._~%-]+)*)")
_KEY_LISTS = ("verificationMethod", "assertionMethod", "publicKey")


class World(Protocol):
    """What a verifier may ask of the world outside of the document."""

    @property
    def trusted(self) -> Collection[str] | None:
        """The issuers that are trusted; None where everybody is who can be looked up."""

    async def get(self, url: str) -> Fetched:
        """What is published at a URL. Raises CannotFetch."""

    async def work(self, what: Callable[..., T], *args: Any) -> T:
        """What `what(*args)` gives, worked out where it can be killed. Raises TooLong."""


class UnknownIssuer(Exception):
    """Nothing shows that the key is the issuer's; the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that may speak for an issuer, and how that was found."""

    key: PublicKey
    how: str


async def signer(world: World, issuer: str, method: str, now: datetime) -> Signer:
    """The key that a proof names, if it is the issuer's. Raises UnknownIssuer, CannotFetch."""
    refuse_untrusted(world, issuer)
    if method.startswith("#"):
        method = issuer + method
    if method.startswith("did:"):
        if re.split("[#?/]", method)[0] != issuer:
            raise UnknownIssuer("the key that signed is not one of the issuer's")
        document = await did_document(world, issuer)
        entry = _authorised(document, issuer, method, now)
    else:
        entry = await _published_key(world, issuer, method, now)
    return Signer(_key(entry), _how(issuer))


async def signer_by_key(world: World, issuer: str, key: PublicKey, now: datetime) -> Signer:
    """The same for a proof that carries the key itself: it must be among those that the issuer publishes."""
    refuse_untrusted(world, issuer)
    document = await (did_document if issuer.startswith("did:") else issuer_document)(world, issuer)
    for entry in _entries(document):
        try:
            known = same_key(key_of(entry), key)
        except NotAKey:
            continue
        if known:
            _refuse_given_up(entry, now)
            if issuer.startswith("did:"):
                name = str(entry.get("id"))
                _authorised(document, issuer, issuer + name if name.startswith("#") else name, now)
            return Signer(key, _how(issuer))
    raise UnknownIssuer("the key in the token is not one that the issuer publishes")


def refuse_untrusted(world: World, issuer: str) -> None:
    """Raises UnknownIssuer for an issuer that is not among those that are trusted."""
    if world.trusted is not None and issuer not in world.trusted:
        raise UnknownIssuer("the issuer is not in the trust store")


def _how(issuer: str) -> str:
    if issuer.startswith(("did:key:", "did:jwk:")):
        return "the key is the issuer's; the issuer is known by this key alone, and nobody vouches for a name"
    return "the issuer itself publishes the key that signed"


async def did_document(world: World, did: str) -> Document:
    """A DID's document. Raises UnknownIssuer, CannotFetch."""
    if did.startswith("did:key:"):
        return _one_key(did, f"{did}#{did[8:]}", {"publicKeyMultibase": did[8:]})
    if did.startswith("did:jwk:"):
        try:
            return _one_key(did, f"{did}#0", {"publicKeyJwk": parsed(decoded(did[8:]))})
        except (ValueError, NotReadable) as error:
            raise UnknownIssuer("the issuer's did:jwk cannot be read") from error
    document = await fetched_json(world, did_web_address(did))
    if document.get("id") != did:
        raise UnknownIssuer("what is published for the issuer is another one's")
    return document


def did_web_address(did: str) -> str:
    """Where the document of a did:web is (did:web, 3.2). Raises UnknownIssuer."""
    match = _DID_WEB.fullmatch(did)
    if match is None:
        raise UnknownIssuer("the issuer's DID is of a kind that we cannot look up")
    path = match[2].replace(":", "/") or "/.well-known"
    return f"https://{unquote(match[1])}{path}/did.json"


def is_address(value: object) -> bool:
    """Whether it may be asked for over the web. What is not https is only ever the city's own."""
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def host_of(url: str) -> str | None:
    """Host and port as they stand in an address, or None where there are none."""
    try:
        return urlsplit(url).netloc.lower() or None
    except ValueError:
        return None


async def issuer_document(world: World, issuer: str) -> Document:
    """What an issuer with an https address says of itself. Raises UnknownIssuer, CannotFetch."""
    if not is_address(issuer):
        raise UnknownIssuer("the issuer is neither a DID nor an https address")
    return await fetched_json(world, issuer)


async def fetched_json(world: World, url: str) -> dict[str, Any]:
    """The JSON object at an address. Raises CannotFetch, UnknownIssuer where there is none."""
    answer = await world.get(url)
    if answer.status in (404, 410):
        raise UnknownIssuer(f"there is nothing at {url[:200]}")
    if answer.status != 200:
        raise CannotFetch(f"{url[:200]} answers {answer.status}")
    try:
        return parsed(answer.body)
    except NotReadable as error:
        raise UnknownIssuer(f"what is at {url[:200]} cannot be used: {error}") from error


def _one_key(did: str, method: str, key: Document) -> Document:
    entry = {"id": method, "controller": did, **key}
    return {"id": did, "verificationMethod": [entry], "assertionMethod": [method]}


def _entries(document: Document) -> Iterator[Document]:
    """Every key that a document describes, in whichever list."""
    for name in (*_KEY_LISTS, "keys"):
        listed = document.get(name, ())
        for each in listed if isinstance(listed, list) else [listed]:
            if isinstance(each, dict):
                yield each


def _authorised(document: Document, issuer: str, method: str, now: datetime) -> Document:
    """The entry of a key in its controller's document, if it may be used for credentials."""
    names = {method, method.removeprefix(issuer)}
    entry = next((each for each in _entries(document) if each.get("id") in names), None)
    if entry is None or entry.get("controller", issuer) != issuer:
        raise UnknownIssuer("the key that signed is not one of the issuer's")
    _refuse_given_up(entry, now)
    asserting = document.get("assertionMethod", ())
    listed = asserting if isinstance(asserting, list) else [asserting]
    if not any((each.get("id") if isinstance(each, dict) else each) in names for each in listed):
        raise UnknownIssuer("the issuer does not use this key for credentials")
    return entry


def _refuse_given_up(entry: Document, now: datetime) -> None:
    """What a key signed no longer counts once it is revoked or has run out (Controlled Identifiers, 2.2)."""
    if "revoked" in entry:
        name = str(entry.get("id") or entry.get("kid") or "")[-100:]
        raise UnknownIssuer(
            f"the issuer has declared the key {name} compromised since {entry['revoked']!s:.40}"
        )
    if "expires" in entry and has_passed(entry["expires"], now):
        raise UnknownIssuer(f"the issuer used the key until {entry['expires']!s:.40} and no longer")


async def _published_key(world: World, issuer: str, method: str, now: datetime) -> Document:
    """A key at an https address: within the issuer's own origin, or named in the issuer's own document."""
    if not is_address(method):
        raise UnknownIssuer("the proof names its key by something that is no address")
    address = issuer if is_address(issuer) else did_web_address(issuer)
    if host_of(address) != host_of(method):
        raise UnknownIssuer("the key that signed is published elsewhere than the issuer")
    try:
        document = await fetched_json(world, method.partition("#")[0])
    except CannotFetch as error:
        if not issuer.startswith("did:"):
            raise
        return _hinted(await did_document(world, issuer), issuer, method, now, error)
    entry = _named(document, method)
    if entry.get("controller", entry.get("owner", issuer)) != issuer:
        raise UnknownIssuer("the key that signed is somebody else's")
    _refuse_given_up(entry, now)
    return entry


def _hinted(document: Document, issuer: str, method: str, now: datetime, error: CannotFetch) -> Document:
    """The key that the issuer's own document has under the last part of an address that cannot be read.

    The name is only a hint there; the issuer's word is the document (Securing with JOSE and COSE, kid).
    """
    name = f"{issuer}#{re.split('[#/]', method)[-1]}"
    if all(each.get("id") != name for each in _entries(document)):
        raise error
    return _authorised(document, issuer, name, now)


def _named(document: Document, method: str) -> Document:
    """The document itself, or the key in it that has this name or whose `kid` is in its fragment."""
    fragment = method.partition("#")[2]
    names = {method, f"#{fragment}"} if fragment else {method}
    for entry in _entries(document):
        if entry.get("id") in names or (fragment and entry.get("kid") == fragment):
            return entry
    return document


def _key(entry: Document) -> PublicKey:
    try:
        return key_of(entry)
    except NotAKey as error:
        raise UnknownIssuer(str(error)) from error
