"""The AsyncAPI 3.0 document of a city's events.

Operations are written from the city's side: its services send. Every event is one channel per plane, for
plane and organisation are part of the subject; beside them stand the ways by which integrators get them.
"""

from typing import Any

from ..subjects import template
from . import ways
from .forms import Form, Schema, forms, meaning

Document = dict[str, Any]
_ORGANISATION = "id of the organisation whose fact it is"

_INTRODUCTION = (
    "Every fact of a city leaves the service that knows it as one CloudEvent (1.0, structured JSON) on NATS "
    "JetStream. `pub` is for everyone the city lets in, and names no person; `int` is for the city's own "
    "services. Integrators are given what is on `pub` in three ways, which have channels of their own: "
    "`webhook`, `feed` and `reader`. Delivery is at least once: drop what you have had by `id`. "
    "docs/integrators says what each event means and what is guaranteed."
)
_USER = {"type": "userPassword", "description": "a service of the city"}
_HEADERS: Schema = {
    "type": "object",
    "properties": {
        "Nats-Msg-Id": {"type": "string", "format": "uuid", "description": "the event's `id`"},
        "Content-Type": {"const": "application/cloudevents+json"},
        "traceparent": {"type": "string", "description": "as in the event, where it has one"},
        "Nats-TTL": {"type": "string", "description": "on `int` only: how long NATS keeps the message"},
    },
    "required": ["Nats-Msg-Id", "Content-Type"],
}


def document(version: str, examples: dict[str, Any]) -> Document:
    """The whole document. `examples` has one event per form's name."""
    all_forms = list(forms())
    return {
        "asyncapi": "3.0.0",
        "info": _info(version),
        "defaultContentType": "application/cloudevents+json",
        "servers": {"city": _server(), **ways.servers()},
        "channels": {_key(form): _channel(form) for form in all_forms} | ways.channels(all_forms),
        "operations": {_key(form): _operation(form) for form in all_forms} | ways.operations(),
        "components": {
            "messages": {form.name: _message(form, examples[form.name]) for form in all_forms},
            "messageTraits": {"event": {"headers": _HEADERS}},
            "parameters": _parameters(),
            "securitySchemes": {"user": _USER, **ways.security()},
        },
    }


def _info(version: str) -> Document:
    return {
        "title": "Cities of Learning: the events of a city",
        "version": version,
        "description": _INTRODUCTION,
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    }


def _server() -> Document:
    return {
        "host": "{host}:{port}",
        "protocol": "nats",
        "description": "The city's NATS server; its JetStream stream `EVT_<CITY>` keeps both planes.",
        "variables": {
            "host": {"default": "localhost", "description": "as the city's operator tells you"},
            "port": {"default": "4222", "description": "4222 unless the operator chose another"},
        },
        "security": [{"$ref": "#/components/securitySchemes/user"}],
    }


def _parameters() -> Document:
    return {
        "city": {"description": "name of the city", "examples": ["helsinki"]},
        "organisation": {"description": _ORGANISATION},
        "organisationOrNone": {"description": f"{_ORGANISATION}, or `_` where it is no one organisation's"},
    }


def _key(form: Form) -> str:
    return f"{form.event.type}.{form.plane}"


def _channel(form: Form) -> Document:
    parameters = {"city": {"$ref": "#/components/parameters/city"}}
    field = form.event.model_fields.get("organisation")
    if field is not None:
        name = "organisation" if field.is_required() else "organisationOrNone"
        parameters["organisation"] = {"$ref": f"#/components/parameters/{name}"}
    return {
        "address": template(form.plane, form.event),
        "servers": [{"$ref": "#/servers/city"}],
        "messages": {form.event.__name__: {"$ref": f"#/components/messages/{form.name}"}},
        "parameters": parameters,
    }


def _operation(form: Form) -> Document:
    channel = f"#/channels/{_key(form)}"
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "summary": f"{form.event.service()} says on `{form.plane}`: {meaning(form.event).splitlines()[0]}",
        "tags": [{"name": form.event.service()}, {"name": form.plane}],
        "messages": [{"$ref": f"{channel}/messages/{form.event.__name__}"}],
    }


def _message(form: Form, example: Any) -> Document:
    return {
        "name": form.name,
        "title": form.event.__name__,
        "summary": meaning(form.event).splitlines()[0],
        "traits": [{"$ref": "#/components/messageTraits/event"}],
        "payload": {"$ref": f"./schemas/{form.name}.json"},
        "examples": [{"payload": example}],
    }
