"""Awards, from the decision to the issued credential and its withdrawal."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.chassis.database import copy_in

from ..domain.award import Award
from ..domain.badge import Evidence
from ..domain.issue import Due, Issued, Place
from ..domain.shown import Shown, shown_from
from .tables import AwardRow, CredentialRow, RecipientRow, as_json, members

_AWARD = text("""
    INSERT INTO award (id, organisation, achievement, version, recipient, occasion, awarded_at, awarded_by,
        session, completed_on, evidence, expires_at, due_at, attempts, forgotten, traceparent)
    SELECT id, organisation, achievement, version, recipient, occasion, awarded_at, awarded_by,
        session, completed_on, nullif(evidence, '[]'), expires_at, now(), 0, false, CAST(:traceparent AS text)
    FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid, organisation uuid, achievement uuid,
        version int, recipient uuid, occasion text, awarded_at timestamptz, awarded_by text, session date,
        completed_on date, evidence jsonb, expires_at timestamptz)
    WHERE EXISTS (SELECT FROM recipient WHERE id = r.recipient AND address IS NOT NULL)
    ORDER BY achievement, recipient, occasion
    ON CONFLICT (achievement, recipient, occasion) DO NOTHING RETURNING id
""")
_STANDING = text("""
    SELECT r.forgotten_at, r.address IS NOT NULL AS named,
        EXISTS (SELECT FROM achievement_version WHERE achievement = :achievement
            AND version = coalesce(CAST(:version AS int), version)) AS offered,
        EXISTS (SELECT FROM organisation WHERE id = :organisation AND name IS NOT NULL
            AND (verified OR NOT :needs_verification)) AS may_award
    FROM (VALUES (1)) one LEFT JOIN LATERAL
        (SELECT address, forgotten_at FROM recipient WHERE id = :recipient FOR SHARE) r ON true
""")
# Organisations take turns: each that has something due has as large a part of the batch. The longest waiting
# of each is found by the index on (organisation, due_at), however much another has waiting.
_DUE = text("""
    WITH RECURSIVE organisation_due(id) AS (
        (SELECT organisation FROM award WHERE due_at IS NOT NULL ORDER BY organisation LIMIT 1)
        UNION ALL SELECT (SELECT organisation FROM award
            WHERE due_at IS NOT NULL AND organisation > d.id ORDER BY organisation LIMIT 1)
        FROM organisation_due d WHERE d.id IS NOT NULL),
    turn AS (SELECT id, greatest(1, CAST(:limit AS bigint) / count(*) OVER ()) AS part
        FROM organisation_due WHERE id IS NOT NULL)
    SELECT a.id FROM turn CROSS JOIN LATERAL (
        SELECT d.id, d.due_at FROM award d JOIN recipient r ON r.id = d.recipient AND r.address IS NOT NULL
        WHERE d.organisation = turn.id AND d.due_at <= now() ORDER BY d.due_at LIMIT turn.part) a
    ORDER BY a.due_at LIMIT :limit
""")
_TAKE = text("""
    SELECT a.id, a.organisation, a.achievement, v.version, a.recipient, a.occasion, a.awarded_at, a.session,
        a.completed_on, v.shown, o.name, o.description, o.website, r.address, a.evidence, a.expires_at,
        w.did AS wallet, a.traceparent
    FROM award a
    JOIN achievement c ON c.id = a.achievement
    JOIN achievement_version v ON v.achievement = c.id AND v.version = coalesce(
        (SELECT max(w.version) FROM achievement_version w
            WHERE w.achievement = c.id AND w.version % 1000000 = a.version), a.version, c.current)
    JOIN organisation o ON o.id = a.organisation
    JOIN recipient r ON r.id = a.recipient AND r.address IS NOT NULL
    LEFT JOIN wallet w ON w.recipient = a.recipient
    WHERE a.id = ANY(CAST(:awards AS uuid[])) AND a.due_at <= now()
    ORDER BY a.due_at FOR UPDATE OF a SKIP LOCKED
""")
_ISSUED = text("""
    UPDATE award SET due_at = NULL, issued_at = :at, version = r.version
    FROM json_to_recordset(CAST(:rows AS json)) AS r(award uuid, version int) WHERE award.id = r.award
""")
_AGAIN = text("""
    UPDATE award SET attempts = attempts + 1,
        due_at = now() + make_interval(secs => least(2 ^ attempts, 3600))
    WHERE id = :id
""")


State = Literal["due", "issued", "revoked"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What an award needs: which of it is here, and when its recipient was last forgotten."""

    forgotten_at: datetime | None
    named: bool
    offered: bool
    may_award: bool


@dataclass(frozen=True, slots=True)
class Known:
    """An award as it stands."""

    id: UUID
    organisation: UUID
    achievement: UUID
    version: int | None
    recipient: UUID
    occasion: str
    awarded_at: datetime
    session: date | None
    awarded_by: str | None
    due_at: datetime | None
    issued_at: datetime | None
    revoked_at: datetime | None
    forgotten: bool

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.revoked_at:
            return "revoked"
        return "issued" if self.issued_at else "due"


async def standing(session: AsyncSession, decided: Award, needs_verification: bool) -> Standing:
    """How it stands with what an award needs. The recipient is not forgotten before the transaction ends."""
    values = {
        "achievement": decided.achievement,
        "version": decided.version,
        "organisation": decided.organisation,
        "recipient": decided.recipient,
        "needs_verification": needs_verification,
    }
    return Standing(*(await session.execute(_STANDING, values)).one())


async def add(
    session: AsyncSession, awards: Mapping[UUID, Award], traceparent: str | None = None
) -> set[UUID]:
    """Store decisions under new ids; answers the ids of those that had not been made before.

    Nobody is awarded whose address is not known. `traceparent` is the trace that the credentials go on.
    """
    rows = ({"id": award_id, **members(award)} for award_id, award in awards.items())
    return set(await session.scalars(_AWARD, {"rows": as_json(rows), "traceparent": traceparent}))


async def find(
    session: AsyncSession, achievement: UUID, occasion: str, recipients: Collection[UUID]
) -> dict[UUID, UUID]:
    """The awards of an achievement for an occasion, by recipient."""
    of = select(col(AwardRow.recipient), col(AwardRow.id)).where(
        col(AwardRow.achievement) == achievement,
        col(AwardRow.occasion) == occasion,
        col(AwardRow.recipient).in_(recipients),
    )
    return {row.recipient: row.id for row in await session.execute(of)}


async def take_due(session: AsyncSession, limit: int) -> list[Due]:
    """Awards whose credential is due, locked for this transaction; no organisation keeps another waiting.

    What was awarded to somebody after they were forgotten is due once they are named anew.
    """
    due = list(await session.scalars(_DUE, {"limit": limit}))
    rows = await session.execute(_TAKE, {"awards": due}) if due else ()
    shown: dict[Any, Shown] = {}
    return [_due(row._mapping, shown) for row in rows]


async def store(session: AsyncSession, credentials: Sequence[Issued]) -> None:
    """Store signed credentials."""
    if not credentials:
        return
    columns = [name for name in Issued.__slots__ if name not in ("version", "carried")]
    rows = ((*(getattr(each, name) for name in columns), False) for each in credentials)
    await copy_in(session, "credential", [*columns, "for_holder"], rows)


async def issued(session: AsyncSession, credentials: Sequence[Issued], now: datetime) -> None:
    """Note that awards have their credential: they are no longer due."""
    if not credentials:
        return
    versions = ({"award": each.award, "version": each.version} for each in credentials)
    await session.execute(_ISSUED, {"rows": as_json(versions), "at": now})


async def not_issued(session: AsyncSession, award: UUID) -> None:
    """Try an award again later: after 1 s, doubling up to an hour."""
    await session.execute(_AGAIN, {"id": award})


async def drop_due(session: AsyncSession, recipient: UUID, until: datetime) -> None:
    """Delete what a recipient was awarded until then and has not been issued."""
    mine = (col(AwardRow.recipient) == recipient) & (col(AwardRow.awarded_at) <= until)
    await session.execute(delete(AwardRow).where(mine, col(AwardRow.issued_at).is_(None)))


async def unlink(session: AsyncSession, recipient: UUID, until: datetime) -> None:
    """Put a random number in the recipient's place in what they were issued until then."""
    mine = (col(AwardRow.recipient) == recipient) & (col(AwardRow.awarded_at) <= until)
    nobody = {"recipient": func.gen_random_uuid(), "reason": None, "evidence": None, "forgotten": True}
    await session.execute(update(AwardRow).where(mine, col(AwardRow.issued_at).is_not(None)).values(**nobody))


async def award(session: AsyncSession, award: UUID, lock: bool = False) -> Known | None:
    """One award, or None; with `lock` nobody else changes it until the transaction ends."""
    of = _awards().where(col(AwardRow.id) == award)
    row = (await session.execute(of.with_for_update() if lock else of)).one_or_none()
    return Known(*row) if row else None


async def of_organisation(
    session: AsyncSession, organisation: UUID, achievement: UUID | None, before: UUID | None, limit: int
) -> list[Known]:
    """An organisation's awards, newest first; only those before the award `before`."""
    of = _awards().where(col(AwardRow.organisation) == organisation).order_by(col(AwardRow.id).desc())
    if achievement:
        of = of.where(col(AwardRow.achievement) == achievement)
    if before:
        of = of.where(col(AwardRow.id) < before)
    return [Known(*row) for row in await session.execute(of.limit(limit))]


async def addresses(session: AsyncSession, recipients: Collection[UUID]) -> dict[UUID, str]:
    """The addresses of recipients, as far as they are known."""
    of = select(col(RecipientRow.id), col(RecipientRow.address))
    known = of.where(col(RecipientRow.id).in_(recipients), col(RecipientRow.address).is_not(None))
    return {row.id: row.address for row in await session.execute(known)}


async def forgotten_at(session: AsyncSession, recipient: UUID) -> datetime | None:
    """When a recipient was last forgotten, or None."""
    of = select(col(RecipientRow.forgotten_at)).where(col(RecipientRow.id) == recipient)
    return (await session.scalars(of)).one_or_none()


async def revoke(session: AsyncSession, award: UUID, by: str, reason: str | None, now: datetime) -> None:
    """Withdraw an award; one that is due will not be issued."""
    told = {"revoked_at": now, "revoked_by": by, "reason": reason, "due_at": None}
    await session.execute(update(AwardRow).where(col(AwardRow.id) == award).values(**told))


async def place(session: AsyncSession, award: UUID) -> Place | None:
    """Its entry of the organisation's status lists, or None where it has not been issued."""
    of = select(col(CredentialRow.list_number), col(CredentialRow.list_index))
    row = (await session.execute(of.where(col(CredentialRow.award) == award))).one_or_none()
    return Place(*row) if row else None


def _due(row: Mapping[Any, Any], shown: dict[Any, Shown]) -> Due:
    """An award that is due; those of one version share what it shows."""
    found = {name: _plain(value) for name, value in row.items()}
    evidence = tuple(Evidence(**each) for each in found["evidence"] or ())
    version = found["achievement"], found["version"]
    if version not in shown:
        shown[version] = shown_from(found["shown"])
    return Due(**found | {"evidence": evidence, "shown": shown[version]})


def _plain(value: Any) -> Any:
    """The driver's UUIDs as Python's, which other processes can read."""
    return UUID(int=value.int) if isinstance(value, UUID) else value


def _awards() -> Select[Any]:
    return select(*(getattr(AwardRow, field.name) for field in fields(Known)))
