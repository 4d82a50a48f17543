"""The three ways by which integrators are given public events, for the AsyncAPI document: webhooks, the feed,
and readers on NATS."""

from collections.abc import Iterable
from typing import Any

from .forms import Form

Document = dict[str, Any]
CLOUD_EVENT = "application/cloudevents+json"
_SERVERS = "#/servers"
_TEXT = {"type": "string"}
_HOST = {"host": {"default": "city.example", "description": "the city's address"}}


def servers() -> Document:
    """Where integrators connect, and (`endpoint`) where the city connects to them."""
    reader = [{"$ref": "#/components/securitySchemes/reader"}]
    return {
        "websocket": {
            "host": "{host}",
            "pathname": "/nats",
            "protocol": "wss",
            "description": "NATS in a WebSocket, for integrations. Some cities offer the NATS port, too.",
            "variables": _HOST,
            "security": reader,
        },
        "feed": {
            "host": "{host}",
            "protocol": "https",
            "description": "The city's own address.",
            "variables": _HOST,
            "security": [{"$ref": "#/components/securitySchemes/accessToken"}],
        },
        "endpoint": {
            "host": "{host}",
            "protocol": "https",
            "description": "Your endpoint, as a subscription names it. The city is the client here.",
            "variables": {"host": {"default": "hr.example.org", "description": "the host of your URL"}},
        },
    }


def security() -> Document:
    """Who is let in, and how."""
    return {
        "accessToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "of a client with the scope events:read, from /oauth/token by client credentials",
        },
        "reader": {
            "type": "userPassword",
            "description": "any user name, and an access token as the password; or an nkey registered for "
            "the integration. The inbox prefix has to be the one that the reader's description names",
        },
    }


def channels(forms: Iterable[Form]) -> Document:
    """One for each way; every public event travels on all three."""
    payload = {"oneOf": [{"$ref": f"./schemas/{form.name}.json"} for form in forms if form.plane == "pub"]}
    return {"reader": _reader(payload), "webhook": _webhook(payload), "feed": _feed(payload)}


def operations() -> Document:
    """The city sends, on each way."""
    told = {
        "reader": "Gives a reader its next events, as often as they are not acknowledged.",
        "webhook": "Posts each event that a subscription wants, until the endpoint answers 2xx.",
        "feed": "Sends the feed's events as they come (text/event-stream), or page by page.",
    }
    return {
        name: {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "summary": summary,
            "tags": [{"name": "integrators"}],
            "messages": [{"$ref": f"#/channels/{name}/messages/event"}],
        }
        for name, summary in told.items()
    }


def _reader(payload: Document) -> Document:
    types = (
        "`>` for all, or the end of the subjects: `badges.>`, `badges.badge.awarded.*`, a type with version"
    )
    return {
        "address": "evt.{city}.pub.{organisations}.{types}",
        "description": "The filter of a durable pull consumer, which POST "
        "/integrations/{integration}/readers asks for. Bind to the consumer: "
        "subscribing to subjects is denied.",
        "servers": [{"$ref": f"{_SERVERS}/city"}, {"$ref": f"{_SERVERS}/websocket"}],
        "parameters": {
            "city": {"$ref": "#/components/parameters/city"},
            "organisations": {"description": "`*`, or the organisation that the integration sees"},
            "types": {"description": types, "examples": [">", "badges.>", "badges.badge.awarded.*"]},
        },
        "messages": {
            "event": {
                "title": "An event on NATS",
                "traits": [{"$ref": "#/components/messageTraits/event"}],
                "payload": payload,
            }
        },
    }


def _webhook(payload: Document) -> Document:
    headers = {
        "webhook-id": {"type": "string", "format": "uuid", "description": "the event's `id`"},
        "webhook-timestamp": {"type": "string", "description": "of this attempt, seconds since 1970"},
        "webhook-signature": {
            "type": "string",
            "description": "`v1,` HMAC-SHA256 or `v1a,` Ed25519 of id.timestamp.body, in base64; several, "
            "separated by spaces, while keys change",
        },
        "traceparent": {"type": "string", "description": "as in the event, where it has one"},
    }
    needed = [name for name in headers if name.startswith("webhook-")]
    return {
        "address": None,
        "description": "The URL of a subscription (POST /subscriptions). Standard Webhooks 1.0.",
        "servers": [{"$ref": f"{_SERVERS}/endpoint"}],
        "messages": {
            "event": {
                "title": "An event posted to you",
                "contentType": CLOUD_EVENT,
                "headers": {"type": "object", "properties": headers, "required": needed},
                "payload": payload,
            }
        },
    }


def _feed(payload: Document) -> Document:
    fields = {
        "id": {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "position; Last-Event-ID goes on after",
        },
        "event": _TEXT | {"description": "the event's type"},
    }
    return {
        "address": "/events",
        "description": "Server-sent events with `Accept: text/event-stream`; without it pages, as "
        "/notify/openapi.json says.",
        "servers": [{"$ref": f"{_SERVERS}/feed"}],
        "messages": {
            "event": {
                "title": "An event in the stream; its `id` and `event` are fields of server-sent events",
                "contentType": CLOUD_EVENT,
                "headers": {"type": "object", "properties": fields, "required": list(fields)},
                "payload": payload,
            }
        },
    }
