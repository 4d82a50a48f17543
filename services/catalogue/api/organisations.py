"""Organisations and their members over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from contracts.envelope import uuid7
from services.chassis.auth import Actor, Caller, SignedIn
from services.chassis.errors import Problem, responses
from services.chassis.routing import Session, Transactional

from .. import storage
from ..domain.membership import Member, Role
from ..domain.organisation import Kind, Organisation, State, UnknownOrganisation
from ..domain.recipient import Naming, Recipient
from ..usecases import members, organisations
from .edge import MemberId, Now, OrganisationId, TheSettings, addresses_of, naming
from .shapes import Address, Input, LanguageTag, Line, Link, Prose

router = APIRouter(prefix="/organisations", tags=["organisations"], route_class=Transactional)


class OrganisationDraft(Input):
    """An organisation that wants to offer learning."""

    name: Line
    kind: Kind = "organisation"
    description: Prose = ""
    website: Link | None = None
    language: LanguageTag = Field("en", description="of name and description")
    owner: Address | None = Field(
        None,
        description="address of its first owner; only an operator gives it, others become owner themselves",
    )


class OrganisationEdit(Input):
    """What to change; what is left out stays."""

    name: Line = ""
    kind: Kind = "organisation"
    description: Prose = ""
    website: Link | None = None
    language: LanguageTag = "en"


class Suspension(Input):
    """Why an organisation is stopped."""

    reason: Line


class OrganisationAnswer(BaseModel):
    """An organisation. `reason` is shown to its members and to operators only."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    name: str
    kind: Kind
    description: str
    website: str | None
    language: str
    state: State = Field(description="only verified organisations publish and confirm")
    reason: str | None = None
    created_at: datetime


class OrganisationPage(BaseModel):
    """Organisations by name."""

    items: list[OrganisationAnswer]
    next: UUID | None = Field(description="pass it as `after` to get the next page")


class MemberDraft(Input):
    """A role for whoever holds an address."""

    address: Address
    role: Role


class MemberAnswer(BaseModel):
    """One role of one member. Name and address are shown to owners only."""

    id: UUID
    role: Role
    added_at: datetime
    signed_in: bool = Field(description="whether they have signed in with this address")
    address: str | None = None
    name: str | None = None


@router.post("", status_code=201, responses=responses(401, 403))
async def register_organisation(
    body: OrganisationDraft, actor: SignedIn, session: Session, settings: TheSettings, at: Now
) -> OrganisationAnswer:
    """Register an organisation. It may draft at once, and publish when an operator has verified it."""
    told = Organisation(id=uuid7(), **body.model_dump(exclude={"owner"}), state="registered", created_at=at)
    owner: Naming | UUID
    if body.owner is not None:
        actor.require_operator()
        owner = naming(settings, body.owner, at)
    else:
        owner = addresses_of(actor)[0]
    return OrganisationAnswer.model_validate(await organisations.register(session, told, owner, actor.name))


@router.get("", responses=responses(401, 403, 404))
async def list_organisations(
    actor: Caller,
    session: Session,
    state: Annotated[State, Query(description="others than `verified` are for operators")] = "verified",
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="on one page")] = 50,
) -> OrganisationPage:
    """The city's organisations by name."""
    if state != "verified" and not (actor and actor.operator):
        raise Problem(403, "operators-only", "only operators see organisations that are not verified")
    last = await organisations.find(session, after) if after else None
    page = await storage.organisations.listed(session, [state], (last.name, last.id) if last else None, limit)
    items = [_answer(one, actor) for one in page]
    return OrganisationPage(items=items, next=page[-1].id if len(page) == limit else None)


@router.get("/{organisation}", responses=responses(401, 404))
async def read_organisation(
    organisation: OrganisationId, actor: Caller, session: Session
) -> OrganisationAnswer:
    """One organisation; until it is verified only its members and operators see it."""
    found = await organisations.find(session, organisation)
    if found.state == "registered" and not _inside(found, actor):
        raise UnknownOrganisation
    return _answer(found, actor)


@router.patch("/{organisation}", responses=responses(401, 403, 404))
async def edit_organisation(
    organisation: OrganisationId, body: OrganisationEdit, actor: SignedIn, session: Session
) -> OrganisationAnswer:
    """Change what an organisation says of itself. For owners."""
    actor.require_role(organisation, "owner")
    changes = body.model_dump(exclude_unset=True)
    return _answer(await organisations.edit(session, organisation, changes), actor)


@router.post("/{organisation}/verify", responses=responses(401, 403, 404))
async def verify_organisation(
    organisation: OrganisationId, actor: SignedIn, session: Session, at: Now
) -> OrganisationAnswer:
    """Confirm that an organisation is who it says it is; it may then publish. For operators."""
    actor.require_operator()
    return _answer(await organisations.verify(session, organisation, at), actor)


@router.post("/{organisation}/suspend", responses=responses(401, 403, 404))
async def suspend_organisation(
    organisation: OrganisationId, body: Suspension, actor: SignedIn, session: Session, at: Now
) -> OrganisationAnswer:
    """Stop an organisation from publishing and confirming; what was earned stays. For operators."""
    actor.require_operator()
    return _answer(await organisations.suspend(session, organisation, body.reason, at), actor)


@router.get("/{organisation}/members", responses=responses(401, 403, 404))
async def list_members(organisation: OrganisationId, actor: SignedIn, session: Session) -> list[MemberAnswer]:
    """Who acts for the organisation. For its members; owners see addresses."""
    await organisations.find(session, organisation)
    actor.require_role(organisation, "editor", "issuer", "reviewer")
    there = await storage.organisations.members(session, organisation)
    known = await storage.recipients.known(session, [m.recipient for m in there])
    shown = actor.operator or actor.has_role(organisation, "owner")
    return [_member(m, known[m.recipient], shown) for m in there]


@router.post("/{organisation}/members", status_code=201, responses=responses(401, 403, 404))
async def add_member(
    organisation: OrganisationId,
    body: MemberDraft,
    actor: SignedIn,
    session: Session,
    settings: TheSettings,
    at: Now,
) -> MemberAnswer:
    """Give a role to whoever holds an address; it counts once they sign in with it. For owners."""
    await organisations.find(session, organisation)
    actor.require_role(organisation, "owner")
    who = naming(settings, body.address, at)
    member = await members.add(session, organisation, who, body.role, actor.name, at)
    known = await storage.recipients.known(session, [who.recipient])
    return _member(member, known[who.recipient], shown=True)


@router.delete("/{organisation}/members/{member}", status_code=204, responses=responses(401, 403, 404, 409))
async def remove_member(
    organisation: OrganisationId, member: MemberId, actor: SignedIn, session: Session
) -> None:
    """Take a role away. Owners do; everybody may give up their own."""
    own = member in {m.id for m in await storage.organisations.memberships(session, actor.recipients)}
    if not own:
        actor.require_role(organisation, "owner")
    await members.remove(session, organisation, member)


def _inside(found: Organisation, actor: Actor | None) -> bool:
    return actor is not None and (
        actor.operator or found.id in actor.roles or actor.client_organisation == found.id
    )


def _answer(found: Organisation, actor: Actor | None) -> OrganisationAnswer:
    answer = OrganisationAnswer.model_validate(found)
    return answer if _inside(found, actor) else answer.model_copy(update={"reason": None})


def _member(member: Member, known: Recipient, shown: bool) -> MemberAnswer:
    return MemberAnswer(
        id=member.id,
        role=member.role,
        added_at=member.added_at,
        signed_in=known.learner is not None,
        address=known.address if shown else None,
        name=known.called,
    )
