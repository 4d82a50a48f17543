"""What waits in badges, as metrics. No figure looks at more than so many rows."""

from services.chassis.database import Measure

_DUE = "FROM (SELECT due_at FROM award WHERE due_at IS NOT NULL LIMIT 100000) due"
_UNFINISHED = "state IN ('running', 'paused')"
MEASURES = (
    Measure("col_awards_due", "awards whose credential is to be issued", f"SELECT count(*) {_DUE}"),
    Measure(
        "col_awards_due_age",
        "how long the first of them has been due",
        f"SELECT greatest(0, coalesce(extract(epoch FROM now() - min(due_at)), 0)) {_DUE}",  # noqa: S608 (constants)
        unit="s",
    ),
    Measure(
        "col_award_jobs",
        "bulk awards that are not finished",
        f"""
        WITH unfinished AS (SELECT state FROM award_job WHERE {_UNFINISHED})
        SELECT s.state, count(u.state) FROM (VALUES ('running'), ('paused')) s(state)
        LEFT JOIN unfinished u ON u.state = s.state GROUP BY 1
        """,  # noqa: S608 (constants)
        label="state",
    ),
    Measure(
        "col_award_job_age",
        "how long ago the oldest bulk award that runs was asked for",
        "SELECT coalesce(extract(epoch FROM now() - min(made_at)), 0) FROM award_job WHERE state = 'running'",
        unit="s",
    ),
    Measure(
        "col_award_job_lines",
        "lines of bulk awards that are not finished, by what became of them",
        f"""
        WITH lines AS MATERIALIZED (SELECT CASE WHEN outcome IN ('waiting', 'awarded', 'failed')
                THEN outcome ELSE 'left_out' END AS outcome
            FROM award_job_line WHERE job IN (SELECT id FROM award_job WHERE {_UNFINISHED}) LIMIT 500000)
        SELECT o.outcome, count(l.outcome)
        FROM (VALUES ('waiting'), ('awarded'), ('failed'), ('left_out')) o(outcome)
        LEFT JOIN lines l ON l.outcome = o.outcome GROUP BY 1
        """,  # noqa: S608 (constants)
        label="outcome",
    ),
)
