"""What others tell of people and awards, taken in: many events at once, in a few statements.

The handlers of events gather what they heard; it is written down just before their transaction commits.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis import journal
from services.chassis.database import gather
from services.chassis.telemetry import current_traceparent
from services.chassis.waiting import Needs, release

from ..domain.letter import State, urgency
from ..storage import facts, feedback, letters, preferences
from ..storage.facts import Known, Said
from ..storage.letters import Entry, Letter

REVOKED = "the badge was withdrawn"
_THINGS = {"badge_awarded": "achievement", "pathway_completed": "pathway"}


def name_recipient(
    session: AsyncSession, recipient: UUID, said: dict[str, str], at: datetime, *, by_person: bool
) -> None:
    """Take in an address, name or language; what is older than a forgetting is not taken in."""
    gather(session, take_in, [Said(recipient, what, value, by_person, at) for what, value in said.items()])


def queue_letter(session: AsyncSession, letter: Letter) -> None:
    """Write to somebody, once per kind and cause. Needs is raised while something it says is not known yet.

    What was caused before its recipient was forgotten is not written about; the letter about an award that
    was withdrawn already is cancelled from the start.
    """
    assert letter.recipient, "a new letter has somebody to go to"
    gather(session, take_in, [replace(letter, traceparent=current_traceparent())])


async def take_in(session: AsyncSession, heard: Sequence[Said | Letter]) -> None:
    """Write down what was gathered: first who is called what, then the letters to them. Raises Needs."""
    await facts.hold_recipients(session)
    said = [item for item in heard if isinstance(item, Said)]
    if said:
        named = await facts.note_said(session, said)
        await release(session, *(f"recipient:{recipient}" for recipient in named))
    wanted = [item for item in heard if isinstance(item, Letter)]
    if wanted:
        known = await facts.known(session, [facts.Wanted.of(letter) for letter in wanted])
        await _queue(session, list(zip(wanted, known, strict=True)))


async def _queue(session: AsyncSession, wanted: Sequence[tuple[Letter, Known]]) -> None:
    at_once = Counter(letter.organisation for letter, _ in wanted)
    entries = []
    for letter, known in wanted:
        if known.forgotten_at and letter.caused_at <= known.forgotten_at:
            continue
        if letter.kind in _THINGS and (missing := _missing(letter, known)):
            raise Needs(missing)
        state: State = "cancelled" if known.revoked else "queued"
        priority = urgency(letter.kind, at_once[letter.organisation])
        entries.append(Entry(letter, state, priority))
    if entries:
        await letters.queue(session, *entries)


def _missing(letter: Letter, known: Known) -> str | None:
    """What the letter says and is not known yet."""
    if known.about is None:
        return f"{_THINGS[letter.kind]}:{letter.thing}:{letter.version}"
    if known.organisation is None:
        return f"organisation:{letter.organisation}"
    return f"recipient:{letter.recipient}" if known.address is None else None


async def name_organisation(session: AsyncSession, organisation: UUID, name: str, at: datetime) -> None:
    """Take in what an organisation is called."""
    await facts.note_organisation(session, organisation, name, at)
    await release(session, f"organisation:{organisation}")


async def withdraw(session: AsyncSession, award: UUID) -> None:
    """Do not write about an award that was withdrawn, if the letter has not left yet."""
    await facts.note_revoked(session, award)
    await letters.cancel(session, "badge_awarded", award, REVOKED)


async def forget(session: AsyncSession, recipient: UUID, at: datetime) -> None:
    """Delete what was said about somebody, and letters that have not left; the others name nobody then."""
    await facts.hold_recipients(session, alone=True)
    known = await facts.addresses(session, [recipient])
    await feedback.forget(session, recipient, known.get(recipient))
    await preferences.forget(session, recipient)
    await facts.bury(session, recipient, at)
    await letters.forget(session, recipient, at)
    await journal.forget(session, recipient, at)
