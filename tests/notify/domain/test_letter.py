"""What becomes of a letter after each answer."""

import pytest

from services.notify.domain.letter import (
    Accepted,
    Kind,
    NotResendable,
    Refused,
    State,
    Unsure,
    Verdict,
    check_resendable,
    verdict,
)

SCHEDULE = (10.0, 60.0)


def test_an_accepted_letter_is_sent_and_an_unsure_one_unknown() -> None:
    assert verdict(Accepted(), 1, SCHEDULE) == Verdict("sent")
    assert verdict(Unsure("no answer"), 1, SCHEDULE) == Verdict("unknown", "no answer")


@pytest.mark.parametrize(
    ("tries", "state", "delay"), [(1, "queued", 10), (2, "queued", 60), (3, "failed", 0)]
)
def test_temporary_refusals_are_retried_with_growing_delay_and_then_given_up(
    tries: int, state: State, delay: float
) -> None:
    assert verdict(Refused("450 later", final=False), tries, SCHEDULE) == Verdict(state, "450 later", delay)


def test_a_final_refusal_is_not_retried() -> None:
    assert verdict(Refused("550 no such user", final=True), 1, SCHEDULE).state == "failed"


@pytest.mark.parametrize("state", ["queued", "sending", "sent", "cancelled"])
def test_only_what_may_be_lost_is_sent_again(state: State) -> None:
    with pytest.raises(NotResendable):
        check_resendable("badge_awarded", state, gone=False)


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_failed_and_unknown_letters_can_be_sent_again(state: State) -> None:
    check_resendable("badge_awarded", state, gone=False)
    cases: tuple[tuple[Kind, bool], ...] = (("sign_in", False), ("badge_awarded", True))
    for kind, gone in cases:
        with pytest.raises(NotResendable):
            check_resendable(kind, state, gone=gone)
