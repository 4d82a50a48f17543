"""What readers choose: signed in, or by the address in a letter, which nobody else knows."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.auth import Actor, SignedIn
from services.chassis.errors import responses
from services.chassis.routing import Session, Transactional

from ..domain.letter import OPTIONAL
from ..domain.wording import RIGHT_TO_LEFT
from ..settings import Settings
from ..storage.letters import Kind
from ..storage.preferences import Preferences
from ..usecases import choosing as usecases
from ..writing import languages, page, words_for_choosing

router = APIRouter(prefix="/letters", tags=["letters"], route_class=Transactional)
Ticket = Annotated[str, Path(max_length=80, description="the last part of the address in the letter")]
_PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
NAMES = {
    "ar": "العربية",
    "de": "Deutsch",
    "en": "English",
    "es": "español",
    "fi": "suomi",
    "fr": "français",
    "lt": "lietuvių",
    "nl": "Nederlands",
}


class Choice(BaseModel):
    """Which letters somebody gets, and in which language."""

    model_config = ConfigDict(extra="forbid")
    declined: list[Kind] = Field(
        default=[], max_length=10, description="kinds of letters not to send; only some can be declined"
    )
    language: str | None = Field(
        default=None, max_length=35, description="language to write in (BCP 47); null: as it is known"
    )


@router.get("/preferences", summary="Show which letters you get", responses=responses(401, 403))
async def shown(session: Session, actor: SignedIn) -> Choice:
    """What the signed-in learner has chosen, for all of their addresses."""
    found = [await usecases.wishes(session, person) for person in _people(actor)]
    declined = sorted({kind for each in found for kind in each.declined} & OPTIONAL)
    language = next((each.language for each in found if each.language), None)
    return Choice.model_validate({"declined": declined, "language": language})


@router.put("/preferences", summary="Choose which letters you get", responses=responses(401, 403, 422))
async def chosen(session: Session, actor: SignedIn, body: Choice) -> Choice:
    """Choose for all addresses of the signed-in learner. Letters about badges and to sign in always come."""
    for person in _people(actor):
        await usecases.choose(session, person, Preferences(frozenset(body.declined), body.language))
    return body


@router.get("/preferences/{ticket}", summary="A page to choose on", response_class=HTMLResponse)
async def choice_page(request: Request, session: Session, ticket: Ticket) -> HTMLResponse:
    """The page that a letter leads to: which letters its reader gets, and in which language."""
    return await _page(request, session, ticket)


@router.post("/preferences/{ticket}", summary="Choose on the page", response_class=HTMLResponse)
async def choice_made(request: Request, session: Session, ticket: Ticket) -> HTMLResponse:
    """What the page's form says is kept."""
    form = parse_qs((await request.body()).decode("utf-8", "replace")[:5000], keep_blank_values=True)
    settings: Settings = request.app.state.settings
    found = await usecases.holder(session, ticket, settings)
    language = (form.get("language") or [""])[0]
    wanted = Preferences(
        OPTIONAL - frozenset(form.get("wanted", ())), language if language in languages() else None
    )
    await usecases.choose(session, found.reader, wanted)
    return await _page(request, session, ticket, "saved")


@router.get("/unsubscribe/{ticket}", summary="A page to unsubscribe on", response_class=HTMLResponse)
async def unsubscribe_page(request: Request, session: Session, ticket: Ticket) -> HTMLResponse:
    """A page with one button. Nothing happens until it is pressed: mail programs open links by themselves."""
    return await _page(request, session, ticket, "getting", stop=True)


@router.post("/unsubscribe/{ticket}", summary="Unsubscribe", response_class=HTMLResponse)
async def unsubscribed(request: Request, session: Session, ticket: Ticket) -> HTMLResponse:
    """Send the reader no more letters of this kind: the button's work, and a mail program's (RFC 8058)."""
    await usecases.unsubscribe(session, ticket, request.app.state.settings)
    return await _page(request, session, ticket, "stopped")


def _people(actor: Actor) -> tuple[UUID, ...]:
    actor.require_learner()
    return actor.recipients


async def _page(
    request: Request, session: AsyncSession, ticket: str, said: str | None = None, *, stop: bool = False
) -> HTMLResponse:
    settings: Settings = request.app.state.settings
    found = await usecases.holder(session, ticket, settings)
    wished = await usecases.wishes(session, found.reader)
    language = wished.language or _asked(request, settings.default_language)
    words = words_for_choosing(language)
    kinds = [(kind, words[kind], kind not in wished.declined) for kind in sorted(OPTIONAL)]
    if stop and found.kind not in OPTIONAL:
        said, stop = None, False
    told = words[said].format(kind=words.get(found.kind, "")) if said else None
    known: Mapping[str, object] = {
        "language": language,
        "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
        "city": settings.city_name,
        "brand": settings.brand,
        "words": words,
        "said": told,
        "stop": stop,
        "kinds": [] if stop else kinds,
        "languages": sorted(NAMES.items()),
        "chosen": wished.language,
    }
    return HTMLResponse(page("choosing.html", known), headers=_PRIVATE)


def _asked(request: Request, default: str) -> str:
    """The first language the browser asks for that we can write."""
    for asked in request.headers.get("accept-language", "")[:200].split(","):
        base = asked.strip().partition(";")[0].partition("-")[0].lower()
        if base in languages():
            return base
    return default if default in languages() else "en"
