"""What is done about letters as they are sent. Each function works in its caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts import notify as events
from contracts.recipients import BadAddress, normal_address
from services.chassis.journal import emit
from services.chassis.telemetry import counter, span

from ..domain.letter import Accepted, Outcome, Unsure, Verdict, check_resendable, optional, verdict
from ..domain.letter import NotResendable as NotResendable
from ..domain.wording import Facts
from ..settings import Settings
from ..storage import facts, feedback, letters, preferences, sending
from ..storage.facts import Known
from ..storage.letters import Letter
from ..storage.preferences import Preferences
from ..storage.sending import Mark
from .choosing import links, reader
from .intake import REVOKED

_letters = counter("col_letters", "attempts to send a letter, by what became of them")

EXPIRED = "link and code had expired"
FORGOTTEN = "nothing is known of the recipient any more"
SUPPRESSED = "the address is on the suppress list"
DECLINED = "its reader does not want letters of this kind"
TOLD = frozenset({"badge_awarded", "pathway_completed", "sign_in"})
"""Kinds of which the fate is told in events; the others go to whom no event knows."""


class UnknownLetter(Exception):
    """There is no such letter."""


@dataclass(frozen=True)
class Taken:
    """A letter being sent: which attempt it is, and all it says."""

    letter: Letter
    attempt: int
    facts: Facts


@dataclass(frozen=True)
class Answered:
    """What became of an attempt to send a letter."""

    letter: Letter
    attempt: int
    outcome: Outcome


@dataclass(frozen=True)
class Unsent:
    """A letter that was taken and not handed over; it is due again in `delay` seconds, and lost no try."""

    letter: Letter
    attempt: int
    delay: float = 0


async def take(
    session: AsyncSession, claim: sending.Claim, now: datetime, settings: Settings, most: int = 1
) -> list[Taken]:
    """The next letters to send, claimed for this process; none where none is due.

    Letters that must not leave any more are cancelled on the way.
    """
    quiet = settings.quiet_at(now)
    while claimed := await sending.claim(session, claim, most, quiet=quiet):
        taken, cancelled = await _sorted(session, claimed, now, settings)
        if cancelled:
            await sending.mark(session, cancelled)
        if taken:
            return taken
    return []


async def _sorted(
    session: AsyncSession, claimed: Sequence[tuple[Letter, int]], now: datetime, settings: Settings
) -> tuple[list[Taken], list[Mark]]:
    """What may leave, and what must not any more."""
    known = await facts.known(session, [facts.Wanted.of(letter) for letter, _ in claimed])
    wishes = await preferences.of(session, {reader(letter) for letter, _ in claimed})
    both = list(zip(claimed, known, strict=True))
    addresses = {_normal(letter.address or what.address) for (letter, _), what in both}
    shunned = await feedback.suppressed(session, addresses - {""})
    taken, cancelled = [], []
    for (letter, attempt), what in both:
        wish = wishes.get(reader(letter))
        hindrance = _hindrance(letter, what, wish, shunned, now)
        if hindrance:
            cancelled.append(Mark(letter.id, attempt, Verdict("cancelled", hindrance)))
        else:
            taken.append(Taken(letter, attempt, _facts(letter, what, wish, now, settings)))
    return taken, cancelled


async def settle(
    session: AsyncSession, answered: Sequence[Answered | Unsent], schedule: Sequence[float]
) -> None:
    """Write down what became of attempts to send letters, and tell it where that is final."""
    marks = [_mark(each, schedule) for each in answered]
    if not marks:
        return
    reasons = {mark.letter: mark.verdict.reason or "" for mark in marks}
    for letter, state in await sending.mark(session, marks):
        _letters.add(1, {"state": state})
        if letter.recipient is None or letter.kind not in TOLD:  # forgotten, or not a learner
            continue
        about = {
            "letter": letter.id,
            "kind": letter.kind,
            "organisation": letter.organisation,
            "cause": letter.cause,
            "recipient": letter.recipient,
        }
        with span("tell of letter", traceparent=letter.traceparent):
            if state == "sent":
                emit(session, events.LetterSent.model_validate(about))
            if state == "failed":
                emit(session, events.LetterFailed.model_validate(about | {"reason": reasons[letter.id]}))


def _mark(each: Answered | Unsent, schedule: Sequence[float]) -> Mark:
    if isinstance(each, Unsent):
        return Mark(each.letter.id, each.attempt, Verdict("queued", delay=each.delay), counts=False)
    decided = verdict(each.outcome, each.attempt - each.letter.attempts_before, schedule)
    return Mark(each.letter.id, each.attempt, decided)


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
    found: list[Answered | Unsent] = []
    for letter, attempt, run in await sending.held(session, instance):
        got = steps.get((letter.id, attempt), ())
        if "accepted" in got:
            found.append(Answered(letter, attempt, Accepted()))
        elif "handed" not in got and run == logged_run is not None:
            found.append(Unsent(letter, attempt))
        else:
            found.append(Answered(letter, attempt, Unsure("the process ended while it was sending")))
    await settle(session, found, ())


async def resend(session: AsyncSession, letter_id: UUID, by: str) -> None:
    """Send a failed, bounced or unknown letter once more. Raises UnknownLetter, NotResendable."""
    found = await letters.one(session, letter_id, lock=True)
    if found is None:
        raise UnknownLetter
    letter, status = found
    check_resendable(letter.kind, status.state, gone=letter.recipient is None)
    await letters.requeue(session, letter_id, status.state, by)


def _normal(address: str | None) -> str:
    try:
        return normal_address(address or "")
    except BadAddress:
        return ""


def _hindrance(
    letter: Letter, known: Known, wish: Preferences | None, shunned: Collection[str], now: datetime
) -> str | None:
    """Why the letter must not leave any more, or None."""
    if letter.kind == "sign_in":  # whoever asks for one gets it, whatever became of others
        return EXPIRED if letter.expires is None or letter.expires <= now else None
    address = letter.address or known.address
    if known.revoked:
        return REVOKED
    if address is None:
        return FORGOTTEN
    if wish and letter.kind in wish.declined and optional(letter.kind):
        return DECLINED
    return SUPPRESSED if _normal(address) in shunned else None


def _facts(
    letter: Letter, known: Known, wish: Preferences | None, now: datetime, settings: Settings
) -> Facts:
    address = letter.address or known.address
    assert address, "letters without are cancelled"
    wanted = wish.language if wish else None
    choices, unsubscribe = links(letter, settings)
    return Facts(
        kind=letter.kind,
        address=address,
        name=known.name,
        language=wanted or letter.language or known.language,
        organisation=known.organisation,
        about=known.about,
        about_language=known.about_language,
        picture=known.picture,
        link=letter.link,
        code=letter.code,
        minutes=max(1, int((letter.expires - now).total_seconds() // 60)) if letter.expires else None,
        choices=choices,
        unsubscribe=unsubscribe,
        figures=letter.figures,
    )
