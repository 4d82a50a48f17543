"""How fast letters leave, in which order, and when they wait."""

import time
from datetime import UTC, datetime
from datetime import time as clock
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from contracts.catalogue import OrganisationRegistered
from services.chassis.testing import until
from services.notify.domain.pace import MOST_DOMAINS, BadHours, Pace, Quiet
from services.notify.sender import Line
from services.notify.settings import Settings

from .conftest import City


def change(city: City, **values: Any) -> None:
    """Other settings from now on."""
    city.sender.settings = city.settings.model_copy(update=values)


async def named(city: City, number: int, domain: str) -> None:
    """So many people at a domain are awarded the badge."""
    people = [uuid4() for _ in range(number)]
    await city.hear(
        *(city.named(recipient=person, address=f"p{n}@{domain}") for n, person in enumerate(people))
    )
    await city.hear(*(city.awarded(recipient=person) for person in people))


@pytest.mark.parametrize(
    ("hours", "quiet", "loud"),
    [
        ("22:00-07:00", ("22:00", "23:59", "00:00", "06:59"), ("07:00", "21:59", "12:00")),
        ("12:00-13:30", ("12:00", "13:29"), ("11:59", "13:30", "00:00")),
    ],
)
def test_quiet_hours_may_go_over_midnight(hours: str, quiet: tuple[str, ...], loud: tuple[str, ...]) -> None:
    found = Quiet.read(hours)
    assert all(found.at(clock.fromisoformat(at)) for at in quiet)
    assert not any(found.at(clock.fromisoformat(at)) for at in loud)


@pytest.mark.parametrize("hours", ["22-7", "24:00-07:00", "22:00-22:00", "22:00-07:00 "])
def test_hours_that_are_none_are_refused(hours: str) -> None:
    with pytest.raises(BadHours):
        Quiet.read(hours)


def test_quiet_hours_are_those_of_the_city(settings: Settings) -> None:
    city = settings.model_copy(update={"quiet_hours": "22:00-07:00", "time_zone": "Europe/Vilnius"})
    assert city.quiet_at(datetime(2026, 6, 1, 19, 30, tzinfo=UTC)), "half past ten in summer"
    assert not city.quiet_at(datetime(2026, 12, 1, 19, 30, tzinfo=UTC)), "half past nine in winter"
    with pytest.raises(ValidationError):
        Settings(**settings.model_dump() | {"time_zone": "Vilnius"})


async def test_in_quiet_hours_only_letters_to_sign_in_with_leave_and_the_others_follow(city: City) -> None:
    change(city, quiet_hours="00:00-23:59")
    await city.hear(city.awarded(), city.sign_in())
    await city.send()
    assert [to for to, _ in city.mail.taken] == ["new@example.org"]
    change(city, quiet_hours=None)
    await city.send()
    assert [to for to, _ in city.mail.taken] == ["new@example.org", "aino@example.org"]


def test_a_domain_gets_no_more_than_its_share_and_nobody_waits_long_for_it() -> None:
    pace = Pace()
    turns = [pace.turn(100.0, None, "slow.org", 10.0) for _ in range(30)]
    assert [wait for may, wait in turns if may] == [0.0] * 11, "a second's worth at once"
    later = [wait for may, wait in turns if not may]
    assert later == pytest.approx([n / 10 for n in range(2, 21)]), "each shall come when its turn is"
    assert [pace.turn(101.0, None, "slow.org", 10.0)[0] for _ in range(12)] == [True] * 10 + [False] * 2
    assert pace.turn(100.0, None, "other.org", None) == (True, 0.0)
    assert pace.turn(101.0, None, "slow.org", 10.0, urgent=True) == (True, 0.0)


def test_domains_without_turns_to_wait_for_are_forgotten() -> None:
    pace = Pace()
    for n in range(MOST_DOMAINS + 10):
        pace.turn(float(n), None, f"d{n}.org", 1.0)
    assert len(pace._domains) < 100


async def test_a_slow_domain_holds_up_no_other(city: City) -> None:
    change(city, letters_per_second_by_domain={"slow.org": 4.0, "*": 1000.0})
    await named(city, 8, "slow.org")
    await named(city, 8, "quick.org")
    started = time.monotonic()

    async def all_gone() -> bool:
        await city.send()
        return await city.states() == ["sent"] * 16

    await until(all_gone)
    assert time.monotonic() - started > 2 / 4
    gone = [to.partition("@")[2] for to, _ in city.mail.taken]
    assert gone[-3:] == ["slow.org"] * 3, "the last wait for their turn, while the others leave"
    async with city.database.engine.connect() as connection:
        tries = await connection.execute(text("SELECT attempts - attempts_before FROM letter"))
        assert set(tries.scalars()) == {1}, "waiting for its turn costs a letter no try"


async def test_ten_thousand_letters_of_one_organisation_do_not_hold_up_one_of_another(city: City) -> None:
    await named(city, 40, "example.org")
    other = uuid4()
    await city.hear(OrganisationRegistered(organisation=other, name="Library"))
    await city.hear(city.awarded(organisation=other))
    change(city, letters_per_claim=1)
    await city.send()
    assert city.mail.taken[0][0] == "aino@example.org" and len(city.mail.taken) == 41


async def test_what_is_in_hand_when_the_connection_breaks_goes_back_and_loses_no_try(city: City) -> None:
    city.mail.will("RCPT", "250 fine", "drop")
    await city.hear(*(city.awarded() for _ in range(6)))
    line = Line(city.sender)
    await line.step()
    assert sorted(await city.states()) == ["queued"] * 5 + ["sent"]
    async with city.database.engine.connect() as connection:
        tries = await connection.execute(
            text("SELECT attempts - attempts_before FROM letter WHERE state = 'queued'")
        )
        assert sorted(tries.scalars()) == [0, 0, 0, 0, 1], "but that which was under way"
    await city.send()
    assert await city.states() == ["sent"] * 6 and len(city.mail.letters) == 6
