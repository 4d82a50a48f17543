"""What integrators read, at /developers: documents, samples, AsyncAPI, schemas, OpenAPI. For everybody."""

from hashlib import sha256
from pathlib import Path as File
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from services.chassis.errors import Problem, responses

from .. import developer_pages as pages
from ..documents import ASYNCAPI, SAMPLES, SCHEMAS, names

router = APIRouter(prefix="/developers", tags=["developers"], default_response_class=HTMLResponse)
Name = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="its name")]
SECURE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
TEXT, YAML, CSS = "text/plain", "application/yaml", "text/css"


@router.get("", responses=responses(404))
async def index(request: Request) -> Response:
    """What there is for integrators, and which way of listening suits whom."""
    return _document(request, "README")


@router.get("/asyncapi.yaml", response_class=Response)
async def asyncapi(request: Request) -> Response:
    """The AsyncAPI 3.0 document of all events; its schemas are beside it."""
    return _file(request, ASYNCAPI, YAML)


@router.get("/style.css", include_in_schema=False)
async def style(request: Request) -> Response:
    """How the pages look."""
    return _file(request, pages.STYLE, CSS)


@router.get("/schemas")
async def schemas(request: Request) -> Response:
    """The JSON Schemas of all events, to choose from."""
    files = [path.name for path in SCHEMAS.glob("*.json")]
    return _html(request, pages.listed("JSON Schemas", "schemas", files))


@router.get("/schemas/{schema}", response_class=Response, responses=responses(404))
async def schema(request: Request, schema: Name) -> Response:
    """The JSON Schema of one form of an event."""
    return _file(request, SCHEMAS / schema, "application/schema+json")


@router.get("/examples")
async def samples(request: Request) -> Response:
    """The samples, to choose from."""
    files = [path.name for path in SAMPLES.glob("*") if path.is_file()]
    return _html(request, pages.listed("Samples", "examples", files))


@router.get("/examples/{sample}", response_class=Response, responses=responses(404))
async def sample(request: Request, sample: Name) -> Response:
    """One sample as text."""
    return _file(request, SAMPLES / sample, TEXT)


@router.get("/openapi")
async def openapi(request: Request) -> Response:
    """The OpenAPI documents of all four services, to read and to download."""
    return _html(request, pages.services())


@router.get("/openapi/notify")
async def openapi_notify(request: Request) -> Response:
    """What can be asked of this service: every operation, who may, its fields and answers."""
    return _html(request, pages.operations(orjson.dumps(request.app.openapi())))


@router.get("/{page}", responses=responses(404))
async def page(request: Request, page: Name) -> Response:
    """One page."""
    return _document(request, page if page != "README" else "")


def _document(request: Request, name: str) -> Response:
    if name not in names():
        raise Problem(404, "unknown-page", "there is no such page; see /developers")
    return _html(request, pages.shown(name, request.app.state.settings.public_url))


def _html(request: Request, html: str) -> Response:
    return _answer(request, html.encode(), "text/html")


def _file(request: Request, path: File, media_type: str) -> Response:
    if not path.is_file():
        raise Problem(404, "unknown-file", "there is no such file; see the list")
    return _answer(request, path.read_bytes(), media_type)


def _answer(request: Request, body: bytes, media_type: str) -> Response:
    """The body, or 304 to who has it already (RFC 9110, section 13.1.2). The same for everybody."""
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = SECURE | {"ETag": tag, "Cache-Control": "public, max-age=300"}
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)
