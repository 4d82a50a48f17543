"""Reads what mail providers call back with: our own plain JSON, and two shapes that many of them use.

Each answers what came back about letters; what is no bounce and no complaint (opened, delivered) is left.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args
from uuid import UUID

from .domain.feedback import FeedbackKind, Returned
from .domain.wording import one_line

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST = 100  # reports in one call


class NotUnderstood(ValueError):
    """The body is not what this provider sends."""

    field = "body"


def plain(body: Mapping[str, Any]) -> Iterator[Returned]:
    """`{"event": "bounced|soft|delayed|complained", "letter": id | "message_id": "<...>", "reason": ""}`."""
    kinds: dict[Any, FeedbackKind] = {kind: kind for kind in get_args(FeedbackKind)}
    kind = kinds.get(body.get("event"))
    if kind:
        yield _returned(kind, body.get("reason"), body.get("letter"), body.get("message_id"))


def postmark(body: Mapping[str, Any]) -> Iterator[Returned]:
    """Postmark's: `RecordType` Bounce or SpamComplaint; our id is the metadata `letter`, or Message-ID."""
    kinds: dict[Any, FeedbackKind] = {"HardBounce": "bounced", "SpamComplaint": "complained"}
    metadata = _mapping(body.get("Metadata"))
    record, type_ = body.get("RecordType"), body.get("Type")
    if record not in ("Bounce", "SpamComplaint"):
        return
    kind = kinds.get("SpamComplaint" if record == "SpamComplaint" else type_, "soft")
    yield _returned(kind, body.get("Description"), metadata.get("letter"), body.get("MessageID"))


def ses(body: Mapping[str, Any]) -> Iterator[Returned]:
    """Amazon SES's, through SNS or alone: `notificationType` or `eventType`, and `mail.headers`."""
    if isinstance(body.get("Message"), str):
        body = _mapping(json.loads(body["Message"]))
    event = body.get("notificationType") or body.get("eventType")
    bounce, mail = _mapping(body.get("bounce")), _mapping(body.get("mail"))
    headers = {
        str(each.get("name")).lower(): each.get("value")
        for each in list(mail.get("headers") or ())[:_MOST]
        if isinstance(each, dict)
    }
    letter, number = headers.get("x-letter-id"), headers.get("message-id")
    if event == "Complaint":
        yield _returned(
            "complained", _mapping(body.get("complaint")).get("complaintFeedbackType"), letter, number
        )
    if event == "Bounce":
        kind: FeedbackKind = "bounced" if bounce.get("bounceType") == "Permanent" else "soft"
        said = [
            _mapping(each).get("diagnosticCode") for each in list(bounce.get("bouncedRecipients") or ())[:1]
        ]
        yield _returned(kind, next(iter(said), None) or bounce.get("bounceSubType"), letter, number)


PROVIDERS: dict[str, Callable[[Mapping[str, Any]], Iterator[Returned]]] = {
    "plain": plain,
    "postmark": postmark,
    "ses": ses,
}


def read(provider: str, content: bytes) -> list[Returned]:
    """What a call of this provider says; a list is as many calls. Raises NotUnderstood."""
    try:
        body = json.loads(content)
        calls = body if isinstance(body, list) else [body]
        if len(calls) > _MOST:
            raise NotUnderstood(f"at most {_MOST} at once")
        return [came for call in calls for came in PROVIDERS[provider](_mapping(call))]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NotUnderstood("the body is not what this provider sends") from error


def _returned(kind: FeedbackKind, reason: object, letter: object, message: object) -> Returned:
    return Returned(kind, one_line(str(reason or ""), longest=300), _id(letter), _id(message), sealed=True)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _id(value: object) -> UUID | None:
    found = _UUID.search(str(value or "")[:500].lower())
    return UUID(found[0]) if found else None
