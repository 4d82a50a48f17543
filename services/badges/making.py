"""The work that takes time: signing and drawing. It runs beside the event loop, and needs no database."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import orjson

from .alike import Shapes
from .contexts import CannotCanonicalise
from .domain.addresses import Addresses
from .domain.badge import Credential
from .domain.credential import Document, credential_document, handed_over, renewed
from .domain.did import Kind, organisation_did
from .domain.issue import Draft, Reissue, Signed, UnsignedList, after, credential
from .domain.shown import Shown
from .domain.status import StatusList, status_list_document
from .domain.text import Unsignable
from .picture import Picture, draw
from .picture_svg import draw_svg
from .signing import SigningKey, hash_data, new_key, open_key, proven, seal_key, sign, stored_form
from .status_list import encode
from .tokens import new_token_key, open_token_key, token
from .verifying import validate_schema

T = TypeVar("T")
R = TypeVar("R")

_SHAPES = Shapes()


def make_key(did: str, sealing_key: bytes) -> tuple[str, bytes]:
    """A new key for a DID: its public half, and its private one sealed."""
    key = new_key(did)
    return key.public_multibase, seal_key(key, sealing_key)


def draw_drawing(shown: Shown, colour: str, alt: str) -> bytes:
    """The same as SVG; `alt` is what it shows, in words."""
    return draw_svg(Picture(shown.name, shown.issuer, shown.kind, shown.layer, colour), alt)


def make_key_of(did: str, kind: Kind, sealing_key: bytes) -> tuple[str, bytes, dict[str, Any] | None]:
    """A new key of that kind: its name, its private half sealed, and its public one where it is a JWK."""
    if kind == "Ed25519":
        return (*make_key(did, sealing_key), None)
    return new_token_key(did, kind, sealing_key)


def sign_token(body: bytes, kind: Kind, name: str, sealed: bytes, public_url: str, sealing_key: bytes) -> str:
    """A stored credential as a JSON Web Token. Raises CannotOpenKey, and ValueError for a key of proofs."""
    if kind == "Ed25519":
        raise ValueError("Open Badges 3.0 has no tokens signed with Ed25519")
    document = orjson.loads(body)
    secret = open_token_key(sealed, document["issuer"]["id"], sealing_key)
    return token(document, kind, Addresses(public_url).key(name), secret)


def sign_credentials(
    drafts: Sequence[Draft], public_url: str, sealing_key: bytes, now: datetime
) -> list[Signed]:
    """Each draft as a signed credential that conforms to the published JSON Schema, or why it cannot be one.

    Each step is taken for all drafts before the next, so that the processor's caches hold what it needs.
    Raises CannotOpenKey where the key-encryption key is not the one that sealed the organisations' keys.
    """
    owners = {draft.sealed_key: draft.due.organisation for draft in drafts}
    keys = {
        sealed: open_key(sealed, organisation_did(public_url, str(organisation)), sealing_key)
        for sealed, organisation in owners.items()
    }

    def say(draft: Draft) -> tuple[Draft, Credential]:
        return draft, credential(draft, public_url, now)

    def write(made: tuple[Draft, Credential]) -> tuple[Draft, Credential, Document]:
        return *made, credential_document(made[1], shared=True)

    def digest(made: tuple[Draft, Credential, Document]) -> tuple[Document, SigningKey, bytes]:
        draft, said, document = made
        key = keys[draft.sealed_key]
        return document, key, hash_data(_SHAPES.canonical(said, document), key, now)

    def sign_it(made: tuple[Document, SigningKey, bytes]) -> tuple[Document, bytes, SigningKey]:
        document, key, data = made
        return document, key.private.sign(data), key

    digests = _each(digest, _each(write, _each(say, drafts)))
    return _each(_checked, _each(lambda made: proven(*made, now), _each(sign_it, digests)))


def sign_again(
    credentials: Sequence[Reissue], public_url: str, sealing_key: bytes, now: datetime
) -> list[Signed]:
    """Each credential as it was, valid from `now` and signed with the present key. Raises CannotOpenKey."""
    keys = {
        each.sealed_key: open_key(
            each.sealed_key, organisation_did(public_url, str(each.organisation)), sealing_key
        )
        for each in credentials
    }
    return _each(_checked, _each(lambda each: _signed_anew(each, keys[each.sealed_key], now), credentials))


def sign_lists(lists: Sequence[UnsignedList], sealing_key: bytes, now: datetime) -> list[bytes]:
    """Each status list as its signed credential. Raises CannotOpenKey."""
    return [_signed_list(each, open_key(each.sealed_key, each.issuer, sealing_key), now) for each in lists]


def draw_picture(shown: Shown, colour: str) -> bytes:
    """The picture of an achievement as PNG; `colour` is `#rrggbb`."""
    return draw(Picture(shown.name, shown.issuer, shown.kind, shown.layer, colour))


def _each(step: Callable[[T], R], before: Iterable[T | str]) -> list[R | str]:
    """A step for all that came so far; a text is why something did not, and stays."""
    return [each if isinstance(each, str) else _tried(step, each) for each in before]


def _tried(step: Callable[[T], R], given: T) -> R | str:
    try:
        return step(given)
    except (Unsignable, CannotCanonicalise) as error:
        return str(error)


def _signed_anew(before: Reissue, key: SigningKey, now: datetime) -> Document:
    """The same document but for when it is valid from, the endorsements, and who asked for it the holder."""
    document = orjson.loads(before.body)
    del document["proof"]
    moment = after(datetime.fromisoformat(document["validFrom"]), now)
    if before.recipient is not None:
        document = handed_over(document, before.recipient)
    tokens = [each.token for each in before.endorsements]
    return sign(renewed(document, moment, tokens), key, moment)


def _checked(document: Document) -> Signed:
    problems = validate_schema(document)
    if problems:  # their places alone: what stands there may be about a person
        return "does not conform to the schema at " + ", ".join(each.partition(":")[0] for each in problems)
    return stored_form(document)


def _signed_list(unsigned: UnsignedList, key: SigningKey, now: datetime) -> bytes:
    until = now + timedelta(seconds=unsigned.valid_seconds)
    ttl = unsigned.ttl_seconds * 1000
    status = StatusList(unsigned.url, unsigned.issuer, encode(unsigned.bits), now, ttl, until)
    return stored_form(sign(status_list_document(status), key, now))
