"""The pages at /developers: documents, lists and operations in one frame. They load a style sheet alone."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from . import operations as reading
from .documents import document, inline, names

_FOLDER = Path(__file__).parent / "templates"
STYLE = _FOLDER / "developers.css"
SERVICES = {
    "catalogue": "organisations, people, activities, skills, sign-in, OAuth2 clients",
    "badges": "achievements, awards, credentials, evidence, verification, portfolio",
    "pathways": "playlists and each learner's way through them",
    "notify": "letters, integrations, subscriptions, the feed, readers on NATS, these pages",
}
_TITLES = {"README": "Overview", "guarantees": "Guarantees", "events": "Events"}
_FIRST = ("events", "subscriptions", "integrations", "readers")  # what integrators use most


def shown(name: str, public_url: str) -> str:
    """A document."""
    told = document(name, public_url)
    here = "/developers" if name == "README" else f"/developers/{name}"
    return _page(here, told.title, "document", html=Markup(told.html), headings=told.headings)  # noqa: S704 (ours)


def listed(title: str, folder: str, files: Iterable[str]) -> str:
    """Files to choose from."""
    return _page(f"/developers/{folder}", title, "list", folder=folder, files=sorted(files))


def services() -> str:
    """The services and where their OpenAPI is."""
    return _page("/developers/openapi", "OpenAPI", "services", services=SERVICES)


@cache
def operations(spec: bytes) -> str:
    """What can be asked of a service, from its OpenAPI document."""
    found = reading.operations(orjson.loads(spec))
    tags = {tag: found[tag] for tag in sorted(found, key=lambda tag: (tag not in _FIRST, tag))}
    return _page("/developers/openapi/notify", "Operations of notify", "operations", tags=tags)


def _page(here: str, title: str, kind: str, **facts: object) -> str:
    return _template().render(here=here, title=title, kind=kind, navigation=_navigation(), **facts)


@cache
def _navigation() -> list[tuple[str, str]]:
    """Where the pages are, and what they are called."""
    documents = [("/developers" + ("" if n == "README" else f"/{n}"), _title(n)) for n in names()]
    more = ("AsyncAPI", "JSON Schemas", "Samples", "OpenAPI")
    where = ("asyncapi.yaml", "schemas", "examples", "openapi")
    return documents + [(f"/developers/{at}", title) for at, title in zip(where, more, strict=True)]


def _title(name: str) -> str:
    return _TITLES.get(name) or document(name, "").title


@cache
def _template() -> Template:
    found = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["inline"] = lambda text: Markup(inline(text))  # noqa: S704 (our own docstrings)
    return found.get_template("developers.html")
