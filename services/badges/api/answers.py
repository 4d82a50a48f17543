"""How stored documents are answered: in the media type that was asked for, and only where they are new."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response

from services.chassis.errors import Problem

CREDENTIAL_TYPES = (
    "application/vc+ld+json",  # what Open Badges 3.0 names
    "application/vc",  # what W3C registered
    "application/ld+json",
    "application/json",
)
TOKEN_TYPES = (
    "text/plain",  # what Open Badges 3.0 names
    "application/vc+jwt",
    "application/jwt",
)
LINKED_DATA_TYPES = ("application/ld+json", "application/json")
JWK_TYPES = ("application/jwk+json", "application/json")
DID_TYPES = ("application/did+ld+json", "application/did+json", *LINKED_DATA_TYPES)

# Whoever has a badge's address holds the badge: nothing may keep it, list it or pass the address on.
HELD = {
    "Cache-Control": "private, no-cache, no-transform",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
OPEN = {"Access-Control-Allow-Origin": "*"}


def kept(seconds: int, immutable: bool = False) -> dict[str, str]:
    """Headers of a public document that anybody may keep for so long, and pages elsewhere may read."""
    return OPEN | {"Cache-Control": f"public, max-age={seconds}" + (", immutable" if immutable else "")}


def answer(
    request: Request, body: bytes, types: Sequence[str], headers: Mapping[str, str], etag: str | None = None
) -> Response:
    """The document in one of its media types, or 304 for who has it already."""
    tag = f'"{etag or hashlib.sha256(body).hexdigest()}"'
    told = {"ETag": tag, "Vary": "Accept", **headers}
    if has_tag(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=told)
    media_type = preferred(request.headers.get("accept", ""), types)
    return Response(body, headers=told, media_type=media_type)


def answer_document(
    request: Request, document: Mapping[str, Any], types: Sequence[str], headers: Mapping[str, str]
) -> Response:
    """The same for a document that is put together on request."""
    return answer(request, orjson.dumps(document), types, headers)


def preferred(accept: str, types: Sequence[str]) -> str:
    """Which of `types` an Accept header likes best; the first where it likes none or all alike."""
    best, quality = types[0], 0.0
    for part in accept.split(","):
        asked, *options = (each.strip().lower() for each in part.split(";"))
        offered = next((each for each in types if _matches(asked, each)), None)
        if offered and (liked := _quality(options)) > quality:
            best, quality = offered, liked
    return best


def not_found() -> Problem:
    """404 for an address that leads nowhere."""
    return Problem(404, "not-found", "there is nothing at this address; check that it was copied whole")


def not_ready() -> Problem:
    """503 for something that is being made this very moment."""
    return Problem(503, "not-ready", "this is being made; ask again in a few seconds")


def document_responses(*types: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers a JSON document in these media types."""
    content = {each: {"schema": {"type": "object"}} for each in types}
    return {200: {"content": content}, 304: {"description": "not changed since the ETag that was sent"}}


def picture_responses() -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers a PNG."""
    content = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"content": content}, 304: {"description": "not changed since the ETag that was sent"}}


def has_tag(if_none_match: str, tag: str) -> bool:
    """Whether an If-None-Match header names this tag, quotes and all."""
    known = (each.strip().removeprefix("W/") for each in if_none_match.split(","))
    return any(each in (tag, "*") for each in known)


def _matches(asked: str, offered: str) -> bool:
    return asked in (offered, "*/*", offered.partition("/")[0] + "/*")


def _quality(options: Sequence[str]) -> float:
    for option in options:
        if option.startswith("q="):
            try:
                return min(1.0, float(option[2:]))
            except ValueError:
                return 0.0
    return 1.0
