"""What follows from an answer, by schedule and answer alone."""

import pytest

from services.notify.domain.delivery import Answer, verdict

SCHEDULE = (0.0, 5.0, 300.0)


def test_retries_are_data_and_the_last_one_fails_for_good() -> None:
    failed = [verdict(Answer(500), tries, SCHEDULE, 0.0) for tries in (1, 2, 3)]
    assert [(one.state, one.delay) for one in failed] == [("due", 5.0), ("due", 300.0), ("failed", 0.0)]


def test_jitter_makes_a_delay_longer_by_a_fifth_at_most() -> None:
    delays = [verdict(Answer(None, "no answer"), 2, SCHEDULE, chance / 10).delay for chance in range(11)]
    assert delays == sorted(delays) and delays[0] == 300 and delays[-1] == 360


@pytest.mark.parametrize("status", range(200, 300))
def test_any_2xx_is_a_success(status: int) -> None:
    assert verdict(Answer(status), 1, SCHEDULE, 0.5).state == "delivered"


@pytest.mark.parametrize("status", [None, 100, 199, 300, 301, 308, 400, 404, 410, 500, 599])
def test_everything_else_is_a_failure(status: int | None) -> None:
    assert verdict(Answer(status), 1, SCHEDULE, 0.5).state == "due"


@pytest.mark.parametrize("status", [429, 502, 504])
def test_some_answers_hold_the_whole_subscription(status: int) -> None:
    assert verdict(Answer(status), 1, SCHEDULE, 0.0).hold == 5.0
    assert verdict(Answer(status), 2, SCHEDULE, 0.0).hold == 60.0, "not as long as a late retry is away"
    assert verdict(Answer(status), 3, SCHEDULE, 0.0).hold == 5.0


@pytest.mark.parametrize("status", [None, 400, 500, 503])
def test_others_hold_nothing(status: int | None) -> None:
    assert verdict(Answer(status), 1, SCHEDULE, 0.0).hold == 0.0


@pytest.mark.parametrize(("asked", "got"), [(1.0, 5.0), (42.0, 42.0), (99_999.0, 3600.0), (-1.0, 5.0)])
def test_retry_after_delays_more_and_never_less_and_an_hour_at_most(asked: float, got: float) -> None:
    assert verdict(Answer(503, retry_after=asked), 1, SCHEDULE, 0.0).delay == got
