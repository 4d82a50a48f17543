"""What every request passes before any service sees it: size, characters, a trace and its duration."""

import re
import time
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
    """ASGI middleware; `max_body` in bytes."""

    def __init__(self, app: ASGIApp, max_body: int) -> None:
        self._app, self._max_body = app, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too large or cannot be text; trace and time the rest."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal:
            await document(refusal.status, refusal.kind, refusal.detail)(scope, receive, send)
            return
        started = time.perf_counter()
        with span(scope["method"], SpanKind.SERVER, Headers(scope=scope).get("traceparent")):
            await self._app(scope, self._limited(receive), send)
        labels = {"method": scope["method"], "route": getattr(scope.get("route"), "path", "unknown")}
        _duration.record(time.perf_counter() - started, labels)

    def _refusal(self, scope: Scope) -> Problem | None:
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdigit() or int(length) > self._max_body:
            return _too_large(self._max_body)
        if _CONTROL.search(scope["path"]) or _CONTROL.search(
            unquote(scope["query_string"].decode("latin-1"))
        ):
            return Problem(400, "control-character", "the address contains a control character; remove it")
        return None

    def _limited(self, receive: Receive) -> Receive:
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._max_body:
                raise HTTPException(413, _too_large(self._max_body).detail)
            return message

        return limited


def _too_large(limit: int) -> Problem:
    return Problem(413, "too-large", f"the body is larger than {limit} bytes; send less at once")
