"""What is done about letters. Each function works in its caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts import notify as events
from services.chassis import journal
from services.chassis.journal import emit
from services.chassis.telemetry import counter
from services.chassis.waiting import Needs, release

from .domain.letter import Accepted, Outcome, Unsure, Verdict, check_resendable, verdict
from .domain.letter import NotResendable as NotResendable
from .domain.wording import Facts
from .storage import facts, letters
from .storage.letters import Letter

_letters = counter("col_letters", "attempts to send a letter, by what became of them")


class UnknownLetter(Exception):
    """There is no such letter."""


@dataclass(frozen=True)
class Taken:
    """A letter being sent: which attempt it is, and all it says."""

    letter: Letter
    attempt: int
    facts: Facts


async def name_recipient(
    session: AsyncSession, recipient: UUID, said: dict[str, str], at: datetime, *, by_person: bool
) -> None:
    """Take in an address, name or language; what is older than a forgetting is not taken in."""
    forgotten = await facts.hold_recipient(session, recipient)
    if forgotten is None or at > forgotten:
        await facts.note_said(session, recipient, said, at, by_person=by_person)
        await release(session, f"recipient:{recipient}")


async def name_organisation(session: AsyncSession, organisation: UUID, name: str, at: datetime) -> None:
    """Take in what an organisation is called."""
    await facts.note_organisation(session, organisation, name, at)
    await release(session, f"organisation:{organisation}")


async def queue_award(session: AsyncSession, letter: Letter) -> None:
    """Write to somebody about a badge, once per award. Raises Needs.

    The letter about an award that was withdrawn already is cancelled from the start.
    """
    if await _forgotten(session, letter):
        return
    assert letter.thing and letter.version and letter.recipient and letter.organisation
    if await facts.achievement(session, letter.thing, letter.version) is None:
        raise Needs(f"achievement:{letter.thing}:{letter.version}")
    await _need_people(session, letter.recipient, letter.organisation)
    revoked = await facts.is_revoked(session, letter.cause)
    await letters.queue(session, letter, "cancelled" if revoked else "queued")


async def queue_completion(session: AsyncSession, letter: Letter) -> None:
    """Write to somebody about a completed pathway, once per enrolment. Raises Needs."""
    if await _forgotten(session, letter):
        return
    assert letter.thing and letter.version and letter.recipient and letter.organisation
    if await facts.pathway(session, letter.thing, letter.version) is None:
        raise Needs(f"pathway:{letter.thing}:{letter.version}")
    await _need_people(session, letter.recipient, letter.organisation)
    await letters.queue(session, letter)


async def queue_sign_in(session: AsyncSession, letter: Letter) -> None:
    """Write to somebody who wants to sign in, once per request."""
    if not await _forgotten(session, letter):
        await letters.queue(session, letter)


async def withdraw(session: AsyncSession, award: UUID) -> None:
    """Do not write about an award that was withdrawn, if the letter has not left yet."""
    await facts.note_revoked(session, award)
    await letters.cancel(session, award, REVOKED)


async def forget(session: AsyncSession, recipient: UUID, at: datetime) -> None:
    """Delete what was said about somebody, and letters that have not left; the others name nobody then."""
    await facts.hold_recipient(session, recipient, alone=True)
    await facts.bury(session, recipient, at)
    await letters.forget(session, recipient, at)
    await journal.forget(session, recipient)


async def take(session: AsyncSession, instance: str, run: UUID, now: datetime) -> Taken | None:
    """The next letter to send, claimed for this process; None where none is due.

    Letters that must not leave any more are cancelled on the way.
    """
    while claimed := await letters.claim(session, instance, run):
        letter, attempt = claimed
        reason = await _hindrance(session, letter, now)
        if reason is None:
            return Taken(letter, attempt, await _facts(session, letter, now))
        await letters.mark(session, letter.id, attempt, Verdict("cancelled", reason))
    return None


async def settle(
    session: AsyncSession, letter: Letter, attempt: int, outcome: Outcome, schedule: Sequence[float]
) -> None:
    """Write down what became of an attempt to send a letter, and tell it where that is final."""
    decided = verdict(outcome, attempt - letter.attempts_before, schedule)
    _letters.add(1, {"state": decided.state})
    marked = await letters.mark(session, letter.id, attempt, decided)
    if marked is None or marked.recipient is None:  # overtaken by a later attempt, or forgotten
        return
    about = {
        "letter": marked.id,
        "kind": marked.kind,
        "organisation": marked.organisation,
        "cause": marked.cause,
        "recipient": marked.recipient,
    }
    if decided.state == "sent":
        emit(session, events.LetterSent.model_validate(about))
    if decided.state == "failed":
        emit(session, events.LetterFailed.model_validate(about | {"reason": decided.reason or ""}))


async def resolve(
    session: AsyncSession,
    instance: str,
    logged_run: UUID | None,
    steps: Mapping[tuple[UUID, int], Collection[str]],
) -> None:
    """Decide what became of the letters this instance was sending when its last process ended.

    `steps` says how far each got, as that process logged it: what was accepted is sent; what was not handed
    over is queued again, if the log is complete for the run (`logged_run`); of the rest nobody can know.
    """
    for letter, attempt, run in await letters.sending(session, instance):
        got = steps.get((letter.id, attempt), ())
        if "accepted" in got:
            await settle(session, letter, attempt, Accepted(), ())
        elif "handed" not in got and run == logged_run is not None:
            await letters.mark(session, letter.id, attempt, Verdict("queued"))
        else:
            await settle(session, letter, attempt, Unsure("the process ended while it was sending"), ())


async def resend(session: AsyncSession, letter_id: UUID, by: str) -> None:
    """Send a failed or unknown letter once more. Raises UnknownLetter, NotResendable."""
    found = await letters.one(session, letter_id, lock=True)
    if found is None:
        raise UnknownLetter
    letter, status = found
    check_resendable(letter.kind, status.state, gone=letter.recipient is None)
    await letters.requeue(session, letter_id, status.state, by)


REVOKED = "the badge was withdrawn"
EXPIRED = "link and code had expired"
FORGOTTEN = "nothing is known of the recipient any more"


async def _hindrance(session: AsyncSession, letter: Letter, now: datetime) -> str | None:
    if letter.kind == "sign_in":
        return EXPIRED if letter.expires is None or letter.expires <= now else None
    if letter.kind == "badge_awarded" and await facts.is_revoked(session, letter.cause):
        return REVOKED
    if letter.recipient is None or "address" not in await facts.said(session, letter.recipient):
        return FORGOTTEN
    return None


async def _facts(session: AsyncSession, letter: Letter, now: datetime) -> Facts:
    assert letter.recipient, "the letters of the forgotten are cancelled"
    said = await facts.said(session, letter.recipient)
    if letter.kind == "sign_in":
        assert letter.address and letter.expires
        return Facts(
            "sign_in",
            letter.address,
            said.get("name"),
            letter.language,
            link=letter.link,
            code=letter.code,
            minutes=max(1, int((letter.expires - now).total_seconds() // 60)),
        )
    assert letter.thing and letter.version and letter.organisation
    find = facts.achievement if letter.kind == "badge_awarded" else facts.pathway
    about = await find(session, letter.thing, letter.version)
    assert about, "without it the letter would not have been queued"
    return Facts(
        letter.kind,
        said["address"],
        said.get("name"),
        said.get("language"),
        await facts.organisation_name(session, letter.organisation),
        about.name,
        about.language,
        about.picture,
        letter.link,
    )


async def _forgotten(session: AsyncSession, letter: Letter) -> bool:
    assert letter.recipient
    at = await facts.hold_recipient(session, letter.recipient)
    return at is not None and letter.caused_at <= at


async def _need_people(session: AsyncSession, recipient: UUID, organisation: UUID) -> None:
    if await facts.organisation_name(session, organisation) is None:
        raise Needs(f"organisation:{organisation}")
    if "address" not in await facts.said(session, recipient):
        raise Needs(f"recipient:{recipient}")
