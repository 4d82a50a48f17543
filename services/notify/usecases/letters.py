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

from ..domain.letter import Accepted, Outcome, Unsure, Verdict, check_resendable, verdict
from ..domain.letter import NotResendable as NotResendable
from ..domain.wording import Facts
from ..storage import facts, letters, sending
from ..storage.letters import Letter

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
    await facts.hold_recipient(session, recipient)
    forgotten = await facts.forgotten_at(session, recipient)
    if forgotten is None or at > forgotten:
        await facts.note_said(session, recipient, said, at, by_person=by_person)
        await release(session, f"recipient:{recipient}")


async def name_organisation(session: AsyncSession, organisation: UUID, name: str, at: datetime) -> None:
    """Take in what an organisation is called."""
    await facts.note_organisation(session, organisation, name, at)
    await release(session, f"organisation:{organisation}")


async def queue_letter(session: AsyncSession, letter: Letter) -> None:
    """Write to somebody, once per kind and cause. Raises Needs while something it says is not known yet.

    What was caused before its recipient was forgotten is not written about; the letter about an award that
    was withdrawn already is cancelled from the start.
    """
    assert letter.recipient, "a new letter has somebody to go to"
    await facts.hold_recipient(session, letter.recipient)
    known = await _known(session, letter)
    if known.forgotten_at and letter.caused_at <= known.forgotten_at:
        return
    if letter.kind != "sign_in":
        _need(known.about, f"{_THINGS[letter.kind]}:{letter.thing}:{letter.version}")
        _need(known.organisation, f"organisation:{letter.organisation}")
        _need(known.address, f"recipient:{letter.recipient}")
    await letters.queue(session, letter, "cancelled" if known.revoked else "queued")


async def withdraw(session: AsyncSession, award: UUID) -> None:
    """Do not write about an award that was withdrawn, if the letter has not left yet."""
    await facts.note_revoked(session, award)
    await letters.cancel(session, award, REVOKED)


async def forget(session: AsyncSession, recipient: UUID, at: datetime) -> None:
    """Delete what was said about somebody, and letters that have not left; the others name nobody then."""
    await facts.hold_recipient(session, recipient, alone=True)
    await facts.bury(session, recipient, at)
    await letters.forget(session, recipient, at)
    await journal.forget(session, recipient, at)


async def take(session: AsyncSession, claim: sending.Claim, now: datetime) -> Taken | None:
    """The next letter to send, claimed for this process; None where none is due.

    Letters that must not leave any more are cancelled on the way.
    """
    while claimed := await sending.claim(session, claim):
        letter, attempt = claimed
        known = await _known(session, letter)
        hindrance = _hindrance(letter, known, now)
        if hindrance is None:
            return Taken(letter, attempt, _facts(letter, known, now))
        await sending.mark(session, letter.id, attempt, Verdict("cancelled", hindrance))
    return None


async def settle(
    session: AsyncSession, letter: Letter, attempt: int, outcome: Outcome, schedule: Sequence[float]
) -> None:
    """Write down what became of an attempt to send a letter, and tell it where that is final."""
    decided = verdict(outcome, attempt - letter.attempts_before, schedule)
    _letters.add(1, {"state": decided.state})
    marked = await sending.mark(session, letter.id, attempt, decided)
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
    for letter, attempt, run in await sending.held(session, instance):
        got = steps.get((letter.id, attempt), ())
        if "accepted" in got:
            await settle(session, letter, attempt, Accepted(), ())
        elif "handed" not in got and run == logged_run is not None:
            await sending.mark(session, letter.id, attempt, Verdict("queued"))
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


_THINGS = {"badge_awarded": "achievement", "pathway_completed": "pathway"}


async def _known(session: AsyncSession, letter: Letter) -> facts.Known:
    return await facts.known(
        session, letter.recipient, letter.organisation, letter.thing, letter.version, letter.cause
    )


def _need(thing: str | None, key: str) -> None:
    if thing is None:
        raise Needs(key)


def _hindrance(letter: Letter, known: facts.Known, now: datetime) -> str | None:
    """Why the letter must not leave any more, or None."""
    if letter.kind == "sign_in":
        return EXPIRED if letter.expires is None or letter.expires <= now else None
    if known.revoked:
        return REVOKED
    return FORGOTTEN if known.address is None else None


def _facts(letter: Letter, known: facts.Known, now: datetime) -> Facts:
    address = letter.address or known.address
    assert address, "letters without are cancelled"
    return Facts(
        letter.kind,
        address,
        known.name,
        letter.language or known.language,
        known.organisation,
        known.about,
        known.about_language,
        known.picture,
        letter.link,
        letter.code,
        max(1, int((letter.expires - now).total_seconds() // 60)) if letter.expires else None,
    )
