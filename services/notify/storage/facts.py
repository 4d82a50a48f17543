"""What notify has heard from other services. Each note is idempotent, and their order does not matter."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from .letters import Letter
from .recordset import rows
from .tables import AchievementRow, ForgottenRow, OrganisationRow, PathwayRow, RevokedRow, SaidRow


@dataclass(frozen=True)
class Known:
    """What is known that a letter needs: None where it has not been heard of, or was forgotten.

    `about` is the name of the achievement or pathway, or of the integration whose subscription it is;
    `forgotten_at` is when the recipient was last forgotten.
    """

    organisation: str | None
    about: str | None
    about_language: str | None
    picture: str | None
    address: str | None
    name: str | None
    language: str | None
    revoked: bool
    forgotten_at: datetime | None


@dataclass(frozen=True)
class Wanted:
    """What a letter names, and so what must be known of it; `cause` may be an award."""

    recipient: UUID | None
    organisation: UUID | None
    thing: UUID | None
    version: int | None
    cause: UUID

    @classmethod
    def of(cls, letter: Letter) -> "Wanted":
        """What this letter names."""
        return cls(letter.recipient, letter.organisation, letter.thing, letter.version, letter.cause)


# Each by its key: PostgreSQL has no statistics of what has just been written, and would read whole tables.
_SAID = "(SELECT value FROM said WHERE said.recipient = w.recipient AND what = '{}')"
_OF = "(SELECT {} FROM {} AS t WHERE t.id = w.thing AND t.version = w.version)"
_INTEGRATION = """(SELECT integration.name FROM subscription
    JOIN integration ON integration.id = subscription.integration WHERE subscription.id = w.thing)"""
_KNOWN = text(f"""
    SELECT (SELECT name FROM organisation WHERE id = w.organisation),
        coalesce({_OF.format("name", "achievement")}, {_OF.format("name", "pathway")}, {_INTEGRATION}),
        coalesce({_OF.format("language", "achievement")}, {_OF.format("language", "pathway")}),
        {_OF.format("picture", "achievement")},
        {_SAID.format("address")}, {_SAID.format("name")}, {_SAID.format("language")},
        EXISTS (SELECT FROM revoked WHERE award = w.cause),
        (SELECT at FROM forgotten WHERE forgotten.recipient = w.recipient)
    FROM json_to_recordset(CAST(:wanted AS json))
        AS w(n int, recipient uuid, organisation uuid, thing uuid, version int, cause uuid)
    ORDER BY w.n
""")  # noqa: S608 (columns of ours)


async def known(session: AsyncSession, wanted: Sequence[Wanted]) -> list[Known]:
    """What is known about each of these."""
    asked = rows([{"n": n, **vars(each)} for n, each in enumerate(wanted)])
    return [Known(*row) for row in await session.execute(_KNOWN, {"wanted": asked})]


async def hold_recipients(session: AsyncSession, *, alone: bool = False) -> None:
    """See to it that nobody is forgotten before this transaction ends.

    Whoever forgets holds them `alone`, so that nothing about somebody slips in beside it unseen.
    """
    lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
    await session.execute(select(lock(_RECIPIENTS)))


_RECIPIENTS = 5_230_977_118
_NOTE_SAID = text("""
    INSERT INTO said AS old (recipient, what, value, by_person, at)
    SELECT DISTINCT ON (recipient, what) recipient, what, value, by_person, at
    FROM json_to_recordset(CAST(:said AS json))
        AS s(recipient uuid, what text, value text, by_person bool, at timestamptz)
    WHERE NOT EXISTS (SELECT FROM forgotten AS f WHERE f.recipient = s.recipient AND f.at >= s.at)
    ORDER BY recipient, what, by_person DESC, at DESC, value DESC
    ON CONFLICT (recipient, what) DO UPDATE
        SET value = excluded.value, by_person = excluded.by_person, at = excluded.at
        WHERE (excluded.by_person, excluded.at, excluded.value) > (old.by_person, old.at, old.value)
    RETURNING recipient
""")


@dataclass(frozen=True)
class Said:
    """Somebody named a recipient's `address`, `name` or `language`."""

    recipient: UUID
    what: str
    value: str
    by_person: bool
    at: datetime


async def note_said(session: AsyncSession, said: Sequence[Said]) -> set[UUID]:
    """Take in what was said; what is older than a forgetting is not. Answers of whom something is new.

    What the person says outranks what an organiser wrote; then the newest wins, each field by itself.
    """
    told = rows([vars(each) for each in said])
    return set((await session.execute(_NOTE_SAID, {"said": told})).scalars())


async def addresses(session: AsyncSession, recipients: Collection[UUID]) -> dict[UUID, str]:
    """The addresses of those of these recipients whose address is known."""
    query = select(SaidRow).where(col(SaidRow.recipient).in_(recipients), col(SaidRow.what) == "address")
    return {row.recipient: row.value for row in await session.scalars(query)}


async def bury(session: AsyncSession, recipient: UUID, at: datetime) -> None:
    """Delete what was said about the recipient up to `at`, and remember not to take it in again."""
    tomb = insert(ForgottenRow).values(recipient=recipient, at=at)
    later = func.greatest(col(ForgottenRow.at), at)
    await session.execute(tomb.on_conflict_do_update(index_elements=["recipient"], set_={"at": later}))
    await session.execute(delete(SaidRow).where(col(SaidRow.recipient) == recipient, col(SaidRow.at) <= at))


async def note_organisation(session: AsyncSession, organisation: UUID, name: str, at: datetime) -> None:
    """The organisation is called so as of `at`."""
    row = insert(OrganisationRow).values(id=organisation, name=name, at=at)
    newer = tuple_(row.excluded.at, row.excluded.name) > tuple_(
        col(OrganisationRow.at), col(OrganisationRow.name)
    )
    await session.execute(
        row.on_conflict_do_update(index_elements=["id"], set_={"name": name, "at": at}, where=newer)
    )


async def note_achievement(
    session: AsyncSession, achievement: UUID, version: int, name: str, language: str, picture: str
) -> None:
    """A version of an achievement can be earned. Versions do not change."""
    row = insert(AchievementRow).values(
        id=achievement, version=version, name=name, language=language, picture=picture
    )
    await session.execute(row.on_conflict_do_nothing())


async def note_pathway(session: AsyncSession, pathway: UUID, version: int, name: str, language: str) -> None:
    """A version of a pathway can be started. Versions do not change."""
    row = insert(PathwayRow).values(id=pathway, version=version, name=name, language=language)
    await session.execute(row.on_conflict_do_nothing())


async def note_revoked(session: AsyncSession, award: UUID) -> None:
    """The award was withdrawn, whether or not it has been heard of yet."""
    await session.execute(insert(RevokedRow).values(award=award).on_conflict_do_nothing())
