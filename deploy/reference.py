"""`city.env.example`: every setting with its meaning, default and unit, written from the code that reads it.

`python -m deploy.reference` writes the file anew.
"""

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from itertools import starmap
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from services.chassis.settings import Settings

from .services import SERVICES

FILE = Path(__file__).with_name("city.env.example")
WIDTH = 100
HEAD = """\
Every setting of a city: what it means, its unit, and its default, shown in a line commented out.
One machine needs none of them. The format is that of `docker compose --env-file` and of systemd's
EnvironmentFile. A service's setting may be given to that service alone with its name in front
(BADGES_LOG_LEVEL=DEBUG), and may lie in a file of that name in lower case (badges_log_level) in
SECRETS_DIR: that is the place for whatever is secret.
"""
# What is read by deploy itself: `city`, the supervisor, bootstrap, the Caddyfile and the mail sink.
DEPLOY = {
    "CITY_DIRECTORY": ("directory of the data of a city on one machine, and of the secrets", ".city"),
    "SECRETS_DIR": ("directory of one service's secrets, a file each", ""),
    "DATABASE_ADMIN_URL": (
        "postgresql:// URL of one who may make databases and roles; on one machine: a server to use "
        "instead of starting one",
        "",
    ),
    "NATS_REPLICAS": ("NATS servers that keep each event: 1, or 3 in a cluster", "1"),
    "CITY_POSTGRES_BIN": (
        "bin directory of the PostgreSQL to start, or `embedded` for the PyPI package's",
        "",
    ),
    "CITY_NATS_SERVER": ("nats-server program to start", "nats-server"),
    "CITY_CADDY": ("caddy program to start", "caddy"),
    "CITY_SITE": ("what Caddy serves; `city up` takes it from PUBLIC_URL", "http://:8080"),
    "CITY_BIND": ("address Caddy listens on", "127.0.0.1"),
    "CITY_MAX_BODY": ("largest request body Caddy lets through", "10MB"),
    "CITY_WAIT": ("how long Caddy lets a request wait for a service that restarts", "10s"),
    "CITY_MAIL_PAGE": ("on: show what the mail sink holds under /mail; off: there is none", "off"),
    "CATALOGUE_UPSTREAM": ("host:port of catalogue behind Caddy", "127.0.0.1:8001"),
    "BADGES_UPSTREAM": ("host:port of badges behind Caddy", "127.0.0.1:8002"),
    "PATHWAYS_UPSTREAM": ("host:port of pathways behind Caddy", "127.0.0.1:8003"),
    "NOTIFY_UPSTREAM": ("host:port of notify behind Caddy", "127.0.0.1:8004"),
    "MAIL_UPSTREAM": ("host:port of the mail sink's page behind Caddy", "127.0.0.1:8025"),
    "NATS_UPSTREAM": ("host:port of NATS' WebSocket listener behind Caddy", "127.0.0.1:4223"),
    "MAIL_SINK_SMTP": ("host:port where the mail sink takes letters in", "127.0.0.1:8026"),
    "MAIL_SINK_WEB": ("host:port of the mail sink's page", "127.0.0.1:8025"),
    "MAIL_SINK_STORE": ("file in which the mail sink keeps letters", ".city/mail/letters.sqlite"),
    "CITY_VERSION": ("in containers: tag of the city's images", "local"),
    "CITY_HTTP": ("in containers: address:port of this host where Caddy takes http", "127.0.0.1:8080"),
    "CITY_HTTPS": ("in containers: address:port of this host where Caddy takes https", "127.0.0.1:8443"),
    "GRAFANA_PORT": ("in containers: port of 127.0.0.1 where Grafana answers", "3000"),
}


def render() -> str:
    """The whole file."""
    fields = {name: settings_of(name).model_fields for name in SERVICES}
    common = set(Settings.model_fields)
    told = Counter(name for own in fields.values() for name in own if name not in common)
    shared = {name for name, times in told.items() if times > 1}
    parts = [_comment(HEAD), _section("deploy", starmap(_entry, ((n, *d) for n, d in DEPLOY.items())))]
    parts.append(_section("every service", _entries(Settings.model_fields, common)))
    parts.append(_section("several services", _shared(fields, shared)))
    for name, own in fields.items():
        parts.append(_section(name, _entries(own, set(own) - common - shared)))
    return "\n".join(parts)


def settings_of(service: str) -> type[Settings]:
    """The class of a service's settings."""
    module = import_module(f"services.{service}.settings")
    found = (one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Settings))
    return next(one for one in found if getattr(one, "service", None) == service)


def _entries(fields: Mapping[str, FieldInfo], wanted: set[str]) -> Iterator[str]:
    for name, field in fields.items():
        if name in wanted:
            yield _entry(name.upper(), field.description or "", _default(field))


def _shared(fields: Mapping[str, Mapping[str, FieldInfo]], shared: set[str]) -> Iterator[str]:
    """A setting that several services have: what it means to each of them."""
    for name in sorted(shared):
        owners = {service: own[name] for service, own in fields.items() if name in own}
        meanings = (f"{service}: {field.description}" for service, field in owners.items())
        defaults = dict.fromkeys(_default(field) for field in owners.values())
        yield _entry(name.upper(), "\n".join(meanings), " or ".join(defaults))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "(required)"
    value: Any = field.default
    if value is PydanticUndefined:
        return "(this host's name)"
    if isinstance(value, SecretStr):
        return ""
    if isinstance(value, tuple):
        return json.dumps(value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _section(title: str, entries: Iterable[str]) -> str:
    return "\n".join([f"# ---- {title} ".ljust(WIDTH, "-"), "", *entries])


def _entry(name: str, meaning: str, default: str) -> str:
    return f"{_comment(meaning)}# {name}={default}\n"


def _comment(text: str) -> str:
    lines = (line for paragraph in text.splitlines() for line in textwrap.wrap(paragraph, WIDTH - 2))
    return "".join(f"# {line}\n" for line in lines)


if __name__ == "__main__":
    FILE.write_text(render())
