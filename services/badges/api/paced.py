"""Routes that answer each client only so often; the rest is told when to come back (RFC 6585, 4)."""

import math
import time
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from services.chassis import errors

from ..pace import Pace, client_name
from ..pages import verify_page
from .answers import preferred

# Two seconds of a process of which there are two, where an honest badge takes a few milliseconds.
KILLED_COUNTS = 20


class Paced(APIRoute):
    """A route under the limit of setting `verify_per_minute`; nothing of the body is read beyond it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, asked only while the client keeps to the pace."""
        answer = super().get_route_handler()

        async def paced(request: Request) -> Response:
            seconds = _pace(request).wait(_client(request), time.monotonic())
            return _too_many(request, seconds) if seconds else await answer(request)

        return paced


def charge_for_killed(request: Request, killed: int) -> None:
    """Counts work that had to be killed as many requests: whoever sends such work soon has to wait."""
    if killed:
        _pace(request).charge(_client(request), time.monotonic(), killed * KILLED_COUNTS)


def _client(request: Request) -> str:
    return client_name(request.client.host if request.client else None)


def _pace(request: Request) -> Pace:
    state = request.app.state
    if not hasattr(state, "verify_pace"):
        state.verify_pace = Pace(state.settings.verify_per_minute)
    pace: Pace = state.verify_pace
    return pace


def _too_many(request: Request, seconds: float) -> Response:
    wait = math.ceil(seconds)
    detail = f"too many badges were verified from here; try again in {wait} s"
    if preferred(request.headers.get("accept", ""), ["application/json", "text/html"]) == "text/html":
        html, headers = verify_page(None, detail, request.headers.get("accept-language", ""))
        response = Response(html, 429, headers, "text/html")
    else:
        response = errors.document(429, "too-many-requests", detail)
    response.headers["Retry-After"] = str(wait)
    response.headers["Cache-Control"] = "no-store"
    return response
