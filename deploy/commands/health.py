"""What `city doctor` looks at in a city: its databases, events, services and letters."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

import httpx
from nats.js.errors import NotFoundError

from contracts import subjects
from services.chassis import topology as declared

from .. import bootstrap, migrations, origin, topology
from ..databases import OLDEST_MAJOR, connected
from ..nats.permissions import OPERATOR
from . import events
from .finding import Finding, fail, ok, tried, warn
from .place import City

SMTP_SETTING = "SMTP_URL"
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
MOST_DRIFT = 5  # seconds between two clocks
MOST_LAG = 60  # seconds an event may wait to be sent
BOOTSTRAP = "run `city bootstrap`"
LAG = """
    SELECT count(*), extract(epoch FROM now() - min(created_at)) FROM unsent JOIN journal USING (id)
"""


async def findings(city: City) -> AsyncIterator[Finding]:
    """Everything about a city that runs, one by one."""
    yield public_url(city)
    for service, url in city.database_urls().items():
        yield await tried(f"database of {service}", BOOTSTRAP, partial(database, service, url))
    yield await tried("fixed settings", "set them as they were", partial(fixed, city))
    yield await tried("events", "start NATS, then " + BOOTSTRAP, partial(stream, city))
    for service in city.database_urls():
        yield await tried(service, _look_at_log(city, service), partial(ready, city, service))
    for service, url in city.database_urls().items():
        yield await tried(f"journal of {service}", "start NATS", partial(lag, service, url))
    yield await tried("dead letters", BOOTSTRAP, partial(dead_letters, city))
    yield await tried("mail server", "start it, or correct SMTP_URL", partial(mail_server, city))
    if "notify" in city.database_urls():
        yield await tried("letters", BOOTSTRAP, partial(letters, city))


def public_url(city: City) -> Finding:
    """Whether what the city signs can be checked by others."""
    parts = urlsplit(city.public_url)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1"):
        return warn("public URL", city.public_url, "use https: a credential's keys are fetched from there")
    return ok("public URL", city.public_url)


async def database(service: str, url: str) -> Finding:
    """Whether a service's database answers, is new enough, on time, and has all tables."""
    async with connected(url) as connection:
        major = connection.get_server_version().major
        drift = abs((await connection.fetchval("SELECT now()") - datetime.now(UTC)).total_seconds())
    name = f"database of {service}"
    lacking = await migrations.pending(url, service)
    if lacking:
        return fail(name, f"not migrated: {', '.join(lacking)}", BOOTSTRAP)
    if major < OLDEST_MAJOR:
        return fail(name, f"PostgreSQL {major}", f"upgrade to PostgreSQL {OLDEST_MAJOR} or newer")
    if drift > MOST_DRIFT:
        return warn(name, f"its clock differs from ours by {drift:.0f} s", "set both clocks by NTP")
    return ok(name, f"PostgreSQL {major}, migrated")


async def fixed(city: City) -> Finding:
    """Whether name, PUBLIC_URL and secrets are those that badges were published with."""
    wanted = bootstrap.fixed(city.name, city.public_url, city.addresses.secrets)
    async with connected(city.addresses.database_url("badges")) as badges:
        await origin.check(badges, wanted)
    return ok("fixed settings", "city, PUBLIC_URL and secrets are as they were")


async def stream(city: City) -> Finding:
    """Whether NATS has the stream and the consumers that this version needs."""
    addresses = city.addresses
    async with topology.connected(addresses.nats_url, addresses.nats_password(OPERATOR)) as client:
        js = client.jetstream()
        try:
            found = await js.stream_info(subjects.stream(city.name))
            infos = [
                await declared.check(js, city.name, one) for one in topology.durables(city.database_urls())
            ]
        except (NotFoundError, declared.Drift) as error:
            return fail("events", str(error), f"{BOOTSTRAP}, then `city journal republish`")
    behind = ", ".join(f"{info.name} {info.num_pending}" for info in infos if info.num_pending)
    return ok("events", f"{found.state.messages} kept, waiting to be handled: {behind or 'none'}")


async def ready(city: City, service: str) -> Finding:
    """Whether a service says it can work, and what it says where it cannot."""
    async with httpx.AsyncClient(timeout=10) as client:
        answer = await client.get(f"{city.service_url(service)}/{service}/health/ready")
    if answer.status_code == 200:
        return ok(service, "ready")
    told = [check for check in answer.json()["checks"] if not check["ok"]]
    detail = "; ".join(f"{check['name']}: {check['detail']}" for check in told)
    return fail(service, detail, "; ".join(dict.fromkeys(check["remedy"] for check in told)))


async def lag(service: str, url: str) -> Finding:
    """Whether what a service has recorded leaves it in time."""
    name = f"journal of {service}"
    async with connected(url) as connection:
        waiting, seconds = await connection.fetchrow(LAG)
    if waiting and seconds > MOST_LAG:
        return fail(
            name, f"{waiting} events wait, the oldest for {seconds:.0f} s", "start NATS and the service"
        )
    return ok(name, f"{waiting} events wait to be sent")


async def dead_letters(city: City) -> Finding:
    """Whether anything needs a person."""
    found = await events.dead_letters(city.database_urls())
    if not found:
        return ok("dead letters", "none")
    remedy = "see `city dead-letters list`; once the cause is gone, `city dead-letters retry`"
    return fail("dead letters", f"{len(found)}, the oldest of {found[0].since:%Y-%m-%d %H:%M} UTC", remedy)


async def mail_server(city: City) -> Finding:
    """Whether somebody takes letters, as SMTP's greeting says."""
    url = urlsplit(_smtp_url(city))
    if not url.hostname:
        return ok("mail server", "not looked at: SMTP_URL is not set here")
    async with asyncio.timeout(10):
        port = url.port or PORTS[url.scheme]
        reader, writer = await asyncio.open_connection(url.hostname, port, ssl=url.scheme == "smtps" or None)
        greeting = (await reader.readline()).decode(errors="replace").strip()
        writer.close()
    if not greeting.startswith("220"):
        return fail("mail server", f"{url.netloc} says {greeting!r}", "correct SMTP_URL")
    return ok("mail server", f"{url.netloc} takes letters")


def _smtp_url(city: City) -> str:
    """Where notify sends letters."""
    if "smtp" in city.addresses.parts:
        return f"smtp://{city.addresses.parts['smtp']}"
    given = (os.environ.get(name) for name in ("NOTIFY_" + SMTP_SETTING, SMTP_SETTING))
    return next(filter(None, given), "")


async def letters(city: City) -> Finding:
    """Whether letters leave, and none needs a person."""
    async with connected(city.addresses.database_url("notify")) as notify:
        counts = dict(await notify.fetch("SELECT state, count(*) FROM letter GROUP BY state"))
    told = ", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "none yet"
    if counts.get("failed") or counts.get("unknown"):
        return warn("letters", told, "see /letters?state=failed and ?state=unknown; resend what shall arrive")
    return ok("letters", told)


def _look_at_log(city: City, service: str) -> str:
    if city.running:
        return f"look at {city.addresses.directory / 'logs' / (service + '.log')}; `city up` restarts it"
    return f"start {service}; check that PUBLIC_URL leads to it"
