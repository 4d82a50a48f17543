"""Letters to look at, for operators: every kind, language and case, as HTML and as text."""

from pathlib import Path as File
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse
from starlette.responses import Response

from services.chassis.auth import SignedIn
from services.chassis.errors import Problem, responses
from services.chassis.routing import Transactional

from ..previews import CASES, KINDS, sample
from ..settings import Settings
from ..storage.letters import Kind
from ..writing import languages, page, write

router = APIRouter(prefix="/letters/preview", tags=["letters"], route_class=Transactional)
Language = Annotated[str, Query(max_length=35, description="language of the letters, as in BCP 47")]
_PICTURE = (File(__file__).parents[1] / "templates" / "sample-badge.png").read_bytes()


@router.get("", summary="Look at every letter", responses=responses(401, 403), response_class=HTMLResponse)
async def overview(request: Request, actor: SignedIn, language: Language = "en") -> HTMLResponse:
    """A page with every kind of letter in one language, in each case. For operators."""
    actor.require_operator()
    settings: Settings = request.app.state.settings
    if language not in languages():
        raise Problem(404, "unknown-language", "letters are not written in this language", "query.language")
    kinds = [(kind, [_case(kind, language, case, settings) for case in CASES]) for kind in KINDS]
    known = {"languages": sorted(languages()), "language": language, "kinds": kinds}
    return HTMLResponse(page("preview.html", known | {"city": settings.city_name}))


@router.get("/sample-badge.png", summary="The picture in previews", response_class=Response)
async def picture() -> Response:
    """A badge that is nobody's."""
    return Response(_PICTURE, media_type="image/png")


@router.get(
    "/{kind}/{language}/{case}",
    summary="Look at one letter",
    responses=responses(401, 403, 404),
    response_class=HTMLResponse,
)
async def one(
    request: Request,
    actor: SignedIn,
    kind: Annotated[Kind, Path(description="kind of letter")],
    language: Annotated[str, Path(max_length=35, description="language of the letter, as in BCP 47")],
    case: Annotated[str, Path(max_length=35, description="one of those the overview shows")],
    form: Annotated[Literal["html", "text"], Query(description="which of the letter's two forms")] = "html",
) -> Response:
    """The letter as its reader gets it. For operators."""
    actor.require_operator()
    settings: Settings = request.app.state.settings
    if language not in languages() or case not in CASES:
        raise Problem(404, "unknown-preview", "there is no such letter to look at; see the overview")
    written = write(sample(kind, language, case, settings), settings.brand, settings.default_language)
    return HTMLResponse(written.html) if form == "html" else PlainTextResponse(written.text)


def _case(kind: Kind, language: str, case: str, settings: Settings) -> dict[str, str]:
    written = write(sample(kind, language, case, settings), settings.brand, settings.default_language)
    address = f"/letters/preview/{kind}/{language}/{case}"
    return {"name": CASES[case], "address": address, "subject": written.subject}
