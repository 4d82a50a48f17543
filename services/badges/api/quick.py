"""The answer that strangers ask for most: a signed credential as JSON, before all else is looked at.

It opens no transaction for every request: all credentials that are asked for while the database answers are
read together by the next question to it. Nothing is remembered, so every answer is what is stored now. What
is not found, fails, or is asked for in another form is left to the routes, as if this were not here.
"""

import re

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from services.chassis.telemetry import meter

from ..storage.asked import Asked
from ..storage.held import Stored
from .answers import CREDENTIAL_TYPES, HELD, OPEN, has_tag

_ADDRESS = re.compile("/credentials/([A-Za-z0-9_-]{22})")
_ACCEPTS = {each: each for each in CREDENTIAL_TYPES} | dict.fromkeys(("", "*/*"), CREDENTIAL_TYPES[0])
_served = meter.create_counter("col_badges_served", description="credentials answered as JSON")
_ALWAYS = [
    (name.lower().encode(), value.encode()) for name, value in {"Vary": "Accept", **HELD, **OPEN}.items()
]


class Quick:
    """The service's application with a quick way through it for credentials."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._asked = Asked(app.state.database.engine)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the credential, with 304 for who has it already, or as the service does."""
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            address = _ADDRESS.fullmatch(scope["path"])
            if address is not None:
                headers = Headers(scope=scope)
                media_type = _ACCEPTS.get(headers.get("accept", ""))
                found = await self._asked.credential(address[1]) if media_type else None
                if found is not None and media_type is not None:
                    _served.add(1)
                    await _send(send, found, media_type, headers.get("if-none-match", ""))
                    return
        await self._app(scope, receive, send)


async def _send(send: Send, found: Stored, media_type: str, if_none_match: str) -> None:
    tag = f'"{found.etag}"'
    known = has_tag(if_none_match, tag)
    headers = [*_ALWAYS, (b"etag", tag.encode())]
    if not known:
        length = str(len(found.body)).encode()
        headers += [(b"content-type", media_type.encode()), (b"content-length", length)]
    await send({"type": "http.response.start", "status": 304 if known else 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if known else found.body})
