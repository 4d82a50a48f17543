"""Endorsements: proposed by one organisation, accepted or refused by the other side, read by everybody."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from contracts.envelope import Text
from services.chassis import errors
from services.chassis.auth import Actor, SignedIn
from services.chassis.errors import Problem
from services.chassis.routing import Session, Transactional

from ..domain.addresses import Addresses
from ..domain.endorsement import Kind, State
from ..storage import awards as stored_awards
from ..storage import endorsements as stored
from ..storage import held
from ..storage.endorsements import Endorsement
from ..usecases import achievements, endorsements, organisations
from ..usecases.endorsements import Proposal
from .access import require
from .answers import (
    CREDENTIAL_TYPES,
    HELD,
    LINKED_DATA_TYPES,
    OPEN,
    answer,
    document_responses,
    kept,
    not_found,
)

router = APIRouter(route_class=Transactional, tags=["endorsements"])
EndorsementId = Annotated[UUID, Path(description="id of the endorsement")]
_CAPABILITY = re.compile("[A-Za-z0-9_-]{22}")
FIVE_MINUTES = 300
_LISTED = errors.responses(404) | document_responses(*LINKED_DATA_TYPES)


class EndorsementIn(BaseModel):
    """An organisation's word for one thing of another's."""

    model_config = ConfigDict(extra="forbid")
    endorser: UUID = Field(description="the organisation that endorses")
    achievement: UUID | None = Field(default=None, description="what it endorses: the version in force")
    organisation: UUID | None = Field(default=None, description="what it endorses: an organisation")
    credential: str | None = Field(
        default=None, max_length=300, description="what it endorses: the badge at this address"
    )
    comment: Text = Field(min_length=1, max_length=2000, description="why; signed and read by everybody")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.achievement, self.organisation, self.credential)) != 1:
            raise ValueError("give one of achievement, organisation and credential")
        return self


class EndorsementOut(BaseModel):
    """An endorsement as both sides see it."""

    id: UUID
    endorser: UUID = Field(description="the organisation that endorses")
    kind: Kind = Field(description="what sort of thing it endorses")
    target: UUID = Field(description="id of the achievement, organisation or award")
    version: int | None = Field(description="of the achievement; null for everything else")
    organisation: UUID = Field(description="whose it is")
    comment: str = Field(description="why")
    state: State
    proposed_at: datetime
    moved_at: datetime | None = Field(description="when it was last accepted, refused or withdrawn")
    url: str | None = Field(description="URL of the signed endorsement; null until it is accepted and signed")


class Endorsements(BaseModel):
    """Some endorsements, newest first."""

    items: list[EndorsementOut]
    next: UUID | None = Field(description="give it as `before` to see older ones; null at the end")


@router.post("/endorsements", status_code=201, responses=errors.responses(401, 403, 404, 409))
async def propose(
    request: Request, response: Response, session: Session, actor: SignedIn, body: EndorsementIn
) -> EndorsementOut:
    """Propose to endorse something of another organisation's. For issuers of the one that endorses.

    It is signed once the other side accepts. The same proposal once more changes nothing and answers 200.
    """
    require(actor, body.endorser, "issuer")
    settings = request.app.state.settings
    proposal = _proposal(body, settings.public_url, actor.name)
    found, new = await endorsements.propose(session, proposal, settings, datetime.now(UTC))
    response.status_code = 201 if new else 200
    return _out(found, settings.public_url)


@router.get("/endorsements", responses=errors.responses(401, 403))
async def list_endorsements(
    request: Request,
    session: Session,
    actor: SignedIn,
    organisation: Annotated[
        UUID | None, Query(description="what it endorsed and what of its own was; else your own badges'")
    ] = None,
    before: Annotated[UUID | None, Query(description="only those proposed before this one")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="how many at most")] = 50,
) -> Endorsements:
    """Endorsements in every state: an organisation's, for its issuers, or those of the badges you hold."""
    if organisation:
        require(actor, organisation, "issuer")
        found = await stored.of_organisation(session, organisation, before, limit)
    else:
        actor.require_learner()
        found = await stored.of_badges(session, actor.recipients, before, limit)
    public_url = request.app.state.settings.public_url
    items = [_out(each, public_url) for each in found]
    return Endorsements(items=items, next=found[-1].id if len(found) == limit else None)


@router.post("/endorsements/{endorsement_id}/accept", responses=errors.responses(401, 403, 404, 409))
async def accept(
    request: Request, session: Session, actor: SignedIn, endorsement_id: EndorsementId
) -> EndorsementOut:
    """Accept: it is signed and shown from now on. For issuers of the endorsed side, or the badge's holder."""
    await _require_endorsed(session, actor, endorsement_id)
    return await _moved(request, session, actor, endorsement_id, "accepted")


@router.post("/endorsements/{endorsement_id}/refuse", responses=errors.responses(401, 403, 404, 409))
async def refuse(
    request: Request, session: Session, actor: SignedIn, endorsement_id: EndorsementId
) -> EndorsementOut:
    """Refuse, also after having accepted: it is shown no longer. For who may accept."""
    await _require_endorsed(session, actor, endorsement_id)
    return await _moved(request, session, actor, endorsement_id, "refused")


@router.post("/endorsements/{endorsement_id}/withdraw", responses=errors.responses(401, 403, 404))
async def withdraw(
    request: Request, session: Session, actor: SignedIn, endorsement_id: EndorsementId
) -> EndorsementOut:
    """Take an endorsement back, for good: it verifies no longer. For issuers of the one that endorses."""
    found = await endorsements.known(session, endorsement_id)
    require(actor, found.endorser, "issuer")
    return await _moved(request, session, actor, endorsement_id, "withdrawn")


@router.get(
    "/endorsements/{endorsement_capability}",
    responses=errors.responses(404) | document_responses(*CREDENTIAL_TYPES),
    response_class=Response,
)
async def signed_endorsement(
    request: Request,
    session: Session,
    endorsement_capability: Annotated[str, Path(description="the endorsement's 22 characters")],
) -> Response:
    """A signed Open Badges 3.0 EndorsementCredential; whether it stands is in its status list."""
    found = (
        await stored.signed(session, endorsement_capability)
        if _CAPABILITY.fullmatch(endorsement_capability)
        else None
    )
    if found is None:
        raise not_found()
    return answer(request, found.body, CREDENTIAL_TYPES, HELD | OPEN, found.etag)


@router.get(
    "/achievements/{achievement_id}/endorsements",
    responses=_LISTED,
    response_class=Response,
)
async def endorsements_of_achievement(
    request: Request,
    session: Session,
    achievement_id: Annotated[UUID, Path(description="id of the achievement")],
) -> Response:
    """The signed endorsements of all versions of an achievement that stand, as a JSON list."""
    await achievements.known(session, achievement_id)
    return await _listed(request, session, "achievement", achievement_id, kept(FIVE_MINUTES))


@router.get(
    "/issuers/{organisation}/endorsements",
    responses=_LISTED,
    response_class=Response,
)
async def endorsements_of_issuer(
    request: Request,
    session: Session,
    organisation: Annotated[UUID, Path(description="id of the organisation")],
) -> Response:
    """The signed endorsements of an organisation that stand, as a JSON list."""
    await organisations.known(session, organisation)
    return await _listed(request, session, "organisation", organisation, kept(FIVE_MINUTES))


@router.get(
    "/credentials/{capability}/endorsements",
    responses=_LISTED,
    response_class=Response,
)
async def endorsements_of_credential(
    request: Request,
    session: Session,
    capability: Annotated[str, Path(description="the badge's 22 characters")],
) -> Response:
    """The signed endorsements of one badge that stand, as a JSON list, for whoever has its address."""
    badge = await held.at(session, capability) if _CAPABILITY.fullmatch(capability) else None
    if badge is None:
        raise not_found()
    return await _listed(request, session, "credential", badge.award, HELD | OPEN)


async def _listed(
    request: Request, session: Session, kind: Kind, target: UUID, headers: dict[str, str]
) -> Response:
    """The documents as they were signed, byte for byte, in one list."""
    found = await stored.published(session, kind, target)
    return answer(request, b"[" + b",".join(found) + b"]", LINKED_DATA_TYPES, headers)


async def _require_endorsed(session: Session, actor: Actor, endorsement: UUID) -> None:
    found = await endorsements.known(session, endorsement)
    if found.kind == "credential":
        award = await stored_awards.award(session, found.target)
        if award is not None and award.recipient in actor.recipients:
            return
    require(actor, found.organisation, "issuer")


async def _moved(
    request: Request, session: Session, actor: Actor, endorsement: UUID, to: State
) -> EndorsementOut:
    found = await endorsements.move(session, endorsement, to, actor.name, datetime.now(UTC))
    return _out(found, request.app.state.settings.public_url)


def _proposal(body: EndorsementIn, public_url: str, made_by: str) -> Proposal:
    kind: Kind
    if body.credential is not None:
        home, _, capability = body.credential.rpartition("/")
        if home != f"{public_url}/credentials" or not _CAPABILITY.fullmatch(capability):
            raise Problem(
                422, "invalid", "is not the address of a badge of this city; copy it whole", "body.credential"
            )
        return Proposal(body.endorser, "credential", capability, body.comment, made_by)
    kind = "achievement" if body.achievement else "organisation"
    target = body.achievement or body.organisation
    assert target is not None, "exactly one of the three is given"
    return Proposal(body.endorser, kind, target, body.comment, made_by)


def _out(found: Endorsement, public_url: str) -> EndorsementOut:
    members: dict[str, Any] = {
        name: getattr(found, name) for name in EndorsementOut.model_fields if name not in ("version", "url")
    }
    home = Addresses(public_url).endorsement(found.capability)
    return EndorsementOut(**members, version=found.version or None, url=home if found.signed_at else None)
