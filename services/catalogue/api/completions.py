"""Confirming completions over HTTP."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from contracts.envelope import Text
from contracts.recipients import BadAddress, normal_address, recipient_id
from services.chassis.auth import SignedIn
from services.chassis.errors import Problem, responses
from services.chassis.routing import Session, Transactional

from .. import storage
from ..domain import completion as domain
from ..domain.recipient import Naming
from ..settings import CatalogueSettings
from ..usecases import activities, completions
from ..usecases.completions import Person
from .edge import ActivityId, TheEdge, TheSettings, require
from .shapes import Input, LanguageTag, Line

router = APIRouter(tags=["taking part"], route_class=Transactional)
_NAME: TypeAdapter[str] = TypeAdapter(Line)
_LANGUAGE: TypeAdapter[str] = TypeAdapter(LanguageTag)


class PersonShape(Input):
    """Somebody, by address."""

    address: Annotated[Text, Field(max_length=300)]
    name: Annotated[Text, Field(max_length=400)] | None = None
    language: Annotated[Text, Field(max_length=60)] | None = Field(None, description="of their letters")


class Confirmation(Input):
    """Who completed an activity: recipients, people, or a pasted list; at least one of the three."""

    recipients: list[UUID] = Field([], description="recipient ids known here, e.g. of who joined")
    people: list[PersonShape] = Field([])
    pasted: Text = Field(
        "", description="one a line: address, name, language; comma, semicolon or tab between"
    )
    session: date | None = Field(None, description="day of the session, where the activity repeats")
    completed_on: date | None = Field(None, description="default: the session's or the last day, else today")
    preview: bool = Field(False, description="report what would happen and write nothing")


class OutcomeAnswer(BaseModel):
    """What became of one line. Recipients count from 1, people go on; a pasted list counts anew."""

    model_config = ConfigDict(from_attributes=True)
    line: int
    result: Literal["confirmed", "already", "bad"]
    completion: UUID | None = None
    problem: str | None = Field(None, description="what is wrong with the line and what would be right")


class Report(BaseModel):
    """What became of every line."""

    confirmed: int
    already: int
    bad: int
    rows: list[OutcomeAnswer]


class CompletionAnswer(BaseModel):
    """Somebody who completed the activity, or a session of it."""

    completion: UUID
    recipient: UUID
    name: str | None
    session: date | None
    completed_on: date
    confirmed_at: datetime


@router.get("/activities/{activity}/completions", responses=responses(401, 403, 404))
async def list_completions(activity: ActivityId, actor: SignedIn, session: Session) -> list[CompletionAnswer]:
    """Who completed the activity, first confirmed first. For the organisation's members."""
    found = await activities.find(session, activity)
    require(actor, found.organisation, "editor", "issuer", "reviewer", scope="completions:write")
    done = await storage.completions.of_activity(session, activity)
    known = await storage.recipients.known(session, [one.recipient for one in done])
    return [
        CompletionAnswer(
            completion=one.id,
            recipient=one.recipient,
            name=known[one.recipient].called if one.recipient in known else None,
            session=one.session,
            completed_on=one.completed_on,
            confirmed_at=one.confirmed_at,
        )
        for one in done
    ]


@router.post("/activities/{activity}/completions", responses=responses(401, 403, 404, 409))
async def confirm_completions(
    activity: ActivityId,
    body: Confirmation,
    actor: SignedIn,
    session: Session,
    settings: TheSettings,
    edge: TheEdge,
) -> Report:
    """Confirm that people completed an activity, so that they get its badge.

    Every line is reported; a bad one writes nothing, one that was confirmed before changes nothing. For
    issuers of a verified organisation, and machines with `completions:write`.
    """
    found = await activities.find(session, activity)
    require(actor, found.organisation, "issuer", scope="completions:write")
    people = list(_people(body, settings, edge.now))
    if not people:
        raise Problem(422, "nobody", "give recipients, people or a pasted list", "body.people")
    if len(people) > settings.max_rows:
        raise Problem(413, "too-many", f"confirm at most {settings.max_rows} people at once", "body")
    work = completions.preview if body.preview else completions.confirm
    outcomes = await work(session, activity, people, body.session, body.completed_on, edge)
    return _report(OutcomeAnswer.model_validate(one) for one in outcomes)


def _report(rows: Iterable[OutcomeAnswer]) -> Report:
    listed = list(rows)
    counts = {
        result: sum(row.result == result for row in listed) for result in ("confirmed", "already", "bad")
    }
    return Report(rows=listed, **counts)


def _people(body: Confirmation, settings: CatalogueSettings, at: datetime) -> Iterator[Person]:
    offset = len(body.recipients)
    yield from (Person(line, recipient) for line, recipient in enumerate(body.recipients, 1))
    lines = [domain.Line(n, p.address, p.name, p.language) for n, p in enumerate(body.people, offset + 1)]
    if body.pasted.strip():
        lines += domain.read_list(body.pasted)
    yield from (_person(line, settings, at) for line in lines)


def _person(line: domain.Line, settings: CatalogueSettings, at: datetime) -> Person:
    try:
        name = _NAME.validate_python(line.name) if line.name else None
        language = _LANGUAGE.validate_python(line.language.lower()) if line.language else None
        recipient = recipient_id(line.address, settings.recipient_key)
        return Person(line.number, Naming(recipient, normal_address(line.address), False, at, name, language))
    except BadAddress as error:
        return Person(line.number, None, f"address: {error}")
    except ValidationError:
        return Person(
            line.number, None, "name or language: write the name on one line, the language as en or fi"
        )
