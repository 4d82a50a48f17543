"""What waits in notify, as metrics. No figure looks at more than so many rows."""

from collections.abc import Mapping

from services.chassis.database import Measure

_MOST = 100_000
# Letters that were sent or cancelled are too many to be counted each time; they are counted as it is done.
_LETTERS = {
    state: f"letter WHERE state = '{state}'"
    for state in ("queued", "sending", "failed", "bounced", "complained", "unknown")
}
_DELIVERIES = {
    "due": "delivery WHERE state = 'due' AND attempts = attempts_before",
    "retrying": "delivery WHERE state = 'due' AND attempts > attempts_before",
    "sending": "delivery WHERE state = 'sending'",
}
_SUBSCRIPTIONS = {
    "active": "subscription WHERE state = 'active' AND failing_since IS NULL",
    "failing": "subscription WHERE state = 'active' AND failing_since IS NOT NULL",
    "paused": "subscription WHERE state = 'paused'",
    "disabled": "subscription WHERE state = 'disabled'",
}
_LATE = "greatest(0, coalesce(extract(epoch FROM now() - min(due)), 0))"


def _counts(of: Mapping[str, str]) -> str:
    return " UNION ALL ".join(
        f"SELECT '{state}', count(*) FROM (SELECT FROM {rows} LIMIT {_MOST}) one"  # noqa: S608 (constants)
        for state, rows in of.items()
    )


MEASURES = (
    Measure("col_letters_now", "letters that wait, leave, or went wrong", _counts(_LETTERS), "state"),
    Measure(
        "col_letters_late",
        "how long the first letter in the queue has been due",
        f"SELECT {_LATE} FROM (SELECT due FROM letter WHERE state = 'queued' LIMIT {_MOST}) one",  # noqa: S608 (constants)
        unit="s",
    ),
    Measure("col_deliveries_now", "deliveries that are not over", _counts(_DELIVERIES), "state"),
    Measure(
        "col_deliveries_late",
        "how long the first delivery to an active subscription has been due",
        f"SELECT {_LATE} FROM subscription s CROSS JOIN LATERAL (SELECT due FROM delivery"  # noqa: S608 (constants)
        " WHERE subscription = s.id AND state = 'due' ORDER BY due LIMIT 1) first WHERE s.state = 'active'",
        unit="s",
    ),
    Measure("col_subscriptions", "subscriptions by how they are", _counts(_SUBSCRIPTIONS), "state"),
)
