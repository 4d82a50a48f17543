"""Sending: states, retries, and what is left when something dies."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal
from uuid import UUID

import pytest
from aiosmtplib import SMTPException
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import uuid7
from services.chassis import work
from services.chassis.testing import until
from services.notify import accepted
from services.notify.accepted import AcceptedLog, AnotherSender
from services.notify.domain.letter import Accepted, Refused
from services.notify.sender import Line, Sender, loops
from services.notify.storage import sending
from services.notify.usecases import letters as usecases
from services.notify.usecases.letters import Answered

from .conftest import NOW, City
from .mailserver import DROP, MailServer, serving


async def change(city: City, statement: str) -> None:
    """Change the letters as only a test may."""
    async with city.database.engine.begin() as connection:
        await connection.execute(text(statement))


async def test_a_temporary_refusal_is_retried_and_then_sent(city: City) -> None:
    city.mail.will("RCPT", "450 4.2.0 greylisted")
    await city.hear(city.awarded())
    await city.send()
    assert await city.states() == ["sent"] and len(city.mail.letters) == 1
    assert len(await city.told("letter.sent")) == 1


async def test_a_letter_waits_as_long_as_the_schedule_says(city: City) -> None:
    city.sender.settings = city.settings.model_copy(update={"letter_retries": (3600.0,)})
    city.mail.will("DATA", "451 later")
    await city.hear(city.awarded())
    await city.send()
    async with city.database.engine.connect() as connection:
        wait = await connection.scalar(text("SELECT extract(epoch FROM due - now()) FROM letter"))
    assert await city.states() == ["queued"] and 3590 < float(wait or 0) <= 3600


async def test_a_letter_refused_for_now_too_often_has_failed(city: City) -> None:
    city.mail.will("RCPT", *["450 greylisted"] * 3)
    await city.hear(city.awarded())
    await city.send()
    assert await city.states() == ["failed"] and city.mail.letters == []


async def test_a_final_refusal_fails_at_once_and_is_told(city: City) -> None:
    city.mail.will("RCPT", "550 5.1.1 <aino@example.org>: nobody here")
    await city.hear(city.awarded())
    await city.send()
    (failed,) = await city.told("letter.failed")
    assert "nobody here" in failed["reason"]
    assert await city.states() == ["failed"] and await city.told("letter.sent") == []


async def test_a_letter_that_may_have_arrived_is_unknown_and_not_sent_again(city: City) -> None:
    city.mail.will("DATA", DROP)
    await city.hear(city.awarded())
    await city.send()
    assert await city.states() == ["unknown"] and len(city.mail.letters) == 1
    assert await city.told("letter.sent") == [] and await city.told("letter.failed") == []


async def test_while_the_mail_server_is_away_no_letter_loses_a_try(city: City) -> None:
    await city.hear(city.awarded())
    away = city.settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"})
    line = Line(Sender(city.database, away))
    for _ in range(5):
        with pytest.raises((SMTPException, OSError)):
            await line.step()
    async with city.database.engine.connect() as connection:
        assert await connection.scalar(text("SELECT attempts FROM letter")) == 0
    assert await city.states() == ["queued"]


async def test_a_letter_that_cannot_be_written_fails_and_holds_nobody_up(city: City) -> None:
    await city.hear(city.named(address="not an address", said_by="person"), city.awarded())
    await city.send()
    assert await city.states() == ["failed"]
    (failed,) = await city.told("letter.failed")
    assert failed["reason"] == "could not be written: BadAddress"


async def test_an_answer_is_kept_while_the_database_is_away(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    await city.hear(city.awarded())
    line, mark = Line(city.sender), sending.mark

    async def away(*_: object, **__: object) -> None:
        raise OSError("the database is away")

    monkeypatch.setattr(sending, "mark", away)
    for _ in range(3):
        with pytest.raises(OSError):
            await line.step()
    monkeypatch.setattr(sending, "mark", mark)
    assert await line.step() is False
    assert await city.states() == ["sent"] and len(city.mail.letters) == 1


@pytest.mark.parametrize(
    ("at_once", "cut"), [*((1, cut) for cut in range(1, 6)), *((25, cut) for cut in range(1, 5))]
)
async def test_a_commit_whose_answer_was_cut_off_neither_doubles_nor_holds_a_letter(
    city: City, monkeypatch: pytest.MonkeyPatch, at_once: int, cut: int
) -> None:
    city.sender.settings = city.settings.model_copy(update={"letters_per_claim": at_once})
    await city.hear(city.awarded(), city.awarded())
    line, transaction, calls = Line(city.sender), city.database.transaction, 0

    @asynccontextmanager
    async def cut_off() -> AsyncIterator[AsyncSession]:
        nonlocal calls
        async with transaction() as session:
            yield session
        calls += 1
        if calls == cut:
            raise OSError("committed, but the connection was cut before the answer came")

    monkeypatch.setattr(city.database, "transaction", cut_off)
    with pytest.raises(OSError):
        await line.step()
    while await line.step():
        pass
    assert await city.states() == ["sent", "sent"] and len(city.mail.letters) == 2
    assert len(await city.told("letter.sent")) == 2


async def test_a_full_disk_under_our_own_record_costs_a_try_and_no_letter(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    await city.hear(city.awarded())
    note, calls = AcceptedLog.note, 0

    def full(log: AcceptedLog, step: Literal["handed", "accepted"], letter: UUID, attempt: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError(28, "No space left on device")
        note(log, step, letter, attempt)

    monkeypatch.setattr(AcceptedLog, "note", full)
    await city.send()
    assert await city.states() == ["sent"] and len(city.mail.letters) == 1


async def test_an_answer_to_an_earlier_attempt_changes_nothing_once_there_is_a_later_one(city: City) -> None:
    await city.hear(city.awarded())
    claim = sending.Claim("one", uuid7(), uuid7())
    async with city.database.transaction() as session:
        (first,) = await usecases.take(session, claim, NOW, city.settings)
        assert await sending.give_up_for_the_dead(session, lease=-1) == 1
        await usecases.resend(session, first.letter.id, "operator")
        (second,) = await usecases.take(session, claim, NOW, city.settings)
        assert second.attempt == 2
        late = Answered(first.letter, first.attempt, Refused("450", final=False))
        await usecases.settle(session, [late], (0,))
    assert await city.states() == ["sending"]
    async with city.database.transaction() as session:
        await usecases.settle(session, [Answered(second.letter, second.attempt, Accepted())], (0,))
    assert await city.states() == ["sent"]


async def test_a_letter_in_hand_is_finished_when_the_process_ends(city: City) -> None:
    await city.hear(city.awarded(), city.awarded())
    city.mail.silence = asyncio.Event()
    step = asyncio.create_task(Line(city.sender).step())

    async def being_sent() -> bool:
        return "sending" in await city.states()

    await until(being_sent)
    step.cancel()
    city.mail.silence.set()
    with pytest.raises(asyncio.CancelledError):
        await step
    assert sorted(await city.states()) == ["queued", "sent"], "and no other is begun"


async def test_letters_leave_no_faster_than_they_may(city: City) -> None:
    city.sender.settings = city.settings.model_copy(update={"letters_per_second": 20.0})
    await city.hear(*(city.awarded() for _ in range(5)))
    started = time.monotonic()
    await city.send()
    assert time.monotonic() - started >= 4 / 20 and await city.states() == ["sent"] * 5


async def test_several_connections_send_every_letter_once(city: City) -> None:
    await city.hear(*(city.awarded() for _ in range(40)))
    tasks = [
        asyncio.create_task(work.run(loop, city.database)) for loop in loops(city.database, city.settings)
    ]

    async def all_sent() -> bool:
        return await city.states() == ["sent"] * 40

    await until(all_sent)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    ids = [letter["X-Letter-Id"] for letter in city.mail.letters]
    assert len(set(ids)) == len(ids) == 40 and city.mail.connections <= 4


async def test_letters_of_an_instance_that_is_gone_become_unknown(city: City) -> None:
    await city.hear(city.awarded(), city.awarded())
    await change(city, "UPDATE letter SET state = 'sending', claimed_by = 'two'")
    await change(city, "INSERT INTO sender VALUES ('two', now() - interval '119 s')")
    await city.sender.beat()
    assert await city.states() == ["sending"] * 2
    await change(city, "UPDATE sender SET seen_at = now() - interval '121 s' WHERE instance = 'two'")
    await city.sender.beat()
    await city.send()
    assert await city.states() == ["unknown"] * 2 and city.mail.letters == []


async def test_who_was_taken_for_dead_may_still_say_that_it_was_sent(city: City) -> None:
    await city.hear(city.awarded())
    city.mail.silence = asyncio.Event()
    step = asyncio.create_task(Line(city.sender).step())

    async def state(wanted: str) -> None:
        async def reached() -> bool:
            return await city.states() == [wanted]

        await until(reached)

    await state("sending")
    async with city.database.transaction() as session:
        assert await sending.give_up_for_the_dead(session, lease=-1) == 1
    await state("unknown")
    city.mail.silence.set()
    await step
    assert await city.states() == ["sent"]


async def test_who_was_stopped_for_longer_than_the_lease_lets_the_letter_go(city: City) -> None:
    city.sender.settings = city.settings.model_copy(update={"lease_seconds": 0.2})
    await city.hear(city.awarded())
    city.mail.hold_recipients = asyncio.Event()
    asyncio.get_running_loop().call_later(0.4, city.mail.hold_recipients.set)
    await city.send()
    async with city.database.engine.connect() as connection:
        assert await connection.scalar(text("SELECT attempts FROM letter")) == 2
    assert await city.states() == ["sent"] and len(city.mail.letters) == 1


def test_two_processes_cannot_be_the_same_instance(tmp_path: Path) -> None:
    first = AcceptedLog(tmp_path)
    with pytest.raises(AnotherSender):
        AcceptedLog(tmp_path)
    first.close()
    AcceptedLog(tmp_path).close()


def test_a_log_from_before_the_machine_was_restarted_is_not_complete(tmp_path: Path) -> None:
    log = AcceptedLog(tmp_path)
    assert log.complete_for is None
    log.begin()
    log.close()
    again = AcceptedLog(tmp_path)
    assert again.complete_for == log.run
    again.close()
    path = tmp_path / "letters.log"
    path.write_text(path.read_text().replace(path.read_text().split()[2], "another-boot"))
    other = AcceptedLog(tmp_path)
    assert other.complete_for is None
    other.close()


async def test_the_file_of_what_was_accepted_begins_anew_when_it_is_long_and_nothing_is_in_hand(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepted, "LONG", 100)
    await city.hear(*(city.awarded() for _ in range(5)))
    city.sender.busy("another connection, with letters in hand")
    await city.send()
    file = city.settings.state_dir / "letters.log"
    assert file.read_text().count("accepted ") == 5
    city.sender.idle("another connection, with letters in hand")
    assert file.read_text().startswith("run ") and file.read_text().count("\n") == 1
    await city.hear(city.awarded())
    await city.send()
    assert await city.states() == ["sent"] * 6 and "accepted " not in file.read_text()


def test_a_log_that_was_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "letters.log").write_text(
        "run x\naccepted 01890a5d-ac96-774b-bcce-b302099a8057 1\naccepted 0189"
    )
    log = AcceptedLog(tmp_path)
    assert list(log.steps_before().values()) == [{"accepted"}] and log.complete_for is None
    log.close()


async def test_a_server_without_encryption_is_not_used_where_it_is_asked_for(city: City) -> None:
    async with serving(MailServer()) as mail:
        url = f"smtp+starttls://127.0.0.1:{mail.port}"
        line = Line(Sender(city.database, city.settings.model_copy(update={"smtp_url": url})))
        await city.hear(city.awarded())
        with pytest.raises(SMTPException):
            await line.step()
        assert mail.letters == [] and await city.states() == ["queued"]
