"""How far somebody is follows from the facts alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.pathways.domain.plan import Plan, Step
from services.pathways.domain.progress import (
    TOKEN_LIFE,
    Address,
    Badge,
    Enrolment,
    advance,
    earned_by,
    progress,
    recipients_of,
)

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C, D = (uuid4() for _ in range(4))
ME, OTHER = uuid4(), uuid4()
CHOICE = Step(uuid4(), "Choose two", 2, (A, B, C))
BONUS = Step(uuid4(), "Bonus", 1, (D,), mandatory=False)
PLAN = Plan("Voices", "", "en", (CHOICE, BONUS))
ENROLMENT = Enrolment(uuid4(), uuid4(), 1, uuid4(), ME, T0)


def test_a_step_is_done_when_as_many_as_needed_are_earned() -> None:
    assert progress(PLAN, {A: T0}, T0).steps[0].completed_at is None
    assert progress(PLAN, {A: T0, C: T0}, T0).steps[0].completed_at == T0


def test_optional_steps_are_not_needed_for_completion() -> None:
    done = progress(PLAN, {A: T0, B: T0}, T0)
    assert done.completed_at and done.steps[1].completed_at is None
    assert progress(PLAN, {A: T0, D: T0}, T0).completed_at is None


def test_completion_is_dated_by_the_badge_that_made_it_whatever_came_after() -> None:
    earned = {A: T0 + HOUR, B: T0 + 2 * HOUR, C: T0 + 9 * HOUR, D: T0 + 9 * HOUR}
    assert progress(PLAN, earned, T0).completed_at == T0 + 2 * HOUR


def test_badges_from_before_the_start_complete_it_at_the_start() -> None:
    assert progress(PLAN, {A: T0 - HOUR, B: T0 - HOUR}, T0).completed_at == T0


def test_the_earliest_of_several_awards_counts_and_only_ones_own() -> None:
    badges = {ME: [Badge(A, ME, T0 + HOUR), Badge(A, ME, T0)], OTHER: [Badge(B, OTHER, T0)]}
    assert earned_by({ME}, badges) == {A: T0}


def test_every_held_address_counts_and_removed_ones_do_not() -> None:
    assert recipients_of(ENROLMENT, []) == {ME}
    assert recipients_of(ENROLMENT, [Address(OTHER, True, T0)]) == {ME, OTHER}
    assert recipients_of(ENROLMENT, [Address(OTHER, False, T0)]) == {ME}


def test_the_address_of_the_start_counts_until_a_removal_its_token_could_not_know() -> None:
    assert recipients_of(ENROLMENT, [Address(ME, False, T0 + HOUR)]) == set()
    assert recipients_of(ENROLMENT, [Address(ME, False, T0 - TOKEN_LIFE)]) == {ME}


def test_each_step_is_told_once_and_completion_once_until_undone() -> None:
    whole, half = progress(PLAN, {A: T0, B: T0}, T0), progress(PLAN, {A: T0}, T0)
    first = advance(ENROLMENT, whole)
    assert (first.steps, first.completed, first.reopened) == ((CHOICE.id,), True, False)
    again = advance(first.enrolment, whole)
    assert (again.steps, again.completed, again.enrolment) == ((), False, first.enrolment)
    undone = advance(first.enrolment, half)
    assert (undone.steps, undone.completed, undone.reopened) == ((), False, True)
    assert undone.enrolment == replace(ENROLMENT, told=frozenset({CHOICE.id}))
    assert advance(undone.enrolment, whole).completed
