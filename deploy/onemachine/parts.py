"""The programs of a city that are not ours, and the mail sink: made ready to start, with their addresses."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .. import keys
from ..nats.permissions import OPERATOR, render
from . import caddy, child, nats, postgres
from .addresses import ADMIN_SETTING, NATS_SETTING, SUPERUSER_SECRET, secrets_of
from .pgbinaries import find_binaries
from .program import Program, answers

NATS_MEMORY = "300MiB"  # from there on it tidies up more often; it would take half as much again
LONG_LOG = 10_000_000  # bytes
SERVERS = ("postgres", "nats")  # what has to be there before a city can be prepared


@dataclass(frozen=True)
class Part:
    """A program and the addresses (host:port) under which others find it."""

    program: Program
    parts: Mapping[str, str] = field(default_factory=dict)


def servers(
    directory: Path, city: str, users: Sequence[str], durables: Mapping[str, Sequence[str]]
) -> Iterator[Part]:
    """NATS and PostgreSQL, each unless its address is configured from outside."""
    if not os.environ.get(NATS_SETTING):
        yield nats_server(directory, city, users, durables)
    if not os.environ.get(ADMIN_SETTING):
        yield postgres_server(directory)


def postgres_server(directory: Path) -> Part:
    """PostgreSQL on a cluster under `directory`, by the binaries that fit it."""
    data = directory / "postgres"
    binaries = find_binaries(postgres.made_by_major(data))
    postgres.make_ready(data, binaries, secrets_of(directory).needed(SUPERUSER_SECRET, data))
    port = child.free_port()
    program = Program(
        "postgres",
        postgres.server_command(data, binaries, port),
        log(directory, "postgres"),
        lambda it: postgres.is_ready(it.process, data),
        url=f"127.0.0.1:{port} (PostgreSQL {binaries.major}, {binaries.origin})",
        environment=postgres.server_environment(),
        identity=postgres.identity_of(data, binaries),
        death_signal=postgres.DEATH_SIGNAL,
        stop_signal=postgres.STOP_SIGNAL,
        stop_seconds=postgres.STOP_SECONDS,
    )
    return Part(program, {"postgres": f"127.0.0.1:{port}"})


def nats_server(
    directory: Path, city: str, users: Sequence[str], durables: Mapping[str, Sequence[str]]
) -> Part:
    """NATS with a user for each service and the operator."""
    data, secrets = directory / "nats", secrets_of(directory)
    port, websocket = child.free_port(), child.free_port()
    passwords = {user: secrets.text(f"{user}_nats_password") for user in (OPERATOR, *users)}
    callout = keys.callout(secrets, users)
    nats.make_ready(data, port, render(city, passwords, durables, callout), websocket)
    program = Program(
        "nats",
        nats.server_command(nats.find_server(), data),
        log(directory, "nats"),
        lambda _: nats.greets(port, nats.server_name(data)),
        url=f"nats://127.0.0.1:{port}",
        environment={"GOMEMLIMIT": NATS_MEMORY, **os.environ},
    )
    return Part(program, {"nats": f"127.0.0.1:{port}", "websocket": f"127.0.0.1:{websocket}"})


def mail_sink(directory: Path) -> Part:
    """The mail sink, on a port for letters and one for its page."""
    smtp, web = (f"127.0.0.1:{child.free_port()}" for _ in range(2))
    settings = {
        "MAIL_SINK_SMTP": smtp,
        "MAIL_SINK_WEB": web,
        "MAIL_SINK_STORE": str(directory / "mail" / "letters.sqlite"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    program = Program(
        "mail",
        [sys.executable, "-m", f"{__package__}.mailsink"],
        log(directory, "mail"),
        lambda _: answers(f"http://{web}/mail/health/live"),
        url=f"http://{web}/mail",
        environment=os.environ | settings,
    )
    return Part(program, {"smtp": smtp, "mail": web})


def caddy_program(door: caddy.Door, directory: Path) -> Program:
    """Caddy, the last to start and the first to stop."""
    return Program(
        "caddy",
        caddy.command(),
        log(directory, "caddy"),
        lambda _: caddy.answers(door),
        url=door.public_url,
        environment=door.environment(),
    )


def log(directory: Path, name: str) -> Path:
    """Where the output of a part goes. A long one is put aside at the start, over the one before."""
    place = directory / "logs" / f"{name}.log"
    with child.private_umask():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    if place.stat().st_size > LONG_LOG:
        place.replace(place.with_suffix(".log.1"))
    return place
