"""What waits, as metrics: looked up when somebody asks for them, and every ten seconds for a collector."""

import logging
from collections.abc import Iterable
from functools import cache

from opentelemetry.metrics import _Gauge as Gauge
from sqlalchemy import text

from .database import Database, Measure
from .telemetry import meter
from .waiting import DEAD

log = logging.getLogger(__name__)
# Only so many rows are looked at; a figure of 100000 says that there are at least so many.
_UNSENT = "FROM (SELECT id FROM unsent LIMIT 100000) few"
_PARKED = "FROM (SELECT next_at, since FROM waiting LIMIT 100000) parked"
_AGE = "coalesce(extract(epoch FROM now() - min(created_at)), 0)"
_OWN = (
    Measure("col_journal_unsent", "events that have not left", f"SELECT count(*) {_UNSENT}"),
    Measure(
        "col_journal_unsent_age",
        "age of the oldest of them",
        f"SELECT {_AGE} {_UNSENT} JOIN journal USING (id)",
        unit="s",
    ),
    Measure("col_events_waiting", "events that wait or failed", f"SELECT count(*) {_PARKED}"),
    Measure("col_dead_letters", "events given up", f"SELECT count(*) {_PARKED} WHERE {DEAD}"),
)


@cache
def _gauge(measure: Measure) -> Gauge:
    return meter.create_gauge(measure.name, measure.unit, measure.description)


async def take(database: Database, service: str, measures: Iterable[Measure]) -> None:
    """Read the chassis' measures and these. Where the database does not answer, all stay as they were."""
    try:
        async with database.transaction() as session:
            await session.execute(text("SET LOCAL statement_timeout = 2000"))
            for each in (*_OWN, *measures):
                for *of, number in await session.execute(text(each.query)):
                    labels = {each.label: of[0]} if of else {}
                    _gauge(each).set(float(number), {"service": service, **labels})
    except Exception as error:  # whoever asks for metrics must get those that can be had
        log.warning("what waits could not be measured", exc_info=error)
