"""What a pathway may ask for."""

from uuid import uuid4

import pytest

from services.pathways.domain.plan import MAX_STEPS, BadPlan, Plan, Step

A, B, C = uuid4(), uuid4(), uuid4()


def plan(*steps: Step) -> Plan:
    return Plan("Voices", "", "en", steps)


def step(need: int = 1, *, mandatory: bool = True, of: tuple[object, ...] = (A, B)) -> Step:
    return Step(uuid4(), "One", need, of, mandatory)  # type: ignore[arg-type]  # ids, as the tests write them


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ((), "body.steps"),
        ((step(mandatory=False),), "body.steps"),
        ((step(), step(3)), "body.steps.1.need"),
        ((step(0),), "body.steps.0.need"),
        ((step(of=(A, B, A)),), "body.steps.0.achievements"),
        ((step(of=()),), "body.steps.0.need"),
        ((step(of=tuple(uuid4() for _ in range(51))),), "body.steps.0.achievements"),
        (tuple(step() for _ in range(MAX_STEPS + 1)), "body.steps"),
    ],
)
def test_a_plan_that_nobody_can_follow_is_refused_and_the_field_named(
    steps: tuple[Step, ...], field: str
) -> None:
    with pytest.raises(BadPlan) as refusal:
        plan(*steps)
    assert refusal.value.field == field


def test_two_steps_with_one_id_are_refused() -> None:
    one = step()
    with pytest.raises(BadPlan, match="same id"):
        plan(one, one)


def test_every_achievement_is_named_with_its_place() -> None:
    asked = plan(step(of=(A,)), step(of=(B, C)))
    assert dict(asked.achievements()) == {
        "body.steps.0.achievements.0": A,
        "body.steps.1.achievements.0": B,
        "body.steps.1.achievements.1": C,
    }
