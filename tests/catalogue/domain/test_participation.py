"""Who may join."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.catalogue.domain.activity import Activity, NotPublished
from services.catalogue.domain.participation import AgeNeeded, Full, NotYourAge, Over, check_may_join

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
ONE = UUID(int=1)


@pytest.mark.parametrize(
    ("fields", "taken", "age", "refusal"),
    [
        ({}, 0, None, None),
        ({"capacity": 2}, 1, None, None),
        ({"capacity": 2}, 2, None, Full),
        ({"state": "draft"}, 0, None, NotPublished),
        ({"state": "cancelled"}, 0, None, NotPublished),
        ({"starts": NOW, "ends": NOW}, 0, None, Over),
        ({"age_from": 14}, 0, None, AgeNeeded),
        ({"age_from": 14}, 0, 13, NotYourAge),
        ({"age_from": 14, "age_to": 18}, 0, 18, None),
        ({"age_to": 18}, 0, 19, NotYourAge),
    ],
)
def test_joins_that_make_no_sense_are_refused(
    fields: dict[str, Any], taken: int, age: int | None, refusal: type[Exception] | None
) -> None:
    told = Activity(ONE, ONE, "Walk", "en", **{"state": "published", **fields})
    if refusal is None:
        check_may_join(told, taken, age, NOW)
    else:
        with pytest.raises(refusal):
            check_may_join(told, taken, age, NOW)
