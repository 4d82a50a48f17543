"""A signed credential at its own address, in whatever form is asked for: JSON, JWT, picture or page."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from services.chassis import errors
from services.chassis.routing import Session, Transactional

from .. import making
from ..baking import bake
from ..domain.addresses import Addresses
from ..domain.hosted import is_shown
from ..domain.shown import image_alt_of
from ..pages import credential_page
from ..settings import Settings
from ..storage import held
from ..storage.held import Baking
from ..storage.keys import Key
from ..svg_baking import bake_svg
from ..usecases.keys import Made
from ..usecases.tokens import Algorithm, Signing, token
from .answers import (
    CREDENTIAL_TYPES,
    HELD,
    OPEN,
    TOKEN_TYPES,
    answer,
    document_responses,
    not_found,
    not_ready,
    preferred,
)
from .badges import badges_of

router = APIRouter(route_class=Transactional, tags=["badges"])
_NAME = re.compile(r"([A-Za-z0-9_-]{22})(?:\.(json|jwt|png|svg))?")
Form = Literal["json", "jwt", "png", "svg", "html"]
FORMS: dict[Form, tuple[str, ...]] = {
    "json": CREDENTIAL_TYPES,
    "jwt": TOKEN_TYPES,
    "png": ("image/png",),
    "svg": ("image/svg+xml",),
    "html": ("text/html",),
}
_ALL = [(media_type, form) for form, types in FORMS.items() for media_type in types]
Proof = Literal["embedded", "jwt"]
_DRAWING = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


@router.get(
    "/credentials/{name}",
    responses=errors.responses(404, 503) | document_responses(*(each for each, _ in _ALL)),
    response_class=Response,
)
async def credential(
    request: Request,
    session: Session,
    name: Annotated[
        str,
        Path(description="the badge's 22 characters; then `.json`, `.jwt`, `.png` or `.svg` to save it"),
    ],
    algorithm: Annotated[Algorithm, Query(description="what a JWT is signed with")] = "RS256",
    proof: Annotated[Proof, Query(description="which form is baked into a picture")] = "embedded",
) -> Response:
    """A signed Open Badges 3.0 credential. Whoever has its address holds it.

    `Accept` decides between JSON with an embedded proof, a JWT, the picture with the badge inside, and a
    page; an ending of the address decides before it.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise not_found()
    capability, ending = match.groups()
    form = ending or _asked_for(request)
    headers = HELD | OPEN
    if ending:
        headers = headers | {"Content-Disposition": f'attachment; filename="badge.{ending}"'}
    if form == "json":
        return await _json(request, session, capability, headers)
    if form == "jwt":
        body = await _token(request, session, capability, algorithm)
        return answer(request, body, TOKEN_TYPES, headers)
    if form == "html":
        return await _page(request, session, capability)
    signed = await _token(request, session, capability, algorithm) if proof == "jwt" else None
    return await _picture(request, session, capability, form, signed, headers)


def _asked_for(request: Request) -> Form:
    liked = preferred(request.headers.get("accept", ""), [media_type for media_type, _ in _ALL])
    return dict(_ALL)[liked]


async def _json(request: Request, session: Session, capability: str, headers: dict[str, str]) -> Response:
    found = await held.credential(session, capability)
    if found is None:
        raise not_found()
    return answer(request, found.body, CREDENTIAL_TYPES, headers, found.etag)


async def _token(request: Request, session: Session, capability: str, algorithm: Algorithm) -> bytes:
    """The badge as a JWT; making a key or a signature must not hold up other requests."""
    settings: Settings = request.app.state.settings

    async def make_key(did: str, kind: Algorithm) -> Made:
        return Made(*await asyncio.to_thread(making.make_key_of, did, kind, settings.sealing_key))

    async def sign(body: bytes, key: Key) -> str:
        sealed, public_url = key.sealed, settings.public_url
        return await asyncio.to_thread(
            making.sign_token, body, key.kind, key.name, sealed, public_url, settings.sealing_key
        )

    signing = Signing(make_key, sign, settings.public_url)
    found = await token(session, capability, algorithm, signing, datetime.now(UTC))
    if found is None:
        raise not_found()
    return found.encode()


async def _picture(
    request: Request,
    session: Session,
    capability: str,
    form: str,
    signed: bytes | None,
    headers: dict[str, str],
) -> Response:
    settings: Settings = request.app.state.settings
    found = await held.baking(session, capability)
    if found is None:
        raise not_found()
    assertion = _assertion(found, settings)
    credential = signed or found.body
    if form == "svg":
        drawing = making.draw_drawing(found.shown, settings.badge_colour, image_alt_of(found.shown))
        return answer(request, bake_svg(drawing, credential, assertion), FORMS["svg"], headers | _DRAWING)
    if found.png is None:
        raise not_ready()
    tag = f"{found.etag}-png-{bool(signed)}-{bool(assertion)}" if signed is None else None
    return answer(request, bake(found.png, credential, assertion), FORMS["png"], headers, tag)


def _assertion(found: Baking, settings: Settings) -> bytes | None:
    """The address of the badge's Open Badges 2.0 view, where that is shown."""
    if not is_shown(found.hosted, settings.learners_are_minors):
        return None
    return Addresses(settings.public_url).assertion(found.assertion).encode()


async def _page(request: Request, session: Session, capability: str) -> Response:
    found = await held.at(session, capability)
    if found is None:
        raise not_found()
    (badge,) = await badges_of(session, [found], request.app.state.settings)
    body, more = credential_page(found, badge.model_dump())
    return Response(body, headers=HELD | more | {"Vary": "Accept"}, media_type="text/html")
