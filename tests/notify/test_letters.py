"""A letter for every award, and never two."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from sqlalchemy import text

from contracts.badges import Source
from contracts.catalogue import RecipientForgotten
from contracts.envelope import Event
from services.notify.storage import Table, facts

from .conftest import NOW, City


async def test_an_award_sends_one_letter(city: City) -> None:
    award = city.awarded()
    await city.hear(award)
    await city.send()
    ((address, letter),) = city.mail.taken
    assert address == "aino@example.org"
    assert letter["Subject"] == "You earned Podcast Producer from Youth Radio"
    assert str(award.claim) in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one
    (sent,) = await city.told("letter.sent")
    assert sent["letter"] == letter["X-Letter-Id"] and sent["cause"] == str(award.award)
    assert await city.states() == ["sent"]


async def test_an_award_heard_twice_sends_one_letter(city: City) -> None:
    award = city.awarded()
    await city.hear(award, award)
    await city.send()
    await city.hear(award)
    await city.send()
    assert len(city.mail.letters) == 1


async def test_a_completed_playlist_and_its_badge_are_two_letters(city: City) -> None:
    pathway, enrolment = uuid4(), uuid4()
    completed = city.completed(pathway, enrolment=enrolment)
    await city.hear(city.playlist(pathway), completed, completed)
    await city.hear(city.published(achievement=enrolment, source=Source(kind="pathway", id=pathway)))
    await city.hear(city.awarded(achievement=enrolment))
    await city.send()
    subjects = sorted(letter["Subject"] for letter in city.mail.letters)
    assert subjects == ["You completed Voices", "You earned Podcast Producer from Youth Radio"]
    assert sorted(fact["kind"] for fact in await city.told("letter.sent")) == [
        "badge_awarded",
        "pathway_completed",
    ]


@pytest.mark.parametrize(("language", "word"), [("fi", "Sait"), ("nl", "verdiend"), ("en", "earned")])
async def test_letters_are_in_the_recipients_language(city: City, language: str, word: str) -> None:
    await city.hear(city.named(language=language, said_by="person"), city.awarded())
    await city.send()
    (letter,) = city.mail.letters
    assert word in letter["Subject"] and letter["Content-Language"] == language


async def test_what_the_person_says_outranks_the_organiser_field_by_field(city: City) -> None:
    late = {"at": NOW + timedelta(hours=1)}
    namings = [
        city.named(name="Aino V.", language=None, said_by="person"),
        city.named(name="A. Virtanen", language="nl", **late),
        city.named(name="Old name", language="fi", at=NOW - timedelta(days=9)),
    ]
    for order in permutations(namings):
        city.recipient = uuid4()
        await city.hear(*(one.model_copy(update={"recipient": city.recipient}) for one in order * 2))
        async with city.database.transaction() as session:
            (known,) = await facts.known(session, [facts.Wanted(city.recipient, None, None, None, uuid4())])
        said = (known.address, known.name, known.language)
        assert said == ("aino@example.org", "Aino V.", "nl")


async def test_a_letter_waits_until_all_it_says_is_known(make_city: Callable[[], City]) -> None:
    for order in permutations(range(4)):
        city = make_city()
        events = [*city.prepared(), city.awarded()]
        before = len(city.mail.letters)
        await city.hear(*(events[place] for place in order))
        await city.hear(*(events[place] for place in order))
        await city.send()
        assert len(city.mail.letters) == before + 1, order
    assert set(await city.states()) == {"sent"} and len(await city.states()) == 24
    async with city.database.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM waiting")) == 0
    await city.database.close()


async def test_a_completion_waits_for_its_playlist(city: City) -> None:
    pathway = uuid4()
    await city.hear(city.completed(pathway, version=2), city.playlist(pathway))
    assert await city.states() == []
    await city.hear(city.playlist(pathway, version=2, name="Voices II"))
    await city.send()
    assert [letter["Subject"] for letter in city.mail.letters] == ["You completed Voices II"]


@pytest.mark.parametrize("withdrawn_first", [True, False])
async def test_no_letter_leaves_about_an_award_that_was_withdrawn(city: City, withdrawn_first: bool) -> None:
    award = city.awarded()
    events: list[Event] = [award, city.revoked(award)]
    await city.hear(*(reversed(events) if withdrawn_first else events), *events)
    await city.send()
    assert await city.states() == ["cancelled"] and city.mail.letters == []


async def test_a_withdrawal_unseen_by_the_award_beside_it_is_seen_before_sending(city: City) -> None:
    award = city.awarded()
    await city.hear(award)
    async with city.database.transaction() as session:
        await facts.note_revoked(session, award.award)
    await city.send()
    assert await city.states() == ["cancelled"] and city.mail.letters == []


async def test_a_sign_in_letter_has_link_and_code_and_leaves_first(city: City) -> None:
    await city.hear(city.awarded(), city.sign_in())
    await city.send()
    first, second = city.mail.letters
    assert first["Subject"] == "Your sign-in link for Testville" and "earned" in second["Subject"]
    body = first.get_body(("plain",))
    assert body and "271828" in body.get_content() and "https://city.test/sign-in?t=1" in body.get_content()
    assert [row for row in await secrets(city) if row != (None, None, None)] == []


async def test_a_sign_in_letter_needs_nothing_else_to_be_known(make_city: Callable[[], City]) -> None:
    city = make_city()
    await city.hear(city.sign_in(language="fi"))
    await city.send()
    ((address, letter),) = city.mail.taken
    assert address == "new@example.org" and letter["Content-Language"] == "fi"
    await city.database.close()


async def test_a_sign_in_letter_does_not_leave_after_it_expired(city: City) -> None:
    await city.hear(city.sign_in(expires=datetime.now(UTC) - timedelta(seconds=1)))
    await city.send()
    assert await city.states() == ["cancelled"] and city.mail.letters == []
    assert await secrets(city) == [(None, None, None)]


async def secrets(city: City) -> list[tuple[str | None, ...]]:
    """Link, code and address of the sign-in letters."""
    async with city.database.engine.connect() as connection:
        rows = await connection.execute(text("SELECT link, code, address FROM letter WHERE kind = 'sign_in'"))
        return [tuple(row) for row in rows]


async def test_of_a_forgotten_person_nothing_is_left_and_nothing_comes_back(city: City) -> None:
    pathway = uuid4()
    told: list[Event] = [*city.prepared(), city.awarded(), city.playlist(pathway), city.completed(pathway)]
    await city.hear(*told)
    await city.send()
    city.mail.will("DATA", "550 5.1.1 aino@example.org is no more")
    await city.hear(city.awarded())
    await city.send()
    await city.hear(city.awarded())  # still queued
    await city.hear(RecipientForgotten(recipient=city.recipient, at=NOW))
    await city.hear(*told, city.awarded(award=uuid4()))  # published once more, under other ids
    await city.send()

    assert sorted(await city.states()) == ["failed", "sent", "sent"] and len(city.mail.letters) == 2
    async with city.database.engine.connect() as connection:
        for table in [*Table.metadata.tables, "waiting", "journal"]:
            for row in await connection.execute(text(f'SELECT * FROM "{table}"')):
                assert "aino" not in str(row), table
                assert table == "forgotten" or str(city.recipient) not in str(row), table


async def test_a_newer_history_begins_after_forgetting_in_any_order(make_city: Callable[[], City]) -> None:
    for order in permutations(range(4)):
        city = make_city()
        await city.hear(*city.prepared())
        later = {"at": NOW + timedelta(hours=1)}
        events: list[Event] = [
            city.awarded(),
            RecipientForgotten(recipient=city.recipient, at=NOW),
            city.named(address="new@example.org", **later),
            city.awarded(awarded_at=NOW + timedelta(hours=2)),
        ]
        await city.hear(*(events[place] for place in order))
        await city.hear(*(events[place] for place in order))
        async with city.database.transaction() as session:
            (known,) = await facts.known(session, [facts.Wanted(city.recipient, None, None, None, uuid4())])
            queued = await session.scalar(
                text("SELECT count(*) FROM letter WHERE recipient = :id"), {"id": city.recipient}
            )
        assert known.address == "new@example.org" and known.name and queued == 1, order
    await city.database.close()


async def test_logs_and_addresses_of_routes_name_nobody(city: City, caplog: pytest.LogCaptureFixture) -> None:
    city.mail.will("RCPT", "550 5.1.1 <aino@example.org> unknown")
    await city.hear(city.awarded(), city.sign_in(), city.named(address="nobody at all", said_by="person"))
    with caplog.at_level("DEBUG", logger="services"):
        await city.send()
    assert "aino" not in caplog.text and "271828" not in caplog.text
