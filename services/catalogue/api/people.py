"""Who one is, over HTTP: addresses, sessions, taking one's data away, being forgotten."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.envelope import Text
from services.chassis.auth import SignedIn
from services.chassis.errors import Problem, responses
from services.chassis.routing import Session, Transactional

from .. import storage
from ..domain.membership import Role
from ..usecases import people, signing_in
from ..usecases.signing_in import Ask
from . import export
from .edge import Now, SessionId, TheSettings, recipient_of
from .shapes import Address, Input, LanguageTag, Line
from .sign_in import Asked, client_hash, limits, new_secrets, wrong_code
from .signed_in import clear_cookies

router = APIRouter(prefix="/people", tags=["people"], route_class=Transactional)


class AddressAnswer(BaseModel):
    """An address that was proved to be theirs."""

    address: str
    recipient: UUID = Field(description="how this city names the address in badges and events")
    proven_at: datetime


class Me(BaseModel):
    """The account of who is signed in."""

    id: UUID
    name: str | None
    language: str | None = Field(description="of letters, where they named one")
    created_at: datetime
    operator: bool
    addresses: list[AddressAnswer]
    roles: dict[UUID, list[Role]] = Field(description="by organisation, as the access token has them")


class MeEdit(Input):
    """What to change; what is left out stays."""

    name: Line = Field("", description="as it shall stand in letters and, if you share them, on badges")
    language: LanguageTag = Field("en", description="of letters")


class AnAddress(Input):
    """One address."""

    address: Address


class Proof(Input):
    """The code that was sent to an address."""

    address: Address
    code: Annotated[Text, Field(min_length=1, max_length=40, examples=["BCDF-GHJK"])]


class SessionAnswer(BaseModel):
    """A browser that is signed in."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    device: str = Field(description="what the browser says of itself")
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@router.get("/me", responses=responses(401, 403, 404))
async def read_me(actor: SignedIn, session: Session) -> Me:
    """The account of who is signed in."""
    learner = await people.find(session, actor.require_learner())
    held = await storage.recipients.of_learner(session, learner.id)
    return Me(
        id=learner.id,
        name=learner.name,
        language=learner.language,
        created_at=learner.created_at,
        operator=actor.operator,
        addresses=[
            AddressAnswer(address=r.address, recipient=r.id, proven_at=r.proven_at)
            for r in held
            if r.address and r.proven_at
        ],
        roles={id_: sorted(names) for id_, names in actor.roles.items()},
    )


@router.patch("/me", responses=responses(401, 403, 404))
async def edit_me(body: MeEdit, actor: SignedIn, session: Session, at: Now) -> Me:
    """Say what you are called and in which language you read. It outranks what organisers wrote."""
    await people.edit(session, actor.require_learner(), body.model_dump(exclude_unset=True), at)
    return await read_me(actor, session)


@router.get("/me/export", responses=responses(401, 403, 404))
async def export_me(actor: SignedIn, session: Session) -> export.Everything:
    """Everything the catalogue knows about you, as JSON. Badges are taken away from the portfolio."""
    return await export.everything(session, actor.require_learner())


@router.delete("/me", status_code=204, responses=responses(401, 403, 404, 409))
async def forget_me(
    response: Response, actor: SignedIn, session: Session, settings: TheSettings, at: Now
) -> None:
    """Delete your account: the city forgets your addresses and names, in every service. For good."""
    learner = await people.find(session, actor.require_learner(), lock=True)
    held = await storage.recipients.of_learner(session, learner.id)
    await people.forget(session, held[0].id, at, force=False)
    clear_cookies(response, settings)


@router.post("/forget", status_code=204, responses=responses(401, 403))
async def forget_person(
    body: AnAddress, actor: SignedIn, session: Session, settings: TheSettings, at: Now
) -> None:
    """Forget whoever holds an address, who asked for it in another way. For operators."""
    actor.require_operator()
    recipient, _ = recipient_of(settings, body.address)
    await people.forget(session, recipient, at, force=True)


@router.post("/me/addresses", status_code=202, responses=responses(401, 403, 404, 429))
async def add_address(
    body: AnAddress, request: Request, actor: SignedIn, session: Session, settings: TheSettings, at: Now
) -> Asked:
    """Add one more address to your account: a letter with a link and a code is sent to it."""
    learner = await people.find(session, actor.require_learner())
    recipient, address = recipient_of(settings, body.address)
    wanted = Ask(recipient, address, learner.language, client_hash(request, settings), learner.id)
    await signing_in.ask(session, wanted, new_secrets(settings), limits(settings), settings.recipient_key, at)
    return Asked(expires_in=settings.sign_in_minutes * 60)


@router.post("/me/addresses/prove", response_model=Me, responses=responses(401, 403, 404))
async def prove_address(
    body: Proof, actor: SignedIn, session: Session, settings: TheSettings, at: Now
) -> Me | Response:
    """Prove an added address by the code that was sent to it. Get a new access token afterwards."""
    learner = actor.require_learner()
    recipient, _ = recipient_of(settings, body.address)
    holder = await signing_in.by_code(
        session, recipient, body.code, learner, settings.sign_in_tries, settings.recipient_key, at
    )
    return await read_me(actor, session) if holder else wrong_code()


@router.post("/me/addresses/remove", responses=responses(401, 403, 404, 409))
async def remove_address(
    body: AnAddress, actor: SignedIn, session: Session, settings: TheSettings, at: Now
) -> Me:
    """Give up an address, and the roles that came by it. The last one cannot go."""
    recipient, _ = recipient_of(settings, body.address)
    await people.remove_address(session, actor.require_learner(), recipient, at)
    return await read_me(actor, session)


@router.get("/me/sessions", responses=responses(401, 403))
async def list_sessions(actor: SignedIn, session: Session, at: Now) -> list[SessionAnswer]:
    """The browsers in which you are signed in, last seen first."""
    found = await storage.sign_ins.sessions(session, actor.require_learner(), at)
    return [SessionAnswer.model_validate(one) for one in found]


@router.delete("/me/sessions/{id}", status_code=204, responses=responses(401, 403, 404))
async def end_session(id: SessionId, actor: SignedIn, session: Session) -> None:  # noqa: A002 (named by the path)
    """Sign out a browser. Access tokens that it still has expire within ten minutes."""
    if not await storage.sign_ins.close_session(session, id, actor.require_learner()):
        raise Problem(404, "unknown-session", "there is no such session; see the list")
