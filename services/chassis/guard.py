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
_duration = meter.create_histogram("http_server_duration", "s", "time to answer a request")


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
        started = time.perf_counter()
        with span(scope["method"], SpanKind.SERVER, Headers(scope=scope).get("traceparent")):
            await self._app(scope, _limited(receive, limit), send)
        labels = {"method": scope["method"], "route": getattr(scope.get("route"), "path", "unknown")}
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
