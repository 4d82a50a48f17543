"""What waits in pathways, as metrics."""

from services.chassis.database import Measure

MEASURES = (
    Measure(
        "col_enrolments_due",
        "people whose enrolments are to be worked out anew",
        "SELECT count(*) FROM (SELECT FROM due LIMIT 100000) one",
    ),
)
