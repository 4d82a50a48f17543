"""What every request passes before any service sees it: size, characters, a trace and its duration."""

import re
import time
from collections.abc import Callable
from urllib.parse import unquote

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import Problem, document
from .telemetry import meter, span

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_duration = meter.create_histogram(
    "http_server_duration", "s", "time to answer a request", explicit_bucket_boundaries_advisory=_SECONDS
)


class Guard:
    """ASGI middleware; `max_body` is the largest body in bytes at a path."""

    def __init__(self, app: ASGIApp, max_body: Callable[[str], int]) -> None:
        self._app, self._max_body = app, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too large or cannot be text; trace and time the rest."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._max_body(scope["path"])
        if refusal := _refusal(scope, limit):
            await document(refusal.status, refusal.kind, refusal.detail)(scope, receive, send)
            return
        await _watched(self._app, scope, _limited(receive, limit), send)


async def _watched(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Trace and time a request. Its address may hold a capability: its route is told instead."""
    started, status, method = time.perf_counter(), 500, scope["method"]

    async def noted(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)
        await send(message)

    with span(method, SpanKind.SERVER, Headers(scope=scope).get("traceparent")) as current:
        try:
            await app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            current.update_name(f"{method} {route}")
            current.set_attributes({"http.route": route, "http.response.status_code": status})
            labels = {"method": method, "route": route, "status": status}
            _duration.record(time.perf_counter() - started, labels)


def _refusal(scope: Scope, limit: int) -> Problem | None:
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdigit() or int(length) > limit:
        return _too_large(limit)
    if _CONTROL.search(scope["path"]) or _CONTROL.search(unquote(scope["query_string"].decode("latin-1"))):
        return Problem(400, "control-character", "the address contains a control character; remove it")
    return None


def _limited(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413, _too_large(limit).detail)
        return message

    return limited


def _too_large(limit: int) -> Problem:
    return Problem(413, "too-large", f"the body is larger than {limit} bytes; send less at once")
