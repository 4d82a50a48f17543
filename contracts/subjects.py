"""NATS subjects and stream names; the only place that builds them.

A subject is `evt.<city>.<plane>.<organisation|_>.<type without "col.">`: plane and organisation are
tokens because permissions and filters on NATS see nothing else.
"""

import re
from functools import lru_cache
from typing import Literal
from uuid import UUID

from .envelope import Event

Plane = Literal["pub", "int"]
CITY = re.compile(r"[a-z][a-z0-9-]{1,30}")


def check_city(city: str) -> str:
    """The city's name as a NATS token: lower-case letters, digits and hyphens, 2 to 31 characters."""
    if not CITY.fullmatch(city):
        raise ValueError(f"city {city!r}: use 2 to 31 lower-case letters, digits or hyphens, a letter first")
    return city


def stream(city: str) -> str:
    """The one stream of a city, both planes."""
    return "EVT_" + check_city(city).upper()


def stream_subjects(city: str) -> str:
    """What that stream stores."""
    return f"evt.{check_city(city)}.>"


def subject(city: str, plane: Plane, event: Event) -> str:
    """The subject one event is published on."""
    return _join(city, plane, str(event.owner) if event.owner else "_", event.type)


def internal_filter(city: str, event: type[Event]) -> str:
    """The subject filter by which our own services consume an event: its fullest copy."""
    plane: Plane = "int" if "int" in event.planes() else "pub"
    return _join(city, plane, "*", event.type)


def public_filter(city: str, organisation: UUID | None = None) -> str:
    """All public events of the city, or of one organisation."""
    return f"evt.{check_city(city)}.pub.{organisation or '*'}.>"


def reader_filter(city: str, organisation: UUID | None, types: str) -> str:
    """What a reader is given: public events of one organisation, or (None) of all, of these types.

    `types` is the end of a subject: a type without `col.`, in which `*` is any one name, or one with `>`.
    """
    return f"evt.{check_city(city)}.pub.{organisation or '*'}.{types}"


def reader_requests(city: str, durable: str) -> list[str]:
    """All that whoever reads a durable consumer may say to NATS: look at it, fetch, rewind, acknowledge."""
    name = stream(city)
    requests = [f"$JS.API.CONSUMER.{verb}.{name}.{durable}" for verb in ("INFO", "MSG.NEXT", "RESET")]
    return [*requests, f"$JS.ACK.{name}.{durable}.>"]


def reader_rights(city: str, durable: str) -> list[str]:
    """The same as who comes from outside is granted it: there a look at a consumer has another name.

    The account outside has a JetStream of its own, switched off, that would take the question for its own; so
    the server gives it this name on its way (`deploy/nats/outside.py`), and checks the right to that.
    """
    return [f"outside.info.{durable}", *reader_requests(city, durable)[1:]]


def reader_inbox(integration: UUID) -> str:
    """Where whoever reads for an integration is answered: its client's inbox prefix."""
    return f"_INBOX_{integration.hex}"


def outside_account(city: str) -> str:
    """The account on NATS of everybody who is no part of the city; no city's name has an underscore."""
    return f"{check_city(city).upper()}_OUTSIDE"


def publishes(city: str, service: str) -> str:
    """Everything one service may publish, on either plane."""
    return f"evt.{check_city(city)}.*.*.{service}.>"


def template(plane: Plane, event: type[Event]) -> str:
    """The subject of an event with what varies in braces, for documents."""
    organisation = "{organisation}" if "organisation" in event.model_fields else "_"
    return f"evt.{{city}}.{plane}.{organisation}.{event.type.removeprefix('col.')}"


@lru_cache(4096)
def _join(city: str, plane: str, organisation: str, event_type: str) -> str:
    return f"evt.{check_city(city)}.{plane}.{organisation}.{event_type.removeprefix('col.')}"
