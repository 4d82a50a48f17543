"""Errors as RFC 9457 problem documents: a stable type, the field at fault and what to do."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from asyncpg import PostgresError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from .database import is_outage, state_of

log = logging.getLogger(__name__)
TYPE = "urn:cities-of-learning:problem:"
MEDIA_TYPE = "application/problem+json"
Statuses = Mapping[type[Exception], int]


class FieldProblem(BaseModel):
    """One field at fault."""

    field: str = Field(description="where, as a dotted path, e.g. body.place.latitude")
    message: str = Field(description="what is wrong with it and what would be right")


class ProblemDocument(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(description="stable name of the problem")
    title: str
    status: int
    detail: str = Field(description="what is wrong and what to do")
    errors: list[FieldProblem] = Field(default=[], description="the fields at fault")


class Problem(Exception):
    """An error the edge answers as it is. `kind` is the stable end of its type."""

    def __init__(self, status: int, kind: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.field = status, kind, detail, field


def document(status: int, kind: str, detail: str, errors: Sequence[FieldProblem] = ()) -> Response:
    """A problem document as a response."""
    title = HTTPStatus(status).phrase
    body = ProblemDocument(type=TYPE + kind, title=title, status=status, detail=detail, errors=list(errors))
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return Response(body.model_dump_json(), status, headers, MEDIA_TYPE)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer these statuses with a problem document."""
    return {status: {"model": ProblemDocument} for status in (*statuses, 400, 413, 422)}


def describe(app: FastAPI) -> dict[str, Any]:
    """The application's OpenAPI, in which problems have their own media type; FastAPI knows only JSON."""
    found = FastAPI.openapi(app)
    operations = (operation for path in found["paths"].values() for operation in path.values())
    answers = [answer for operation in operations for answer in operation.get("responses", {}).values()]
    for content in (answer.get("content", {}) for answer in answers):
        if content.get("application/json", {}).get("schema", {}).get("$ref", "").endswith("/ProblemDocument"):
            content[MEDIA_TYPE] = content.pop("application/json")
    return found


def install(app: FastAPI, statuses: Statuses) -> None:
    """Answer every error as a problem document; `statuses` says which domain refusal is which status.

    A refusal's message is its text, else its docstring; its `field` attribute, if any, names the field.
    """
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's documented way
    for refusal, status in statuses.items():
        app.add_exception_handler(refusal, _refusal_handler(status))
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(DBAPIError, _on_database)
    app.add_exception_handler(PostgresError, _on_database)
    app.add_exception_handler(UnicodeEncodeError, _on_unfit)
    app.add_exception_handler(Exception, _on_fault)


def kind_of(refusal: type[Exception]) -> str:
    """`AlreadyAwarded` -> `already-awarded`."""
    name = refusal.__name__
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


def _refusal_handler(status: int) -> Any:
    async def answer(_: Request, error: Exception) -> Response:
        detail = str(error) or (type(error).__doc__ or "").strip()
        return document(status, kind_of(type(error)), detail, _at_fault(error, detail))

    return answer


def _at_fault(error: Exception, detail: str) -> list[FieldProblem]:
    field = getattr(error, "field", None)
    return [FieldProblem(field=field, message=detail)] if field else []


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return document(error.status, error.kind, error.detail, _at_fault(error, error.detail))


async def _on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()[:50]
    errors = [FieldProblem(field=".".join(map(str, each["loc"])), message=each["msg"]) for each in found]
    if any(each["type"] == "json_invalid" for each in found):
        return document(400, "malformed-json", "the body is not JSON; send valid JSON in UTF-8", errors)
    fields = ", ".join(each.field for each in errors)
    return document(422, "invalid-input", f"correct {fields} and send it again", errors)


async def _on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    response = document(error.status_code, phrase.lower().replace(" ", "-"), str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _on_unfit(_: Request, _error: Exception) -> Response:
    return document(422, "invalid-input", "a value is out of range or no text; correct it and send again")


async def _on_database(request: Request, error: Exception) -> Response:
    """PostgreSQL's class 22 says the data were unfit (out of range, not text); all else is our fault."""
    state = state_of(error)
    if state.startswith("22") or isinstance(getattr(error, "orig", None), UnicodeEncodeError):
        return await _on_unfit(request, error)
    if state.startswith(("40", "55P03")):
        return document(409, "busy", "somebody else is changing this; send the same request again")
    return await _on_fault(request, error)


async def _on_fault(request: Request, error: Exception) -> Response:
    if is_outage(error):
        log.warning("the database does not answer", exc_info=error)
        return document(503, "unavailable", "the database does not answer; send the same request again soon")
    route = getattr(request.scope.get("route"), "path", "?")
    log.error("%s %s failed", request.method, route, exc_info=error)
    return document(500, "fault", "something broke on our side; nothing was changed. Try again later")
