"""Whatever the order in which facts arrive, and however often, the state is the same."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.badges import BadgeAwarded
from contracts.catalogue import (
    AddressProven,
    AddressRemoved,
    OrganisationRegistered,
    OrganisationVerified,
    RecipientForgotten,
)
from contracts.envelope import Event

from .conftest import NOW, City, Learner

HOUR = timedelta(hours=1)
STEPS = ("started", "one", "two", "second address", "elsewhere")


@dataclass
class Story:
    """What happens to one learner: a start, two badges, a second address with a third badge, and so on."""

    city: City
    pathway: UUID
    learner: Learner = field(default_factory=Learner)
    second: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        first, second, third, _ = self.city.achievements
        award = self.city.awarded
        self.facts: dict[str, Event] = {
            "one": award(self.learner, first, awarded_at=NOW - 9 * HOUR),
            "two": award(self.learner, second, awarded_at=NOW - 8 * HOUR),
            "second address": self.address(AddressProven, at=NOW - 7 * HOUR),
            "elsewhere": award(self.learner, third, recipient=self.second, awarded_at=NOW - 6 * HOUR),
            "address removed": self.address(AddressRemoved, at=NOW - 5 * HOUR),
            "address again": self.address(AddressProven, at=NOW - 4 * HOUR),
            "forgotten": RecipientForgotten(recipient=self.second, at=NOW - 3 * HOUR),
            "new history": award(self.learner, third, recipient=self.second, awarded_at=NOW - 2 * HOUR),
            "proven anew": self.address(AddressProven, at=NOW - 2 * HOUR),
        }
        one = self.facts["one"]
        assert isinstance(one, BadgeAwarded)
        self.facts["one revoked"] = self.city.revoked(one)

    def address(self, kind: type[AddressProven], **facts: Any) -> AddressProven:
        return kind(learner=self.learner.id, recipient=self.second, **facts)

    async def happen(self, order: Sequence[str]) -> None:
        """Let it happen in this order; each fact twice, the second time at the end, in the same order."""
        for name in order:
            if name == "started":
                await self.city.start(self.learner, self.pathway)
            else:
                await self.city.hear(self.facts[name])
        await self.city.hear(*(self.facts[name] for name in order if name != "started"))

    async def state(self) -> dict[str, Any]:
        """What is stored about the learner, with ids replaced by what they stand for."""
        people = {"learner": self.learner.id, "mine": self.learner.recipient, "second": self.second}
        rows = {
            "enrolment": "SELECT completed_at - started_at, recipient FROM enrolment WHERE learner=:learner",
            "address": "SELECT recipient, held, at FROM address WHERE learner = :learner",
            "badge": "SELECT award, recipient, awarded_at, revoked FROM badge WHERE award = ANY(:awards)",
            "forgotten": "SELECT at FROM forgotten WHERE recipient = :second",
        }
        awards = {f.award: n for n, f in self.facts.items() if isinstance(f, BadgeAwarded)}
        names = {**{id_: who for who, id_ in people.items()}, **awards}
        async with self.city.database.engine.connect() as connection:
            return {
                table: sorted(
                    str([names.get(value, value) for value in row])
                    for row in await connection.execute(text(query), people | {"awards": list(awards)})
                )
                for table, query in rows.items()
            }

    async def told(self, kind: str) -> int:
        """How often it was told of this learner's pathway."""
        query = (
            "SELECT count(*) FROM journal WHERE plane = 'int' AND subject LIKE :kind AND body LIKE :pathway"
        )
        values = {"kind": f"%.pathways.{kind}.v1", "pathway": f"%{self.pathway}%"}
        async with self.city.database.engine.connect() as connection:
            return int(await connection.scalar(text(query), values) or 0)


@pytest.fixture
async def story(city: City) -> Callable[[], Awaitable[Story]]:
    """Makes stories of new learners on new pathways that ask for three badges."""

    async def make() -> Story:
        first, second, third, _ = city.achievements
        return Story(city, await city.pathway((1, [first], True), (2, [second, third], True)))

    return make


async def test_facts_in_any_order_and_doubled_complete_once(story: Callable[[], Awaitable[Story]]) -> None:
    states = set()
    for order in random.Random(1).sample(list(permutations(STEPS)), 24):
        told = await story()
        await told.happen(order)
        states.add(str(await told.state()))
        assert await told.told("pathway.completed") == 1, order
        assert await told.told("step.completed") == 2, order
    assert len(states) == 1


@pytest.mark.parametrize(
    "names",
    [
        ("started", "one", "two", "second address", "elsewhere", "one revoked"),
        ("started", "one", "two", "second address", "elsewhere", "address removed"),
        ("one", "two", "elsewhere", "second address", "address removed", "address again", "started"),
        ("started", "elsewhere", "second address", "forgotten", "new history", "proven anew"),
        ("one", "elsewhere", "second address", "address removed", "forgotten"),
    ],
)
async def test_withdrawals_and_forgetting_lead_to_one_state_in_any_order(
    story: Callable[[], Awaitable[Story]], names: tuple[str, ...]
) -> None:
    states = set()
    for order in random.Random(2).sample(list(permutations(names)), 16):
        told = await story()
        await told.happen(order)
        states.add(str(await told.state()))
        undone = await told.told("pathway.completed") - await told.told("pathway.reopened")
        assert undone == ("None" not in (await told.state())["enrolment"][0] if "started" in names else 0)
    assert len(states) == 1, states


async def test_what_the_city_offers_may_be_heard_in_any_order(city: City) -> None:
    async def rows(facts: Sequence[Event]) -> list[Any]:
        await city.hear(*facts, *facts)
        async with city.database.engine.connect() as connection:
            organisation = await connection.execute(
                text("SELECT name, verified FROM organisation WHERE id = :id"), {"id": facts_of}
            )
            achievement = await connection.execute(
                text("SELECT version, name FROM achievement WHERE id = :id"), {"id": facts_of}
            )
            return [tuple(organisation.one()), tuple(achievement.one())]

    kinds: tuple[Callable[[UUID], Event], ...] = (
        lambda id_: OrganisationRegistered(organisation=id_, name="Library"),
        lambda id_: OrganisationVerified(organisation=id_),
        lambda id_: city.achievement(id_, version=1, name="Old"),
        lambda id_: city.achievement(id_, version=2, name="New"),
    )
    for order in permutations(kinds):
        facts_of = uuid4()
        assert await rows([kind(facts_of) for kind in order]) == [("Library", True), (2, "New")]
