"""Letters over HTTP: an operator sees all, an organisation's owners and issuers those sent on its behalf."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.auth import Actor, SignedIn
from services.chassis.errors import Problem, responses
from services.chassis.routing import Session, Transactional

from ..storage import facts, letters
from ..storage.letters import Kind, Letter, State, Status
from ..usecases import feedback
from ..usecases import letters as usecases
from .feedback import Address
from .letter_views import Counts, LetterPage, LetterView

router = APIRouter(prefix="/letters", tags=["letters"], route_class=Transactional)
LetterId = Annotated[UUID, Path(description="the letter's id")]


@router.get("", summary="List letters", responses=responses(401, 403))
async def listed(
    session: Session,
    actor: SignedIn,
    organisation: Annotated[UUID | None, Query(description="only letters on behalf of this one")] = None,
    state: Annotated[State | None, Query(description="only letters in this state")] = None,
    kind: Annotated[Kind | None, Query(description="only letters of this kind")] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="how many at most")] = 50,
) -> LetterPage:
    """Letters, newest first. Owners and issuers see those of their organisations, without addresses."""
    whose = _visible(actor, organisation)
    found = await letters.listed(session, whose, state, kind, after, limit + 1)
    items = await _views(session, actor, found[:limit])
    return LetterPage(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/counts", summary="Count letters", responses=responses(401, 403))
async def counts(session: Session, actor: SignedIn) -> Counts:
    """How many letters there are in each state. For operators."""
    actor.require_operator()
    return Counts.model_validate(await letters.counts(session))


@router.get("/{letter_id}", summary="Show a letter", responses=responses(401, 403, 404))
async def one(session: Session, actor: SignedIn, letter_id: LetterId) -> LetterView:
    """One letter."""
    (view,) = await _views(session, actor, [await _theirs(session, actor, letter_id)])
    return view


@router.post(
    "/{letter_id}/resend",
    summary="Send a letter again",
    status_code=202,
    responses=responses(401, 403, 404, 409),
)
async def resend(session: Session, actor: SignedIn, letter_id: LetterId) -> LetterView:
    """Send a failed or unknown letter once more. Of an unknown one the reader may then have two.

    For operators and for owners and issuers of the organisation; who asked for it is written down.
    """
    await _theirs(session, actor, letter_id)
    await usecases.resend(session, letter_id, actor.name)
    (view,) = await _views(session, actor, [await _theirs(session, actor, letter_id)])
    return view


@router.post(
    "/{letter_id}/address",
    summary="Correct where a letter goes",
    status_code=202,
    responses=responses(401, 403, 404, 409, 422),
)
async def corrected(session: Session, actor: SignedIn, letter_id: LetterId, body: Address) -> LetterView:
    """Send the letter about a badge to another address, since the one it was awarded to was written wrong.

    For operators and for owners and issuers of the organisation; who did it is written down. The badge stays
    awarded to the address that the award names: whoever opens the link in the letter can claim it there.
    Where the award itself shall name another address, withdraw it and award anew.
    """
    await _theirs(session, actor, letter_id)
    await feedback.correct_address(session, letter_id, body.address, actor.name)
    (view,) = await _views(session, actor, [await _theirs(session, actor, letter_id)])
    return view


def _visible(actor: Actor, organisation: UUID | None) -> list[UUID] | None:
    """Whose letters the actor may see; None for all."""
    if organisation:
        actor.require_role(organisation, "issuer")
        return [organisation]
    if actor.operator:
        return None
    own = [id_ for id_ in actor.roles if actor.has_role(id_, "issuer")]
    if not own:
        raise Problem(403, "not-yours", "this needs the role owner or issuer in an organisation")
    return own


async def _theirs(session: AsyncSession, actor: Actor, letter_id: UUID) -> tuple[Letter, Status]:
    """The letter, if the actor may see it; others are not told whether there is one."""
    found = await letters.one(session, letter_id)
    if found is None:
        raise usecases.UnknownLetter
    organisation = found[0].organisation
    if not actor.operator and not (organisation and actor.has_role(organisation, "issuer")):
        raise usecases.UnknownLetter
    return found


async def _views(
    session: AsyncSession, actor: Actor, found: Sequence[tuple[Letter, Status]]
) -> list[LetterView]:
    whole = actor.operator
    people = {letter.recipient for letter, _ in found if whole and letter.recipient}
    known = await facts.addresses(session, people)
    return [
        LetterView.of(letter, status, letter.address or _of(letter, known), whole=whole)
        for letter, status in found
    ]


def _of(letter: Letter, known: Mapping[UUID, str]) -> str | None:
    return known.get(letter.recipient) if letter.recipient else None
