"""Which endorsements badges carry, and which badges are to be issued anew because of one."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ..domain.endorsement import Kind
from ..domain.issue import Carried
from .endorsements import CarriedRow

_STANDING = text("""
    SELECT e.kind, e.target, e.version, e.id, e.token, e.comment, e.capability, o.name
    FROM endorsement e
    JOIN organisation_key k ON k.name = e.token_signed_by AND k.compromised_at IS NULL
    JOIN organisation o ON o.id = e.endorser
    WHERE e.state = 'accepted' AND e.target = ANY(:targets) ORDER BY e.id
""")
_ANEW = text("""
    UPDATE credential c SET reissue_at = greatest(:now, c.signed_at + interval '1 second')
    WHERE c.reissue_at IS NULL AND (c.award IN
            (SELECT award FROM carried_endorsement WHERE endorsement = :endorsement)
        OR c.award IN (SELECT target FROM endorsement WHERE id = :endorsement AND kind = 'credential'))
""")


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge that is to be signed: what can be endorsed about it."""

    award: UUID
    achievement: UUID
    version: int
    organisation: UUID


@dataclass(frozen=True, slots=True)
class Standing:
    """An endorsement that stands, as pages show it: who says it, what, and where it is signed."""

    id: UUID
    kind: Kind
    endorser: str
    comment: str
    capability: str
    token: str


async def standing(session: AsyncSession, badges: Sequence[Badge]) -> dict[UUID, list[Standing]]:
    """Accepted endorsements of each badge itself, its achievement's version and its issuer, by award."""
    targets = {target for each in badges for target in (each.award, each.achievement, each.organisation)}
    found: defaultdict[tuple[str, UUID, int], list[Standing]] = defaultdict(list)
    for row in await session.execute(_STANDING, {"targets": list(targets)}):
        told = Standing(UUID(int=row.id.int), row.kind, row.name, row.comment, row.capability, row.token)
        found[row.kind, row.target, row.version].append(told)
    return {each.award: [told for key in _targets(each) for told in found.get(key, ())] for each in badges}


async def carried(
    session: AsyncSession, badges: Sequence[Badge], most: int
) -> dict[UUID, tuple[Carried, ...]]:
    """What each badge carries when it is signed now, by award: of more than `most` the first proposed."""
    found = await standing(session, badges) if most else {}
    return {
        each.award: tuple(Carried(told.id, told.token) for told in found.get(each.award, ())[:most])
        for each in badges
    }


def _targets(badge: Badge) -> tuple[tuple[str, UUID, int], ...]:
    return (
        ("credential", badge.award, 0),
        ("achievement", badge.achievement, badge.version),
        ("organisation", badge.organisation, 0),
    )


async def note(session: AsyncSession, award: UUID, carried: Collection[UUID], anew: bool = False) -> None:
    """Note what a stored credential carries; with `anew` in place of what it carried before."""
    if anew:
        await session.execute(delete(CarriedRow).where(col(CarriedRow.award) == award))
    if carried:
        rows = [{"award": award, "endorsement": each} for each in carried]
        await session.execute(insert(CarriedRow).values(rows))


async def order(session: AsyncSession, endorsement: UUID, now: datetime) -> int:
    """Have badges issued anew that carry an endorsement, or that it is about; answers how many."""
    done: Any = await session.execute(_ANEW, {"endorsement": endorsement, "now": now})
    return int(done.rowcount)
