"""What notify has heard from other services. Each note is idempotent, and their order does not matter."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from .tables import AchievementRow, ForgottenRow, OrganisationRow, PathwayRow, RevokedRow, SaidRow


@dataclass(frozen=True)
class Known:
    """What is known that a letter needs: None where it has not been heard of, or was forgotten.

    `about` is the name of the achievement or pathway, `forgotten_at` when the recipient was last forgotten.
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


_KNOWN = text("""
    SELECT (SELECT name FROM organisation WHERE id = :organisation),
        coalesce(achievement.name, pathway.name), coalesce(achievement.language, pathway.language),
        achievement.picture, said.address, said.name, said.language,
        EXISTS (SELECT FROM revoked WHERE award = :cause),
        (SELECT at FROM forgotten WHERE recipient = :recipient)
    FROM (SELECT max(value) FILTER (WHERE what = 'address') AS address,
                 max(value) FILTER (WHERE what = 'name') AS name,
                 max(value) FILTER (WHERE what = 'language') AS language
          FROM said WHERE recipient = :recipient) AS said
    LEFT JOIN achievement ON achievement.id = :thing AND achievement.version = :version
    LEFT JOIN pathway ON pathway.id = :thing AND pathway.version = :version
""")


async def known(
    session: AsyncSession,
    recipient: UUID | None,
    organisation: UUID | None = None,
    thing: UUID | None = None,
    version: int | None = None,
    cause: UUID | None = None,
) -> Known:
    """What is known about a recipient, an organisation, an achievement or pathway, and an award (`cause`)."""
    values = {"recipient": recipient, "organisation": organisation, "thing": thing}
    row = (await session.execute(_KNOWN, values | {"version": version, "cause": cause})).one()
    return Known(*row)


async def hold_recipient(session: AsyncSession, recipient: UUID, *, alone: bool = False) -> None:
    """See to it that nobody forgets the recipient before this transaction ends.

    Whoever forgets holds the recipient `alone`, so that nothing about them slips in beside it unseen.
    """
    lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
    await session.execute(select(lock(recipient.int % 2**63)))


async def forgotten_at(session: AsyncSession, recipient: UUID) -> datetime | None:
    """When the recipient was last forgotten, or None."""
    row = await session.get(ForgottenRow, recipient, populate_existing=True)
    return row.at if row else None


async def note_said(
    session: AsyncSession, recipient: UUID, said: dict[str, str], at: datetime, *, by_person: bool
) -> None:
    """Somebody named the recipient's address, name or language.

    What the person says outranks what an organiser wrote; then the newest wins, each field by itself.
    """
    row = insert(SaidRow).values(
        [
            {"recipient": recipient, "what": what, "value": value, "by_person": by_person, "at": at}
            for what, value in said.items()
        ]
    )
    new, old = row.excluded, SaidRow
    weightier = tuple_(new.by_person, new.at, new.value) > tuple_(
        col(old.by_person), col(old.at), col(old.value)
    )
    values = {name: new[name] for name in ("value", "by_person", "at")}
    await session.execute(
        row.on_conflict_do_update(index_elements=["recipient", "what"], set_=values, where=weightier)
    )


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
