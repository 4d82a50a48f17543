"""What anybody may read and every verifier needs: issuers, achievements, pictures, status lists."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from services.chassis import errors
from services.chassis.routing import Session, Transactional

from ..domain.addresses import Addresses
from ..domain.badge import Issuer
from ..domain.credential import Document, achievement_document, profile_document
from ..domain.did import published_jwk
from ..domain.endorsement import Kind
from ..domain.hosted import related_badge_class
from ..domain.issue import issuer
from ..domain.shown import achievement, translated
from ..storage import achievements as stored
from ..storage import endorsements, statuses
from ..storage import keys as stored_keys
from ..storage.achievements import Achievement
from ..storage.organisations import Organisation
from ..usecases import achievements, keys, organisations
from .answers import (
    CREDENTIAL_TYPES,
    DID_TYPES,
    JWK_TYPES,
    LINKED_DATA_TYPES,
    answer,
    answer_document,
    document_responses,
    kept,
    not_found,
    not_ready,
    picture_responses,
)

router = APIRouter(route_class=Transactional, tags=["documents"])
Version = Annotated[int, Path(ge=1, le=2**31 - 1, description="version, counted from 1")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="which of the organisation's lists, from 1")]
OrganisationId = Annotated[UUID, Path(description="id of the organisation")]
AchievementId = Annotated[UUID, Path(description="id of the achievement")]

FIVE_MINUTES, DAY, YEAR = 300, 86_400, 31_536_000


@router.get(
    "/issuers/{organisation}",
    responses=errors.responses(404) | document_responses(*LINKED_DATA_TYPES),
    response_class=Response,
)
async def issuer_profile(request: Request, session: Session, organisation: OrganisationId) -> Response:
    """An organisation as issuer of badges: its Open Badges 3.0 Profile."""
    found = await organisations.known(session, organisation)
    profile = profile_document(issuer_of(request, found))
    profile |= await _endorsements(session, "organisation", organisation, 0)
    return answer_document(request, profile, LINKED_DATA_TYPES, kept(FIVE_MINUTES))


@router.get(
    "/issuers/{organisation}/did.json",
    responses=errors.responses(404) | document_responses(*DID_TYPES),
    response_class=Response,
)
async def issuer_did(request: Request, session: Session, organisation: OrganisationId) -> Response:
    """The DID document of an organisation's `did:web`: every key that its badges were ever signed with."""
    await organisations.known(session, organisation)
    document = await keys.document(session, organisation, request.app.state.settings.public_url)
    return answer_document(request, document, DID_TYPES, kept(FIVE_MINUTES))


@router.get(
    "/keys/{thumbprint}",
    responses=errors.responses(404) | document_responses(*JWK_TYPES),
    response_class=Response,
)
async def public_key(
    request: Request,
    session: Session,
    thumbprint: Annotated[str, Path(max_length=64, description="the key's thumbprint (RFC 7638)")],
) -> Response:
    """The public key that a badge's JSON Web Token names as `kid`: one JSON Web Key.

    `controller` is whose it is. One that was compromised says since when, and no longer what it is.
    """
    found = await stored_keys.key(session, thumbprint)
    if found is None or found.jwk is None:
        raise not_found()
    kid = Addresses(request.app.state.settings.public_url).key(thumbprint)
    return answer_document(
        request, published_jwk(found.public, kid, found.did), JWK_TYPES, kept(FIVE_MINUTES)
    )


@router.get(
    "/achievements/{achievement_id}",
    responses=errors.responses(404) | document_responses(*LINKED_DATA_TYPES),
    response_class=Response,
)
async def current_achievement(request: Request, session: Session, achievement_id: AchievementId) -> Response:
    """The version of an achievement that is in force, as an Open Badges 3.0 Achievement."""
    found = await achievements.known(session, achievement_id)
    return await _achievement(request, session, found, FIVE_MINUTES)


@router.get(
    "/achievements/{achievement_id}/{version}",
    responses=errors.responses(404) | document_responses(*LINKED_DATA_TYPES),
    response_class=Response,
)
async def achievement_version(
    request: Request, session: Session, achievement_id: AchievementId, version: Version
) -> Response:
    """One version of an achievement, which never changes, as an Open Badges 3.0 Achievement."""
    found = await achievements.known(session, achievement_id, version)
    return await _achievement(request, session, found, DAY)


@router.get(
    "/achievements/{achievement_id}/{version}/in/{language}",
    responses=errors.responses(404) | document_responses(*LINKED_DATA_TYPES),
    response_class=Response,
)
async def achievement_translation(
    request: Request,
    session: Session,
    achievement_id: AchievementId,
    version: Version,
    language: Annotated[str, Path(max_length=35, description="of its translation, BCP 47")],
) -> Response:
    """One version of an achievement in another language than it is awarded in."""
    found = await achievements.known(session, achievement_id, version)
    addresses = Addresses(request.app.state.settings.public_url)
    shown = translated(found.shown, found.id, found.version, language, addresses)
    if shown is None:
        raise not_found()
    offering = await organisations.known(session, found.organisation)
    document = achievement_document(shown, issuer_of(request, offering))
    older = related_badge_class(addresses.badge_class(str(found.id), found.version))
    document["related"] = [*document.get("related", ()), older]
    return answer_document(request, document, LINKED_DATA_TYPES, kept(DAY))


@router.get(
    "/achievements/{achievement_id}/{version}/image.png",
    responses=errors.responses(404, 503) | picture_responses(),
    response_class=Response,
)
async def achievement_picture(
    request: Request, session: Session, achievement_id: AchievementId, version: Version
) -> Response:
    """The picture of one version of an achievement. 503 in the first moments, while it is drawn."""
    found = await stored.picture(session, achievement_id, version)
    if found is None:
        raise not_found()
    if found.png is None:
        raise not_ready()
    return answer(request, found.png, ["image/png"], kept(YEAR, immutable=True), found.etag)


@router.get(
    "/status/{organisation}/{number}",
    responses=errors.responses(404, 503) | document_responses(*CREDENTIAL_TYPES),
    response_class=Response,
)
async def status_list(
    request: Request, session: Session, organisation: OrganisationId, number: Number
) -> Response:
    """Which of an organisation's badges were withdrawn: a signed Bitstring Status List credential."""
    found = await statuses.published(session, organisation, number)
    if found is None:
        raise not_found()
    headers = kept(request.app.state.settings.status_ttl_seconds)
    return answer(request, found.body, CREDENTIAL_TYPES, headers, found.etag)


async def _achievement(request: Request, session: Session, found: Achievement, seconds: int) -> Response:
    offering = await organisations.known(session, found.organisation)
    addresses = Addresses(request.app.state.settings.public_url)
    shown = achievement(found.shown, found.id, found.version, addresses)
    document = achievement_document(shown, issuer_of(request, offering))
    older = related_badge_class(addresses.badge_class(str(found.id), found.version))
    document["related"] = [*document.get("related", ()), older]
    document |= await _endorsements(session, "achievement", found.id, found.version)
    headers = kept(seconds) | {"Content-Location": shown.id}
    return answer_document(request, document, LINKED_DATA_TYPES, headers)


async def _endorsements(session: Session, kind: Kind, target: UUID, version: int) -> Document:
    """The signed endorsements that stand, as these documents carry them; nothing where there are none."""
    found = await endorsements.published(session, kind, target, version)
    return {"endorsement": [orjson.loads(body) for body in found]} if found else {}


def issuer_of(request: Request, found: Organisation) -> Issuer:
    """An organisation as it stands in documents."""
    public_url = request.app.state.settings.public_url
    return issuer(public_url, found.id, found.name, found.description, found.website)
