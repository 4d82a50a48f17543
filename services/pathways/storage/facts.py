"""What pathways has heard from other services. Each note is idempotent, and their order does not matter."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.chassis.database import gather, wake

from ..domain.progress import Address, Badge
from .tables import (
    AchievementRow,
    AddressRow,
    BadgeRow,
    EnrolmentRow,
    ForgottenRow,
    OrganisationRow,
)

RECOMPUTE = "recompute"

# Statements for any number of people at once: their text is always the same, so they are prepared once.
_NOTE_AWARDS = text("""
    INSERT INTO badge (award, achievement, recipient, awarded_at, revoked)
    SELECT *, false FROM unnest(CAST(:awards AS uuid[]), CAST(:achievements AS uuid[]),
        CAST(:recipients AS uuid[]), CAST(:times AS timestamptz[])) AS told(award, achievement, recipient, at)
    WHERE NOT EXISTS (SELECT FROM forgotten AS f WHERE f.recipient = told.recipient AND f.at >= told.at)
    ORDER BY award
    ON CONFLICT (award) DO UPDATE SET achievement = excluded.achievement, recipient = excluded.recipient,
        awarded_at = excluded.awarded_at
    RETURNING recipient
""")
_HOLD = text("SELECT pg_advisory_xact_lock_shared(key) FROM unnest(CAST(:keys AS bigint[])) AS key")
# One by one: PostgreSQL has no statistics of what has just been written, and would read the whole table.
_BADGES = text("""
    SELECT achievement, recipient, awarded_at FROM unnest(CAST(:recipients AS uuid[])) AS wanted
    CROSS JOIN LATERAL (SELECT * FROM badge WHERE recipient = wanted AND NOT revoked OFFSET 0) AS found
""")
_ADDRESSES = text("""
    SELECT learner, recipient, held, at FROM address WHERE learner = ANY(CAST(:learners AS uuid[]))
""")
_DUE = text("""
    INSERT INTO due (person, traceparent)
    SELECT * FROM unnest(CAST(:persons AS uuid[]), CAST(:traces AS text[]))
""")


@dataclass(frozen=True)
class Achievement:
    """An achievement as it is shown; `source_kind` and `source_id` say what it can be earned with."""

    id: UUID
    version: int
    name: str
    picture: str
    source_kind: str
    source_id: UUID


@dataclass(frozen=True)
class Organisation:
    """An organisation; `name` is None where only its verification was heard yet."""

    id: UUID
    name: str | None
    verified: bool


async def note_organisation(session: AsyncSession, organisation: UUID, name: str, at: datetime) -> None:
    """The organisation exists and is called so as of `at`; an older name than is known changes nothing."""
    row = insert(OrganisationRow).values(id=organisation, name=name, named_at=at, verified=False)
    known = tuple_(col(OrganisationRow.named_at), col(OrganisationRow.name))
    newer = col(OrganisationRow.named_at).is_(None) | (
        tuple_(row.excluded.named_at, row.excluded.name) > known
    )
    values = {"name": name, "named_at": at}
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values, where=newer))


async def note_verified(session: AsyncSession, organisation: UUID) -> None:
    """The organisation is who it says it is."""
    row = insert(OrganisationRow).values(id=organisation, verified=True)
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_={"verified": True}))


async def organisations(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Organisation]:
    """Those of these organisations that have been heard of."""
    rows = await session.scalars(select(OrganisationRow).where(col(OrganisationRow.id).in_(ids)))
    return {row.id: Organisation(row.id, row.name, row.verified) for row in rows}


async def note_achievement(session: AsyncSession, achievement: Achievement) -> None:
    """The achievement can be earned; an older version than the one known changes nothing."""
    row = insert(AchievementRow).values(**vars(achievement))
    newer = row.excluded.version > AchievementRow.version
    values = {name: row.excluded[name] for name in vars(achievement) if name != "id"}
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values, where=newer))


async def achievements(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Achievement]:
    """Those of these achievements that have been heard of."""
    rows = await session.scalars(select(AchievementRow).where(col(AchievementRow.id).in_(ids)))
    return {row.id: Achievement(**row.model_dump()) for row in rows}


async def note_awards(session: AsyncSession, awards: Mapping[UUID, Badge]) -> set[UUID]:
    """These badges were awarded; where a withdrawal came first, the badge stays withdrawn.

    Answers the recipients, but those who were forgotten since: their badges are left out.
    """
    badges = awards.values()
    await session.execute(_HOLD, {"keys": sorted({badge.recipient.int % 2**63 for badge in badges})})
    values = {
        "awards": list(awards),
        "achievements": [badge.achievement for badge in badges],
        "recipients": [badge.recipient for badge in badges],
        "times": [badge.awarded_at for badge in badges],
    }
    return set((await session.execute(_NOTE_AWARDS, values)).scalars())


async def note_withdrawal(session: AsyncSession, award: UUID) -> None:
    """The award was withdrawn, whether or not it has been heard of yet."""
    row = insert(BadgeRow).values(award=award, revoked=True)
    await session.execute(row.on_conflict_do_update(index_elements=["award"], set_={"revoked": True}))


async def badges(session: AsyncSession, recipients: Collection[UUID]) -> dict[UUID, list[Badge]]:
    """The awards of each of these recipients that stand."""
    found: dict[UUID, list[Badge]] = defaultdict(list)
    for achievement, recipient, awarded_at in await session.execute(
        _BADGES, {"recipients": list(recipients)}
    ):
        found[recipient].append(Badge(achievement, recipient, awarded_at))
    return found


async def note_address(session: AsyncSession, learner: UUID, address: Address) -> None:
    """The learner holds the address, or no longer; the newest wins, and a removal of the same moment."""
    row = insert(AddressRow).values(learner=learner, **vars(address))
    newer = tuple_(row.excluded.at, ~row.excluded.held) > tuple_(col(AddressRow.at), ~col(AddressRow.held))
    values = {"held": row.excluded.held, "at": row.excluded.at}
    await session.execute(
        row.on_conflict_do_update(index_elements=["learner", "recipient"], set_=values, where=newer)
    )


async def addresses(session: AsyncSession, learners: Collection[UUID]) -> dict[UUID, list[Address]]:
    """What was heard of each learner's addresses."""
    found: dict[UUID, list[Address]] = defaultdict(list)
    for learner, *address in await session.execute(_ADDRESSES, {"learners": list(learners)}):
        found[learner].append(Address(*address))
    return found


async def hold_recipient(session: AsyncSession, recipient: UUID, *, alone: bool = False) -> datetime | None:
    """When the recipient was last forgotten, or None; that stays so until this transaction ends.

    Whoever forgets holds the recipient `alone`, so that no fact of theirs slips in beside it unseen.
    """
    lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
    await session.execute(select(lock(recipient.int % 2**63)))
    at: datetime | None = await session.scalar(
        select(ForgottenRow.at).where(col(ForgottenRow.recipient) == recipient)  # type: ignore[call-overload]  # a column
    )
    return at


async def forget(session: AsyncSession, recipient: UUID, at: datetime) -> None:
    """Delete what says something about the recipient up to `at`; withdrawn awards keep their bare ids."""
    tomb = insert(ForgottenRow).values(recipient=recipient, at=at)
    later = func.greatest(col(ForgottenRow.at), at)
    await session.execute(tomb.on_conflict_do_update(index_elements=["recipient"], set_={"at": later}))
    old = (col(BadgeRow.recipient) == recipient, col(BadgeRow.awarded_at) <= at)
    await session.execute(delete(BadgeRow).where(*old, col(BadgeRow.revoked).is_(False)))
    await session.execute(
        update(BadgeRow).where(*old).values(recipient=None, achievement=None, awarded_at=None)
    )
    theirs = col(AddressRow.recipient) == recipient, col(AddressRow.at) <= at
    holders = await session.execute(delete(AddressRow).where(*theirs).returning(col(AddressRow.learner)))
    await session.execute(
        update(EnrolmentRow)
        .where(col(EnrolmentRow.recipient) == recipient, col(EnrolmentRow.started_at) <= at)
        .values(recipient=None, learner=None)
    )
    touch(session, dict.fromkeys(holders.scalars()))


def touch(session: AsyncSession, persons: Mapping[UUID, str | None]) -> None:
    """A fact about these learners or recipients has changed: have their enrolments worked out anew.

    Beside each is the trace that this goes on with, if any.
    """
    if persons:
        gather(session, _note_due, persons.items())
        wake(session, RECOMPUTE)


async def _note_due(session: AsyncSession, persons: Iterable[tuple[UUID, str | None]]) -> None:
    each = dict(persons)
    await session.execute(_DUE, {"persons": list(each), "traces": list(each.values())})


_TAKE_DUE = text("""
    DELETE FROM due WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM due ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED))
    RETURNING person, traceparent
""")


async def take_due(session: AsyncSession, limit: int) -> list[tuple[UUID, str | None]]:
    """Up to `limit` changes noted by `touch`, taken from every other process: of whom, and their traces."""
    rows = await session.execute(_TAKE_DUE, {"limit": limit})
    return [(row.person, row.traceparent) for row in rows]
